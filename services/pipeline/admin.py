"""Topics as declared against topics as they are: plan, apply, and what `postbag topics` prints.

Only the command line uses this; workers may not create or alter anything. ``apply`` creates what is missing and corrects
configuration. Another number of partitions it refuses and names: records keep theirs from stage to stage, so it is changed
for all topics at once, with nothing under way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from kafka import errors as kafka_errors
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient, NewTopic

from schemas.topics import ALL, Topic
from services.pipeline.errors import BrokerFailed, SettingsRefused
from services.pipeline.kafka_options import admin_options
from services.pipeline.logs import quiet_client

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.pipeline.settings import KafkaSettings

_USUAL_COPIES: Final = 3


def configured(admin: KafkaAdminClient, names: Iterable[str]) -> dict[str, dict[str, str]]:
    """How the topics called ``names`` are configured, as Kafka spells it; those that this user may not know are left out.

    Raises ``KafkaError``. A refusal the client does not tell from a topic without any configuration.
    """
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    described = admin.describe_configs(resources, config_filter="all") if resources else {}
    return {
        name: {key: entry["value"] for key, entry in entries.items()}
        for name, entries in described.get("topic", {}).items()
        if entries
    }


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between a declared topic and the cluster. ``refused`` ones are left for an operator."""

    topic: str
    action: Literal["create", "configure", "refused"]
    detail: str
    config: dict[str, str]
    partitions: int = 0


class Topics:
    """The declared topics on one cluster. Raises ``BrokerFailed`` where none answers."""

    def __init__(self, settings: KafkaSettings) -> None:
        quiet_client()
        self._settings = settings
        try:
            self._admin = KafkaAdminClient(**admin_options(settings))
        except kafka_errors.KafkaError as error:
            raise BrokerFailed(
                f"no Kafka broker answered at {settings.kafka_bootstrap_servers} ({type(error).__name__}): check"
                " POSTBAG_KAFKA_BOOTSTRAP_SERVERS and the credentials, or start one here with `postbag up`"
            ) from None
        brokers = len(self._admin.describe_cluster()["brokers"])
        self._replication = settings.topic_replication or min(_USUAL_COPIES, brokers)
        if self._replication > brokers:
            raise SettingsRefused(
                f"POSTBAG_TOPIC_REPLICATION is {self._replication}, and the cluster has {brokers} brokers"
            )

    def plan(self) -> list[Change]:
        """What differs, in the order in which ``apply`` would change it. Raises ``BrokerFailed`` where that is not told."""
        existing: dict[str, dict[str, Any]] = {topic["name"]: topic for topic in self._admin.describe_topics()}
        declared = {self._settings.topic_prefix + topic.name: topic for topic in ALL}
        actual = configured(self._admin, [name for name in declared if name in existing])
        changes: list[Change] = []
        for name, topic in declared.items():
            found = existing.get(name)
            if found is None:
                changes.append(self._creation(name, topic))
            elif name not in actual:
                raise BrokerFailed(
                    f"the broker does not tell this user how topic {name} is configured (DescribeConfigs)"
                )
            else:
                changes.extend(self._differences(name, topic, found, actual[name]))
        return changes

    def apply(self) -> list[Change]:
        """Make it so, except for what is refused; returns what was planned."""
        changes = self.plan()
        creations = [change for change in changes if change.action == "create"]
        if creations:
            self._admin.create_topics(
                [NewTopic(c.topic, c.partitions, self._replication, topic_configs=c.config) for c in creations],
                wait_for_metadata=True,
            )
        for change in changes:
            if change.action == "configure":
                self._admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, change.topic, change.config)])
        return changes

    def close(self) -> None:
        """Close the connection."""
        self._admin.close()

    def _count(self, topic: Topic) -> int:
        return topic.partitions or self._settings.topic_partitions

    def _creation(self, name: str, topic: Topic) -> Change:
        count = self._count(topic)
        detail = f"{count} partitions, {self._replication} copies, {topic.cleanup}"
        return Change(name, "create", detail, topic.config(self._replication), count)

    def _differences(self, name: str, topic: Topic, found: dict[str, Any], actual: dict[str, str]) -> list[Change]:
        changes: list[Change] = []
        count = len(found["partitions"])
        if count != self._count(topic):
            detail = (
                f"has {count} partitions and {self._count(topic)} are declared: records keep their partition from stage"
                " to stage, so this is changed on all topics at once, drained (docs/topics.md)"
            )
            changes.append(Change(name, "refused", detail, {}))
        wanted = topic.config(self._replication)
        wrong = {key: value for key, value in wanted.items() if actual.get(key) != value}
        if wrong:
            detail = ", ".join(f"{key} {actual.get(key)} -> {value}" for key, value in sorted(wrong.items()))
            changes.append(Change(name, "configure", detail, wanted))
        return changes
