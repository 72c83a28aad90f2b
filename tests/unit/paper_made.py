"""Letters on paper for tests: the facts of a made-up letter, and what two independent readers find on its pages.

pypdf reads the text in the order of the page's own instructions; PDFium, which browsers print with, by where letters stand.
Both have their ways with scripts that are shaped, so tests ask of each what it can tell.
"""

from __future__ import annotations

import io
import unicodedata
from collections import Counter
from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Any, Final, NamedTuple

import pypdf
import pypdfium2  # type: ignore[import-untyped]
import pytest

from schemas.accepted import Constituent
from schemas.campaign import Campaign
from schemas.letter import Addressee, Parts
from services.render.forms import Facts
from services.render.forms.paper import PaperForm
from services.render.forms.paper.press import Press

LETTER_ID: Final = "0b7c4a52-9d3e-5c61-a2f8-71e6d40c9b13"
SALUTATION: Final = "Dear Representative Example,"
CLOSING: Final = "Sincerely,\nMary Jo O’Brien-Smith"  # noqa: RUF001 - as people type it
HOUSE: Final = ("The Honorable Ada Example", "United States House of Representatives", "Washington, DC 20515")
INCH: Final = 72.0
RIVER: Final = (
    "The river has been closed to small boats since 2019, and the towns along it have lost the visitors, the fishing "
    "licences and the summer work that came with them. "
)

_CAMPAIGN: Final = Campaign(
    slug="river", version=1, organization="River Friends", headline="h", narrative="n", targets=("your_representative",),
    subject="s", letter="l",
)  # fmt: skip
_PERSON: Final[dict[str, Any]] = {
    "first_name": "Mary Jo",
    "last_name": "O’Brien-Smith",  # noqa: RUF001 - as people type it
    "email": "mary@example.org",
    "address": {"line1": "200 Pine Avenue", "line2": "Apt 4B", "city": "Bangor", "state": "ME", "zip5": "04401"},
}


class Box(NamedTuple):
    """Where a letter stands, in points from the top left of the page."""

    character: str
    left: float
    top: float
    right: float
    bottom: float


def facts(
    *paragraphs: str,
    salutation: str = SALUTATION,
    closing: str = CLOSING,
    subject: str = "Please open the river",
    locale: str = "en-US",
    lines: Sequence[str] = HOUSE,
    **person: Any,
) -> Facts:
    """A letter of ``paragraphs`` from Mary Jo O'Brien-Smith, but for ``person``."""
    body = "\n\n".join(part for part in (salutation, *paragraphs, closing) if part)
    return Facts(
        letter_id=LETTER_ID,
        office="HME02",
        campaign=_CAMPAIGN,
        constituent=Constituent.model_validate(_PERSON | person),
        addressee=Addressee(role="representative", salutation="Representative Example", lines=tuple(lines)),
        parts=Parts(salutation=salutation, closing=closing),
        subject=subject,
        body=body,
        locale=locale,
        made_on=date(2026, 11, 22),
    )


@cache
def form() -> PaperForm:
    """One press for all tests of a process; a test of paper is skipped where the extra is not installed."""
    pytest.importorskip("typst", reason="the extra paper is not installed")
    return PaperForm(Press())


def by_pypdf(pdf: bytes) -> list[str]:
    """The text of each page, as pypdf has it."""
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf), strict=True).pages]


def by_pdfium(pdf: bytes) -> list[str]:
    """The text of each page, as PDFium has it; the mark that it puts for a hyphen at a line's end is one."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.get_textpage().get_text_range().replace("\r", "").replace("\ufffe", "-") for page in document]
    finally:
        document.close()


def boxes(pdf: bytes) -> list[list[Box]]:
    """Every letter of each page with its place, white space and what has no width left out."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [_boxes(page) for page in document]
    finally:
        document.close()


def _boxes(page: Any) -> list[Box]:
    height, text = page.get_height(), page.get_textpage()
    found = []
    for at in range(text.count_chars()):
        character = text.get_text_range(at, 1)
        if character.strip() and unicodedata.category(character[0]) != "Cf":
            left, bottom, right, top = text.get_charbox(at)
            found.append(Box(character, left, height - top, right, height - bottom))
    return found


def between(text: str, start: str = SALUTATION, end: str = "Sincerely,") -> str:
    """What stands between the salutation and the closing."""
    return text.partition(start)[2].partition(end)[0].strip()


def inked(text: str) -> Counter[str]:
    """The characters of ``text`` that leave ink, without their order and without their forms of presentation (NFKC)."""
    plain = unicodedata.normalize("NFKC", text)
    return Counter(c for c in plain if not c.isspace() and unicodedata.category(c) not in ("Cf", "Cc"))
