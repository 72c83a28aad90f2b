"""``postbag pause`` and ``resume``: hold letters back where they are, and let them go again.

A paused letter waits in a tier and no attempt is counted; attempts that are under way end as they end. Workers obey within
five seconds. A letter grows older meanwhile, and expires as any other does.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click

from schemas.control import Control
from services.cli.campaign.publishing import time_told
from services.cli.controls import orders
from services.cli.controls.options import ANYWAY, JSON, REASON, Duration, about, subject
from services.cli.output import print_json, printable


@click.command()
@about
@REASON
@click.option("--for", "lasts", type=Duration(), metavar="DURATION", help="Ends by itself after 90s, 15m, 2h30m or 3d.")
@ANYWAY
@JSON
def pause(
    campaign: str | None,
    office: str | None,
    channel: str | None,
    everything: bool,
    reason: str,
    lasts: timedelta | None,
    anyway: bool,
    as_json: bool,
) -> None:
    """Hold letters back: of a campaign, to an office, by a channel, or all. In force within five seconds.

    They wait, no attempt is counted, and they go out after `postbag resume` or when the time is up. Attempts that are
    under way end as they end. A second pause of the same takes the place of the first.
    """
    meant = subject(campaign, office, channel, everything=everything)
    before = orders.in_force()
    orders.refuse_a_cancelled_one(meant, before)
    orders.refuse_a_stranger(meant, anyway=anyway)
    now = datetime.now(UTC).replace(microsecond=0)
    until = now + lasts if lasts else None
    control = Control(scope=meant.scope, name=meant.name, action="pause", reason=reason, until=until)
    given = orders.give(meant, control, now)
    replaced = before.get(meant)
    if as_json and given:
        print_json(orders.told(given) | {"replaces": orders.told(replaced) if replaced else None})
        return
    ends = f"until {time_told(until)}" if until else f"until `postbag resume {meant.option}`"
    click.echo(f"Paused {meant}, {ends}.")
    if replaced:
        ended = f", until {time_told(replaced.data.until)}" if replaced.data.until else ""
        click.echo(f"This replaces the pause of {time_told(replaced.time)} ({printable(replaced.data.reason)}{ended}).")


@click.command()
@about
@JSON
def resume(campaign: str | None, office: str | None, channel: str | None, everything: bool, as_json: bool) -> None:
    """End a pause: what was held goes out again, at its office's pace.

    Each pause is ended by itself: --all ends the pause of everything, and not those of campaigns, offices and channels.
    """
    meant = subject(campaign, office, channel, everything=everything)
    before = orders.in_force()
    orders.refuse_a_cancelled_one(meant, before)
    if meant not in before:
        raise click.ClickException(f"{meant} is not paused. `postbag controls` shows what is.")
    orders.give(meant, None, datetime.now(UTC))
    others = [one for name, one in before.items() if name != meant and one.data.action == "pause"]
    if as_json:
        still = [orders.told(one) for one in others]
        print_json({"scope": meant.scope, "name": meant.name, "resumed": True, "still_paused": still})
        return
    click.echo(f"Resumed {meant}.")
    if others:
        click.echo(f"Still in force: {len(others)} other pause{'s' if len(others) > 1 else ''} (`postbag controls`).")
