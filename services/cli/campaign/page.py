"""The preview page: one HTML document with a letter in each of its forms side by side, complete in itself.

Nothing in it runs and nothing is fetched: a policy in the page says so to the browser, and the mail stands in a frame with
every permission taken away. All text is escaped, because people type what looks like HTML.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from services.cli.campaign.mails import read_mail
from services.cli.campaign.words import CALLED, why

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from schemas.campaign import Campaign
    from schemas.letter import Letter
    from services.render.difficult import Difficult

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_TAG: Final = re.compile(r"&lt;(/?)([A-Za-z0-9]+)&gt;")
_ROLES: Final = {
    "representative": "member of the House",
    "delegate": "delegate to the House",
    "resident_commissioner": "resident commissioner",
    "senator": "senator",
    "president": "president",
    "recipient": "recipient of the campaign's list",
}
_LINE_PX, _GAP_PX, _WIDE, _MOST_PX, _LEAST_PX = 24, 16, 44, 1100, 240


@dataclass(frozen=True, slots=True)
class Shown:
    """A letter and what it needs to be shown: ``pages`` are PNG, ``notes`` whatever else should be known."""

    campaign: Campaign
    person: Difficult
    letter: Letter
    pages: Sequence[bytes]
    notes: Sequence[str] = ()


def page(shown: Shown) -> str:
    """The HTML document."""
    letter = shown.letter
    style = (files("services.cli.campaign") / "preview.css").read_text(encoding="utf-8")
    return (
        f'<!DOCTYPE html>\n<html lang="{escape(shown.campaign.locale)}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n<meta name="referrer" content="no-referrer">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(letter.subject)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
        f"{_header(shown)}<main>\n{''.join(_sections(shown))}</main>\n"
        f"<footer>A preview: the person is made up, and nothing was sent. Letter {escape(letter.letter_id)}.</footer>\n"
        "</body>\n</html>\n"
    )


def _header(shown: Shown) -> str:
    campaign, letter, person = shown.campaign, shown.letter, shown.person
    who = person.constituent
    name = " ".join(part for part in (who.prefix, who.first_name, who.last_name) if part)
    facts = (
        ("To", _addressee(letter), _place(letter)),
        ("From", name, f"made up: {person.name}, who {person.about}"),
        ("Campaign", campaign.organization, f"{campaign.slug}, version {campaign.version}"),
        ("Text", _text_told(letter), _edited(letter)),
    )
    rows = "".join(
        f"<div><dt>{dt}</dt><dd>{escape(dd)}<small>{escape(more)}</small></dd></div>" for dt, dd, more in facts
    )
    notes = [f"{CALLED[one.form]} cannot be made: {why(one.reason)} ({one.reason})." for one in letter.unfit] + list(
        shown.notes
    )
    listed = f'<ul class="notes">{"".join(f"<li>{escape(note)}</li>" for note in notes)}</ul>' if notes else ""
    return (
        f'<header>\n<p class="kicker">Preview of {escape(campaign.headline)}</p>\n'
        f'<h1 dir="auto">{escape(letter.subject)}</h1>\n'
        f'<dl class="facts">{rows}</dl>\n{listed}</header>\n'
    )


def _addressee(letter: Letter) -> str:
    addressee = letter.addressee
    return (addressee.name or addressee.salutation) if addressee else letter.office


def _place(letter: Letter) -> str:
    role = _ROLES[letter.addressee.role] if letter.addressee else ""
    nobody = ", nobody known to hold the seat" if letter.addressee and not letter.addressee.name else ""
    return f"{letter.office}, {role}{nobody}" if role else letter.office


def _text_told(letter: Letter) -> str:
    return f"Version {letter.version} of the letter" if letter.version else "The campaign’s own letter"  # noqa: RUF001 - shown to people


def _edited(letter: Letter) -> str:
    parts = letter.parts
    if parts is None or not parts.own_words:
        return "no words of the person’s own"  # noqa: RUF001 - shown to people
    if parts.edited:
        return f"{parts.edited:.0%} of it changed by the person"
    return "with words of the person’s own"  # noqa: RUF001 - shown to people


def _sections(shown: Shown) -> Iterator[str]:
    letter = shown.letter
    unfit = {one.form: why(one.reason) for one in letter.unfit}
    if letter.mail is not None:
        html = escape(read_mail(letter.mail).html)
        frame = f'<iframe sandbox title="The mail" height="{_height(letter)}" srcdoc="{html}"></iframe>'
        yield _section("Mail", "two parts, HTML and text", f"{frame}<h3>The text part</h3>{_text(letter)}")
    else:
        yield _section("Text", "what every letter has", _text(letter))
    if letter.cwc is not None:
        chamber = "SCWC, Senate" if letter.office.startswith("S") else "CWC 2.0, House"
        yield _section("Congressional intake", chamber, f'<div class="xml">{_highlighted(letter.cwc)}</div>')
    elif "cwc" in unfit:
        yield _section(
            "Congressional intake", "not made", f'<p class="none">Not made, since {escape(unfit["cwc"])}.</p>'
        )
    if shown.pages:
        count = f"{len(shown.pages)} page{'s' if len(shown.pages) > 1 else ''}, PDF"
        yield _section("Paper", count, f'<div class="pages">{"".join(_figures(shown.pages))}</div>')
    elif "paper" in unfit:
        yield _section("Paper", "not made", f'<p class="none">Not made, since {escape(unfit["paper"])}.</p>')


def _section(title: str, more: str, content: str) -> str:
    return f"<section>\n<h2>{title}<span>{escape(more)}</span></h2>\n{content}\n</section>\n"


def _text(letter: Letter) -> str:
    """The plain text, with what is the person's own marked."""
    body, key = escape(letter.body), ""
    own = escape(letter.parts.own_words) if letter.parts else ""
    if own and own in body:
        marked = "\n".join(f"<mark>{line}</mark>" if line.strip() else line for line in own.split("\n"))
        body = body.replace(own, marked, 1)
        key = '<p class="key"><mark>Marked</mark>: the person’s own words. All else is the campaign’s.</p>'  # noqa: RUF001 - shown to people
    return f'<div class="text" dir="auto">{body}</div>{key}'


