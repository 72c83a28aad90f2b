"""How far each stage is behind: in records, in seconds, and in what retention leaves it.

Offsets alone cannot tell: every transaction leaves a mark at the end of a partition that nobody reads, so a stage that has
read everything looks one record behind. So the next record of each partition is looked at, once for as long as it is next,
and its own time tells the seconds. A tier's record waits on purpose: only what is due counts as late.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from schemas.topics import TIERS, Topic
from services.observe.seen import READS, StageSeen, TopicLag
from services.pipeline.broker import Partition
from services.pipeline.dead import NOT_BEFORE, number
from services.pipeline.groups import Edge

if TYPE_CHECKING:
    from services.pipeline.broker import Record

_RATE_SECONDS: Final = 15.0
"""Rates are over the looks of this long: shorter would jump, longer would come late."""
_RETENTION_SECONDS: Final = 60.0
"""Between two questions about how long topics keep their records: somebody changes that once a year, or in a hurry."""
_MARK: Final = 1
"""Offsets that the end of a transaction takes: so many may be gone before the next record though nothing was lost."""
_TIERS: Final = frozenset(tier.name for tier in TIERS)


class Asked(Protocol):
    """What is asked of the cluster; ``groups.Groups`` answers it."""

    def name(self, topic: Topic) -> str: ...
    def cluster(self) -> str: ...
    def partitions(self, topics: tuple[Topic, ...]) -> dict[Topic, int]: ...
    def edges(self, topics: Mapping[Topic, int]) -> dict[Partition, Edge]: ...
    def retention(self, topics: Iterable[Topic]) -> dict[Topic, float]: ...
    def committed(self, service: str) -> dict[Partition, int]: ...
    def members(self, services: tuple[str, ...]) -> dict[str, int]: ...
    def heads(self, unread: Mapping[Partition, Edge]) -> dict[Partition, Record | None]: ...
    def close(self) -> None: ...


class Head(NamedTuple):
    """The next record of a partition from ``position`` on: when it was written, and from when on it is late (seconds since
    the epoch). Without any there was none up to ``end``.
    """

    position: int
    end: int
    written: float = 0.0
    late_from: float = 0.0
    there: bool = True


@dataclass(slots=True)
class _Sum:
    records: int = 0
    late_from: float = inf
    left: float = inf


class Lags:
    """Remembers the next record of each partition, how long topics keep theirs, and the positions of the last looks."""

    def __init__(self) -> None:
        self._heads: dict[Partition, Head] = {}
        self._looks: deque[tuple[float, dict[str, int]]] = deque()
        self._kept: dict[Topic, float] = {}
        self._asked: float | None = None

    def look(
        self, groups: Asked, topics: Mapping[Topic, int], edges: Mapping[Partition, Edge], attempts: int, now: float
    ) -> tuple[tuple[StageSeen, ...], tuple[TopicLag, ...], float | None]:
        """Every stage, every topic that it reads, and the attempts a second; ``now`` is seconds since the epoch."""
        members = groups.members(tuple(READS))
        positions = {stage: groups.committed(stage) for stage in READS}
        self._ask_for_heads(groups, _unread(groups, positions, topics, edges))
        if self._asked is None or not 0 <= now - self._asked < _RETENTION_SECONDS:
            self._kept, self._asked = groups.retention(topics), now
        lags = tuple(
            self._lag(groups, stage, topic, positions[stage], topics.get(topic, 0), edges, now)
            for stage, reads in READS.items()
            for topic in reads
        )
        read = {stage: sum(places.values()) for stage, places in positions.items()} | {"attempts": attempts}
        rates = self._rates(now, read)
        stages = tuple(_stage(stage, members.get(stage, 0), rates.get(stage), lags) for stage in READS)
        return stages, lags, rates.get("attempts")

    def kept(self, topic: Topic) -> float:
        """How long ``topic`` keeps a record, in seconds: by its own configuration, or as declared where that is not told."""
        return self._kept.get(topic, topic.retention_ms / 1000)

    def _ask_for_heads(self, groups: Asked, unread: Mapping[Partition, Edge]) -> None:
        """Look at the next records that are not known yet."""
        known = {place: head for place, head in self._heads.items() if _holds(head, unread.get(place))}
        wanted = {place: stretch for place, stretch in unread.items() if place not in known}
        tiers = {groups.name(tier) for tier in TIERS}
        for place, record in groups.heads(wanted).items():
            position, end = unread[place]
            if record is None:
                known[place] = Head(position, end, there=False)
                continue
            written = record.timestamp / 1000
            due = number(record, NOT_BEFORE) if place.topic in tiers else None
            known[place] = Head(position, end, written, written if due is None else due / 1000)
        self._heads = known

    def _lag(
        self,
        groups: Asked,
        stage: str,
        topic: Topic,
        committed: Mapping[Partition, int],
        count: int,
        edges: Mapping[Partition, Edge],
        now: float,
    ) -> TopicLag:
        found, kept = _Sum(), self.kept(topic)
        for part in range(count):
            place = Partition(groups.name(topic), part)
            edge, head = edges[place], self._heads.get(place)
            if head is None or not head.there:
                continue
            if edge.begin - committed.get(place, edge.begin) > _MARK:
                found.left = 0.0
            found.records += edge.end - head.position
            found.late_from = min(found.late_from, head.late_from)
            found.left = min(found.left, max(0.0, head.written + kept - now))
        return TopicLag(stage, topic.name, found.records, max(0.0, now - found.late_from), found.left)

    def _rates(self, now: float, read: dict[str, int]) -> dict[str, float]:
        """How much more a second each has become, over the last looks; nothing at the first."""
        while len(self._looks) > 1 and now - self._looks[1][0] >= _RATE_SECONDS:
            self._looks.popleft()
        self._looks.append((now, read))
        then, before = self._looks[0]
        if now <= then:
            return {}
        return {name: max(0.0, (count - before.get(name, count)) / (now - then)) for name, count in read.items()}


def _stage(stage: str, members: int, rate: float | None, lags: tuple[TopicLag, ...]) -> StageSeen:
    """One stage over all that it reads."""
    mine = [lag for lag in lags if lag.stage == stage]
    waiting = sum(lag.records for lag in mine if lag.topic in _TIERS)
    records = sum(lag.records for lag in mine) - waiting
    return StageSeen(stage, members, rate, records, max(lag.seconds for lag in mine), waiting)


def _unread(
    groups: Asked,
    positions: Mapping[str, Mapping[Partition, int]],
    topics: Mapping[Topic, int],
    edges: Mapping[Partition, Edge],
) -> dict[Partition, Edge]:
    """The stretch from position to end of each partition that its stage has not read to the end."""
    found: dict[Partition, Edge] = {}
    for stage, reads in READS.items():
        for topic in reads:
            for part in range(topics.get(topic, 0)):
                place = Partition(groups.name(topic), part)
                begin, end = edges[place]
                position = max(begin, positions[stage].get(place, begin))
                if position < end:
                    found[place] = Edge(position, end)
    return found


def _holds(head: Head, unread: Edge | None) -> bool:
    """Whether a head is still the next record: a record that is there stays so; that there is none, until the end moves."""
    return unread is not None and head.position == unread.begin and (head.there or head.end == unread.end)
