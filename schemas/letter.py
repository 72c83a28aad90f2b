"""What render writes: one letter to one office, complete, so that deliver needs nothing else to send it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from schemas.accepted import Constituent
from schemas.campaign import DripHours, LetterForm, Locale
from schemas.envelope import Envelope
from schemas.fields import Code, LetterBody, LetterId, Line, OfficeId, OptionalLine, Slug, SubmissionId, Time
from schemas.recipient import RecipientChannel
from schemas.wire import Wire

OptionalText = Annotated[str, StringConstraints(max_length=25_000)]


class Addressee(Wire):
    """Who a letter is addressed to: ``lines`` on paper, ``name`` empty where nobody is known to hold the office."""

    role: Literal["representative", "delegate", "resident_commissioner", "senator", "president", "recipient"]
    name: OptionalLine = ""
    salutation: Line
    lines: tuple[Line, ...] = ()


class Parts(Wire):
    """A letter taken apart, for forms that carry the parts by themselves.

    ``statement`` is the campaign's own text and nothing of the person's; ``own_words`` what the person wrote or, where the
    letter was edited, the edited text, and then there is no statement. ``edited`` is the share of the campaign's text that
    the person changed: 0 is untouched.
    """

    salutation: OptionalLine = ""
    statement: OptionalText = ""
    own_words: OptionalText = ""
    closing: OptionalText = ""
    edited: Annotated[float, Field(ge=0, le=1)] = 0.0


class Unfit(Wire):
    """A form that could not be made of this letter, and which rule it breaks; the campaign's other forms stand."""

    form: LetterForm
    reason: Code


class Letter(Wire):
    """``body`` is plain text with LF line ends; ``accepted_at`` is when Postbag took responsibility for it.

    ``channel`` and ``to``, an address on that channel, are there where the recipient of a campaign's list has its own.
    ``mail`` (a MIME message without sender and recipient, with CRLF line ends), ``cwc`` (XML) and ``paper`` (a PDF
    in base64) are the forms that the campaign asks for, made once, so that every attempt sends the same bytes. ``version``
    names the version of the letter, and is absent for the campaign's first. From ``deliver_before`` on the letter is worth
    nothing; ``drip_hours`` is over how long after ``accepted_at`` the campaign's letters are spread, where it asks for that.
    """

    letter_id: LetterId
    submission_id: SubmissionId
    campaign: Slug
    campaign_version: int
    office: OfficeId
    constituent: Constituent
    subject: Line
    body: LetterBody
    accepted_at: Time
    channel: RecipientChannel | None = None
    to: Line | None = None
    addressee: Addressee | None = None
    deliver_before: Time | None = None
    drip_hours: DripHours | None = None
    parts: Parts | None = None
    version: Slug | None = None
    locale: Locale | None = None
    mail: Annotated[str, Field(max_length=400_000)] | None = None
    cwc: Annotated[str, Field(max_length=100_000)] | None = None
    paper: Annotated[str, Field(max_length=700_000, pattern=r"^[A-Za-z0-9+/]+={0,2}$")] | None = None
    unfit: tuple[Unfit, ...] = ()


class LetterRendered(Envelope):
    """Topic ``letters``, keyed by office."""

    type: Literal["org.postbag.letter.rendered.v1"] = "org.postbag.letter.rendered.v1"
    data: Letter
