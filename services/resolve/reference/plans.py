"""One map of districts in a reference file: when it holds, and what it can be asked.

A plan is a view of the file: its arrays are read where they lie, and answers are made when they are first asked for. Several
plans of one file live side by side; which one counts is the reference's to say, and nothing here ever looks at a clock.
"""

from __future__ import annotations

from collections.abc import Mapping

from schemas.resolved import WeightKind
from services.resolve.reference.container import Container
from services.resolve.reference.grid import Grid
from services.resolve.reference.ground import Ground
from services.resolve.reference.manifest import PlanNote
from services.resolve.reference.plus4 import Plus4Ranges
from services.resolve.reference.zips import ZipAnswers, ZipPairs
from services.resolve.resolution import Resolution
from services.resolve.seats import Seat
from services.resolve.tables import InvalidReferenceError


class Plan:
    """A map. ``valid_from`` and ``valid_to`` bound, half-open, when it holds (aware times; ``begins`` and ``ends`` the same
    in seconds since the epoch); ``districts`` are the House seats that the file knows lines or ZIPs of; ``grid`` is None
    without shapes. ``plain`` keeps the answers that rest on one district and nothing else. Raises ``InvalidReferenceError``
    for sections that contradict themselves.
    """

    __slots__ = (
        "answers", "begins", "by_geoid", "congress", "districts", "ends", "grid", "ground", "id", "note", "plain",
        "plus4", "ranged", "valid_from", "valid_to", "zips",
    )  # fmt: skip

    def __init__(self, note: PlanNote, file: Container, ground: Ground) -> None:
        self.note = note
        self.id = note.id
        self.congress = note.congress
        self.valid_from = note.valid_from
        self.valid_to = note.valid_to
        self.begins = note.valid_from.timestamp()
        self.ends = note.valid_to.timestamp()
        self.ground = ground
        self.districts = _districts(note.id, file.section(f"{note.id}/districts", "H"), ground)
        self.by_geoid: Mapping[str, Seat] = ground.by_geoid
        count = len(self.districts)
        self.zips = ZipPairs(
            file.section(f"{note.id}/zips", "I"),
            file.section(f"{note.id}/zips/starts", "I"),
            file.section(f"{note.id}/zips/districts", "H"),
            file.section(f"{note.id}/zips/weights", "d"),
            count,
        )
        self.plus4 = Plus4Ranges(
            file.section(f"{note.id}/plus4/lows", "I"),
            file.section(f"{note.id}/plus4/highs", "I"),
            file.section(f"{note.id}/plus4/districts", "H"),
            count,
        )
        self.ranged = len(self.plus4) > 0
        self.answers = ZipAnswers(ground, self.districts, self.zips, note.weight_kind, _located(note.id, file, count))
        grid = file.below(f"{note.id}/grid/")
        self.grid = Grid(grid) if grid else None
        if self.grid is not None:
            self.grid.resolution_m(count - 1)  # an IndexError where it is of fewer districts
        self.plain: dict[tuple[str, str, float, int | None], Resolution] = {}

    @property
    def zip_count(self) -> int:
        """How many ZIPs have districts in this map."""
        return len(self.zips)

    @property
    def weight_kind(self) -> WeightKind:
        """What the weights of its ZIPs are shares of."""
        return self.note.weight_kind


def _districts(plan: str, numbers: memoryview, ground: Ground) -> tuple[Seat, ...]:
    found = []
    for number in numbers:
        seat = ground.by_geoid.get(f"{number:04}")
        if seat is None:
            raise InvalidReferenceError(f"{plan}: there is no district {number:04}")
        found.append(seat)
    if len(set(found)) != len(found):
        raise InvalidReferenceError(f"{plan}: a district appears twice")
    return tuple(found)


def _located(plan: str, file: Container, count: int) -> dict[int, int]:
    zips = file.section(f"{plan}/zip_points", "I")
    districts = file.section(f"{plan}/zip_points/districts", "H")
    if len(zips) != len(districts) or max(districts, default=-1) >= count:
        raise InvalidReferenceError(f"{plan}: the points of ZIPs are none")
    return dict(zip(zips, districts, strict=True))
