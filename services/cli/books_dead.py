"""The books of what is parked in ``dead``: which submissions, letters and reports died, told by where they came from.

Deliver parks letters from ``letters`` and from every tier, and one letter goes through many of them: it is told by its id.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from schemas.completion import is_completion
from schemas.letter import LetterRendered
from schemas.topics import ACCEPTED, DEAD, LETTERS, REPORTS, RESOLVED, SUBMISSIONS, TIERS
from schemas.wire import Unreadable, read
from services.pipeline.dead import number

if TYPE_CHECKING:
    from services.cli.shelf import Shelf
    from services.pipeline.broker import Record

_LETTERS: Final = tuple(topic.name for topic in (LETTERS, *TIERS))


@dataclass(slots=True)
class Parked:
    """``places`` in ``submissions``; ids of ``submissions``; ids of ``letters``, each with that of its submission.

    ``completions`` are counted by the submission's id. ``twice`` are records that are parked more than once, a fault.
    """

    places: set[str] = field(default_factory=set)
    submissions: set[str] = field(default_factory=set)
    letters: set[tuple[str, str]] = field(default_factory=set)
    completions: Counter[str] = field(default_factory=Counter)
    reports: int = 0
    twice: int = 0


def parked(shelf: Shelf) -> Parked:
    """All that is parked."""
    found = Parked()
    places: Counter[tuple[str, int, int]] = Counter()
    for record in shelf.records(DEAD):
        headers = {name: value for name, value in record.headers if value is not None}
        topic = headers.get("postbag-source-topic", b"").decode("utf-8", "replace")
        partition, offset = (number(record, f"postbag-source-{name}") or 0 for name in ("partition", "offset"))
        places[topic, partition, offset] += 1
        key = str(record.key or b"", "utf-8", "replace")
        if topic.endswith(SUBMISSIONS.name):
            found.places.add(f"{partition}@{offset}")
        elif topic.endswith(ACCEPTED.name) and is_completion(record.value):
            found.completions[key] += 1
        elif topic.endswith((ACCEPTED.name, RESOLVED.name)):
            found.submissions.add(key)
        elif topic.endswith(_LETTERS):
            found.letters |= _letter(record)
        elif topic.endswith(REPORTS.name):
            found.reports += 1
    found.twice = sum(count > 1 for count in places.values())
    return found


def _letter(record: Record) -> set[tuple[str, str]]:
    """Ids of the letter and of its submission; none where the record is no letter."""
    try:
        letter = read(LetterRendered, record.value).data
    except Unreadable:
        return set()
    return {(letter.letter_id, letter.submission_id)}
