"""Holds a finished letter to the rules of each form that it goes in, by other means than those that made it.

A letter that breaks a rule here would be refused by an office, or be read with a hole in it, whoever the person is. That a
form could not be made at all is no fault by itself; the letter says so (``Letter.unfit``).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Final, Literal

from services.cli.campaign.mails import Mail, read_mail
from services.render.forms import Unfit
from services.render.forms.cwc import CwcForm, faults

if TYPE_CHECKING:
    from schemas.letter import Letter
    from services.render.difficult import Difficult
    from services.render.forms import Form

HeldTo = Literal["text", "mail", "cwc", "paper"]

_CODE: Final = re.compile(r"\{\{|\}\}|\{%|%\}|\{#")
_NOBODY: Final = re.compile(r"^(dear|hello|hi)\s*[,:]?$", re.IGNORECASE | re.MULTILINE)
_HOLE: Final = re.compile(r"(?<=\S)  (?=\S)|(?<=[A-Za-z]) [,.;!?](?=\s|$)|\(\s*\)", re.MULTILINE)
_UNSEEN: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")

SENTENCES: Final[Mapping[str, tuple[str, str]]] = {
    "code_left": ("Code of the template stands in the letter.", "Write code between {{ and }} or {% and %} only."),
    "greets_nobody": ("The letter greets nobody.", "Greet {{ decision_maker }}, who always has a name or a title."),
    "hole": ("An empty value leaves a hole in a sentence.", "Put the words around it between {% if name %} and {% endif %}."),
    "unseen": ("A character that nobody sees stands in the campaign's text.", "Type the words around it anew."),
    "mail_differs": ("The mail does not say what the letter says.", "Report this: it is a defect of Postbag."),
    "html_differs": ("The HTML mail does not say what its plain text says.", "Report this: it is a defect of Postbag."),
    "html_active": ("The HTML mail holds more than text.", "Report this: it is a defect of Postbag."),
    "not_pdf": ("The printed letter is no PDF.", "Report this: it is a defect of Postbag."),
    "template_failed": ("The template fails.", "Take out what can fail: leave names, texts and conditions."),
}  # fmt: skip
"""Each fault of a letter in words, and what to do; those of CWC are told by element (docs/reference/cwc.md)."""


def faults_of(
    letter: Letter, person: Difficult, template_text: str, forms: Mapping[str, Form]
) -> Iterator[tuple[HeldTo, str]]:
    """Every rule that ``person``'s letter breaks: the form and a code. ``template_text`` is what the campaign says itself."""
    yield from (("text", code) for code in _of_text(letter, person, template_text))
    if letter.mail is not None:
        yield from (("mail", code) for code in _of_mail(read_mail(letter.mail), letter))
    cwc = forms.get("cwc")
    if letter.cwc is not None and isinstance(cwc, CwcForm):
        yield from (("cwc", code) for code in _of_cwc(letter.cwc, letter.office, cwc))
    if letter.paper is not None and not base64.b64decode(letter.paper).startswith(b"%PDF-"):
        yield "paper", "not_pdf"


def _of_text(letter: Letter, person: Difficult, template_text: str) -> Iterator[str]:
    """Faults of the campaign's own words; what a person typed may look like anything."""
    parts = letter.parts
    if _NOBODY.search(parts.salutation if parts and parts.salutation else letter.body.partition("\n")[0]):
        yield "greets_nobody"
    if person.constituent.first_name.startswith(("{", "<")) or (
        parts is None and (person.message or person.edited_letter)
    ):
        return
    own = f"{parts.salutation}\n{parts.statement}" if parts else letter.body
    if _CODE.search(own):
        yield "code_left"
    if _UNSEEN.search(own):
        yield "unseen"
    if any(own[match.start() - 4 : match.end() + 4] not in template_text for match in _HOLE.finditer(own)):
        yield "hole"


def _of_mail(mail: Mail, letter: Letter) -> Iterator[str]:
    if mail.text.split() != letter.body.split() or mail.subject.split() != letter.subject.split():
        yield "mail_differs"
    reader = _Reader()
    reader.feed(mail.html)
    reader.close()
    if reader.active:
        yield "html_active"
    if "".join(reader.text).split() != letter.body.split():
        yield "html_differs"


def _of_cwc(document: str, office: str, form: CwcForm) -> Iterator[str]:
    try:
        rules = form.rules_for(office)
    except Unfit as error:
        yield error.reason
        return
    for fault in faults(document, rules):
        rule = rules.rows.get(fault.path)
        yield f"{rule.name if rule else 'document'}_{fault.code}"


class _Reader(HTMLParser):
    """The text of an HTML mail's body, and whether anything in it is more than text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text: list[str] = []
        self.active = False
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside |= tag == "body"
        self.active |= tag in ("script", "img", "iframe", "object", "link", "form", "a", "base")
        self.active |= any(name.startswith("on") or name in ("src", "href") for name, _ in attrs)
        if tag in ("p", "br"):
            self.text.append("\n")

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.text.append(data)
