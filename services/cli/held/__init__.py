"""``postbag held``: submissions that wait for a person, and what an operator can do to let them go."""

import click

from services.cli.held.commands import list_held, release


@click.group()
def held() -> None:
    """Held submissions: see what they wait for, and have them looked at again."""


for command in (list_held, release):
    held.add_command(command)

__all__ = ["held"]
