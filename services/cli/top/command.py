"""``postbag top`` as a command: a live screen on a terminal, plain text or JSON elsewhere."""

from __future__ import annotations

from time import sleep, time
from typing import TYPE_CHECKING, Any, Final

import click
from rich.live import Live
from rich.text import Text

from services.cli.output import console, print_json, printable
from services.cli.top.keys import keys
from services.cli.top.screen import screen
from services.cli.top.watching import Watching, open_surveyor
from services.observe.settings import ObserveSettings
from services.pipeline.settings import load

if TYPE_CHECKING:
    from rich.console import RenderableType

    from services.observe.seen import Survey

_RATES_SECONDS: Final = 1.0
"""Between the two looks of ``--once``: a rate is what changed between them."""
_LINES_BESIDE: Final = 24
"""Lines of a screen that are no campaign's."""
_KEY_SECONDS: Final = 0.25


@click.command()
@click.option("--once", is_flag=True, help="Show it once and end; rates are measured over a second.")
@click.option("--json", "as_json", is_flag=True, help="Print one look as JSON and end.")
@click.option(
    "--interval",
    type=click.FloatRange(0.5, 300),
    default=2.0,
    show_default=True,
    help="Seconds between two looks.",
)
@click.option("--campaign", metavar="SLUG", help="Show the letters of this campaign alone.")
def top(once: bool, as_json: bool, interval: float, campaign: str | None) -> None:
    """The stages, their lag, the books and what waits for a person, live; q or Ctrl-C ends it.

    It reads the topics for itself and needs no observer. The first look reads all of them, which can take minutes; what it
    counted is kept in POSTBAG_STATE_DIR for the next time. Without a terminal it prints one screen after another.
    """
    settings = load(ObserveSettings)
    if once or as_json:
        _show_once(settings, campaign, as_json=as_json)
        return
    watching = Watching(lambda: open_surveyor(settings), interval)
    watching.start()
    try:
        if console.is_terminal:
            _show_live(watching, campaign)
        else:
            _show_plain(watching, campaign)
    except KeyboardInterrupt:
        pass
    finally:
        watching.stop()


def _show_once(settings: ObserveSettings, campaign: str | None, *, as_json: bool) -> None:
    surveyor = open_surveyor(settings)
    try:
        surveyor.look()
        sleep(_RATES_SECONDS)
        survey = surveyor.look()
    finally:
        surveyor.close()
    if as_json:
        print_json(as_told(survey, campaign))
    else:
        console.print(screen(survey, campaign=campaign, now=time()))


def _show_live(watching: Watching, campaign: str | None) -> None:
    with keys() as next_key, Live(console=console, screen=True, auto_refresh=False) as live:
        while next_key(_KEY_SECONDS) not in ("q", "Q", "\x03", "\x04"):
            live.update(_now(watching, campaign, "q ends"), refresh=True)


def _show_plain(watching: Watching, campaign: str | None) -> None:
    while True:
        if watching.wait(_KEY_SECONDS):
            console.print(_now(watching, campaign, ""))
            console.print()


def _now(watching: Watching, campaign: str | None, hint: str) -> RenderableType:
    survey = watching.survey
    if survey is not None:
        rows = max(3, console.height - _LINES_BESIDE)
        return screen(survey, campaign=campaign, rows=rows, now=time(), trouble=watching.trouble, hint=hint)
    if watching.trouble:
        return Text(f"{printable(watching.trouble)}\nIt is tried again.   {hint}", style="bold red")
    doing = f"Reading the topics ({watching.pages:,} pages so far)" if watching.pages else "Asking the cluster"
    return Text(f"{doing} ...   {hint}")


def as_told(survey: Survey, campaign: str | None) -> dict[str, Any]:
    """A survey for programs; of one campaign alone, if named."""
    told = survey.as_json()
    if campaign is not None:
        told["campaigns"] = [one for one in told["campaigns"] if one["slug"] == campaign]
        told["letters"] = dict(told["campaigns"][0]["letters"]) if told["campaigns"] else {}
    return told
