"""How `postbag print` shows the days: a table for people, JSON for programs, and no name of a constituent in either."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any

import click

from services.cli.output import print_table
from services.cli.printing.batches import OfficeDay, pages


def show_days(days: Sequence[OfficeDay], is_over: Callable[[date], bool], *, everything: bool) -> None:
    """One row for what waits of each office and day, and with ``everything`` one for each batch that was handed in."""
    rows = [row for day in days for row in _rows(day, over=is_over(day.day), everything=everything)]
    if not rows:
        click.echo("Nothing waits to be handed in.")
        return
    print_table("Letters to carry", ("office", "day", "letters", "pages", "state"), rows)


def as_json(day: OfficeDay, *, over: bool) -> dict[str, Any]:
    """All that is known of an office's day but the people; counts of letters and pages are of those that wait."""
    waiting = day.waiting()
    return {
        "office": day.office,
        "day": day.day.isoformat(),
        "over": over,
        "letters": len(waiting),
        "pages": pages(waiting),
        "unbound": len(day.unbound()),
        "unlisted": day.unlisted,
        "batches": [
            {
                "number": batch.number,
                "letters": len(batch.letters),
                "pages": batch.pages,
                "file": str(day.file(batch.number, "pdf")) if batch.bound_at else None,
                "bound_at": batch.bound_at.isoformat() if batch.bound_at else None,
                "handed_in_at": batch.handed_in_at.isoformat() if batch.handed_in_at else None,
                "handed_in_by": batch.handed_in_by or None,
            }
            for batch in day.batches
        ],
    }


def _rows(day: OfficeDay, *, over: bool, everything: bool) -> Iterator[tuple[str, ...]]:
    where = (day.office, day.day.isoformat())
    for batch in day.batches if everything else ():
        if batch.handed_in_at:
            when = f"{batch.handed_in_at:%Y-%m-%d %H:%M} UTC by {batch.handed_in_by}"
            yield (*where, f"{len(batch.letters):,}", _number(batch.pages), f"batch {batch.number}, handed in {when}")
    waiting = day.waiting()
    if waiting:
        unbound = len(day.unbound())
        state = "bound" if not unbound else "not bound" if unbound == len(waiting) else f"{unbound:,} not bound"
        yield (*where, f"{len(waiting):,}", _number(pages(waiting)), state if over else f"{state}; day not over")
    if day.unlisted:
        yield (*where, f"{day.unlisted:,}", "", "not in the manifest")


def _number(count: int | None) -> str:
    return "?" if count is None else f"{count:,}"
