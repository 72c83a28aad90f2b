"""The shipped sample as contents: some hundred ZIPs that many people know, for a first try without any file.

It is compiled by the same code as any other reference file, in memory and in milliseconds, so that what a newcomer sees is
what a worker does. It is of the 119th Congress and of no other, and has neither lines nor weights nor a roster.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime
from functools import cache
from importlib.resources.abc import Traversable
from typing import Final

from services.resolve.geoids import geoid
from services.resolve.reference.compiler import compile_reference
from services.resolve.reference.contents import Contents, Golden, PlanContents, ZipTable
from services.resolve.reference.ground import Ground, load_ground
from services.resolve.tables import SAMPLE, InvalidReferenceError, read_table

PLAN: Final = "us-cd-119"
CONGRESS: Final = 119
VALID_FROM: Final = datetime(2025, 1, 3, 17, tzinfo=UTC)  # noon in Washington (U.S. Constitution, 20th Amendment)
VALID_TO: Final = datetime(2027, 1, 3, 17, tzinfo=UTC)

GOLDEN: Final = (
    Golden(PLAN, {"zip5": "10027", "state": "NY"}, "resolved", ("3613",)),
    Golden(PLAN, {"zip5": "02139", "state": "MA"}, "ambiguous", ("2505", "2507")),
    Golden(PLAN, {"zip5": "82601"}, "resolved", ("5600",)),
    Golden(PLAN, {"zip5": "09001", "state": "AE"}, "needs_voting_residence", ()),
)


def sample_contents(folder: Traversable = SAMPLE) -> Contents:
    """The sample in ``folder``.

    Raises:
        InvalidReferenceError: its tables contradict one another or the totals of the law; the text names the row.
        OSError: a table cannot be read.
    """
    zips = _read_zips(folder, load_ground(folder))
    golden = GOLDEN if {"10027", "02139"} <= set(zips) else ()
    return Contents((PlanContents(PLAN, CONGRESS, VALID_FROM, VALID_TO, ZipTable(zips)),), golden=golden)


@cache
def compiled_sample() -> bytes:
    """The shipped sample as a reference file, compiled once a process."""
    stream = io.BytesIO()
    compile_reference(sample_contents(), stream)
    return stream.getvalue()


def _read_zips(folder: Traversable, ground: Ground) -> dict[str, dict[str, None]]:
    """The listed ZIPs, each in a state that its prefix or its exception allows."""
    by_name = {f"{seat.state}-{seat.district or 'AL'}": seat for seat in ground.by_geoid.values()}
    found: dict[str, dict[str, None]] = {}
    for zip5, names, _ in read_table(folder, "zips.csv", ("zip", "districts", "place")):
        if strange := [name for name in names.split() if name not in by_name]:
            raise InvalidReferenceError(f"zips.csv: {zip5} has a district {strange[0]}, which does not exist")
        seats = [by_name[name] for name in names.split()]
        if not seats or not {seat.state for seat in seats} <= set(ground.states(zip5)):
            raise InvalidReferenceError(f"zips.csv: {zip5} is not in a state of its prefix")
        if zip5 in found or len(zip5) != 5 or not zip5.isdecimal():
            raise InvalidReferenceError(f"zips.csv: {zip5} is given twice or is not a ZIP")
        found[zip5] = {geoid(seat): None for seat in seats}
    return found
