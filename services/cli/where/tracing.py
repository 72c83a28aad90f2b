"""Finds all records of a submission or a letter, looking in as few places as the topics' keys and times allow.

A submission keeps its partition from ``submissions`` to ``held`` and ``resolved``; its letters lie, with their tiers and
their ledger, in the partition of each office, and later than it. A letter is looked for in the ledger, which is small, and
the ledger says where the rest of it is. Only an id that is in none of those is looked for everywhere, once.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final
from zlib import crc32

from schemas.resolved import Resolved
from schemas.topics import (
    ACCEPTED,
    DEAD,
    DEAD_SETTLED,
    HELD,
    LEDGER,
    LETTERS,
    REJECTED,
    REPORTS,
    RESOLVED,
    SUBMISSIONS,
    TIERS,
)
from services.cli.where.steps import Step, step
from services.cli.where.trail import Kind, Trail, conclude
from services.pipeline.kafka_search import nothing_settles

if TYPE_CHECKING:
    from schemas.topics import Topic
    from services.pipeline.kafka_search import Found, Search, Settles

_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-([0-9a-f])[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
_HEX: Final = re.compile(r"[0-9a-f]{32}")
_ULID: Final = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")
_RECEIPT: Final = re.compile(r"[A-Za-z0-9._:-]{1,200}")

_EARLY: Final = (SUBMISSIONS, ACCEPTED, REJECTED, RESOLVED, HELD, DEAD)
_LATE: Final = (LETTERS, *TIERS, LEDGER, DEAD)

_CLOCKS_MS: Final = 60_000
"""How much earlier than what it follows from a record may be stamped: each partition has the clock of its own broker. The
doctor finds fault with half of it."""


class NoId(ValueError):
    """What was given can be the id of nothing. The text says what ids look like."""


def trace(search: Search, given: str) -> Trail | None:
    """What became of the submission or the letter of this id, or of the letter that this receipt was given for.

    None where no topic knows of it. Raises ``NoId``.
    """
    identity = identify(given)
    receipt = given.strip()
    if not identity and not _RECEIPT.fullmatch(receipt):
        raise NoId(
            "that is no id: give a UUID or ULID (a submission's or a letter's), the 32 characters of a CWC delivery, a"
            " Message-ID, or the receipt that an office gave"
        )
    tracer = _Tracer(search)
    if identity:
        # Letters have UUIDs of version 5, and frontends mostly others: the likelier one is looked for first.
        looks = (tracer.letter, tracer.submission)
        for look in looks if _is_version_5(identity) else reversed(looks):
            if trail := look(identity):
                return trail
    return tracer.receipt(receipt)


def identify(given: str) -> str:
    """The id in what was given, as events have it; empty where there is none.

    CWC's DeliveryId is a letter's id without dashes, a mail's Message-ID one before its ``@``.
    """
    text = given.strip().strip("<>").partition("@")[0]
    lower, upper = text.lower(), text.upper()
    if _HEX.fullmatch(lower):
        lower = "-".join((lower[:8], lower[8:12], lower[12:16], lower[16:20], lower[20:]))
    return lower if _UUID.fullmatch(lower) else upper if _ULID.fullmatch(upper) else ""


def _is_version_5(identity: str) -> bool:
    found = _UUID.fullmatch(identity)
    return found is not None and found[1] == "5"


class _Tracer:
    def __init__(self, search: Search) -> None:
        self._search = search
        self._whole: dict[tuple[str, str], list[Step]] = {}  # what was found in all of a topic, by topic and needle

    def submission(self, identity: str) -> Trail | None:
        """The trail of a submission, with all its letters."""
        early = self._early(identity)
        late = self._late(identity, early)
        return self._conclude("submission", identity, identity, early + late) if early or late else None

    def letter(self, identity: str) -> Trail | None:
        """The trail of a letter, and of the submission that it was made of."""
        settles = partial(_is_of_letter, identity)
        entries = [one for one in self._find((LEDGER,), identity, settles=settles) if one.letter_id == identity]
        place = {one.partition for one in entries}  # an office's letters have the ledger's partition
        letters = [one for one in self._find((LETTERS,), identity, place or None) if one.letter_id == identity]
        known = sorted(entries + letters, key=lambda one: one.order)
        if not known:
            return None
        claims = (one for one in known if one.topic == LEDGER.name and not _is_suppressed(one))
        owner = next(claims, known[0]).submission_id
        early = self._early(owner)
        late = self._late(owner, early, {one.partition for one in known})
        mine = [one for one in late if one.letter_id in ("", identity)]
        return self._conclude("letter", identity, owner, _distinct([*early, *mine, *known]))

    def receipt(self, receipt: str) -> Trail | None:
        """The trail of the letter for which an office gave this receipt."""
        needle = receipt if identify(receipt) == receipt else f'"receipt":"{receipt}"'  # an id was looked for already
        entries = [one for one in self._find((LEDGER,), needle) if one.data.receipt == receipt]
        return self.letter(entries[-1].letter_id) if entries else None

    def _early(self, identity: str) -> list[Step]:
        """Its steps up to its offices: in the partition of its key, or, where its frontend placed it otherwise, anywhere."""
        home = self._search.home(identity.encode(), SUBMISSIONS)
        found = self._of(identity, self._find(_EARLY, identity, {home}))
        if not found:
            others = set(range(self._search.partitions(SUBMISSIONS))) - {home}
            found = self._of(identity, self._find(_EARLY, identity, others))
        return found

    def _late(self, identity: str, early: Sequence[Step], at: Collection[int] = ()) -> list[Step]:
        """Its letters' steps, in the partitions of its offices and not before it was resolved, as far as that is known.

        Only in those that are in ``at``, where it is one letter that is meant.
        """
        resolved = [one for one in early if isinstance(one.data, Resolved)]
        places = set(at) or None
        since = 0
        if resolved:
            count = self._search.partitions(LETTERS)
            offices = {office for one in resolved for office in one.data.offices}
            places = places or {crc32(office.encode()) % count for office in offices}
            since = max(0, min(one.at for one in resolved) - _CLOCKS_MS)
        elif early and not places:
            return []  # it has not come as far
        found = self._of(identity, self._find(_LATE, identity, places, since))
        letters = {one.letter_id: one.partition for one in found if one.topic in (LETTERS.name, LEDGER.name)}
        for name, partition in letters.items():
            found += self._of_letter(name, (REPORTS,), partition, since)
            if any(_is_suppressed(one) for one in found if one.letter_id == name):
                found += self._of_letter(name, (LEDGER,), partition)  # the one that came first may be of long ago
        return _distinct(found)

    def _of_letter(self, name: str, topics: Sequence[Topic], partition: int, since: int = 0) -> list[Step]:
        return [one for one in self._find(topics, name, {partition}, since) if one.letter_id == name]

    def _conclude(self, kind: Kind, identity: str, submission_id: str, steps: Sequence[Step]) -> Trail:
        parked = {(one.partition, one.offset) for one in steps if one.topic == DEAD.name}
        settlements = [one for place in sorted(parked) for one in self._settlements(*place)]
        settled = {(one.data.partition, one.data.offset): one.data for one in settlements}
        return conclude(kind, identity, submission_id, _distinct([*steps, *settlements]), settled)

    def _settlements(self, partition: int, offset: int) -> list[Step]:
        found = self._find((DEAD_SETTLED,), f"{partition}/{offset}")
        return [one for one in found if (one.data.partition, one.data.offset) == (partition, offset)]

    def _find(
        self,
        topics: Sequence[Topic],
        needle: str,
        partitions: Collection[int] | None = None,
        since: int = 0,
        settles: Settles = nothing_settles,
    ) -> list[Step]:
        known = [one for topic in topics for one in self._whole.get((topic.name, needle), ())]
        new = [topic for topic in topics if (topic.name, needle) not in self._whole]
        found = self._search.find(new, needle.encode(), partitions, since, settles) if new else []
        steps = [one for one in map(step, found) if one is not None]
        if partitions is None and not since and not any(map(settles, found)):
            for topic in new:
                self._whole[topic.name, needle] = [one for one in steps if one.topic == topic.name]
        return steps + known

    @staticmethod
    def _of(identity: str, steps: Iterable[Step]) -> list[Step]:
        """Those that are about this submission: another one may only speak of the id."""
        return [one for one in steps if one.submission_id == identity]


def _is_of_letter(letter_id: str, found: Found) -> bool:
    """Whether it is about this letter, and does not merely hold its id: an office may give any receipt."""
    told = step(found)
    return told is not None and told.letter_id == letter_id


def _is_suppressed(one: Step) -> bool:
    return one.topic == LEDGER.name and one.data.state == "suppressed"


def _distinct(steps: Iterable[Step]) -> list[Step]:
    """Each record's step once: what was looked for in two ways is found twice."""
    return list({one.place: one for one in steps}.values())
