"""Small reference data by hand, for tests: contents with a few ZIPs, compiled by the real compiler and opened again.

``contents(plan(119, {"10027": "3613"}), ...)`` is enough for most; everything that a test does not name is as plain as it can
be. The maps hold for their Congress: 119 from 2025-01-03 to 2027-01-03, noon in Washington.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from schemas.resolved import WeightKind
from services.resolve.reference.compiler import compile_reference
from services.resolve.reference.container import open_container
from services.resolve.reference.contents import (
    Contents,
    Golden,
    PlanContents,
    Plus4Range,
    Roster,
    Shape,
    Source,
    ZipPoint,
    ZipTable,
)
from services.resolve.reference.plans import Plan
from services.resolve.reference.reference import Reference, opened

AS_OF: Final = datetime(2026, 3, 4, 12, tzinfo=UTC).timestamp()
"""A time in the 119th Congress."""

Districts = str | Mapping[str, float]
"""GEOIDs with a space between them, or GEOIDs with their shares."""


def congress_begins(number: int) -> datetime:
    """Noon in Washington of the third of January in which a Congress convenes."""
    return datetime(1789 + 2 * (number - 1), 1, 3, 17, tzinfo=UTC)


def plan(
    congress: int = 119,
    zips: Mapping[str, Districts] | None = None,
    *,
    weight_kind: WeightKind = "none",
    plus4: Iterable[tuple[str, int, int, str]] = (),
    zip_points: Iterable[tuple[str, float, float]] = (),
    shapes: Sequence[Shape] = (),
) -> PlanContents:
    """A map of one Congress."""
    table = {
        zip5: dict.fromkeys(districts.split()) if isinstance(districts, str) else dict(districts)
        for zip5, districts in (zips or {"10027": "3613"}).items()
    }
    return PlanContents(
        plan=f"us-cd-{congress}",
        congress=congress,
        valid_from=congress_begins(congress),
        valid_to=congress_begins(congress + 1),
        zips=ZipTable(table, weight_kind),
        plus4=[Plus4Range(*one) for one in plus4],
        zip_points=[ZipPoint(*one) for one in zip_points],
        shapes=shapes,
    )


def box(geoid: str, south: float, west: float, north: float, east: float, resolution_m: float = 10.0) -> Shape:
    """A district that is a rectangle."""
    ring = [(west, south), (east, south), (east, north), (west, north)]
    return Shape(geoid, [ring], resolution_m)


def contents(
    *plans: PlanContents, roster: Roster | None = None, golden: Sequence[Golden] = (), sources: Sequence[Source] = ()
) -> Contents:
    """Contents of these maps, or of a plain one."""
    return Contents(plans or (plan(),), roster, golden, sources)


def compiled(made: Contents) -> bytes:
    """The reference file."""
    stream = io.BytesIO()
    compile_reference(made, stream)
    return stream.getvalue()


def reference(*plans: PlanContents, roster: Roster | None = None) -> Reference:
    """An open reference over a compiled file of these maps."""
    return opened(open_container(compiled(contents(*plans, roster=roster))))


def only_plan(made: PlanContents) -> Plan:
    """A map on its own, as a worker has it."""
    (found,) = reference(made).plans
    return found
