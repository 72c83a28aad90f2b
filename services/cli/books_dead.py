"""The books of what is parked in ``dead``: which submissions, letters and reports died, and what operators did with them.

What was put back is dead no longer, and lies in its topic twice: the copy counts, and the record that died does not. What
was discarded stays dead. Deliver parks letters from ``letters`` and from every tier, and one letter goes through many of
them: it is told by its id. Nothing here may look at the topics in another order than ``books.balance`` has it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from schemas.completion import is_completion
from schemas.letter import LetterRendered
from schemas.report import LetterReported
from schemas.settlement import Action, DeadSettled
from schemas.topics import ACCEPTED, DEAD, DEAD_SETTLED, LETTERS, REPORTS, SUBMISSIONS, TIERS
from schemas.wire import Unreadable, read
from services.pipeline.parked import Parked, Place

if TYPE_CHECKING:
    from services.cli.shelf import Shelf
    from services.pipeline.broker import Record

_LETTERS: Final = frozenset(topic.name for topic in (LETTERS, *TIERS))


class Grave(NamedTuple):
    """One record of ``dead``. ``topic`` goes without a prefix; ``name`` is what the books know the record by, or None.

    That is its id, of letters the letter's and the submission's, and of a report what it says.
    """

    place: Place
    topic: str
    partition: int
    offset: int
    name: Any
    completes: bool


@dataclass(slots=True)
class Dead:
    """What is dead now: ``places`` in ``submissions``, ids of ``submissions``, and of ``letters`` each with its submission's.

    ``completions`` are counted by the submission's id. ``void`` are places in ``submissions`` whose records were put back;
    ``copies`` counts what lies twice in another topic for that, by topic (completions in ``accepted`` as ``completions``)
    and name. ``twice`` are records that are parked more than once, a fault. ``fates`` is what became of all that died.
    """

    places: set[str] = field(default_factory=set)
    submissions: set[str] = field(default_factory=set)
    letters: set[tuple[str, str]] = field(default_factory=set)
    completions: Counter[str] = field(default_factory=Counter)
    reports: int = 0
    void: set[str] = field(default_factory=set)
    copies: Counter[tuple[str, Any]] = field(default_factory=Counter)
    twice: int = 0
    fates: Counter[str] = field(default_factory=Counter)

    def forget_copies(self, topic: str, counts: Counter[Any]) -> None:
        """Count each record of ``topic`` that was put back once, where it and its copy are both there."""
        for (of, name), copies in self.copies.items():
            if of == topic and counts[name] > 1:
                counts[name] = max(1, counts[name] - copies)

    def bury(self, grave: Grave) -> None:
        """It is dead."""
        if grave.topic == SUBMISSIONS.name:
            self.places.add(f"{grave.partition}@{grave.offset}")
        elif grave.topic == REPORTS.name:
            self.reports += 1
        elif grave.completes:
            self.completions[grave.name] += 1
        elif grave.topic in _LETTERS:
            self.letters |= {grave.name} - {None}
        elif grave.topic:
            self.submissions.add(grave.name)

    def put_back(self, grave: Grave, shelf: Shelf) -> None:
        """It is dead no longer."""
        if grave.topic == SUBMISSIONS.name:
            self.void.add(f"{grave.partition}@{grave.offset}")
        elif grave.name is not None and shelf.saw(grave.topic, grave.partition, grave.offset):
            self.copies["completions" if grave.completes else grave.topic, grave.name] += 1


def graves(shelf: Shelf) -> list[Grave]:
    """All that is parked and was not read before."""
    return [_grave(record) for record in shelf.news(DEAD)]


def dead(shelf: Shelf, before: list[Grave]) -> Dead:
    """What became of all that is parked.

    ``before`` was read at first, and is what counts as dead: what died since may have been counted elsewhere. Settlements are
    read now, at last, so that what was put back meanwhile is known as such wherever its copy has come to.
    """
    since = graves(shelf)
    done: dict[Place, Action] = {}
    for one in shelf.data(DEAD_SETTLED, DeadSettled):
        done[Place(one.partition, one.offset)] = one.action
    found = Dead()
    for grave in before:
        if done.get(grave.place) != "replayed":
            found.bury(grave)
    for grave in (*before, *since):
        action = done.get(grave.place)
        found.fates[action or "open"] += 1
        if action == "replayed":
            found.put_back(grave, shelf)
    places = Counter((grave.topic, grave.partition, grave.offset) for grave in before)
    found.twice = sum(count > 1 for count in places.values())
    return found


def _grave(record: Record) -> Grave:
    one = Parked.of(record)
    topic = one.source.name if one.source else ""
    return Grave(one.place, topic, one.partition, one.offset, *_name(topic, one))


def _name(topic: str, one: Parked) -> tuple[Any, bool]:
    """What the books know a record by, and whether it is a completion; no name where it is no letter or no report."""
    try:
        if topic in _LETTERS:
            letter = read(LetterRendered, one.value).data
            return (letter.letter_id, letter.submission_id), False
        if topic == REPORTS.name:
            return read(LetterReported, one.value).data.says, False
    except Unreadable:
        return None, False
    return str(one.key or b"", "utf-8", "replace"), topic == ACCEPTED.name and is_completion(one.value)
