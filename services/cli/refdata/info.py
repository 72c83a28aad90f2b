"""``postbag refdata info``: what a reference file holds, and how old it is."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import click

from services.cli.output import print_json, print_table
from services.cli.refdata.opening import FILE, opened
from services.cli.refdata.times import AS_OF, told
from services.cli.refdata.words import STATUSES, WEIGHTS
from services.resolve.reference.plans import Plan
from services.resolve.reference.reference import Reference


@click.command()
@FILE
@AS_OF
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def info(file: Path | None, as_of: float, as_json: bool) -> None:
    """What is inside a reference file.

    FILE may be a folder, whose file in use is meant. Without FILE it is what POSTBAG_REFERENCE names, or the sample that
    comes with Postbag.
    """
    with opened(file) as reference:
        statuses = seats_by_status(reference, as_of)
        if as_json:
            print_json(
                {
                    "version": reference.version,
                    "size": reference.size,
                    "as_of": told(as_of),
                    "seats_by_status": statuses,
                    "geometry": {plan.id: lines(plan) for plan in reference.plans},
                    **reference.manifest.model_dump(mode="json"),
                }
            )
            return
        click.echo(f"Reference file {reference.version}: {reference.size:,} bytes, format {reference.manifest.format}.")
        show(reference, statuses, as_of)


def show(reference: Reference, statuses: dict[str, int], as_of: float) -> None:
    """The plans, seats and sources of a file, as tables."""
    manifest = reference.manifest
    columns = [_plan(plan) for plan in reference.plans]
    names = ("Maps", *reference.plan_ids)
    print_table("", names, [(what, *(column[what] for column in columns)) for what in columns[0]])
    print_table(
        "",
        ("Seats now" if abs(as_of - time.time()) < 60 else f"Seats {told(as_of)[:10]}", ""),
        [(STATUSES[status], f"{statuses.get(status, 0):,}") for status in STATUSES if statuses.get(status)],
    )
    roster = manifest.roster
    click.echo(
        f"Roster of {roster.published_on}, {roster.terms:,} terms."
        if roster
        else "No roster: who holds the seats is not known."
    )
    click.echo(f"{manifest.counts.get('golden', 0):,} golden cases.")
    if manifest.sources:
        sources = [
            (one.name, one.kind, f"{one.rows:,}", str(one.published_on or ""), one.sha256[:12])
            for one in manifest.sources
        ]
        print_table("Sources", ("file", "kind", "rows", "published", "sha256"), sources)


def _plan(plan: Plan) -> dict[str, str]:
    """What is known by one map, in words and numbers."""
    note = plan.note
    counts = note.counts
    return {
        "from": f"{note.valid_from:%Y-%m-%d}",
        "until": f"{note.valid_to:%Y-%m-%d}",
        "states": "the nation" if note.coverage == "nation" else f"{len(note.states):,} in part",
        "districts": f"{counts.districts:,}",
        "ZIPs": f"{counts.zips:,}",
        "split ZIPs": f"{counts.split_zips:,}",
        "pairs of ZIP and district": f"{counts.pairs:,}",
        "ZIPs with shares": f"{counts.weighted_zips:,}",
        "shares": WEIGHTS[note.weight_kind],
        "ZIP+4 ranges": f"{counts.plus4_ranges:,}",
        "ZIPs without area, by point": f"{counts.zip_points:,}",
        "areas": f"{counts.shapes:,}",
        "lines are": lines(plan),
    }


def seats_by_status(reference: Reference, as_of: float) -> dict[str, int]:
    """How many of the 541 seats are held, vacant and so on."""
    era = reference.at(as_of)
    return dict(Counter(era.seat(seat.office).status for seat in reference.seats))


def lines(plan: Plan) -> str:
    """How far the lines of a map may be off, in words: not all districts come from equally fine files."""
    if plan.grid is None:
        return "none"
    off = sorted({plan.grid.resolution_m(index) for index in range(len(plan.districts))} - {0.0})
    if not off:
        return "exact"
    return f"within {off[0]:,.0f} m" if len(off) == 1 else f"within {off[0]:,.0f} to {off[-1]:,.0f} m"
