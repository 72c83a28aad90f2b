"""The groups of the workers as the cluster sees them: what each has committed, who is in it, what lies next.

For whoever looks on from outside: the observer, ``postbag top``, ``postbag doctor``. It is in no group, commits nothing and
changes nothing. Topics that do not exist are left out of every answer, and a group that does not exist has no members.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from math import inf
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kafka import KafkaConsumer, TopicPartition
from kafka import errors as kafka_errors
from kafka.admin import KafkaAdminClient, OffsetSpec
from kafka.protocol.consumer import IsolationLevel

from services.pipeline.admin import configured
from services.pipeline.broker import Partition
from services.pipeline.errors import BrokerFailed
from services.pipeline.kafka_options import admin_options, check_consumer, reader_options
from services.pipeline.kafka_records import read_any_header
from services.pipeline.logs import quiet_client

if TYPE_CHECKING:
    from schemas.topics import Topic
    from services.pipeline.broker import Record
    from services.pipeline.settings import KafkaSettings

_HEADS_SECONDS: Final = 10.0
"""How long the next records may take to come; what has not come by then is looked for at the next call."""
_COORDINATOR_SECONDS: Final = 5.0
_NOT_YET: Final = (
    kafka_errors.CoordinatorNotAvailableError,
    kafka_errors.CoordinatorLoadInProgressError,
    kafka_errors.NotCoordinatorError,
)
"""What a broker says of groups in its first moments, and while another takes them over."""
_NO_GROUP: Final = "GroupIdNotFoundError"


class Edge(NamedTuple):
    """The first offset that is still there, and the one after the last committed record."""

    begin: int
    end: int


class Groups:
    """Raises ``BrokerFailed`` where the cluster does not answer; a new one is to be made then."""

    def __init__(self, settings: KafkaSettings) -> None:
        quiet_client()
        read_any_header()
        self._settings, self._prefix = settings, settings.topic_prefix
        self._consumer: KafkaConsumer | None = None
        with _translated(f"no Kafka broker answered at {settings.kafka_bootstrap_servers}"):
            self._admin = KafkaAdminClient(**admin_options(settings))

    def name(self, topic: Topic) -> str:
        """The topic's full name in this installation."""
        return self._prefix + topic.name

    def cluster(self) -> str:
        """The id of the cluster: offsets of one mean nothing on another."""
        with _translated():
            return str(self._admin.describe_cluster()["cluster_id"])

    def partitions(self, topics: Iterable[Topic]) -> dict[Topic, int]:
        """How many partitions each of ``topics`` has; those that do not exist are left out."""
        wanted = {self.name(topic): topic for topic in topics}
        with _translated():
            found: list[dict[str, Any]] = self._admin.describe_topics([*wanted])
        return {wanted[one["name"]]: len(one["partitions"]) for one in found if not one["error_code"]}

    def edges(self, topics: Mapping[Topic, int]) -> dict[Partition, Edge]:
        """Where each partition of ``topics`` (with how many each has) begins and ends; uncommitted records do not count."""
        places = [TopicPartition(self.name(topic), part) for topic, count in topics.items() for part in range(count)]
        if not places:
            return {}
        ask = self._admin.list_partition_offsets
        with _translated():
            first = ask(dict.fromkeys(places, OffsetSpec.EARLIEST))
            last = ask(dict.fromkeys(places, OffsetSpec.LATEST), isolation_level=IsolationLevel.READ_COMMITTED)
        return {Partition(*place): Edge(first[place].offset, last[place].offset) for place in places}

    def retention(self, topics: Iterable[Topic]) -> dict[Topic, float]:
        """For how long each of ``topics`` keeps a record, in seconds, as it is configured on the cluster; infinite for ever.

        Topics of which the cluster does not tell this user are left out.
        """
        names = {self.name(topic): topic for topic in topics}
        with _translated():
            found = configured(self._admin, names)
        return {names[name]: _kept(config) for name, config in found.items()}

    def committed(self, service: str) -> dict[Partition, int]:
        """The next offset that the group of ``service`` reads, where it has committed one."""
        group = self._group(service)
        with _translated():
            found = _patiently(lambda: self._admin.list_group_offsets([group])).get(group, {})
        return {Partition(*place): state.offset for place, state in found.items() if state.offset >= 0}

    def members(self, services: Iterable[str]) -> dict[str, int]:
        """How many members the group of each service has."""
        groups = {self._group(service): service for service in services}
        with _translated():
            found = _patiently(lambda: self._described([*groups]))
        return {service: len(found.get(group, {}).get("members") or ()) for group, service in groups.items()}

    def _described(self, groups: list[str]) -> dict[str, Any]:
        """The client tells of a failure about one group as if it were an answer: none at all would look like no members."""
        found: dict[str, Any] = self._admin.describe_groups(groups)
        for told in found.values():
            if told["error"] and _NO_GROUP not in told["error"]:
                raise _error(told["error"])
        return found

    def heads(self, unread: Mapping[Partition, Edge]) -> dict[Partition, Record | None]:
        """The first committed record of each stretch, from ``begin`` up to ``end``; None where it holds marks alone.

        Partitions that did not answer in time are left out.
        """
        with _translated():
            return self._heads(unread) if unread else {}

    def close(self) -> None:
        """Close the connections."""
        self._admin.close()
        if self._consumer:
            self._consumer.close(autocommit=False)

    def _group(self, service: str) -> str:
        return f"{self._prefix}postbag-{service}"

    def _heads(self, unread: Mapping[Partition, Edge]) -> dict[Partition, Record | None]:
        if self._consumer is None:
            self._consumer = KafkaConsumer(**reader_options(self._settings))
            check_consumer(self._consumer.config)
        consumer, left = self._consumer, {TopicPartition(*place): edge for place, edge in unread.items()}
        consumer.assign([*left])
        for place, edge in left.items():
            consumer.seek(place, edge.begin)
        found: dict[Partition, Record | None] = {}
        until = monotonic() + _HEADS_SECONDS
        while left and monotonic() < until:
            batch = consumer.poll(timeout_ms=100)
            for place in [*left]:
                if batch.get(place):
                    found[Partition(*place)] = batch[place][0]
                elif consumer.position(place) >= left[place].end:
                    found[Partition(*place)] = None
                else:
                    continue
                del left[place]
            consumer.assign([*left])  # the others only: what is fetched beyond the first record is let go
        consumer.unsubscribe()
        return found


def _kept(config: Mapping[str, str]) -> float:
    milliseconds = int(config["retention.ms"])
    return milliseconds / 1000 if milliseconds >= 0 and "delete" in config["cleanup.policy"] else inf


def _error(said: str) -> kafka_errors.KafkaError:
    """The error that the client wrote as ``[Error 16] NotCoordinatorError: …``."""
    name = said.partition("] ")[2].partition(":")[0]
    return getattr(kafka_errors, name, kafka_errors.KafkaError)()


def _patiently(ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """A cluster that nobody has asked for a group before makes its place for groups first, and says that there is none."""
    until = monotonic() + _COORDINATOR_SECONDS
    while True:
        try:
            return ask()
        except _NOT_YET:
            if monotonic() > until:
                raise
            sleep(0.2)


@contextmanager
def _translated(what: str = "asking the cluster failed") -> Iterator[None]:
    try:
        yield
    except kafka_errors.KafkaError as error:
        raise BrokerFailed(
            f"{what} ({type(error).__name__}): check POSTBAG_KAFKA_BOOTSTRAP_SERVERS, the credentials, and that it runs"
        ) from None
