"""``postbag controls``: what is held back now, since when, until when and why."""

from __future__ import annotations

import click

from services.cli.campaign.publishing import time_told
from services.cli.controls import orders
from services.cli.controls.options import JSON
from services.cli.output import print_json, print_table


@click.command()
@JSON
def controls(as_json: bool) -> None:
    """Every pause and cancellation in force, with its reason."""
    found = orders.in_force()
    if as_json:
        print_json([orders.told(order) for order in found.values()])
        return
    if not found:
        click.echo("Nothing is held back.")
        return
    rows = []
    for subject, order in found.items():
        ends = time_told(order.data.until) or ("for good" if order.data.action == "cancel" else "resumed")
        done = "cancelled" if order.data.action == "cancel" else "paused"
        rows.append((str(subject), done, time_told(order.time) or "", ends, order.data.reason))
    print_table("In force", ("what", "is", "since", "until", "reason"), rows)
