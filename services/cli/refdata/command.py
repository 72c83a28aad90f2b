"""The group ``postbag refdata``. This file only gathers its commands."""

from __future__ import annotations

import click

from services.cli.refdata.pulling import pull_command


@click.group()
def refdata() -> None:
    """Build, check, change and ask the data by which addresses are resolved to seats."""


refdata.add_command(pull_command)
