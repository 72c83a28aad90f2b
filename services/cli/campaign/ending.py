"""``postbag campaign close`` and ``withdraw``: a campaign's end, as its next version or as nothing at all.

To close is to refuse new submissions and to carry those that were taken to their offices; to withdraw is for what must not go
out, so that what is not yet a letter never becomes one. Neither can call back a letter that was made.
"""

from __future__ import annotations

from datetime import UTC, datetime

import click

from schemas.topics import CAMPAIGNS
from services.cli.campaign.check import JSON
from services.cli.campaign.publishing import published, put, state, time_told
from services.cli.output import print_json
from services.cli.refdata.times import given
from services.pipeline.publisher import Publisher
from services.pipeline.settings import KafkaSettings, load

_SLUG = click.argument("slug")


@click.command()
@_SLUG
@click.option(
    "--at", metavar="TIME", callback=given, help="When to close: a day (noon in UTC) or a time. Without it, now."
)
@click.option("--now", is_flag=True, help="Close now, even if the campaign is to close at another time already.")
@JSON
def close(slug: str, at: float | None, now: bool, as_json: bool) -> None:
    """Publish the next version of a campaign, the same but for its end; running workers take it up within seconds.

    From then on submissions are rejected (campaign_closed). Those that were accepted before become letters.
    """
    if now and at is not None:
        raise click.UsageError("--at and --now both say when: give one of them.")
    found = published().get(slug)
    if found is None:
        raise _unknown(slug)
    moment = datetime.now(UTC)
    ends = datetime.fromtimestamp(at, UTC) if at is not None else moment.replace(microsecond=0)
    if state(found, moment) == "closed":
        raise click.ClickException(
            f"{slug} has been closed since {time_told(found.closes)}. Publish its file to reopen it."
        )
    if found.closes and at is None and not now:
        raise click.ClickException(f"{slug} closes at {time_told(found.closes)}. Say --now, or --at and another time.")
    if found.opens and ends <= found.opens:
        raise click.ClickException(
            f"{slug} opens at {time_told(found.opens)}, after it would close. Withdraw it instead."
        )
    closed = found.model_copy(update={"version": found.version + 1, "closes": ends})
    put(closed)
    if as_json:
        print_json({"slug": slug, "version": closed.version, "closes": time_told(ends)})
    else:
        when = "is closed" if ends <= moment else f"closes at {time_told(ends)}"
        click.echo(
            f"{slug} {when} (version {closed.version}). In its file, set version to {closed.version} and closes to match."
        )


@click.command()
@_SLUG
@click.option("--yes", is_flag=True, help="Do not ask.")
@JSON
def withdraw(slug: str, yes: bool, as_json: bool) -> None:
    """Take a campaign off the topic at once: what is not yet a letter never becomes one.

    Submissions are rejected (unknown_campaign), those under way are held or parked. Letters that are made go out.
    """
    if slug not in published():
        raise _unknown(slug)
    if not yes:
        click.confirm(f"Withdraw {slug}? Submissions that are no letters yet will wait or be parked.", abort=True)
    publisher = Publisher(load(KafkaSettings))
    publisher.publish(CAMPAIGNS, slug.encode(), None)
    publisher.flush()
    publisher.close()
    if as_json:
        print_json({"slug": slug, "withdrawn": True})
    else:
        click.echo(f"Withdrew {slug}.")


def _unknown(slug: str) -> click.ClickException:
    return click.ClickException(f"no campaign {slug} is published. `postbag campaign list` shows those that are.")
