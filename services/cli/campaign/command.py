"""The group ``postbag campaign``; each command of it is added here."""

from __future__ import annotations

import click

from services.cli.campaign.check import check
from services.cli.campaign.ending import close, withdraw
from services.cli.campaign.importing import import_alert
from services.cli.campaign.preview import preview
from services.cli.campaign.publishing import list_published, publish


@click.group()
def campaign() -> None:
    """From a pasted alert to letters on their way: import, check, preview, publish, list and close campaigns."""


campaign.add_command(import_alert)
campaign.add_command(check)
campaign.add_command(preview)
campaign.add_command(publish)
campaign.add_command(list_published)
campaign.add_command(close)
campaign.add_command(withdraw)