def _highlighted(document: str) -> str:
    """XML with its tags set apart, line by line: escaped first, so that nothing in it is mark-up of this page."""
    return "".join(_xml_line(line) for line in document.rstrip().split("\n"))


def _xml_line(line: str) -> str:
    text = line.lstrip(" ")
    told = escape(text, quote=False)
    told = f"<i>{told}</i>" if text.startswith("<?") else _TAG.sub(_marked, told)
    return f'<div style="--in:{len(line) - len(text)}ch">{told or "&nbsp;"}</div>'


def _marked(tag: re.Match[str]) -> str:
    """A line may break before an end tag, and before no other."""
    return f"{'<wbr>' if tag[1] else ''}<b>{tag[0]}</b>"


def _figures(pages: Sequence[bytes]) -> Iterator[str]:
    for number, png in enumerate(pages, 1):
        source = f"data:image/png;base64,{base64.b64encode(png).decode()}"
        caption = f"<figcaption>Page {number} of {len(pages)}</figcaption>" if len(pages) > 1 else ""
        yield f'<figure><img src="{source}" alt="Page {number} of the printed letter">{caption}</figure>'


def _height(letter: Letter) -> int:
    """About as high as the mail is, in pixels: a frame without permissions cannot say so itself."""
    heights = (_LINE_PX * (1 + len(line) // _WIDE) if line else _GAP_PX for line in letter.body.split("\n"))
    return max(_LEAST_PX, min(_MOST_PX, sum(heights) + 2 * _LINE_PX + _GAP_PX))
