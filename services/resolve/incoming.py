"""A submission as resolve takes it in: what it reads of the person's place, and the rest as the text that it came in.

Almost every event looks as ingest writes it; that is seen at a glance (``schemas.layout``) and proves all that reading it
as a model would, so its text is carried on untouched. Any other event is read in full and written anew, or refused: the
two ways give the same, byte for byte. Nothing here may let through what the strict reader refuses.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, NamedTuple

from pydantic_core import to_json

from schemas.accepted import Address, AssertedDistrict, Location, SubmissionAccepted
from schemas.layout import layout
from schemas.wire import read, write
from services.resolve.question import Asserted, Point, Question

_READ: Final = (
    "id",
    "time",
    "traceparent",
    "data",
    "data.submission_id",
    "data.campaign",
    "data.constituent.address.state",
    "data.constituent.address.zip5",
    "data.constituent.address.plus4",
    "data.constituent.address.location",
    "data.constituent.address.district",
    "data.received_at",
)
_LAYOUT: Final = layout(SubmissionAccepted, frozenset(_READ))
_fullmatch: Final = _LAYOUT.pattern.fullmatch
_date: Final = datetime.fromisoformat
_DATES: Final = frozenset({"time", "data.received_at"})
_PLACES: Final = ("data.constituent.address.location.", "data.constituent.address.district.")
if _LAYOUT.groups != _READ or not all(path in _DATES or path.startswith(_PLACES) for path in _LAYOUT.unproven):
    raise TypeError("schemas.accepted has changed: say here what is read of it, and check what its layout cannot prove")


class Incoming(NamedTuple):
    """One accepted submission. ``id`` and ``submission`` are JSON text, the first without its quotes.

    ``received_at`` is in seconds since the epoch. The fields of the place are those of ``services.resolve.question``.
    """

    id: str
    traceparent: str | None
    submission: str
    submission_id: str
    campaign: str
    received_at: float
    zip5: str
    plus4: str | None = None
    state: str | None = None
    point: Point | None = None
    asserted: Asserted | None = None

    def __repr__(self) -> str:
        """Nothing of the person, wherever this is shown."""
        return f"Incoming({self.submission_id})"

    def question(self) -> Question:
        """The place as a question."""
        return Question(self.zip5, self.plus4, self.state, self.point, self.asserted)


def take_in(raw: bytes | None) -> Incoming:
    """The submission in a record of ``accepted``. Raises ``Unreadable``."""
    return at_a_glance(raw) or from_event(read(SubmissionAccepted, raw))


def at_a_glance(raw: bytes | None) -> Incoming | None:
    """The submission, if its event looks as ingest writes it; otherwise None, and ``read`` has the word."""
    if raw is None or len(raw) > _LAYOUT.most_bytes:
        return None
    try:
        match = _fullmatch(raw.decode())
        if match is None:
            return None
        (
            identity,
            time,
            traceparent,
            submission,
            submission_id,
            campaign,
            state,
            zip5,
            plus4,
            location,
            district,
            at,
        ) = match.groups()
        _date(time)
        received_at = _date(at).timestamp()
        if location is None and district is None:
            return Incoming(identity, traceparent, submission, submission_id, campaign, received_at, zip5, plus4, state)
        point, asserted = _point(location), _asserted(district)
    except ValueError:  # not UTF-8, a day that no month has, a number out of bounds: ``ValidationError`` is one, too
        return None
    return Incoming(
        identity, traceparent, submission, submission_id, campaign, received_at, zip5, plus4, state, point, asserted
    )


def from_event(event: SubmissionAccepted) -> Incoming:
    """The submission of an event that was read in full, or made up from what a person added to an earlier one."""
    data = event.data
    address: Address = data.constituent.address
    return Incoming(
        id=to_json(event.id).decode()[1:-1],
        traceparent=event.traceparent,
        submission=write(data).decode(),
        submission_id=data.submission_id,
        campaign=data.campaign,
        received_at=data.received_at.timestamp(),
        zip5=address.zip5,
        plus4=address.plus4,
        state=address.state,
        point=_as_point(address.location),
        asserted=_as_asserted(address.district),
    )


def _point(text: str | None) -> Point | None:
    return None if text is None else _as_point(_same(Location, text))


def _asserted(text: str | None) -> Asserted | None:
    return None if text is None else _as_asserted(_same(AssertedDistrict, text))


def _same(model: Any, text: str) -> Any:
    """The model, if it would be written as it stands there (40.10 would not). Raises ``ValueError``."""
    found = model.__pydantic_validator__.validate_json(text)
    if write(found).decode() != text:
        raise ValueError("written otherwise")
    return found


def _as_point(location: Location | None) -> Point | None:
    return Point(location.lat, location.lon, location.accuracy) if location else None


def _as_asserted(district: AssertedDistrict | None) -> Asserted | None:
    return Asserted(district.geoid, district.congress, district.proof) if district else None
