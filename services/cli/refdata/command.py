"""The group ``postbag refdata``. This file only gathers its commands."""

from __future__ import annotations

import click

from services.cli.refdata.building import build
from services.cli.refdata.changes import diff
from services.cli.refdata.info import info
from services.cli.refdata.lookup import lookup
from services.cli.refdata.pulling import pull_command
from services.cli.refdata.verifying import activate, verify


@click.group()
def refdata() -> None:
    """Build, check, change and ask the data by which addresses are resolved to seats."""


for command in (pull_command, build, info, verify, activate, diff, lookup):
    refdata.add_command(command)
