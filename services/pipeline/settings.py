"""Settings of every worker, from the environment (``POSTBAG_…``), each with a sentence, a default and a check.

A service adds its own by subclassing ``WorkerSettings`` in its ``settings.py``. ``--print-config`` shows the effective
values with secrets masked, and ``docs/reference/settings.md`` is generated from the classes. A value that is wrong is refused
by name, with what would be right.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from services.pipeline.errors import SettingsRefused


class KafkaSettings(BaseSettings):
    """How to reach the cluster: all that the command line and the workers share."""

    model_config = SettingsConfigDict(
        env_prefix="POSTBAG_", frozen=True, extra="ignore", hide_input_in_errors=True, secrets_dir=None
    )

    kafka_bootstrap_servers: Annotated[
        str, Field(description="Kafka brokers, as host:port, separated by commas.", min_length=3)
    ] = "127.0.0.1:9092"
    kafka_username: Annotated[str, Field(description="SASL user; empty means none.")] = ""
    kafka_password: Annotated[SecretStr, Field(description="SASL password.")] = SecretStr("")
    kafka_options: Annotated[
        dict[str, Any],
        Field(
            description="Further options of the Kafka client, as JSON (security_protocol, ssl_cafile, …). Options that "
            "the guarantees rest on are refused."
        ),
    ] = {}
    topic_prefix: Annotated[
        str,
        Field(description="Put before every topic, group and transactional id: installations can share a cluster.",
              pattern=r"^[a-zA-Z0-9._-]*$", max_length=60),
    ] = ""  # fmt: skip
    topic_partitions: Annotated[
        int,
        Field(description="Partitions of each topic that carries records; `topics apply` creates them.", ge=1, le=512),
    ] = 8
    topic_replication: Annotated[
        int,
        Field(description="Copies of each partition; 0 means 3, or fewer where there are fewer brokers.", ge=0, le=9),
    ] = 0


class ServiceSettings(KafkaSettings):
    """What every process has that runs until it is told to stop: its places, and how it can be looked at."""

    state_dir: Annotated[
        Path, Field(description="Folder for the process's local files; it survives a restart of the process.")
    ] = Path("var/state")
    metrics_host: Annotated[str, Field(description="Address that /metrics, /livez and /readyz listen on.")] = (
        "127.0.0.1"
    )
    metrics_port: Annotated[
        int, Field(description="Port for /metrics, /livez and /readyz; 0 picks a free one and logs it.", ge=0, le=65535)
    ] = 0
    log_level: Annotated[
        str, Field(description="Postbag's log level. The Kafka client stays at WARNING: below, it logs records.",
                   pattern=r"^(DEBUG|INFO|WARNING|ERROR)$")
    ] = "INFO"  # fmt: skip


class WorkerSettings(ServiceSettings):
    """What every worker has: its identity and its limits."""

    slot: Annotated[
        str,
        Field(description="This worker's place among its replicas (a StatefulSet's ordinal): stable over restarts and "
              "unique within the service. Transactions and group membership are tied to it.",
              pattern=r"^[a-zA-Z0-9._-]+$", max_length=60),
    ] = "0"  # fmt: skip
    batch_records: Annotated[
        int, Field(description="Most records in one batch, and so in one transaction.", ge=1, le=10_000)
    ] = 2000
    poll_seconds: Annotated[float, Field(description="Longest wait for records before upkeep.", gt=0, le=10)] = 0.5
    session_timeout_seconds: Annotated[
        float,
        Field(description="How long a dead worker keeps its partitions; longer than a restart takes.", ge=1, le=300),
    ] = 15.0
    transaction_timeout_seconds: Annotated[
        float, Field(description="How long a dead worker's open transaction can hold back readers.", ge=5, le=60)
    ] = 15.0
    request_timeout_seconds: Annotated[
        float, Field(description="How long one request to the broker may take.", ge=1, le=60)
    ] = 10.0
    stuck_seconds: Annotated[
        float,
        Field(description="A loop that made no turn for this long ends the worker, to be restarted.", ge=5, le=600),
    ] = 30.0
    grace_seconds: Annotated[
        float,
        Field(description="How long a drain may take after SIGTERM (Kubernetes gives 30 by default).", ge=1, le=600),
    ] = 25.0


S = TypeVar("S", bound=KafkaSettings)


def load(kind: type[S], **overrides: Any) -> S:
    """Settings of ``kind`` from the environment. Raises ``SettingsRefused`` naming each variable that is wrong."""
    try:
        return kind(**overrides)
    except SettingsError as error:  # JSON that cannot be parsed, which is no ValidationError
        name = str(error).partition('"')[2].partition('"')[0]
        raise SettingsRefused(
            f"POSTBAG_{name.upper()}: not valid JSON (docs/reference/settings.md explains it)"
        ) from None
    except ValidationError as error:
        faults = "; ".join(
            f"POSTBAG_{'_'.join(map(str, detail['loc'])).upper()}: {detail['msg']}"
            for detail in error.errors(include_input=False, include_url=False)
        )
        raise SettingsRefused(f"{faults}. Each is explained in docs/reference/settings.md") from None


def describe(settings: KafkaSettings) -> dict[str, Any]:
    """The effective settings by environment variable, JSON-ready, secrets masked."""
    shown = {f"POSTBAG_{name.upper()}": value for name, value in settings.model_dump(mode="json").items()}
    shown["POSTBAG_KAFKA_OPTIONS"] = {
        name: "**********" if "password" in name or "key" in name else value
        for name, value in settings.kafka_options.items()
    }
    return shown
