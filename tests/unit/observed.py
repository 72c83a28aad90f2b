"""An observer over the in-memory broker: what the cluster says of groups and offsets, said by the broker in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.topics import Topic
from services.observe.settings import ObserveSettings
from services.observe.sources import Sources
from services.observe.survey import Surveyor
from services.pipeline.broker import Partition
from services.pipeline.errors import BrokerFailed, SettingsRefused
from services.pipeline.groups import Edge
from services.pipeline.memory import MemoryBroker, MemoryReader

if TYPE_CHECKING:
    from services.pipeline.broker import Record


class MemoryGroups:
    """What ``services.pipeline.groups.Groups`` asks a cluster, of one in memory. ``away`` makes it fail as an outage does."""

    def __init__(self, broker: MemoryBroker, cluster: str = "memory") -> None:
        self.broker, self.id, self.away = broker, cluster, False
        self.asked_heads: list[Partition] = []
        self.present: dict[str, int] = {}
        self.begins: dict[Partition, int] = {}
        self.kept: dict[Topic, float] = {}
        self.asked_retention = 0

    def name(self, topic: Topic) -> str:
        return topic.name

    def cluster(self) -> str:
        if self.away:
            raise BrokerFailed("asking the cluster failed (KafkaConnectionError)")
        return self.id

    def partitions(self, topics: Iterable[Topic]) -> dict[Topic, int]:
        self.cluster()
        found = {}
        for topic in topics:
            try:
                found[topic] = self.broker.count(topic.name)
            except SettingsRefused:
                continue
        return found

    def edges(self, topics: Mapping[Topic, int]) -> dict[Partition, Edge]:
        return {
            Partition(topic.name, part): Edge(
                self.begins.get(Partition(topic.name, part), 0), len(self.broker.log(topic.name, part))
            )
            for topic, count in topics.items()
            for part in range(count)
        }

    def retention(self, topics: Iterable[Topic]) -> dict[Topic, float]:
        self.asked_retention += 1
        return {topic: self.kept[topic] for topic in topics if topic in self.kept}

    def committed(self, service: str) -> dict[Partition, int]:
        group = self.broker.groups.get(service)
        return dict(group.offsets) if group else {}

    def members(self, services: Iterable[str]) -> dict[str, int]:
        return {service: self.present.get(service, 0) for service in services}

    def heads(self, unread: Mapping[Partition, Edge]) -> dict[Partition, Record | None]:
        self.asked_heads = [*unread]
        found: dict[Partition, Record | None] = {}
        for place, edge in unread.items():
            log = self.broker.log(*place)
            found[place] = log[edge.begin] if edge.begin < len(log) else None
        return found

    def close(self) -> None:
        """Nothing is open."""


def surveyor(
    broker: MemoryBroker,
    folder: Path,
    *,
    groups: MemoryGroups | None = None,
    now: Callable[[], float] | None = None,
    name: str | None = "observe",
) -> Surveyor:
    """One that looks at ``broker`` and keeps its notes in ``folder``."""
    asked = groups or MemoryGroups(broker)
    clock = {"now": now} if now else {}
    settings = ObserveSettings(state_dir=folder)
    return Surveyor(settings, name, sources=lambda: Sources(asked, MemoryReader(broker)), **clock)
