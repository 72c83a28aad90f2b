"""Looks at the whole of an installation from outside: reads what is new on the topics, asks about the groups, adds up.

The observer and ``postbag top`` both look with this. It is in no group, writes nothing to Kafka and holds nothing but counts
in memory; what it has read is in the ``Notebook``. Topics are read one after another, downstream first, as the books read
them: what moves on meanwhile can look pending, and never lost or doubled.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from math import inf
from time import monotonic, time
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from schemas.topics import ACCEPTED, ALL, DEAD, DEAD_SETTLED, HELD, LEDGER, LETTERS, REJECTED, Topic
from schemas.wire import Unreadable
from services.observe import events
from services.observe.letters import GONE, STATES, STEP_SECONDS, Letters
from services.observe.notebook import Anew, Notebook
from services.observe.seen import OPEN, SUBMISSIONS_AT, CampaignSeen, Survey
from services.observe.sources import Sources
from services.observe.waiting import ACCEPTED_AT, REJECTED_AT, Waiting
from services.pipeline.broker import Partition
from services.pipeline.errors import PostbagError

if TYPE_CHECKING:
    from services.observe.lags import Asked
    from services.observe.settings import ObserveSettings
    from services.pipeline.broker import Record

__all__ = ("Survey", "Surveyor")

log = logging.getLogger(__name__)

_PAGE: Final = 2000
"""Records that are counted together."""
PACE_SECONDS: Final = 600
"""The pace of a campaign is that of its last ten minutes."""
_TIDY_SECONDS: Final = 600.0

T = TypeVar("T")


class _Followed(NamedTuple):
    """A topic, what is read of a record, and who counts it."""

    topic: Topic
    read: Callable[[Record], Any]
    take: Callable[[Sequence[Any]], None]


class Surveyor:
    """Raises ``BrokerFailed`` where the cluster does not answer; the next look starts where this one stopped.

    ``name`` is that of its file of notes in the state folder; None keeps none.
    """

    def __init__(
        self,
        settings: ObserveSettings,
        name: str | None = "observe",
        *,
        sources: Callable[[], Sources] | None = None,
        now: Callable[[], float] = time,
    ) -> None:
        path = settings.state_dir / f"{settings.topic_prefix}{name}.sqlite" if name else None
        self._open = sources or (lambda: Sources.open(settings))
        self._now = now
        self._sources: Sources | None = None
        self._notebook = Notebook(path)
        self._tidied = 0.0
        letters = Letters(self._notebook)
        waiting = Waiting(self._notebook, letters)
        self._letters, self._waiting = letters, waiting
        self._followed = (
            _Followed(LEDGER, events.entry, letters.entered),
            _Followed(DEAD_SETTLED, events.settlement, waiting.settled),
            _Followed(DEAD, events.parked, waiting.parked),
            _Followed(LETTERS, events.letter, letters.made),
            _Followed(HELD, events.hold, waiting.held),
            _Followed(REJECTED, events.rejection, lambda some: waiting.came(REJECTED_AT, sum(some))),
            _Followed(ACCEPTED, events.acceptance, lambda some: waiting.came(ACCEPTED_AT, sum(some))),
        )

    def look(self, beat: Callable[[], None] = lambda: None) -> Survey:
        """Everything as it is now. ``beat`` is called now and then: a first look may have days of records to read.

        Raises whatever ``beat`` raises; nothing is lost by that.
        """
        started = monotonic()
        try:
            return self._look(started, beat)
        except Anew:
            cause = "topics_made_anew"
        except sqlite3.DatabaseError:
            cause = "damaged"
        except PostbagError:
            self._let_go()
            raise
        self._let_go()
        self._notebook.begin_anew(cause)
        return self._look(started, beat)

    def close(self) -> None:
        """Close the file and the connections."""
        self._notebook.close()
        self._let_go()

    def _look(self, started: float, beat: Callable[[], None]) -> Survey:
        if self._sources is None:
            self._sources = self._open()
            self._notebook.of_cluster(self._sources.groups.cluster())
        sources, groups = self._sources, self._sources.groups
        topics = groups.partitions(ALL)
        self._note_what_is_gone(groups, topics.get(LETTERS, 0))
        for followed in self._followed:
            if followed.topic in topics:
                self._follow(sources, followed, topics[followed.topic], beat)
        now = self._now()
        sources.look(topics)
        attempts = self._notebook.counts["attempts", 0, 0]
        edges = groups.edges(topics)  # as of now: reading may have taken long
        stages, lags, attempts_rate = sources.lags.look(groups, topics, edges, attempts, now)
        self._tidy(now, sources)
        return Survey(
            at=now,
            took=monotonic() - started,
            stages=stages,
            lags=lags,
            campaigns=self._campaigns(sources.deadlines, now),
            submissions={
                at: self._notebook.counts["submissions", number, 0] for number, at in enumerate(SUBMISSIONS_AT)
            },
            faults=self._notebook.counts["strangers", 0, 0] + self._notebook.counts["both", 0, 0],
            dead={(self._name(stage), self._name(reason)): n for (stage, reason), n in self._sums("dead")},
            held={self._name(reason): n for (reason, _), n in self._sums("held")},
            in_doubt={self._name(reason): n for (reason, _), n in self._sums("in_doubt")},
            attempts=attempts,
            attempts_rate=attempts_rate,
            controls=tuple(sources.controls.in_force()) if sources.controls else (),
            hanging=sources.hanging(),
            missing=tuple(topic.name for topic in ALL if topic not in topics),
        )

    def _follow(self, sources: Sources, followed: _Followed, count: int, beat: Callable[[], None]) -> None:
        """Count what is new on a topic. Raises ``Anew`` where it is another one than it was."""
        topic, notebook = followed.topic, self._notebook
        edges = sources.groups.edges({topic: count})  # now: whatever is upstream of what was read before must be in it
        for partition in range(count):
            end = edges[Partition(sources.groups.name(topic), partition)].end
            start = notebook.next(topic.name, partition)
            if start > end:
                raise Anew
            if start == end:
                continue
            records = _readable(sources.reader.read(topic, partition, start), followed.read)
            while some := list(islice(records, _PAGE)):
                with notebook.page():
                    followed.take([found for _, found in some if found is not None])
                    notebook.mark(topic.name, partition, some[-1][0] + 1)
                beat()
            with notebook.page():  # what is left up to the end are marks of transactions
                notebook.mark(topic.name, partition, max(end, notebook.next(topic.name, partition)))
            beat()

    def _note_what_is_gone(self, groups: Asked, count: int) -> None:
        """Letters that retention deleted before they were read here: the ledger alone still knows that they were made."""
        starts = {
            place: edge
            for place, edge in groups.edges({LETTERS: count}).items()
            if edge.begin > self._notebook.next(LETTERS.name, place.partition)
        }
        times = [self._now() if record is None else record.timestamp / 1000 for record in groups.heads(starts).values()]
        if times:
            with self._notebook.page():
                self._notebook.put(GONE, int(max(*times, self._notebook.counts[GONE])))

    def _campaigns(self, deadlines: Mapping[str, float], now: float) -> tuple[CampaignSeen, ...]:
        """Those with the most letters first."""
        letters: dict[int, dict[str, int]] = {}
        for (campaign, state), count in self._sums("letters"):
            letters.setdefault(campaign, dict.fromkeys(STATES, 0))[STATES[state]] = count
        ended: dict[int, int] = {}
        for (campaign, step), count in self._sums("ended"):
            if step * STEP_SECONDS > now - PACE_SECONDS:
                ended[campaign] = ended.get(campaign, 0) + count
        found = []
        for campaign, states in letters.items():
            slug, still_open = self._name(campaign), sum(states[state] for state in OPEN)
            oldest = self._letters.oldest(campaign) if still_open else None
            since = max(now - PACE_SECONDS, self._notebook.counts["first", campaign, 0])
            pace = ended.get(campaign, 0) / max(STEP_SECONDS, now - since)
            drain = 0.0 if not still_open else still_open / pace if pace else inf
            age = None if oldest is None else max(0.0, now - oldest)
            found.append(CampaignSeen(slug, states, age, deadlines.get(slug), drain))
        return tuple(sorted(found, key=lambda one: (-one.made, one.slug)))

    def _tidy(self, now: float, sources: Sources) -> None:
        """Now and then, leave out what is past: ends that no pace counts, and what retention has deleted."""
        if now - self._tidied < _TIDY_SECONDS:
            return
        self._tidied = now
        with self._notebook.page():
            for campaign, step in self._notebook.sums("ended"):
                if step * STEP_SECONDS < now - 2 * PACE_SECONDS:
                    self._notebook.forget(("ended", campaign, step))
            self._waiting.forget(now - sources.lags.kept(DEAD), now - sources.lags.kept(HELD))

    def _sums(self, what: str) -> Iterator[tuple[tuple[int, int], int]]:
        yield from sorted(self._notebook.sums(what).items())

    def _name(self, number: int) -> str:
        return self._notebook.name(number)

    def _let_go(self) -> None:
        """After a failure everything is opened anew."""
        if self._sources is not None:
            self._sources.close()
            self._sources = None


def _readable(records: Iterator[Record], read: Callable[[Record], T]) -> Iterator[tuple[int, T | None]]:
    """Each record's offset, with what is read of it: read at once, so that no page holds the letters themselves."""
    for record in records:
        try:
            found: T | None = read(record)
        except Unreadable as error:  # the books tell; here it is nobody's letter
            place = {"topic": record.topic, "partition": record.partition, "offset": record.offset}
            log.warning("record_unreadable", extra=place | {"reason": error.reason})
            found = None
        yield record.offset, found
