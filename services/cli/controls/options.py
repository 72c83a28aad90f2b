"""What an order is about and how long it lasts, as an operator types it: one of four options, a reason, a duration.

Exactly one of the options is given, so that a slip in a hurry cannot hold more than was meant.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final, NamedTuple, get_args

import click

from schemas.control import Scope
from schemas.recipient import RecipientChannel

CHANNELS: Final = (*get_args(RecipientChannel), "cwc-house", "cwc-senate")
"""The channels that letters leave by; ``discard`` sends nothing that could be held."""

_LONGEST: Final = timedelta(days=365)
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class Subject(NamedTuple):
    """What an order is about."""

    scope: Scope
    name: str

    def __str__(self) -> str:
        return "everything" if self.scope == "all" else f"{self.scope} {self.name}"

    @property
    def option(self) -> str:
        """How it is said on the command line."""
        return "--all" if self.scope == "all" else f"--{self.scope} {self.name}"


class Duration(click.ParamType[timedelta]):
    """A time that passes, such as ``90s``, ``15m``, ``2h30m`` or ``3d``."""

    name = "duration"

    def convert(self, value: str | timedelta, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """The time, from a second to a year."""
        if isinstance(value, timedelta):
            return value
        if not re.fullmatch(r"([0-9]{1,9}[smhd])+", value):
            self.fail(f"{value!r} is no duration: write 90s, 15m, 2h30m or 3d", param, ctx)
        parts = re.findall(r"([0-9]+)([smhd])", value)
        found = sum((timedelta(**{_UNITS[unit]: int(number)}) for number, unit in parts), timedelta())
        if not timedelta(seconds=1) <= found <= _LONGEST:
            self.fail(f"{value!r} is not between a second and {_LONGEST.days} days", param, ctx)
        return found


def line(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """One line for other operators to read; nothing where none was given."""
    if value is None:
        return None
    said = value.strip()
    if not (0 < len(said) <= 300 and said.isprintable()):
        raise click.BadParameter("give one line of 1 to 300 characters", context, parameter)
    return said


_CAMPAIGN: Final = click.option("--campaign", metavar="SLUG", help="The letters of this campaign.")
_OFFICE: Final = click.option(
    "--office", metavar="ID", help="The letters to this office, such as HNY12 or x-committee."
)
_CHANNEL: Final = click.option(
    "--channel",
    metavar="NAME",
    type=click.Choice(CHANNELS),
    help=f"The letters by this channel: {', '.join(CHANNELS)}.",
)
_ALL: Final = click.option("--all", "everything", is_flag=True, help="All letters.")
REASON: Final = click.option(
    "--reason",
    metavar="TEXT",
    required=True,
    callback=line,
    help="Why, for other operators to read; nothing about a constituent.",
)
JSON: Final = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
ANYWAY: Final = click.option(
    "--anyway", is_flag=True, help="Even if no published campaign is called that, or writes to that office."
)


def about(command: Callable[..., Any]) -> Callable[..., Any]:
    """The four options that say what a command is about; ``subject`` makes one of them."""
    for option in (_ALL, _CHANNEL, _OFFICE, _CAMPAIGN):
        command = option(command)
    return command


def subject(campaign: str | None, office: str | None, channel: str | None, *, everything: bool) -> Subject:
    """What is meant. Raises ``click.UsageError`` unless exactly one is given."""
    named: tuple[tuple[Scope, str | None], ...] = (
        ("campaign", campaign), ("office", office), ("channel", channel), ("all", "*" if everything else None)
    )  # fmt: skip
    given = [Subject(scope, name) for scope, name in named if name is not None]
    if len(given) != 1:
        raise click.UsageError("Say what it is about: one of --campaign, --office, --channel and --all.")
    return given[0]
