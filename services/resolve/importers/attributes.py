"""What the publishers of districts' areas call things: the district, its Congress, and how exact the lines are.

The Census Bureau renames attributes with every vintage (GEOID20, GEOID, AFFGEOID, GEOIDFQ; CD118FP, CD119FP), so they are
found by pattern. State-drawn maps use free names (DISTRICT), which a person must map. It must never guess: an area under the
wrong district's name sends every letter from there to the wrong office.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.resolve.geoids import FIPS_BY_STATE, STATES_BY_FIPS, UNDEFINED, read_geoid
from services.resolve.importers.errors import ImportRefused

NAMES: Final = ("geoid", "state", "district")
"""What ``attributes`` may map: to a publisher's own name, and ``state`` also to a state's code where a file has but one."""

_STATE = re.compile(r"STATEFP\d*", re.IGNORECASE)
_DISTRICT = re.compile(r"CD(\d{3})FP\d*", re.IGNORECASE)
_GEOIDS = (re.compile(r"GEOID(\d\d)?", re.IGNORECASE), re.compile(r"(GEOIDFQ|AFFGEOID)\d*", re.IGNORECASE))
_MAP_THEM: Final = "Say in the recipe's attributes what the publisher calls geoid, or state and district"
_RESOLUTIONS: Final = ((r"tl_\d{4}_", 10.0), (r"cb_.*500k", 100.0), (r"cb_.*_5m", 500.0), (r"cb_.*_20m", 2000.0))
"""Metres by the beginning of the product's name (source: the Census Bureau's scales 1:500,000, 1:5,000,000, 1:20,000,000)."""


@dataclass(frozen=True, slots=True)
class Attributes:
    """Which attributes of a file are what, and the Congress that their names tell."""

    file: Path
    geoid: str | None
    state: str | None
    district: str | None
    congress: int | None
    constant_state: str = ""

    def geoid_of(self, values: Mapping[str, object]) -> str | None:
        """The district's GEOID, None for water and land that is in none. Raises ``ImportRefused`` where it is no seat."""
        state = _text(values.get(self.state, "")) if self.state else self.constant_state
        district = _text(values.get(self.district, "")) if self.district else ""
        whole = _text(values.get(self.geoid, "")) if self.geoid else ""
        if UNDEFINED in (district.upper(), whole[-2:].upper()):
            return None
        try:
            found = {read_geoid("", whole)} if whole else set()
            if district and state:
                found.add(read_geoid(state, re.sub(r"(?i)^(congressional )?district ", "", district)))
        except ValueError as error:
            raise ImportRefused(self.file, f"it has an area of no district: {error}", _MAP_THEM) from None
        if len(found) != 1:
            told = " and ".join(sorted(found)) if found else "nothing"
            raise ImportRefused(self.file, f"the attributes of one area name {told}, not one district", _MAP_THEM)
        return found.pop()


def find_attributes(
    file: Path, names: Iterable[str], mapping: Mapping[str, str] | None, congress: int | None
) -> Attributes:
    """Which of a file's attributes are what; ``congress`` is the one wanted, or None if any will do.

    Raises:
        ImportRefused: the attributes do not tell the districts, or they are those of another Congress.
    """
    present = list(names)
    wanted = dict(mapping or {})
    if strange := sorted(set(wanted) - set(NAMES)):
        raise ImportRefused(file, f"attributes map {strange[0]}, which nothing is read from", f"Map {', '.join(NAMES)}")
    constant = ""
    if (state := wanted.get("state")) is not None and state not in present and _is_state(state):
        constant = wanted.pop("state")
    for one in wanted.values():
        if one not in present:
            raise ImportRefused(file, f"it has no attribute {one}", f"Choose among {', '.join(present[:30])}")
    told = {int(match[1]) for name in present if (match := _DISTRICT.fullmatch(name))}
    if "district" in wanted or "geoid" in wanted:
        # Whoever maps the district by hand may mean a map of other lines that stayed the same.
        found = Attributes(file, wanted.get("geoid"), wanted.get("state"), wanted.get("district"), congress, constant)
    else:
        found = _by_pattern(file, present, wanted.get("state"), told, constant)
    if found.geoid is None and (found.district is None or not (found.state or constant)):
        raise ImportRefused(file, f"no attribute names the district: it has {', '.join(present[:30])}", _MAP_THEM)
    if None not in (congress, found.congress) and congress != found.congress:
        raise ImportRefused(
            file,
            f"it has the districts of Congress {found.congress}, not of {congress}",
            f"Take the file of the {congress}th Congress, or map district by hand if you know that no line moved",
        )
    return found


def _by_pattern(file: Path, names: list[str], state: str | None, told: set[int], constant: str) -> Attributes:
    if len(told) > 1:
        raise ImportRefused(
            file, f"it has the districts of Congresses {sorted(told)}", "Map the district that is meant"
        )
    geoid = next((name for pattern in _GEOIDS for name in names if pattern.fullmatch(name)), None)
    found_state = state or next((name for name in names if _STATE.fullmatch(name)), None)
    district = next((name for name in names if _DISTRICT.fullmatch(name)), None)
    return Attributes(file, geoid, found_state, district, next(iter(told), None), constant)


def resolution_of(file: Path, product: str, given: float | None) -> float:
    """How far lines may be off, in metres: as ``given``, or by the product's name (``cb_2024_us_cd119_5m``).

    Raises:
        ImportRefused: nobody says. Answers near a border depend on it, so it is never assumed.
    """
    if given is not None:
        return given
    for name in (product, file.name):
        for pattern, metres in _RESOLUTIONS:
            if re.match(pattern, name.lower()):
                return metres
    raise ImportRefused(
        file,
        "nothing tells how exact its lines are",
        "Give resolution_m in the recipe: 10 for full detail, 100 for lines made for 1:500,000",
    )


def _is_state(code: str) -> bool:
    return code.upper() in FIPS_BY_STATE or code in STATES_BY_FIPS


def _text(value: object) -> str:
    """An attribute as text; a whole number loses what a spreadsheet adds."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None or isinstance(value, bool) else str(value).strip()
