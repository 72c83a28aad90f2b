"""The group ``postbag campaign``; each command of it is added here."""

from __future__ import annotations

from pathlib import Path

import click

from services.cli.campaign.files import load_campaign
from services.cli.campaign.importing import import_alert
from services.cli.campaign.publishing import publish_campaign
from services.cli.output import print_json
from services.pipeline.publisher import Publisher
from services.pipeline.settings import KafkaSettings, load

_FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def campaign() -> None:
    """Check and publish campaigns."""


@campaign.command()
@_FILE
@_JSON
def check(file: Path, as_json: bool) -> None:
    """Check a campaign's file: its fields, its lists of recipients, and that its templates compile."""
    found = load_campaign(file)
    if as_json:
        print_json({"slug": found.slug, "version": found.version, "recipients": len(found.recipients), "ok": True})
    else:
        lists = f" Recipients of its lists: {len(found.recipients)}." if found.recipients else ""
        click.echo(f"{file}: {found.slug}, version {found.version}, is well-formed.{lists}")


@campaign.command()
@_FILE
@_JSON
def publish(file: Path, as_json: bool) -> None:
    """Put a campaign on the campaigns topic; running workers take it up within seconds."""
    found = load_campaign(file)
    publisher = Publisher(load(KafkaSettings))
    publish_campaign(publisher, found)
    publisher.close()
    if as_json:
        print_json({"slug": found.slug, "version": found.version, "published": True})
    else:
        click.echo(f"Published {found.slug}, version {found.version}.")


campaign.add_command(import_alert)
