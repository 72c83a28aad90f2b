"""The event of a letter, put together from text that is JSON already: byte for byte what ``schemas.wire.write`` would write.

A letter is one person's, but its frame is every letter's and much of its data is the same for thousands. A test holds every
kind of letter to the model and its writer. Lengths are checked here, since no model does: whatever is too long must never be
written, because no reader would take it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from pydantic_core import PydanticSerializationError, to_json

from schemas.letter import Addressee, Letter, LetterRendered, Unfit
from schemas.wire import MAX_EVENT_BYTES, write
from services.render.templates import TemplateFault

if TYPE_CHECKING:
    from schemas.campaign import Campaign, LetterForm
    from schemas.recipient import Recipient
    from services.render.incoming import Incoming
    from services.render.parts import Composed

SOURCE: Final = "/postbag/render"

_FIELDS: Final[Mapping[LetterForm, bytes]] = {"mail": b"mail", "cwc": b"cwc", "paper": b"paper"}
"""The field of ``schemas.letter.Letter`` that each form is written to."""
MOST: Final[Mapping[LetterForm, int]] = {"mail": 400_000, "cwc": 100_000, "paper": 700_000}
"""Characters of each, as ``schemas.letter.Letter`` has it."""

_ENVELOPE: Final = ["specversion", "id", "source", "time", "traceparent", "type", "data"]
_LETTER: Final = [
    *("letter_id", "submission_id", "campaign", "campaign_version", "office", "constituent", "subject", "body"),
    *("accepted_at", "channel", "to", "addressee", "deliver_before", "drip_hours", "parts", "version", "locale"),
    *("mail", "cwc", "paper", "unfit"),
]
if list(LetterRendered.model_fields) != _ENVELOPE or list(Letter.model_fields) != _LETTER:
    raise TypeError("schemas.letter has changed: write here what is new in it")
_KIND: Final = f'","type":"{LetterRendered.model_fields["type"].default}","data":{{"letter_id":"'


class Frame(NamedTuple):
    """What all letters of a campaign version to an office share: JSON text from the campaign on, and from the channel on."""

    campaign: str
    channel: str
    locale: bytes


class Made(NamedTuple):
    """The forms that were made of a letter, as text, and those that could not be."""

    forms: Mapping[LetterForm, str]
    unfit: Sequence[Unfit]


NOTHING_MADE: Final = Made({}, ())


def frame(campaign: Campaign, office: str, recipient: Recipient | None, addressee: Addressee | None) -> Frame:
    """The frame; ``addressee`` is None where letters do not say who they are addressed to."""
    about = f'","campaign":"{campaign.slug}","campaign_version":{campaign.version},"office":"{office}","constituent":'
    channel = ""
    if recipient is not None:
        channel += f',"channel":{_json(recipient.channel).decode()}' if recipient.channel else ""
        channel += f',"to":{_json(recipient.address).decode()}' if recipient.address else ""
    if addressee is not None:
        channel += f',"addressee":{write(addressee).decode()}'
    if campaign.deliver_before is not None:
        channel += f',"deliver_before":{to_json(campaign.deliver_before).decode()}'
    if campaign.drip_hours is not None:
        channel += f',"drip_hours":{campaign.drip_hours!r}'
    return Frame(about, channel, f',"locale":"{campaign.locale}"'.encode())


def event(identity: str, incoming: Incoming, frame: Frame, letter: Composed, made: Made | None, time: str) -> bytes:
    """The event of the letter ``identity``; ``made`` is None where it says nothing of its parts.

    ``time`` is as ``schemas.wire`` writes it. Raises ``TemplateFault`` for what no event can hold, which only a template can
    have made.
    """
    trace = f'","traceparent":"{incoming.traceparent}' if incoming.traceparent is not None else ""
    head = (
        f'{{"specversion":"1.0","id":"{identity}","source":"{SOURCE}","time":"{time}{trace}{_KIND}{identity}'
        f'","submission_id":"{incoming.submission_id}{frame.campaign}{incoming.constituent},"subject":'
    )
    at = f',"accepted_at":"{incoming.received_at}"{frame.channel}'
    pieces = [head.encode(), _json(letter.subject), b',"body":', _json(letter.body), at.encode()]
    if made is not None:
        pieces += [b',"parts":{"salutation":', _json(letter.salutation), b',"statement":', _json(letter.statement)]
        pieces += [b',"own_words":', _json(letter.own_words), b',"closing":', _json(letter.closing)]
        pieces.append(f',"edited":{letter.edited!r}}}'.encode())
    if letter.version:
        pieces.append(f',"version":"{letter.version}"'.encode())
    if made is None:
        pieces.append(b',"unfit":[]}}')
        return b"".join(pieces)
    pieces.append(frame.locale)
    return _with_forms(b"".join(pieces), made)


def _with_forms(letter: bytes, made: Made) -> bytes:
    """The end of the event. What would make it too large for a record is left out, the longest form first, and said to be
    unfit.
    """
    forms, unfit = dict(made.forms), list(made.unfit)
    while True:
        written = [b',"%s":%s' % (field, _json(forms[name])) for name, field in _FIELDS.items() if name in forms]
        said = b",".join(map(write, unfit))
        value = b"".join([letter, *written, b',"unfit":[', said, b"]}}"])
        if len(value) <= MAX_EVENT_BYTES or not forms:
            return value
        name = max(forms, key=lambda name: len(forms[name]))
        del forms[name]
        unfit.append(Unfit(form=name, reason="too_large"))


def _json(text: str) -> bytes:
    if "\x00" in text:
        raise TemplateFault("a NUL in a letter")
    try:
        return to_json(text)
    except PydanticSerializationError:
        raise TemplateFault("half of a surrogate pair in a letter") from None
