"""``postbag refdata lookup``: a person asks who represents an address, and sees the answer with its reasons.

It asks the same code as the service, with the same data. What is typed is not logged and not kept, an error never repeats it,
and it is sent nowhere unless a geocoder is set up.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import click

from schemas.resolved import Purpose
from services.cli.output import print_json
from services.cli.refdata.answer import Asked, as_json, show
from services.cli.refdata.opening import opened
from services.cli.refdata.streets import settled
from services.cli.refdata.times import given, told
from services.cli.refdata.typed import STATES, NotUnderstood, Typed, a_point, a_zip, an_address, recognise
from services.resolve.lookup import resolve
from services.resolve.question import Accuracy
from services.resolve.reference.plans import Plan
from services.resolve.reference.reference import Reference


@dataclass(frozen=True, slots=True)
class _When:
    """Which map is asked, and as of when."""

    congress: int | None
    purpose: Purpose
    as_of: float | None


@click.command()
@click.argument("text", nargs=-1)
@click.option(
    "--reference",
    type=click.Path(path_type=Path),
    envvar="POSTBAG_REFERENCE",
    show_envvar=True,
    help="Reference file, or a folder whose file in use is meant; by default the small sample that comes with Postbag.",
)
@click.option("--zip", "zip_code", help="A ZIP or ZIP+4: 02139, 43125-1133.")
@click.option("--point", help="Latitude and longitude in degrees, west negative: 42.3601,-71.0942.")
@click.option("--address", help="An address line; its state, ZIP and ZIP+4 are taken from its end.")
@click.option("--state", help="USPS code of the state, where it is known besides.")
@click.option(
    "--accuracy",
    type=click.Choice(get_args(Accuracy)),
    default="rooftop",
    show_default=True,
    help="How the point was found.",
)
@click.option("--congress", type=click.IntRange(100, 199), help="Ask the map of this Congress.")
@click.option(
    "--purpose",
    type=click.Choice(get_args(Purpose)),
    help="The map of those who represent the place (the default), or of those whom it elects next.",
)
@click.option("--as-of", metavar="TIME", callback=given, help="Day or time that counts; by default now.")
@click.option("--json", "json_wanted", is_flag=True, help="Print JSON.")
def lookup(  # noqa: PLR0913, PLR0917 - one for each option
    text: tuple[str, ...],
    reference: Path | None,
    zip_code: str | None,
    point: str | None,
    address: str | None,
    state: str | None,
    accuracy: Accuracy,
    congress: int | None,
    purpose: Purpose | None,
    as_of: float | None,
    json_wanted: bool,
) -> None:
    """Who represents a place, and why.

    The place is a ZIP, a ZIP+4, a point, a state or an address line, and TEXT is taken for what it looks like:
    02139, 43125-1133, 42.3601,-71.0942, WY, "1 Main St, Cambridge MA 02139".
    """
    if congress is not None and purpose is not None:
        raise click.UsageError("--congress and --purpose both choose the map: give one of them.")
    if state is not None and state.upper() not in STATES:
        raise click.UsageError("--state is a USPS code, as MA.")
    typed = _typed(" ".join(text), zip_code, point, address, accuracy, state.upper() if state else None)
    when = _When(congress, purpose or "represented_by", as_of)
    with opened(reference) as data:
        plan, moment = _plan(data, when)
        asked = Asked(data, plan, when.purpose, moment, str(reference) if reference else None, typed)
        answer = settled(plan, typed, resolve(plan, typed.question))
        if json_wanted:
            print_json(as_json(asked, answer))
        else:
            show(asked, answer)


def _typed(
    text: str, zip_code: str | None, point: str | None, address: str | None, accuracy: Accuracy, state: str | None
) -> Typed:
    given = [one for one in (text or None, zip_code, point, address) if one is not None]
    if len(given) != 1:
        if state and not given:
            return recognise(state, accuracy, None)
        raise click.UsageError("Give one of --zip, --point, --address, or a text.")
    try:
        if zip_code is not None:
            return a_zip(zip_code, state)
        if point is not None:
            return a_point(point, accuracy, state)
        return an_address(address, state) if address is not None else recognise(text, accuracy, state)
    except NotUnderstood as error:
        raise click.UsageError(f"{error}.") from None


def _plan(data: Reference, when: _When) -> tuple[Plan, float]:
    """The map that is meant, and the time that counts: for a Congress that does not sit now, one when it did or will."""
    now = time.time() if when.as_of is None else when.as_of
    if when.congress is not None:
        maps = [plan for plan in data.plans if plan.congress == when.congress]
        in_force = [plan for plan in maps if plan.begins <= now < plan.ends]
        for plan in in_force or maps[-1:]:
            return plan, now if when.as_of is not None else min(max(now, plan.begins), plan.ends - 1)
        missing = f"no map of Congress {when.congress}"
    else:
        plan_then = data.at(now).plan(when.purpose)
        if plan_then is not None:
            return plan_then, now
        missing = f"no map for {when.purpose} as of {told(now)}"
    has = ", ".join(f"{plan.id} ({plan.valid_from:%Y-%m-%d} to {plan.valid_to:%Y-%m-%d})" for plan in data.plans)
    raise click.ClickException(f"This reference file has {missing}; it has {has}. --congress asks for one by number.")
