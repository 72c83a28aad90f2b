"""The forms of a letter beside its plain text: each module makes one, from the letter's parts and the facts about it.

A form is made once, in render, so that every attempt to deliver sends the same bytes. It is a plain function of ``Facts``:
nothing here may look at a clock, the network or a file of the constituent's. A letter that a form cannot be made of is
``Unfit`` for this form alone; its text and its other forms stand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import date

    from schemas.accepted import Constituent
    from schemas.campaign import Campaign
    from schemas.letter import Addressee, Parts


class Unfit(Exception):
    """A form cannot be made of this letter. ``reason`` is a ``schemas.fields.Code`` and the whole message: no value."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a form may know of a letter.

    ``body`` is the letter as a person reads it, salutation and closing included: LF line ends, paragraphs apart by one blank
    line. ``parts`` are the same text taken apart. ``made_on`` is the day of the letter, in UTC.
    """

    letter_id: str
    office: str
    campaign: Campaign
    constituent: Constituent
    addressee: Addressee
    parts: Parts
    subject: str
    body: str
    locale: str
    made_on: date


class Form(Protocol):
    """Makes one form. Duties: no state between letters, the same bytes for the same facts, and bounded time."""

    def make(self, letter: Facts) -> str:
        """The form as text: a MIME message, XML, or a PDF in base64. Raises ``Unfit``."""
        ...
