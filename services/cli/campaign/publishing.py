"""``postbag campaign publish`` and ``list``: campaigns onto their topic, and what is on it now.

Nothing is published that the check finds wrong, nor under a version that is not higher than the last one: letters record the
version that made them, and two texts under one number could not be told apart.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from schemas.campaign import CampaignPublished
from schemas.topics import CAMPAIGNS
from schemas.wire import write
from services.cli.campaign.check import FILE, JSON, REFERENCE, checked
from services.cli.campaign.files import load_campaign
from services.cli.campaign.showing import show
from services.cli.output import print_json
from services.pipeline.campaigns import Campaigns
from services.pipeline.controls import Controls
from services.pipeline.kafka_reader import KafkaReader
from services.pipeline.publisher import Publisher
from services.pipeline.settings import KafkaSettings, load

if TYPE_CHECKING:
    from schemas.campaign import Campaign

State = Literal["open", "not yet open", "closed"]


@click.command()
@FILE
@REFERENCE
@click.option("--dry-run", is_flag=True, help="Do all but publish.")
@JSON
def publish(file: Path, reference: Path | None, dry_run: bool, as_json: bool) -> None:
    """Check a campaign as `check` does, and put it on the campaigns topic; running workers take it up within seconds.

    Its version must be higher than that of the same campaign as it is published now.
    """
    found = load_campaign(file, compiles=False)
    report = checked(file, found, reference, quiet=as_json)
    before = published().get(found.slug)
    if not report.ok:
        if as_json:
            print_json(report.as_json() | {"published": False})
        else:
            show(file, report)
        raise SystemExit(1)
    _refuse_an_old_version(file, found, before)
    _refuse_a_cancelled_one(file, found.slug)
    if not dry_run:
        put(found)
    if as_json:
        before_it = before.version if before else None
        said = {"slug": found.slug, "version": found.version, "before": before_it, "published": not dry_run}
        print_json(said | {"warnings": [problem.as_json() for problem in report.warnings]})
        return
    if report.warnings:
        show(file, report)
    replaces = f" It replaces version {before.version}." if before else ""
    does = "Would publish" if dry_run else "Published"
    click.echo(f"{does} {found.slug}, version {found.version}.{replaces}")


@click.command("list")
@JSON
def list_published(as_json: bool) -> None:
    """The campaigns that are published: version, state, dates, organization and targets."""
    now = datetime.now(UTC)
    found = sorted(published().values(), key=lambda one: one.slug)
    if as_json:
        print_json([_told(one, now) for one in found])
        return
    if not found:
        click.echo("No campaign is published. `postbag campaign publish FILE` publishes one.")
        return
    for one in found:
        click.secho(f"{one.slug}, version {one.version}: {state(one, now)}{_dates(one)}", bold=True)
        click.echo(f"    {one.organization}, to {_whom(one)}{'; forms: ' + ', '.join(one.forms) if one.forms else ''}")


def published() -> dict[str, Campaign]:
    """The newest version of each published campaign by its slug, as workers know them."""
    found: dict[str, Campaign] = {}

    def take(slug: str, campaign: Campaign | None) -> None:
        if campaign is None:
            found.pop(slug, None)
        else:
            found[slug] = campaign

    Campaigns(lambda: KafkaReader(load(KafkaSettings)), take).close()
    return found


def put(campaign: Campaign) -> None:
    """Publish ``campaign`` on the cluster that the settings name, and wait until it is acknowledged."""
    publisher = Publisher(load(KafkaSettings))
    publish_campaign(publisher, campaign)
    publisher.close()


def publish_campaign(publisher: Publisher, found: Campaign) -> None:
    """Publish ``found`` and wait until it is acknowledged."""
    now = datetime.now(UTC)
    event = CampaignPublished(id=f"{found.slug}/{found.version}", source="/postbag/cli", time=now, data=found)
    publisher.publish(CAMPAIGNS, found.slug.encode(), write(event))
    publisher.flush()


def state(campaign: Campaign, now: datetime) -> State:
    """Whether a submission that arrives at ``now`` is taken."""
    if campaign.opens and now < campaign.opens:
        return "not yet open"
    return "closed" if campaign.closes and now >= campaign.closes else "open"


def time_told(moment: datetime | None) -> str | None:
    """A time for people and programs alike: ISO 8601 in UTC, to the second."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if moment else None


def _refuse_an_old_version(file: Path, found: Campaign, before: Campaign | None) -> None:
    if before is None or found.version > before.version:
        return
    same = "is what is published now" if found == before else f"is not higher than the published one, {before.version}"
    raise click.ClickException(
        f"{file}: version {found.version} of {found.slug} {same}. Set version to {before.version + 1} and publish again."
    )


def _refuse_a_cancelled_one(file: Path, slug: str) -> None:
    """`postbag cancel` is for good: whatever came of the campaign would never be sent, and nobody would be told."""
    controls = Controls(lambda: KafkaReader(load(KafkaSettings)))
    cancelled = controls.cancelled(slug)
    controls.close()
    if cancelled:
        raise click.ClickException(f"{file}: {slug} was cancelled, and that is for good. Give it another slug.")


def _told(campaign: Campaign, now: datetime) -> dict[str, Any]:
    return {
        "slug": campaign.slug,
        "version": campaign.version,
        "state": state(campaign, now).replace(" ", "_"),
        "opens": time_told(campaign.opens),
        "closes": time_told(campaign.closes),
        "deliver_before": time_told(campaign.deliver_before),
        "drip_hours": campaign.drip_hours,
        "organization": campaign.organization,
        "targets": list(campaign.targets),
        "recipients": len(campaign.recipients),
        "forms": list(campaign.forms),
    }


def _dates(campaign: Campaign) -> str:
    said = (("opens", campaign.opens), ("closes", campaign.closes), ("letters expire", campaign.deliver_before))
    dates = "".join(f", {word} {time_told(moment)}" for word, moment in said if moment)
    return dates + (f", letters spread over {campaign.drip_hours:g} hours" if campaign.drip_hours else "")


def _whom(campaign: Campaign) -> str:
    more = len(campaign.targets) - 3
    return ", ".join(campaign.targets[:3]) + (f" and {more} more" if more > 0 else "")
