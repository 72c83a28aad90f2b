"""Adds up how much of each ZIP lies in each district, and combines tables that know different things about it.

A pair of a ZIP and a district is never dropped: a district in which nobody of a ZIP lives keeps the share 0, and a ZIP of
which the whole is 0 has no shares. Guessing that the largest part is the whole is how other tables lose people.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

from schemas.resolved import WeightKind
from services.resolve.reference.contents import Share, ZipTable

MOST_ADDED: float = 0.01
"""The part of its pairs that a table may gain from weights. 572 ZIPs changed from the 118th to the 119th Congress, 2 %."""


class Parts:
    """The parts of each ZIP while a file is read, in whatever they are counted: people, square metres."""

    def __init__(self) -> None:
        self._zips: dict[str, dict[str, float | None]] = {}

    def add(self, zip5: str, geoid: str, amount: float | None) -> bool:
        """Add to a pair, whether it was known or not; False if it was. An unknown amount makes its sum unknown."""
        of_zip = self._zips.setdefault(zip5, {})
        if geoid not in of_zip:
            of_zip[geoid] = amount
            return True
        known = of_zip[geoid]
        of_zip[geoid] = None if known is None or amount is None else known + amount
        return False

    def counts(self) -> dict[str, int]:
        """``zips``, ``pairs`` and ``geoids``, for the report."""
        geoids = {geoid for parts in self._zips.values() for geoid in parts}
        return {"zips": len(self._zips), "pairs": sum(map(len, self._zips.values())), "geoids": len(geoids)}

    def table(self, kind: WeightKind) -> ZipTable:
        """The shares, ZIPs and districts in order. A ZIP with an unknown part, or a whole of 0, has none."""
        return ZipTable({zip5: shares(parts) for zip5, parts in sorted(self._zips.items())}, kind)

    def all_alike(self) -> bool:
        """Whether every ZIP of several districts has the same amount in each: then it is the ZIP's own, not the part's."""
        split = [set(parts.values()) for parts in self._zips.values() if len(parts) > 1]
        return len(split) > 1 and all(len(amounts) == 1 and amounts != {0.0} for amounts in split)


def shares(parts: Mapping[str, float | None]) -> dict[str, Share | None]:
    """The parts of one ZIP as shares that sum to one, by district in order; all None where they cannot be."""
    known = [amount for amount in parts.values() if amount is not None]
    whole = sum(sorted(known))
    if len(known) < len(parts) or whole <= 0:
        return dict.fromkeys(sorted(parts))
    return {geoid: amount / whole for geoid, amount in sorted(parts.items()) if amount is not None}


@dataclass(frozen=True, slots=True)
class Unmatched:
    """Where weights and a table differ, as (ZIP, GEOID) and ZIPs in order: a large number means another map."""

    added: tuple[tuple[str, str], ...]
    """Pairs that only the weights have, with a share above 0, of ZIPs that both have: ``apply_weights`` adds them."""
    at_zero: tuple[tuple[str, str], ...]
    """Pairs that only the table has, of ZIPs that both have: they get the share 0."""
    unweighted: tuple[str, ...]
    """ZIPs that only the table has: they get no shares."""
    left_out: tuple[str, ...]
    """ZIPs that only the weights have: ``merge`` takes them, ``apply_weights`` does not."""


def unmatched(table: ZipTable, weights: ZipTable) -> Unmatched:
    """How ``weights`` fit on ``table``: what ``apply_weights`` does with what only one of them has."""
    added, at_zero = [], []
    for zip5 in sorted(table.zips.keys() & weights.zips.keys()):
        have, want = table.zips[zip5], weights.zips[zip5]
        added += [(zip5, geoid) for geoid in sorted(want.keys() - have.keys()) if want[geoid]]
        at_zero += [(zip5, geoid) for geoid in sorted(have.keys() - want.keys())]
    without = table.zips.keys() - weights.zips.keys()
    beyond = weights.zips.keys() - table.zips.keys()
    return Unmatched(tuple(added), tuple(at_zero), tuple(sorted(without)), tuple(sorted(beyond)))


def apply_weights(table: ZipTable, weights: ZipTable, *, most_added: float = MOST_ADDED) -> ZipTable:
    """``table`` with the shares of ``weights``, which replace its own: a table has one kind of weight.

    A pair that only the table has gets 0 where the weights know its ZIP; a ZIP that they do not know has no shares. A pair
    that only the weights have, with a share above 0, is added: people were counted there, and dropping them would send their
    letters elsewhere. ``unmatched`` lists all of these. Shares of each ZIP sum to one.

    Raises:
        ValueError: the weights would add more than ``most_added`` of the table's pairs: they are for another map.
    """
    added = unmatched(table, weights).added
    if len(added) > most_added * sum(map(len, table.zips.values())):
        first = ", ".join(f"{zip5} in {geoid}" for zip5, geoid in islice(added, 3))
        raise ValueError(
            f"the weights have {len(added)} pairs of ZIP and district that the table lacks ({first}): they are of another "
            "map. Take weights for the same Congress"
        )
    return ZipTable(
        {zip5: _weighted(parts, weights.zips.get(zip5)) for zip5, parts in sorted(table.zips.items())},
        weights.weight_kind,
    )


def _weighted(parts: Mapping[str, Share | None], weights: Mapping[str, Share | None] | None) -> dict[str, Share | None]:
    if weights is None:
        return dict.fromkeys(sorted(parts))
    known = {geoid: share for geoid, share in weights.items() if share or geoid in parts}
    return shares(dict.fromkeys(parts, 0.0) | known)


def merge(*tables: ZipTable) -> ZipTable:
    """Every pair of every table. The first table with shares for just the districts that a ZIP has gives its shares.

    A ZIP to which another table adds a district loses its shares: how much of it the added one has is not known.

    Raises:
        ValueError: the tables have different kinds of weights.
    """
    kinds = {table.weight_kind for table in tables} - {"none"}
    if len(kinds) > 1:
        raise ValueError(f"tables weighted by {' and by '.join(sorted(kinds))} do not add up: take one kind of weights")
    zips: dict[str, dict[str, Share | None]] = {}
    for zip5 in sorted({zip5 for table in tables for zip5 in table.zips}):
        mine = [table.zips[zip5] for table in tables if zip5 in table.zips]
        geoids = sorted({geoid for parts in mine for geoid in parts})
        whole = [parts for parts in mine if parts.keys() == set(geoids) and None not in parts.values()]
        zips[zip5] = {geoid: whole[0][geoid] for geoid in geoids} if whole else dict.fromkeys(geoids)
    return ZipTable(zips, kinds.pop() if kinds else "none")
