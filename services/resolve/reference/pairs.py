"""ZIPs and their districts on the way into a reference file: checked by name, then packed into typed arrays.

A pair whose district does not exist, a ZIP whose districts lie where its prefix cannot, or shares that do not sum to one are
refused here rather than repaired. Nothing here is used while letters are resolved.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from services.resolve.reference.contents import PlanContents, ZipTable
from services.resolve.reference.ground import Ground
from services.resolve.reference.manifest import PlanCounts, PlanNote, StateCounts
from services.resolve.resolution import UNSEATED
from services.resolve.tables import InvalidReferenceError

if TYPE_CHECKING:
    from services.resolve.reference.container import Section
    from services.resolve.reference.grid import Grid

SHARES_MAY_MISS = 1e-6


def checked_table(plan: PlanContents, ground: Ground) -> None:
    """Raise ``InvalidReferenceError`` for a table of ZIPs, or bounds in time, that cannot be right."""
    if plan.valid_from.tzinfo is None or plan.valid_to.tzinfo is None or plan.valid_to <= plan.valid_from:
        raise InvalidReferenceError(f"{plan.plan}: it must hold from an aware time until a later one")
    for zip5, shares in plan.zips.zips.items():
        if len(zip5) != 5 or not (zip5.isascii() and zip5.isdigit()):
            raise InvalidReferenceError(f"{plan.plan}: a ZIP in the table has no five digits")
        if not shares:
            raise InvalidReferenceError(f"{plan.plan}: {zip5} has no district")
        if strange := [geoid for geoid in shares if geoid not in ground.by_geoid]:
            raise InvalidReferenceError(f"{plan.plan}: {zip5} has a district {strange[0][:12]}, which does not exist")
        around = ground.states(zip5)
        if around and around[0] in UNSEATED:
            raise InvalidReferenceError(
                f"{plan.plan}: {zip5} has a district, and is mail of {around[0]}, which has none"
            )
        known = [share for share in shares.values() if share is not None]
        if any(not 0 <= share <= 1 for share in known):  # so is what is not a number
            raise InvalidReferenceError(f"{plan.plan}: {zip5} has a share that is none")
        total = math.fsum(known)
        if known and (total > 1 + SHARES_MAY_MISS or (len(known) == len(shares) and total < 1 - SHARES_MAY_MISS)):
            raise InvalidReferenceError(f"{plan.plan}: the shares of {zip5} sum to {total:g}")
        if known and plan.zips.weight_kind == "none":
            raise InvalidReferenceError(f"{plan.plan}: {zip5} has shares, and the table does not say of what")


def pack_pairs(table: ZipTable, indices: Mapping[str, int]) -> dict[str, Section]:
    """The arrays of ``services.resolve.reference.zips.ZipPairs``."""
    zips, starts, districts, weights = array("I"), array("I", [0]), array("H"), array("d")
    for zip5 in sorted(table.zips):
        shares = table.zips[zip5]
        # One share that is not known leaves the others without a meaning.
        unknown = None in shares.values()
        rows = sorted((0.0 if unknown else -(share or 0.0), geoid) for geoid, share in shares.items())
        districts.extend(indices[geoid] for _, geoid in rows)
        weights.extend(math.nan if unknown else -share for share, _ in rows)
        zips.append(int(zip5))
        starts.append(len(districts))
    return {"zips": zips, "zips/starts": starts, "zips/districts": districts, "zips/weights": weights}


def locate(plan: PlanContents, ground: Ground, geoids: Sequence[str], grid: Grid | None) -> dict[str, Section]:
    """For the ZIPs that the table lacks, the district that their point lies in, if it is in a state of their prefix."""
    found: dict[int, int] = {}
    for point in plan.zip_points if grid is not None else ():
        if point.zip5 in plan.zips.zips or grid is None:
            continue
        index = grid.find(point.lat, point.lon)
        if index >= 0 and ground.by_geoid[geoids[index]].state in ground.states(point.zip5):
            found[int(point.zip5)] = index
    return {
        "zip_points": array("I", sorted(found)),
        "zip_points/districts": array("H", [found[number] for number in sorted(found)]),
    }


def note_of(plan: PlanContents, ground: Ground, parts: Mapping[str, Section]) -> PlanNote:
    """What the manifest says of a plan that is packed in ``parts``."""
    districts = Counter(ground.by_geoid[f"{number:04}"].state for number in parts["districts"])
    zips: Counter[str] = Counter()
    for shares in plan.zips.zips.values():
        zips.update({ground.by_geoid[geoid].state for geoid in shares})
    counts = PlanCounts(
        districts=len(parts["districts"]),
        zips=len(parts["zips"]),
        split_zips=sum(len(shares) > 1 for shares in plan.zips.zips.values()),
        pairs=len(parts["zips/districts"]),
        weighted_zips=sum(None not in shares.values() for shares in plan.zips.zips.values()),
        plus4_ranges=len(parts["plus4/lows"]),
        zip_points=len(parts["zip_points"]),
        shapes=len({shape.geoid for shape in plan.shapes}),
    )
    whole = counts.districts == len(ground.by_geoid) and set(zips) == set(ground.by_state)
    return PlanNote(
        id=plan.plan,
        congress=plan.congress,
        valid_from=plan.valid_from,
        valid_to=plan.valid_to,
        weight_kind=plan.zips.weight_kind,
        counts=counts,
        states={state: StateCounts(districts=districts[state], zips=zips[state]) for state in sorted(districts)},
        coverage="nation" if whole else "part",
    )
