"""An operator's Kafka option cannot undo a guarantee: it is refused by name, before anything is connected."""

from __future__ import annotations

import importlib.util
from typing import Any

import pytest
from kafka import KafkaConsumer, KafkaProducer

from schemas.topics import ACCEPTED
from services.pipeline import kafka_options
from services.pipeline.errors import SettingsRefused
from services.pipeline.kafka_client import KafkaClient
from services.pipeline.kafka_options import check_consumer, check_producer, consumer_options, producer_options
from services.pipeline.settings import WorkerSettings

_GUARANTEED_CONSUMER: list[tuple[str, Any]] = [
    ("enable_auto_commit", True),
    ("isolation_level", "read_uncommitted"),
    ("auto_offset_reset", "latest"),
    ("allow_auto_create_topics", True),
    ("check_crcs", False),
]
_GUARANTEED_PRODUCER: list[tuple[str, Any]] = [
    ("acks", 1),
    ("enable_idempotence", False),
    ("allow_auto_create_topics", True),
]
_IDENTITY: list[tuple[str, Any]] = [
    ("bootstrap_servers", "127.0.0.1:1"),
    ("client_id", "another"),
    ("group_id", "another"),
    ("group_instance_id", "another"),
    ("transactional_id", "another"),
    ("value_deserializer", "json"),
]


def settings(**options: Any) -> WorkerSettings:
    return WorkerSettings(kafka_bootstrap_servers="127.0.0.1:1", kafka_options=options)


@pytest.mark.parametrize(
    ("option", "value"), [*_GUARANTEED_CONSUMER, *_GUARANTEED_PRODUCER, *_IDENTITY, ("no_such_option", 1)]
)
def test_an_option_that_undoes_a_guarantee_is_refused_by_name(option: str, value: object) -> None:
    with pytest.raises(SettingsRefused, match=rf"{option}.*remove it") as caught:
        KafkaClient(settings(**{option: value}), "render", (ACCEPTED,))
    assert "POSTBAG_KAFKA_OPTIONS" in str(caught.value)


def test_options_that_do_not_go_together_are_refused_as_a_setting() -> None:
    with pytest.raises(SettingsRefused, match=r"POSTBAG_KAFKA_OPTIONS.*fetch_max_wait_ms"):
        KafkaClient(settings(fetch_max_wait_ms=60_000), "render", (ACCEPTED,))


def test_an_option_goes_to_the_clients_that_know_it() -> None:
    given = settings(max_poll_interval_ms=2_000, linger_ms=7, security_protocol="SSL")
    consumer, producer = consumer_options(given, "render"), producer_options(given, "render")
    assert (consumer["max_poll_interval_ms"], producer["linger_ms"]) == (2_000, 7)
    assert "linger_ms" not in consumer
    assert "max_poll_interval_ms" not in producer
    assert consumer["security_protocol"] == producer["security_protocol"] == "SSL"


def test_what_we_set_is_what_we_insist_on() -> None:
    check_consumer(KafkaConsumer.DEFAULT_CONFIG | consumer_options(settings(), "render"))
    check_producer(KafkaProducer.DEFAULT_CONFIG | producer_options(settings(), "render") | {"acks": -1})


@pytest.mark.parametrize(("option", "value"), _GUARANTEED_CONSUMER)
def test_a_consumer_whose_effective_value_is_wrong_is_refused_by_name(option: str, value: object) -> None:
    with pytest.raises(SettingsRefused, match=rf"consumer option {option}"):
        check_consumer(KafkaConsumer.DEFAULT_CONFIG | consumer_options(settings(), "render") | {option: value})


@pytest.mark.parametrize(("option", "value"), _GUARANTEED_PRODUCER)
def test_a_producer_whose_effective_value_is_wrong_is_refused_by_name(option: str, value: object) -> None:
    effective = KafkaProducer.DEFAULT_CONFIG | producer_options(settings(), "render") | {"acks": -1}
    with pytest.raises(SettingsRefused, match=rf"producer option {option}"):
        check_producer(effective | {option: value})


def test_the_librarys_defaults_would_be_refused() -> None:
    """If this fails the library has better defaults, and the list of what we insist on can be looked at again."""
    with pytest.raises(SettingsRefused):
        check_consumer(KafkaConsumer.DEFAULT_CONFIG)


def test_a_missing_checksum_library_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    kafka_options.check_crc32c()
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "crc32c" else found(name))
    with pytest.raises(SettingsRefused, match="crc32c extra"):
        check_consumer(KafkaConsumer.DEFAULT_CONFIG | consumer_options(settings(), "render"))


def test_a_worker_is_the_same_one_after_a_restart_and_another_than_its_neighbours() -> None:
    one, again, other = (
        WorkerSettings(topic_prefix="p.", slot=slot, kafka_bootstrap_servers="127.0.0.1:1") for slot in ("0", "0", "1")
    )
    identity = [
        (consumer_options(each, "render")["group_instance_id"], producer_options(each, "render")["transactional_id"])
        for each in (one, again, other)
    ]
    assert identity[0] == identity[1]
    assert not set(identity[0]) & set(identity[2])
    assert consumer_options(one, "render")["group_id"] == consumer_options(other, "render")["group_id"]
    assert identity[0] != (consumer_options(one, "resolve")["group_instance_id"],) * 2
    assert "render" in identity[0][0]


def test_credentials_reach_every_client_and_ask_for_an_encrypted_connection() -> None:
    given = WorkerSettings.model_validate({"kafka_username": "worker", "kafka_password": "canary"})
    for options in (consumer_options(given, "render"), producer_options(given, "render")):
        assert (options["sasl_plain_username"], options["sasl_plain_password"]) == ("worker", "canary")
        assert (options["security_protocol"], options["sasl_mechanism"]) == ("SASL_SSL", "SCRAM-SHA-512")
