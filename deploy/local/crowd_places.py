"""Where invented people live: ZIPs of the reference sample, sorted by what can be said of them.

What a ZIP leads to is worked out here from the tables alone, by counting the districts on its row, and not asked of
resolve: the books are held against it, so it must not repeat resolve's own mistakes. The senators' offices are not
considered; the oracle is for a campaign that writes to the Representative.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from services.resolve.tables import SAMPLE, read_table

SAMPLE_AS_OF: Final = "2026-03-04T12:00:00Z"
"""A time at which the sample's map is in force: what workers that resolve by it are given as POSTBAG_REFERENCE_AS_OF."""

_MILITARY: Final = ("AA", "AE", "AP")
_ASSOCIATED: Final = ("FM", "MH", "PW")
_AT_LARGE: Final = "AL"  # as zips.csv writes a state's or territory's only seat


@dataclass(frozen=True, slots=True)
class Home:
    """A ZIP, the state that the person gives with it (none: empty), the city, and the office that it leads to."""

    zip5: str
    state: str
    city: str
    office: str | None = None


@dataclass(frozen=True, slots=True)
class Places:
    """Every home of the sample, by what becomes of a letter from there; each group has at least one."""

    one_seat: tuple[Home, ...]
    split_zip: tuple[Home, ...]  # several districts of one state
    two_states: tuple[Home, ...]  # districts in several states, and none given
    wrong_state: tuple[Home, ...]  # the state given is not the ZIP's
    prefix_only: tuple[Home, ...]  # not listed, in a state with several districts
    unassigned: tuple[Home, ...]  # no such prefix
    military: tuple[Home, ...]
    associated: tuple[Home, ...]  # in a state that Congress has no seat for


@cache
def places() -> Places:
    """The sample's homes, read once."""
    rows = read_table(SAMPLE, "zips.csv", ("zip", "districts", "place"))
    listed = [(zip5, tuple(names.split()), place.partition(",")[0]) for zip5, names, place in rows]
    prefixes = read_table(SAMPLE, "zip3.csv", ("first", "last", "state"))
    return Places(
        one_seat=tuple(home for row in listed for home in _certain(*row)),
        split_zip=tuple(home for row in listed for home in _open(*row)),
        two_states=tuple(Home(zip5, "", city) for zip5, names, city in listed if len(_states(names)) > 1),
        wrong_state=tuple(Home(zip5, _elsewhere(names), city) for zip5, names, city in listed if len(names) == 1),
        prefix_only=tuple(_unlisted(prefixes, {zip5 for zip5, _, _ in listed})),
        unassigned=tuple(Home(zip5, "", "Nowhere") for zip5 in ("00000", "00123", "99999")),
        military=tuple(_of_states(prefixes, _MILITARY, ("APO", "FPO", "DPO"))),
        associated=tuple(_of_states(prefixes, _ASSOCIATED, ("Palikir", "Majuro", "Koror"))),
    )


def _states(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.partition("-")[0] for name in names))


def _certain(zip5: str, names: tuple[str, ...], city: str) -> Iterator[Home]:
    """The ways to live in this ZIP that leave one district: it has only one, or the state given has only one of it."""
    if len(names) == 1:
        yield Home(zip5, "", city, _office(names[0]))
    for state in _states(names):
        inside = [name for name in names if name.startswith(state)]
        if len(inside) == 1:
            yield Home(zip5, state, city, _office(inside[0]))


def _open(zip5: str, names: tuple[str, ...], city: str) -> Iterator[Home]:
    states = _states(names)
    for state in states:
        if sum(name.startswith(state) for name in names) > 1:
            yield Home(zip5, state, city)
            if len(states) == 1:
                yield Home(zip5, "", city)


def _office(name: str) -> str:
    state, _, district = name.partition("-")
    return f"H{state}{0 if district == _AT_LARGE else int(district):02}"


def _elsewhere(names: tuple[str, ...]) -> str:
    return "OH" if _states(names) == ("CA",) else "CA"


def _unlisted(prefixes: list[tuple[str, ...]], listed: set[str]) -> Iterator[Home]:
    rows = read_table(SAMPLE, "apportionment.csv", ("state", "house", "form", "senate"))
    several = {state for state, house, _, _ in rows if int(house) > 1}
    shared = {prefix for prefix, _ in read_table(SAMPLE, "state_lines.csv", ("prefix", "also"))}
    exceptions = {first[:3] for first, _, _ in prefixes if len(first) == 5}
    for first, _, state in prefixes:
        zip5 = f"{first}87"
        if state in several and len(first) == 3 and first not in shared | exceptions and zip5 not in listed:
            yield Home(zip5, state, "Millbrook")


def _of_states(prefixes: list[tuple[str, ...]], states: tuple[str, ...], cities: tuple[str, ...]) -> Iterator[Home]:
    for first, _, state in prefixes:
        if state in states:
            yield Home(first.ljust(5, "1") if len(first) == 3 else first, state, cities[states.index(state)])
