"""``postbag refdata diff``: which ZIPs and seats change between two files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import click

from schemas.resolved import Seat
from services.cli.output import print_json, print_table
from services.cli.refdata.opening import opened
from services.cli.refdata.times import AS_OF, told
from services.cli.refdata.words import STATUSES
from services.resolve.importers.diff import MOVED, Difference, difference


@click.command()
@click.argument("old", type=click.Path(exists=True, path_type=Path))
@click.argument("new", type=click.Path(exists=True, path_type=Path))
@AS_OF
@click.option(
    "--moved",
    type=click.FloatRange(0, 1),
    default=MOVED,
    show_default=True,
    help="Shares of a ZIP that move by more than this are told.",
)
@click.option(
    "--first", type=click.IntRange(0), default=20, show_default=True, help="How many of each to show; JSON has all."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def diff(old: Path, new: Path, as_of: float, moved: float, first: int, as_json: bool) -> None:
    """Which ZIPs and seats change from OLD to NEW.

    OLD and NEW are files, or folders whose file in use is meant.
    """
    with opened(old) as before, opened(new) as after:
        found = difference(before, after, as_of, moved)
        versions = before.version, after.version
    if as_json:
        print_json({"old": versions[0], "new": versions[1], "as_of": told(as_of), **_as_json(found)})
        return
    click.echo(f"From {versions[0]} to {versions[1]}:")
    if not found:
        click.echo("No ZIP and no seat changes.")
        return
    for verb, plans in (("new", found.plans_added), ("gone", found.plans_removed)):
        for plan in plans:
            click.echo(f"The map {plan} is {verb}.")
    _show_zips(found, first)
    if found.seats:
        rows = [(one.office, _holder(one.before), _holder(one.after)) for one in found.seats[:first]]
        click.echo(f"\nSeats as of {told(as_of)}: {len(found.seats):,} change.")
        print_table("", ("seat", "before", "after"), rows)


def _show_zips(found: Difference, first: int) -> None:
    for plan in dict.fromkeys(change.plan for change in found.zips):
        changes = [change for change in found.zips if change.plan == plan]
        counts = Counter(change.kind for change in changes)
        told_counts = ", ".join(f"{count:,} {kind}" for kind, count in sorted(counts.items()))
        rows = [(one.zip5, one.kind, _districts(one.before), _districts(one.after)) for one in changes[:first]]
        click.echo(f"\nZIPs of {plan}: {told_counts}.")
        print_table("", ("ZIP", "how", "before", "after"), rows)


def _districts(shares: Mapping[str, float | None]) -> str:
    parts = (office if share is None else f"{office} {share:.0%}" for office, share in shares.items())
    return ", ".join(parts) or "none"


def _holder(seat: Seat) -> str:
    return seat.holder.name if seat.status == "held" and seat.holder else STATUSES[seat.status]


def _as_json(found: Difference) -> dict[str, object]:
    return {
        "plans_added": list(found.plans_added),
        "plans_removed": list(found.plans_removed),
        "zips": [
            {"plan": one.plan, "zip": one.zip5, "kind": one.kind, "before": dict(one.before), "after": dict(one.after)}
            for one in found.zips
        ],
        "seats": [
            {
                "office": one.office,
                "before": one.before.model_dump(mode="json"),
                "after": one.after.model_dump(mode="json"),
            }
            for one in found.seats
        ],
    }
