"""``postbag campaign preview``: one letter as each channel will send it, in the terminal and as a page to look at.

The person is made up, and the letter is made by render's own code. Nothing is sent, and nothing leaves this machine.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from schemas.campaign import Campaign, LetterForm
from services.cli.campaign.check import AS_OF, FILE, FORMS, JSON, REFERENCE, now
from services.cli.campaign.files import load_campaign
from services.cli.campaign.making import Workshop
from services.cli.campaign.offices import Offices, offices_of
from services.cli.campaign.page import Shown, page
from services.cli.campaign.people import routed
from services.cli.campaign.words import CALLED, why
from services.cli.output import print_json
from services.cli.refdata.opening import opened
from services.pipeline.settings import load
from services.render.difficult import DIFFICULT, Difficult, by_name
from services.render.forms import Unfit
from services.render.forms.paper import PaperForm
from services.render.settings import RenderSettings

if TYPE_CHECKING:
    from schemas.letter import Letter

_PPI = 110
"""Pixels to the inch of a page's picture: readable at half of a wide screen."""


def _person(_context: click.Context, _option: click.Parameter, value: str) -> Difficult:
    found = by_name(value)
    if found is None:
        raise click.BadParameter(f"there is no {value}: choose of {', '.join(one.name for one in DIFFICULT)}")
    return found


@click.command()
@FILE
@click.option("--office", help="Whom to write to, such as HNY12; by default the person's own.")
@click.option(
    "--constituent",
    callback=_person,
    default="with-words",
    show_default=True,
    help="Which made-up person writes: plain, accents, right-to-left, one-name, edited and others that `check` names.",
)
@FORMS
@REFERENCE
@AS_OF
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("var/preview"),
    show_default=True,
    help="Folder for the page and the PDF.",
)
@JSON
@click.option("--open", "wanted", is_flag=True, help="Open the page in a browser.")
def preview(  # noqa: PLR0913, PLR0917 - one for each option
    file: Path,
    office: str | None,
    constituent: Difficult,
    forms: tuple[LetterForm, ...] | None,
    reference: Path | None,
    as_of: float | None,
    out: Path,
    as_json: bool,
    wanted: bool,
) -> None:
    """Show one letter as each channel will send it, here and as a page (HTML) with the mail, the XML and the print.

    Nothing is published or sent, and the person who writes is made up.
    """
    campaign = load_campaign(file)
    with opened(reference) as data:
        era = data.at(as_of if as_of is not None else now(reference))
        offices = offices_of(campaign, era)
        own = routed(constituent, campaign, era, {}).offices
    chosen = _office(office, offices, own)
    workshop = Workshop(load(RenderSettings), campaign.forms if forms is None else forms, keep=True)
    letter = workshop.letters(workshop.template(campaign), constituent, [chosen], offices.seats)[chosen]
    if letter is None:
        raise click.ClickException(f"{file}: the letter cannot be made. `postbag campaign check` says why.")
    notes = [f"No {form} on this machine: {lack}" for form, lack in workshop.lacking.items()] + workshop.remarks
    shown = Shown(campaign, constituent, letter, _pages(workshop, chosen), notes)
    written = _write(out, shown)
    if as_json:
        said = {"page": str(written[0]), "files": [str(path) for path in written], "notes": notes}
        print_json(said | {"letter": letter.model_dump(mode="json", exclude={"paper"}, exclude_none=True)})
    else:
        _tell(shown, written)
    if wanted:
        click.launch(str(written[0]))


def _office(wanted: str | None, offices: Offices, own: Sequence[str]) -> str:
    """The one wanted, or the first that the person would write to, or any of the campaign's."""
    if wanted is None:
        return next(iter(own), offices.ids[0])
    if wanted not in offices.ids:
        raise click.ClickException(
            f"{wanted} is not written to by this campaign, which has {len(offices.ids)} offices, such as {offices.ids[0]}."
        )
    return wanted


def _pages(workshop: Workshop, office: str) -> list[bytes]:
    """Pictures of the printed pages, if there are any."""
    form, facts = workshop.opened.get("paper"), workshop.facts.get(("paper", office))
    pages: list[bytes] = []
    if isinstance(form, PaperForm) and facts is not None:
        try:
            while True:
                pages.append(form.png(facts, len(pages) + 1, _PPI))
        except (IndexError, Unfit):  # after the last page; or it cannot be printed, which the letter says itself
            return pages
    return pages


def _write(out: Path, shown: Shown) -> list[Path]:
    """The page first, then the PDF if there is one."""
    out.mkdir(parents=True, exist_ok=True)
    name = f"{shown.campaign.slug}-{shown.letter.office}-{shown.person.name}"
    written = [out / f"{name}.html"]
    written[0].write_text(page(shown), encoding="utf-8")
    if shown.letter.paper:
        written.append(out / f"{name}.pdf")
        written[1].write_bytes(base64.b64decode(shown.letter.paper))
    return written


def _tell(shown: Shown, written: list[Path]) -> None:
    letter = shown.letter
    _part("Letter", _whole(shown.campaign, letter))
    if letter.mail is not None:
        _part("Mail", f"The text above and the same as HTML, in two parts ({len(letter.mail):,} bytes).")
    if letter.cwc is not None:
        _part("Congressional intake", letter.cwc.rstrip())
    if shown.pages:
        _part("Paper", f"{len(shown.pages)} page{'s' if len(shown.pages) > 1 else ''}.")
    for one in letter.unfit:
        click.echo(f"{CALLED[one.form]} cannot be made: {why(one.reason)} ({one.reason}).")
    for note in shown.notes:
        click.echo(note)
    click.echo("")
    for path in written:
        click.echo(f"{path}")


def _whole(campaign: Campaign, letter: Letter) -> str:
    addressee = letter.addressee
    to = f"{letter.office}, {addressee.name or addressee.salutation}" if addressee else letter.office
    version = f" ({letter.version})" if letter.version else ""
    head = f"To: {to}\nSubject: {letter.subject}\nCampaign: {campaign.slug}, version {campaign.version}{version}"
    return f"{head}\n\n{letter.body}"


def _part(title: str, text: str) -> None:
    click.secho(f"\n{title}", bold=True)
    for line in text.split("\n"):
        click.echo(f"  {''.join(char if char.isprintable() else ' ' for char in line)}".rstrip())
