"""``postbag dead``: what is parked because a stage could not handle it, and what an operator can do about it."""

import click

from services.cli.dead.commands import discard, replay
from services.cli.dead.showing import list_dead, show


@click.group()
def dead() -> None:
    """Dead letters: records that a stage could not handle. See them, put them back, or give them up."""


for command in (list_dead, show, replay, discard):
    dead.add_command(command)

__all__ = ["dead"]
