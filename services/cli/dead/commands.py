"""``postbag dead replay`` and ``discard``: the two ends of a dead letter, asked about first, with a count and samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from services.cli.controls.options import JSON, line
from services.cli.dead.choosing import ALL, LIMIT, PLACES, choice, filters
from services.cli.dead.settling import Found, Graveyard
from services.cli.dead.showing import print_counts, print_rows, told
from services.cli.output import console, print_json, progress
from services.cli.pace import RATE, Pace
from services.pipeline.kafka_reader import KafkaReader
from services.pipeline.settings import KafkaSettings, load
from services.pipeline.settler import Settler

if TYPE_CHECKING:
    from schemas.settlement import Action

ROLE: Final = "dead"
"""Commands that settle dead letters fence one another."""

_DRY: Final = click.option("--dry-run", is_flag=True, help="Count them, show some, and do nothing.")
_YES: Final = click.option("--yes", is_flag=True, help="Do not ask.")


@click.command()
@PLACES
@filters
@ALL
@LIMIT
@RATE
@click.option("--note", metavar="TEXT", callback=line, help="For other operators; nothing about a constituent.")
@_DRY
@_YES
@JSON
def replay(rate: int, note: str | None, dry_run: bool, yes: bool, as_json: bool, **given: Any) -> None:
    """Put dead letters back to where they came from, as they were, to be handled as for the first time.

    Say which: PLACEs as `postbag dead list` shows them, filters that all must fit, or --all. Each is put back once, also when
    the command is killed and run again, or run by two operators: the later one goes on. Find out first why they died, and try
    with --limit 10: what is not mended dies again.
    """
    _settle("replayed", given, note, Pace(rate), dry_run=dry_run, yes=yes, as_json=as_json)


@click.command()
@PLACES
@filters
@ALL
@LIMIT
@click.option("--note", metavar="TEXT", required=True, callback=line,
              help="Why, for other operators; nothing about a constituent.")  # fmt: skip
@_DRY
@_YES
@JSON
def discard(note: str, dry_run: bool, yes: bool, as_json: bool, **given: Any) -> None:
    """Give dead letters up: nobody will put them back. They stay readable for as long as `dead` keeps them.

    Say which: PLACEs as `postbag dead list` shows them, filters that all must fit, or --all. The books go on counting them as
    dead, and as discarded.
    """
    _settle("discarded", given, note, Pace(100_000), dry_run=dry_run, yes=yes, as_json=as_json)


def _settle(
    action: Action, given: dict[str, Any], note: str | None, pace: Pace, *, dry_run: bool, yes: bool, as_json: bool
) -> None:
    settings = load(KafkaSettings)
    chosen = choice(settings.topic_prefix, given)
    if not chosen.said:
        raise click.UsageError("Say which: PLACEs, filters, or --all.")
    reader = KafkaReader(settings)
    try:
        graveyard = Graveyard(reader, settings.topic_prefix, chosen, action)
        found = graveyard.survey()
        result = _result(found, settings.topic_prefix) | {"dry_run": dry_run, "action": action}
        if not as_json:
            _show(found, settings.topic_prefix)
        done = {"done": 0, "settled": 0}
        if found.total and not dry_run:
            if not yes:
                click.confirm(f"{_verb(action)} {found.total:,} dead letters?", abort=True, err=True)
            settler = Settler(settings, ROLE)  # before anything is read of what others settled
            try:
                with progress("Done", found.total, quiet=as_json) as tell:
                    done |= graveyard.settle(found, settler, note, pace, tell)
            finally:
                settler.close()
    finally:
        reader.close()
    if as_json:
        print_json(result | {"done": done["done"], "settled_by_others": done["settled"]})
    else:
        _conclude(action, found, done, dry_run=dry_run)
    if found.missing or found.cannot:
        raise SystemExit(1)


def _verb(action: Action) -> str:
    return "Put back" if action == "replayed" else "Discard"


def _result(found: Found, prefix: str) -> dict[str, Any]:
    return {
        "total": found.total,
        "counts": [
            {"stage": stage, "reason": reason, "topic": topic, "count": count}
            for (stage, reason, topic), count in sorted(found.counts.items())
        ],
        "samples": [told(one, prefix) for one in found.samples],
        "settled_before": dict(found.settled),
        "cannot": dict(found.cannot),
        "missing": sorted(map(str, found.missing)),
    }


def _show(found: Found, prefix: str) -> None:
    print_counts(found.counts)
    print_rows([told(one, prefix) for one in found.samples])
    for action, count in found.settled.items():
        console.print(f"{count:,} of those chosen were {action} before, and are left alone.")
    for why, count in found.cannot.items():
        console.print(f"{count:,} cannot be settled so: {why}.")
    for place in sorted(found.missing):
        console.print(f"Nothing lies at {place} in dead.")


def _conclude(action: Action, found: Found, done: dict[str, int], *, dry_run: bool) -> None:
    if done["settled"]:
        console.print(f"{done['settled']:,} were settled by somebody else meanwhile, and were left alone.")
    if dry_run:
        console.print(f"Would {_verb(action).lower()} {found.total:,}.", style="bold")
    else:
        console.print(f"{'Put back' if action == 'replayed' else 'Discarded'} {done['done']:,}.", style="bold")
