"""The Kafka client's options: what Postbag sets, and what it insists on, checked on the effective values at start.

The client's defaults lose or stall (newest offset first, commits by itself, reads uncommitted data, makes topics up),
and an operator's option can undo a guarantee without a word. So the values that the guarantees rest on are read back
from the constructed clients, and a wrong one is refused by name. Sources: measurements with kafka-python 3.0.12.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from typing import Any, Final

from kafka import KafkaConsumer, KafkaProducer
from kafka.admin import KafkaAdminClient

from services.pipeline.errors import SettingsRefused
from services.pipeline.settings import KafkaSettings, WorkerSettings

RETRY_BACKOFF_MS: Final = 5
"""Between two tries of a request. The client's 100 makes four chained transactions take a second at the 99th percentile,
because a new one often finds the last one still closing (measured: 1169 ms at 100, 234 ms at 5)."""

_REQUIRED_CONSUMER: Final[Mapping[str, Any]] = {
    "enable_auto_commit": False,
    "isolation_level": "read_committed",
    "auto_offset_reset": "earliest",
    "allow_auto_create_topics": False,
    "check_crcs": True,
}
_REQUIRED_PRODUCER: Final[Mapping[str, Any]] = {
    "acks": -1,
    "enable_idempotence": True,
    "allow_auto_create_topics": False,
}
_REQUIRED: Final[Mapping[str, Any]] = {**_REQUIRED_CONSUMER, **_REQUIRED_PRODUCER}

_ALL_OPTIONS: Final = frozenset(KafkaConsumer.DEFAULT_CONFIG) | set(KafkaProducer.DEFAULT_CONFIG)
_NOT_THEIRS: Final = frozenset(
    {"bootstrap_servers", "client_id", "group_id", "group_instance_id", "transactional_id"}
    | {f"{part}_{form}" for part in ("key", "value") for form in ("serializer", "deserializer")}
)
"""Who a worker is, and that its records are bytes: one value for all clients would make them fence one another."""


def connection(settings: KafkaSettings, known: Mapping[str, Any]) -> dict[str, Any]:
    """Options that every client of this installation shares: where the cluster is, who asks, and the operator's own.

    ``known`` are the options of the client to be made (its ``DEFAULT_CONFIG``): an operator's option for another kind of
    client is left out. Raises ``SettingsRefused`` for one that no client has, or that is not the operator's to set.
    """
    for name in settings.kafka_options:
        if name not in _ALL_OPTIONS:
            raise SettingsRefused(f"POSTBAG_KAFKA_OPTIONS: the Kafka client has no option {name}: correct or remove it")
        if name in _NOT_THEIRS:
            raise SettingsRefused(f"POSTBAG_KAFKA_OPTIONS: {name} is set by Postbag, by its own settings: remove it")
    # Before the client is made: it refuses some of these itself, and not by name.
    _check("client", _REQUIRED, {**_REQUIRED, **settings.kafka_options})
    options: dict[str, Any] = {
        "bootstrap_servers": settings.kafka_bootstrap_servers.split(","),
        **{name: value for name, value in settings.kafka_options.items() if name in known},
    }
    if settings.kafka_username:
        options |= {
            "sasl_plain_username": settings.kafka_username,
            "sasl_plain_password": settings.kafka_password.get_secret_value(),
        }
        options.setdefault("sasl_mechanism", "SCRAM-SHA-512")
        options.setdefault("security_protocol", "SASL_SSL")
    return options


def admin_options(settings: KafkaSettings) -> dict[str, Any]:
    """The administrative client of the command line."""
    return {"request_timeout_ms": 15_000, **connection(settings, KafkaAdminClient.DEFAULT_CONFIG)}


def consumer_options(settings: WorkerSettings, service: str) -> dict[str, Any]:
    """The group consumer of one worker slot."""
    return {
        **_REQUIRED_CONSUMER,
        "client_id": f"postbag-{service}-{settings.slot}",
        "group_id": f"{settings.topic_prefix}postbag-{service}",
        # Static membership: a worker that is killed and restarted within the session gets its partitions back at once.
        "group_instance_id": f"{settings.topic_prefix}postbag-{service}-{settings.slot}",
        "session_timeout_ms": round(settings.session_timeout_seconds * 1000),
        "heartbeat_interval_ms": round(min(3.0, settings.session_timeout_seconds / 4) * 1000),
        "max_poll_interval_ms": 120_000,
        "max_poll_records": settings.batch_records,
        # What lies fetched in memory is bounded by these two, compressed.
        "max_partition_fetch_bytes": 1 << 20,
        "fetch_max_bytes": 8 << 20,
        "fetch_max_wait_ms": 250,
        "request_timeout_ms": round(max(settings.request_timeout_seconds, 1) * 1000),
        "metadata_max_age_ms": 30_000,
        "retry_backoff_ms": RETRY_BACKOFF_MS,
        **connection(settings, KafkaConsumer.DEFAULT_CONFIG),
    }


def producer_options(settings: WorkerSettings, service: str) -> dict[str, Any]:
    """The transactional producer of one worker slot. The commit flushes, so lingering only fills batches."""
    timeout_ms = round(settings.request_timeout_seconds * 1000)
    return {
        **_REQUIRED_PRODUCER,
        "acks": "all",
        "client_id": f"postbag-{service}-{settings.slot}",
        # Stable: a restart aborts what its predecessor left open at once, instead of after the time-out.
        "transactional_id": f"{settings.topic_prefix}postbag-{service}-{settings.slot}",
        "transaction_timeout_ms": round(settings.transaction_timeout_seconds * 1000),
        # A whole poll fits into one batch a partition: beyond it, each send would wake the client's sender thread.
        "batch_size": 4 << 20,
        "linger_ms": 1000,
        "max_request_size": 8 << 20,
        "compression_type": "lz4",
        "request_timeout_ms": timeout_ms,
        "delivery_timeout_ms": timeout_ms + 1000 + 5000,
        "max_block_ms": timeout_ms,
        "retry_backoff_ms": RETRY_BACKOFF_MS,
        **connection(settings, KafkaProducer.DEFAULT_CONFIG),
    }


def publisher_options(settings: KafkaSettings) -> dict[str, Any]:
    """The plain producer behind ``Publisher``, which repairs what this client cannot (see there)."""
    return {
        **_REQUIRED_PRODUCER,
        "acks": "all",
        "batch_size": 256 << 10,
        "linger_ms": 5,
        "compression_type": "lz4",
        "request_timeout_ms": 5_000,
        "delivery_timeout_ms": 10_000,
        "max_block_ms": 5_000,
        "retry_backoff_ms": 50,
        **connection(settings, KafkaProducer.DEFAULT_CONFIG),
    }


def settler_options(settings: KafkaSettings, role: str) -> dict[str, Any]:
    """The transactional producer behind ``Settler``; ``role`` tells apart those that may work at the same time."""
    return {
        **_REQUIRED_PRODUCER,
        "acks": "all",
        "client_id": f"postbag-{role}",
        "transactional_id": f"{settings.topic_prefix}postbag-{role}",
        # As for workers: what a killed command left open holds back the readers of its topics no longer than this.
        "transaction_timeout_ms": 15_000,
        "batch_size": 1 << 20,
        "linger_ms": 1000,
        "max_request_size": 8 << 20,
        "compression_type": "lz4",
        "request_timeout_ms": 10_000,
        "delivery_timeout_ms": 16_000,
        "max_block_ms": 10_000,
        "retry_backoff_ms": RETRY_BACKOFF_MS,
        **connection(settings, KafkaProducer.DEFAULT_CONFIG),
    }


def reader_options(settings: KafkaSettings) -> dict[str, Any]:
    """A consumer outside any group."""
    return {
        **_REQUIRED_CONSUMER,
        "group_id": None,
        "max_poll_records": 2000,
        "fetch_max_wait_ms": 100,
        "request_timeout_ms": 10_000,
        "retry_backoff_ms": 20,
        **connection(settings, KafkaConsumer.DEFAULT_CONFIG),
    }


def check_consumer(effective: Mapping[str, Any]) -> None:
    """Refuse a consumer whose effective configuration undoes a guarantee."""
    check_crc32c()
    _check("consumer", _REQUIRED_CONSUMER, effective)


def check_producer(effective: Mapping[str, Any]) -> None:
    """Refuse a producer whose effective configuration undoes a guarantee."""
    _check("producer", _REQUIRED_PRODUCER, effective)


def check_crc32c() -> None:
    """Without the C checksum each record costs 130 µs more, and a worker cannot keep up: refuse to start."""
    if importlib.util.find_spec("crc32c") is None:
        raise SettingsRefused("crc32c is not installed: install kafka-python with its crc32c extra")


def _check(role: str, required: Mapping[str, Any], effective: Mapping[str, Any]) -> None:
    for name, wanted in required.items():
        found = effective.get(name)
        if found != wanted:
            raise SettingsRefused(
                f"Kafka {role} option {name} is {found!r} and must be {wanted!r}: remove it from POSTBAG_KAFKA_OPTIONS"
            )
