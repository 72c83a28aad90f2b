"""``postbag held list`` and ``release``: which submissions wait and for what, and having them resolved again.

What is shown are ids, campaigns and reasons; nothing of a person. A release is asked about first, with a count and samples.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import click

from services.cli.controls.options import JSON
from services.cli.dead.showing import time_of
from services.cli.held.choosing import Chosen, choosing
from services.cli.held.reading import Hold, holds
from services.cli.held.releasing import district, send
from services.cli.output import console, print_json, print_table, progress
from services.cli.pace import RATE, Pace
from services.pipeline.kafka_reader import KafkaReader
from services.pipeline.settings import KafkaSettings, load
from services.pipeline.settler import Settler

ROLE: Final = "held"
_ROWS: Final = 20
_SAMPLES: Final = 5


@click.command("list")
@choosing
@click.option("--limit", type=click.IntRange(min=0), default=_ROWS, show_default=True, metavar="N", help="Rows shown.")
@JSON
def list_held(chosen: Chosen, as_json: bool) -> None:
    """What waits: how many by campaign and reason, and those that have waited longest."""
    reader = KafkaReader(load(KafkaSettings))
    found = chosen.of(holds(reader))
    reader.close()
    if as_json:
        print_json(_result(found) | {"held": [_told(one) for one in found[: chosen.limit]]})
        return
    _show(found, chosen.limit or 0, "Those that have waited longest")


@click.command()
@click.argument("ids", metavar="[ID]...", nargs=-1)
@choosing
@click.option("--all", "everything", is_flag=True, help="All that is held.")
@click.option(
    "--limit", type=click.IntRange(min=1), metavar="N", help="At most so many, those that have waited longest."
)
@click.option(
    "--seat", metavar="SEAT", help="The person's seat in the House, such as HMA07, as the person confirmed it."
)
@RATE
@click.option("--dry-run", is_flag=True, help="Count them, show some, and do nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@JSON
def release(chosen: Chosen, seat: str | None, rate: int, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Have held submissions resolved again, with what is known now: their campaign, the roster, the maps, or --seat.

    Say which: IDs of submissions, filters that all must fit, or --all. What is still in doubt is held again. The letters
    of the others go out, each once, however often this is run.
    """
    if not chosen.said:
        raise click.UsageError("Say which: IDs of submissions, filters, or --all.")
    if seat and len(chosen.ids) != 1:
        raise click.UsageError("--seat is what one person confirmed: give one ID.")
    settings = load(KafkaSettings)
    reader = KafkaReader(settings)
    found = chosen.of(holds(reader))
    reader.close()
    missing = sorted(chosen.ids - {one.submission_id for one in found})
    found = found[: chosen.limit]
    confirmed = district(found[0], seat) if seat and found else None
    if not as_json:
        _show(found, _SAMPLES, "Some of them")
        for name in missing:
            click.echo(f"Nothing that was chosen is held under {name}.")
    if found and not dry_run:
        if not yes:
            click.confirm(f"Have {len(found):,} held submissions resolved again?", abort=True, err=True)
        settler = Settler(settings, ROLE)
        try:
            with progress("Sent", len(found), quiet=as_json) as tell:
                send(found, confirmed, settler, settings.topic_prefix, Pace(rate), tell)
        finally:
            settler.close()
    sent = 0 if dry_run else len(found)
    if as_json:
        samples = [_told(one) for one in found[:_SAMPLES]]
        print_json(_result(found) | {"samples": samples, "missing": missing, "dry_run": dry_run, "sent": sent})
    elif dry_run:
        console.print(f"Would have {len(found):,} resolved again.", style="bold")
    else:
        console.print(f"{sent:,} are resolved again now; `postbag books` counts what comes of it.", style="bold")
    if missing:
        raise SystemExit(1)


def _counts(found: Sequence[Hold]) -> list[tuple[tuple[str, str, str], int]]:
    return Counter((one.campaign, one.reason, ", ".join(one.needs)) for one in found).most_common()


def _result(found: Sequence[Hold]) -> dict[str, Any]:
    counts = [
        {"campaign": campaign, "reason": reason, "needs": needs, "count": count}
        for (campaign, reason, needs), count in _counts(found)
    ]
    return {"total": len(found), "counts": counts}


def _told(one: Hold) -> dict[str, Any]:
    return {
        "id": one.submission_id,
        "held_since": time_of(one.since),
        "campaign": one.campaign,
        "frontend": one.frontend,
        "reason": one.reason,
        "needs": list(one.needs),
        "candidates": list(one.candidates),
    }


def _show(found: Sequence[Hold], limit: int, title: str) -> None:
    rows = [(*names, f"{count:,}") for names, count in _counts(found)]
    print_table(f"Held: {len(found):,}", ("campaign", "reason", "needs", "count"), rows)
    shown = [
        (one.submission_id, time_of(one.since) or "", one.campaign, one.reason, " ".join(one.candidates))
        for one in found[:limit]
    ]
    if shown:
        print_table(title, ("id", "held since", "campaign", "reason", "left open"), shown)
