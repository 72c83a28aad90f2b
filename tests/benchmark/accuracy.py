"""How often a ZIP alone names the right district: measured against points whose district is known, as a table for the docs.

``python -m tests.benchmark.accuracy FILE POINTS`` prints the table, and ``--docs PAGE`` writes it between the page's markers.
POINTS is a CSV with the columns ``office_zip`` and ``pip_geoid``: a place's ZIP, and the district of its point. The state
is not used. Rows without a district are left out.
"""

from __future__ import annotations

import argparse
import csv
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from services.resolve.geoids import geoid
from services.resolve.lookup import resolve_zip
from services.resolve.reference.plans import Plan
from services.resolve.reference.reference import open_reference

START, END = "<!-- figures: start -->", "<!-- figures: end -->"

ANSWERS: Final = {
    "one": "one district, certain",
    "several": "several districts, in doubt",
    "state": "the state only",
    "nothing": "nothing",
}


@dataclass(slots=True)
class Accuracy:
    """Points by what their ZIP said, and for how many of them the right district was named, or was the first named."""

    asked: Counter[str] = field(default_factory=Counter)
    named: Counter[str] = field(default_factory=Counter)
    candidates: int = 0


def measure(plan: Plan, rows: Iterable[Mapping[str, str]]) -> Accuracy:
    """Asks ``plan`` for the ZIP of each row."""
    found = Accuracy()
    for row in rows:
        if not row["pip_geoid"]:
            continue
        answer = resolve_zip(plan, row["office_zip"][:5], None, None)
        named = [geoid(seat) for seat in answer.candidates]
        said = "one" if answer.house_seats else "several" if named else "state" if answer.states else "nothing"
        found.asked[said] += 1
        found.named[said] += row["pip_geoid"] in named
        found.candidates += len(named) if said == "several" else 0
    return found


def table(found: Accuracy) -> str:
    """Markdown."""
    total = found.asked.total()
    lines = [
        "| the ZIP alone says | places | share | the right district is among those named |",
        "|---|---:|---:|---:|",
    ]
    for said, words in ANSWERS.items():
        if asked := found.asked[said]:
            right = (
                f"{found.named[said]:,} of {asked:,} ({found.named[said] / asked:.1%})" if found.named[said] else "-"
            )
            lines.append(f"| {words} | {asked:,} | {asked / total:.1%} | {right} |")
    each = found.candidates / max(1, found.asked["several"])
    return "\n".join([*lines, "", f"{total:,} places. Where several are named, they are {each:.1f} on average."])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmark.accuracy", description=__doc__)
    parser.add_argument("file", type=Path, help="a reference file")
    parser.add_argument("points", type=Path, help="points as CSV")
    parser.add_argument("--docs", type=Path, metavar="PAGE", help="also write the table between the markers of PAGE")
    options = parser.parse_args()
    reference = open_reference(options.file)
    plan = max(reference.plans, key=lambda one: (one.zip_count, one.congress))
    with options.points.open(encoding="utf-8", newline="") as file:
        text = table(measure(plan, csv.DictReader(file)))
    print(text)
    if options.docs:
        page = options.docs.read_text("utf-8")
        head, rest = page.split(START)
        options.docs.write_text(f"{head}{START}\n\n{text}\n\n{END}{rest.split(END)[1]}", "utf-8")


if __name__ == "__main__":
    main()
