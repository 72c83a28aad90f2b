"""Reads who holds the seats of Congress, as unitedstates/congress-legislators publishes it: JSON or YAML, the same lists.

``legislators-current`` alone knows those who sat on the day it was published; with ``legislators-historical`` beside it
those who left are known too, so that a seat can be seen as vacant at an earlier time. What a file says of one seat must
agree with itself: two holders at a time are refused by the seat's name, and never is one of them chosen.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from operator import attrgetter
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import TypeAdapter, ValidationError

from schemas.resolved import Holder
from services.resolve.importers.errors import ImportRefused
from services.resolve.reference.contents import Roster, Term
from services.resolve.reference.roster import overlap
from services.resolve.seats import load_seats

EARLIEST: Final = date(2021, 1, 3)
"""The first day of the 117th Congress: far enough back for every map that is still asked about."""

APPORTIONED: Final = date(2023, 1, 3)
"""Since when the seats are what they are (118th Congress): what a seat did before is no vacancy of today's seat."""

_HOLDER: Final = TypeAdapter(Holder)
# PyYAML's own parser in Python takes a minute for what libyaml reads in a second.
_YAML: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_AGAIN: Final = "Download the file again; if it is as published, report it to its publisher"


@dataclass(frozen=True, slots=True)
class Legislators:
    """What was read. ``counts``: people, terms taken, and terms left out under the reason why."""

    roster: Roster
    counts: Mapping[str, int]


def read_legislators(
    current: Path, historical: Path | None = None, *, published_on: date | None = None, since: date = EARLIEST
) -> Legislators:
    """The roster in ``legislators-current`` and, if it is there, ``legislators-historical`` (``.json``, ``.yaml``, ``.yml``).

    Terms that ended by ``since`` are left out. ``published_on`` is the day of the data, which the files do not say: without
    it the day on which ``current`` was last changed is taken, and ``counts["published_on_guessed"]`` is 1. The roster is
    complete since that day, or with ``historical`` since ``since``, but never for a time before the apportionment.

    Raises:
        ImportRefused: a file is not what it should be, or gives a seat two holders at a time.
        OSError: a file cannot be read.
    """
    counts: Counter[str] = Counter()
    taken: list[Term] = []
    offices = {seat.office for seat in load_seats()}
    for file in (current, *([historical] if historical else [])):
        for person in _people(file):
            counts["people"] += 1
            for term in _terms(file, person, since, counts):
                if term.office in offices:
                    taken.append(term)
                else:
                    counts["no_such_seat"] += 1
    if published_on is None:
        counts["published_on_guessed"] = 1
        published_on = datetime.fromtimestamp(current.stat().st_mtime, UTC).date()
    terms = tuple(sorted(taken, key=attrgetter("office", "since")))
    if twice := overlap(terms):
        problem = f"{twice} has two holders at one time"
        raise ImportRefused(
            current, problem, "Check that both files are of the same day, and that no person is in both"
        )
    if not terms:
        raise ImportRefused(current, f"nobody in it holds a seat after {since}", _AGAIN)
    counts["terms"] = len(terms)
    complete = min(max(since, APPORTIONED), published_on) if historical else published_on
    return Legislators(Roster(terms, published_on, complete), dict(counts))


def _people(file: Path) -> Iterable[Any]:
    raw = file.read_bytes()
    try:
        found = json.loads(raw) if file.suffix.lower() == ".json" else yaml.load(raw, _YAML)  # noqa: S506 - it is a safe one
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        kind = "JSON" if file.suffix.lower() == ".json" else "YAML"
        raise ImportRefused(file, f"it is not {kind} ({type(error).__name__})", _AGAIN) from None
    if not isinstance(found, list) or not found:
        raise ImportRefused(
            file, "it is not a list of people", "Give legislators-current.json or legislators-current.yaml"
        )
    return found


def _terms(file: Path, person: Any, since: date, counts: Counter[str]) -> Iterator[Term]:
    """The terms of one person that end after ``since``; each that is of no seat is counted under the reason."""
    try:
        bioguide = person["id"]["bioguide"]
        name = person["name"]
        for term in person["terms"]:
            until = _day(term["end"])
            if until <= since:
                counts["ended_before"] += 1
            elif office := _office(term, counts):
                yield _term(office, bioguide, name, term, until)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        who = _who(person)
        what = error.errors()[0]["msg"] if isinstance(error, ValidationError) else f"{type(error).__name__}: {error}"
        raise ImportRefused(file, f"{who} is not written as the format has it ({what})", _AGAIN) from None


def _term(office: str, bioguide: str, name: Mapping[str, Any], term: Mapping[str, Any], until: date) -> Term:
    """One term; the newest members have no ``official_full`` yet, and the parts of their names serve."""
    parts = (name.get("first"), name.get("last"), name.get("suffix"))
    full = name.get("official_full") or " ".join(part for part in parts if part)
    since = _day(term["start"])
    if until < since:
        raise ValueError(f"a term ends {until}, before its start")
    checked = _HOLDER.validate_python({
        "bioguide": bioguide,
        "name": full,
        "last_name": name["last"],
        "party": term.get("party") or "",
        "since": since,
        "until": until,
    })  # fmt: skip
    return Term(office, checked.bioguide, checked.name, checked.last_name, checked.party, since, until)


def _office(term: Mapping[str, Any], counts: Counter[str]) -> str:
    """The id of the term's seat, whether or not there is such a seat today; empty where the term names none."""
    kind, state = term["type"], term["state"]
    if kind == "sen":
        return f"S{state}0{int(term['class'])}"
    if kind == "rep" and (district := int(term["district"])) >= 0:
        return f"H{state}{district:02}"
    counts["district_unknown" if kind == "rep" else "not_of_congress"] += 1
    return ""


def _day(value: Any) -> date:
    """A date, which JSON has as text and some YAML as a date."""
    return value if type(value) is date else date.fromisoformat(value)


def _who(person: Any) -> str:
    """The person's public id where there is one: the file may be anything."""
    found = person.get("id") if isinstance(person, dict) else None
    return str(found.get("bioguide", "somebody")) if isinstance(found, dict) else "somebody"
