"""Bills and resolutions that an alert names, and of which Congress they may be: proposed, never decided.

Numbers begin anew with each Congress, so "H.R. 1" alone is a dozen bills. The alert's own words ("113th Congress") or its
date say which one is likely; without either the latest are offered. A Congress begins at noon on January 3 of an odd year
(20th Amendment, in force since 1935); this module counts by that, and so by no year before it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from services.render.importing.draft import Lines

_KIND = {
    "hr": r"H\.?\s?R\.?|House\s(?:Bill|File)|HB",
    "hres": r"H\.?\s?Res\.?|House\sRes(?:olution|\.)",
    "hjres": r"H\.?\s?J\.?\s?Res\.?|House\sJoint\sRes(?:olution|\.)",
    "hconres": r"H\.?\s?Con\.?\s?Res\.?|House\sConcurrent\sRes(?:olution|\.)",
    "hamdt": r"H\.?\s?Amdt\.?|House\sAmendment",
    "sres": r"S\.?\s?Res\.?|Senate\sRes(?:olution|\.)",
    "sjres": r"S\.?\s?J\.?\s?Res\.?|Senate\sJoint\sRes(?:olution|\.)",
    "sconres": r"S\.?\s?Con\.?\s?Res\.?|Senate\sConcurrent\sRes(?:olution|\.)",
    "samdt": r"S\.?\s?Amdt\.?|Senate\sAmendment",
    "s": r"Senate\sBill|S\.|S(?=\s\d\d)",
}
_BILL: Final = re.compile(
    r"(?<![\w.$\u2019'\[-])(?:"
    + "|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _KIND.items())
    + r")\s?(?:No\.?\s?)?#?(?P<number>\d{1,5})(?![\d:]|\.\d|,\d{3})"
)
_CONGRESS: Final = re.compile(r"\b(\d{2,3})(?:st|nd|rd|th)\sCongress\b", re.IGNORECASE)
_MONTHS: Final = "january february march april may june july august september october november december"
_DATE: Final = re.compile(
    r"(?:(?:posted|published|updated|issued|sent|date|created|last updated)\s?(?:on\s)?:?\s?)?(?:(?:mon|tues|wednes"
    r"|thurs|fri|satur|sun)day,?\s)?"
    r"(?:(?P<month>[a-z]{3,9})\.?\s(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s(?P<year>\d{4})"
    r"|(?P<day2>\d{1,2})\s(?P<month2>[a-z]{3,9})\.?,?\s(?P<year2>\d{4})"
    r"|(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>\d{4})|(?P<iso>\d{4}-\d{2}-\d{2}))(?:[ ,|\u2013-].{0,40})?",
    re.IGNORECASE,
)
_FIRST: Final = 1789
"""The first year of the 1st Congress; each lasts two."""


@dataclass(frozen=True, slots=True)
class BillFound:
    """A bill as the schema names it, and the line where it stands first, as it is written there."""

    type: str
    number: int
    line: int
    written: str


@dataclass(frozen=True, slots=True)
class CongressFound:
    """A Congress that the bills may be of, and why it is offered."""

    congress: int
    why: str


def bills(lines: Lines) -> list[BillFound]:
    """The bills that ``lines`` name, each once, in their order."""
    found: dict[tuple[str, int], BillFound] = {}
    for line in lines:
        for match in _BILL.finditer(line.text):
            kind = next(kind for kind in _KIND if match[kind])
            number = int(match["number"])
            if number:
                found.setdefault((kind, number), BillFound(kind, number, line.number, " ".join(match[0].split())))
    return list(found.values())


def congress_of(day: date) -> int:
    """The number of the Congress that sits on ``day``."""
    year = day.year - (day < date(day.year, 1, 3))
    return (year - _FIRST) // 2 + 1


def date_of(lines: Lines) -> tuple[date, int] | None:
    """The alert's own date and its line: a line that is nothing but a date, with a word such as "Posted" before it."""
    for line in lines:
        match = _DATE.fullmatch(line.text) if 8 <= len(line.text) <= 100 else None
        day = _date(match) if match else None
        if day:
            return day, line.number
    return None


def _date(match: re.Match[str]) -> date | None:
    name = (match["month"] or match["month2"] or "").casefold()
    try:
        if match["iso"]:
            found = date.fromisoformat(match["iso"])
        elif match["m"]:
            found = date(int(match["y"]), int(match["m"]), int(match["d"]))
        else:
            month = next(
                number
                for number, full in enumerate(_MONTHS.split(), 1)
                if full.startswith(name[:3]) and full.startswith(name.rstrip("t"))
            )
            found = date(int(match["year"] or match["year2"]), month, int(match["day"] or match["day2"]))
    except (ValueError, StopIteration):
        return None
    return found if 1935 <= found.year <= 2200 else None  # noqa: PLR2004, RUF100 - since the 20th Amendment


def congresses(lines: Lines, today: date) -> list[CongressFound]:
    """The Congresses that the alert's bills may be of, the likeliest first."""
    for line in lines:
        for match in _CONGRESS.finditer(line.text):
            return [CongressFound(int(match[1]), f"line {line.number} says {match[0]}")]
    dated = date_of(lines)
    if dated:
        day, number = dated
        return [CongressFound(congress_of(day), f"line {number} has the date {day.isoformat()}")]
    now = congress_of(today)
    first = _FIRST + 2 * (now - 1)
    return [CongressFound(now - back, f"{first - 2 * back} and {first - 2 * back + 1}") for back in range(3)]
