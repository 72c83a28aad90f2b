"""What a cluster tells of itself, for an operator who looks for what is wrong: brokers, rights, groups, transactions, time.

It only asks, with one exception: a broker tells its time to nobody but who writes, so ``clock`` writes one record and aborts
the transaction that it is in. No reader of Postbag ever sees it. What a broker refuses to tell is ``NotTold``, so that one
missing right does not hide the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from time import time
from typing import TYPE_CHECKING, Any, Final

from kafka import KafkaProducer, TopicPartition
from kafka import errors as kafka_errors
from kafka.admin import KafkaAdminClient

from schemas.topics import ALL, DEAD, Topic
from services.pipeline.admin import Change, Topics
from services.pipeline.errors import PostbagError
from services.pipeline.groups import Edge, Groups
from services.pipeline.kafka_options import admin_options, publisher_options
from services.pipeline.logs import quiet_client

if TYPE_CHECKING:
    from services.pipeline.settings import KafkaSettings

Rights = frozenset[str]

_RIGHTS: Final = {3: "read", 4: "write", 8: "describe"}
"""Bits of the rights that a broker tells of a topic (source: Kafka's protocol guide, AclOperation)."""
_UNTOLD: Final = -(1 << 31)
_CLOCK_PATIENCE_SECONDS: Final = 10
_CONNECT_MS: Final = 8_000
_NO_TIME: Final = 1
"""What a record is stamped with so that it shows whether the broker put its own time in the place of it."""


class NotTold(PostbagError):
    """The broker does not tell, or not this user."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """``version`` is as far as the client can tell it from what the broker speaks: a minor release, or older than it is."""

    brokers: int
    version: str


@dataclass(frozen=True, slots=True)
class Hanging:
    """A transaction that was begun and not ended: no committed reader passes it. ``topic`` is without the prefix.

    ``transactional_id`` is empty where its coordinator knows nothing of it: then nothing but an operator ends it.
    ``seconds`` is how long ago it wrote last, ``offset`` where it begins.
    """

    topic: str
    partition: int
    offset: int
    seconds: float
    transactional_id: str


@dataclass(frozen=True, slots=True)
class Group:
    """A service's consumer group. ``unread`` are offsets past the committed one, 0 where no record is among them, by topic
    (without the prefix) and partition; ``positions`` the committed offsets of the same.
    """

    service: str
    state: str
    members: int
    unread: Mapping[tuple[str, int], int]
    positions: Mapping[tuple[str, int], int]


class Inspection:
    """Asks the cluster that ``settings`` name. Raises ``NotTold`` where none lets it in; the message says why."""

    def __init__(self, settings: KafkaSettings, now: Callable[[], float] = time) -> None:
        quiet_client()
        self._settings, self._now = settings, now
        self._outside: Groups | None = None
        self._topics: dict[str, Topic] = {settings.topic_prefix + topic.name: topic for topic in ALL}
        with _asking("connecting"):
            self._admin = KafkaAdminClient(**{"bootstrap_timeout_ms": _CONNECT_MS, **admin_options(settings)})

    def cluster(self) -> Cluster:
        """How many brokers there are, and which release they are of."""
        with _asking("describing the cluster"):
            brokers = self._admin.describe_cluster()["brokers"]
            found = self._admin.get_broker_version_data(brokers[0]["broker_id"]).broker_version
        return Cluster(len(brokers), ".".join(map(str, found)))

    def rights(self) -> dict[str, Rights | None]:
        """What this user may do with each declared topic that it can see, without the prefix: of read, write, describe.

        None where the broker says nothing of rights.
        """
        with _asking("describing topics"):
            described = self._admin.describe_topics(list(self._topics))
        return {
            self._topics[topic["name"]].name: _rights(topic.get("topic_authorized_operations", _UNTOLD))
            for topic in described
            if not topic.get("error_code")
        }

    def changes(self) -> list[Change]:
        """What `postbag topics apply` would do."""
        with _asking("describing topics"):
            topics = Topics(self._settings)
            try:
                return topics.plan()
            finally:
                topics.close()

    def hanging(self, longer_than: float) -> list[Hanging]:
        """Transactions open in Postbag's topics whose last write was more than ``longer_than`` seconds ago, oldest first."""
        with _asking("describing producers"):
            described = self._admin.describe_topics(list(self._topics))
            places = [
                TopicPartition(topic["name"], part["partition_index"])
                for topic in described
                for part in topic["partitions"]
            ]
            producers = self._admin.describe_producers(places)
        now, found = self._now(), []
        names: dict[int, str] = {}
        for place, state in producers.items():
            for producer in state.active_producers:
                seconds = now - producer.last_timestamp / 1000
                if producer.current_transaction_start_offset < 0 or seconds <= longer_than:
                    continue
                names = names or self._transactional_ids()
                found.append(
                    Hanging(
                        self._topics[place.topic].name,
                        place.partition,
                        producer.current_transaction_start_offset,
                        seconds,
                        names.get(producer.producer_id, ""),
                    )
                )
        return sorted(found, key=lambda one: -one.seconds)

    def groups(self, reads: Mapping[str, tuple[Topic, ...]]) -> list[Group]:
        """The groups of the services in ``reads``, which says what each of them reads."""
        self._outside = outside = self._outside or Groups(self._settings)
        names = {service: f"{self._settings.topic_prefix}postbag-{service}" for service in reads}
        with _asking("describing groups"):
            described = self._admin.describe_groups([*names.values()])
        edges = outside.edges(outside.partitions(topic for topics in reads.values() for topic in topics))
        found = []
        for service in reads:
            committed = {place: at for place, at in outside.committed(service).items() if place in edges}
            behind = {place: Edge(at, edges[place].end) for place, at in committed.items() if at < edges[place].end}
            # The end of a transaction takes an offset as well, so it may be that nothing follows.
            nothing = {place for place, head in outside.heads(behind).items() if head is None}
            positions = {(self._topics[place.topic].name, place.partition): at for place, at in committed.items()}
            unread = {
                (self._topics[place.topic].name, place.partition): 0
                if place in nothing
                else max(0, edges[place].end - at)
                for place, at in committed.items()
            }
            told = described[names[service]]
            found.append(Group(service, told["group_state"], len(told["members"]), unread, positions))
        return found

    def clock(self) -> float:
        """How far the broker's clock is ahead of this machine's, in seconds; it is within half a round trip of true.

        Raises ``NotTold`` where the topic ``dead`` does not bear the broker's time.
        """
        options = publisher_options(self._settings) | {
            "transactional_id": f"{self._settings.topic_prefix}postbag-doctor",
            "transaction_timeout_ms": _CLOCK_PATIENCE_SECONDS * 1000,
            "linger_ms": 0,
        }
        name = self._settings.topic_prefix + DEAD.name
        with _asking("writing a record, to be told the time"):
            producer = KafkaProducer(**options)
            try:
                producer.init_transactions()
                producer.begin_transaction()
                for _ in range(2):  # the first one waits for connections, and would tell a time long past
                    before = self._now()
                    sent = producer.send(name, b"", partition=0, timestamp_ms=_NO_TIME).get(_CLOCK_PATIENCE_SECONDS)
                    after = self._now()
                producer.abort_transaction()
            finally:
                producer.close(timeout=1)
        if sent.timestamp == _NO_TIME:
            raise NotTold(f"topic {name} bears its writers' times, not the broker's")
        return float(sent.timestamp / 1000 - (before + after) / 2)

    def close(self) -> None:
        """Close the connections."""
        self._admin.close()
        if self._outside:
            self._outside.close()

    def _transactional_ids(self) -> dict[int, str]:
        """By producer id; empty where the coordinators do not tell this user."""
        try:
            listed: Mapping[int, list[Any]] = self._admin.list_transactions()
        except kafka_errors.KafkaError:
            return {}
        return {one.producer_id: one.transactional_id for of_one in listed.values() for one in of_one}


def _rights(bits: int) -> Rights | None:
    if bits == _UNTOLD:
        return None
    return frozenset(name for bit, name in _RIGHTS.items() if bits >> bit & 1)


@contextmanager
def _asking(what: str) -> Iterator[None]:
    try:
        yield
    except kafka_errors.KafkaError as error:
        raise NotTold(f"{what} failed with {type(error).__name__}") from None
