"""``postbag cancel``: no letter of a campaign is sent any more, and those that wait never are.

It cannot be undone, so it is asked about first, with how many letters it is about. Counting reads the topics and can take
minutes; ``--yes`` gives the order at once. To win time, pause the campaign and then count.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import click

from schemas.control import Control
from services.cli.controls import orders
from services.cli.controls.options import ANYWAY, JSON, REASON, Subject
from services.cli.controls.waiting import waiting
from services.cli.output import print_json
from services.pipeline.kafka_reader import KafkaReader
from services.pipeline.settings import KafkaSettings, load


@click.command()
@click.option("--campaign", metavar="SLUG", required=True, help="The campaign.")
@REASON
@click.option("--dry-run", is_flag=True, help="Count the letters, and do nothing.")
@click.option("--yes", is_flag=True, help="Do not count and do not ask: the order is given at once.")
@ANYWAY
@JSON
def cancel(campaign: str, reason: str, dry_run: bool, yes: bool, anyway: bool, as_json: bool) -> None:
    """Cancel the letters of a campaign for good: those that wait are never sent. In force within five seconds.

    Says first how many letters wait, and asks. Letters that were sent cannot be called back. New submissions are still
    taken, and their letters cancelled, until `postbag campaign withdraw`.
    """
    meant = Subject("campaign", campaign)
    orders.refuse_a_cancelled_one(meant, orders.in_force())
    orders.refuse_a_stranger(meant, anyway=anyway)
    found = None if yes and not dry_run else _counted(campaign)
    if found is not None:
        _show(campaign, found, err=as_json)
    if dry_run:
        if as_json:
            print_json({"scope": "campaign", "name": campaign, "letters": found, "cancelled": False})
        return
    if not yes:
        click.confirm(f"Cancel the letters of {campaign} for good?", abort=True, err=True)
    orders.refuse_a_cancelled_one(meant, orders.in_force())  # somebody may have been quicker while this one counted
    control = Control(scope="campaign", name=campaign, action="cancel", reason=reason)
    given = orders.give(meant, control, datetime.now(UTC).replace(microsecond=0))
    if as_json and given:
        print_json(orders.told(given) | {"letters": found, "cancelled": True})
    else:
        click.echo(f"Cancelled the letters of {campaign}. `postbag books` counts them as they come by.")


def _counted(campaign: str) -> dict[str, int]:
    click.echo("Counting the letters that wait ...", err=True)
    reader = KafkaReader(load(KafkaSettings))
    found = waiting(reader, campaign)
    reader.close()
    return found


def _show(campaign: str, found: dict[str, int], *, err: bool) -> None:
    counts = Counter(found)
    wait = counts["pending"] + counts["held"] + counts["retrying"]
    click.echo(f"{wait:,} letters of {campaign} wait, and would never be sent.", err=err)
    if counts["unknown"]:
        click.echo(f"{counts['unknown']:,} are under way, and may arrive all the same.", err=err)
    if counts["accepted"]:
        click.echo(f"{counts['accepted']:,} were accepted already.", err=err)
