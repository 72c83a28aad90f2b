"""``postbag campaign check``: the pre-flight on the command line, for people and for programs.

It publishes and sends nothing, so that it can be run as often as one likes; it ends with 1 where a letter could go out
malformed. What it prints of people is made up.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast, get_args

import click

from schemas.campaign import Campaign, LetterForm
from services.cli.campaign.files import load_campaign
from services.cli.campaign.places import Places
from services.cli.campaign.preflight import Preflight, pre_flight
from services.cli.campaign.showing import show
from services.cli.output import console, print_json, progress
from services.cli.refdata.opening import opened
from services.cli.refdata.times import given
from services.pipeline.settings import load
from services.render.settings import RenderSettings
from services.resolve.reference.sample import VALID_FROM, VALID_TO

if TYPE_CHECKING:
    from services.cli.campaign.report import Report

FILE: Final = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
JSON: Final = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
REFERENCE: Final = click.option(
    "--reference",
    type=click.Path(path_type=Path),
    envvar="POSTBAG_REFERENCE",
    show_envvar=True,
    help="Reference file, or a folder whose file in use is meant; by default the small sample, which knows no holders.",
)
AS_OF: Final = click.option(
    "--as-of", metavar="TIME", callback=given, help="Day or time that counts for seats and deadlines; by default now."
)


class FormNames(click.ParamType[tuple[LetterForm, ...]]):
    """Names of forms with commas between; ``none`` for the text alone."""

    name = "forms"

    def convert(
        self, value: str | tuple[LetterForm, ...], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[LetterForm, ...]:
        """The forms, each once."""
        if isinstance(value, tuple):
            return value
        names = [] if value == "none" else [name.strip() for name in value.split(",")]
        if strange := [name for name in names if name not in get_args(LetterForm)]:
            self.fail(f"{strange[0]!r} is no form: there are {', '.join(get_args(LetterForm))}, and none", param, ctx)
        return tuple(cast("list[LetterForm]", list(dict.fromkeys(names))))


FORMS: Final = click.option(
    "--forms", type=FormNames(), help="Make these forms, such as mail,cwc; by default those that the campaign asks for."
)


@click.command()
@FILE
@REFERENCE
@AS_OF
@FORMS
@JSON
def check(
    file: Path, reference: Path | None, as_of: float | None, forms: tuple[LetterForm, ...] | None, as_json: bool
) -> None:
    """Make the letters of a campaign for every target and for difficult people, and hold them to every rule.

    Publishes nothing. Every fault is told with its line and column in FILE and with what to do; ends with 1 where there
    is an error.
    """
    found = load_campaign(file, compiles=False)
    report = checked(file, found, reference, as_of, forms, quiet=as_json)
    if as_json:
        print_json(report.as_json())
    else:
        show(file, report)
    if not report.ok:
        raise SystemExit(1)


def checked(
    file: Path,
    campaign: Campaign,
    reference: Path | None,
    as_of: float | None = None,
    forms: tuple[LetterForm, ...] | None = None,
    *,
    quiet: bool = False,
) -> Report:
    """The report on ``campaign``, which ``file`` holds; ``quiet``: without progress. Ends the command for a bad reference."""
    with opened(reference) as data:
        moment, deadlines = (as_of, as_of) if as_of is not None else (now(reference), time.time())
        settings = load(RenderSettings)
        wanted = campaign.forms if forms is None else forms
        flight = pre_flight(campaign, Places(file), data, moment, deadlines, settings, wanted)
        return flight.run() if quiet or not console.is_terminal else _with_progress(flight)


def now(reference: Path | None) -> float:
    """The time that counts, in seconds since the epoch: within the life of the sample's map, where that is what is asked."""
    moment = time.time()
    return moment if reference else min(max(moment, VALID_FROM.timestamp()), VALID_TO.timestamp() - 1)


def _with_progress(flight: Preflight) -> Report:
    with progress("Letters", flight.steps) as tell:
        flight.tell = tell
        return flight.run()
