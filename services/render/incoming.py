"""A resolved submission as render takes it in: what a letter needs of it, and the constituent as the text that it came in.

Almost every event looks as resolve writes it; that is seen at a glance (``schemas.layout``), and proves all that reading it
as a model would. What follows the submission in it, the offices and how they were found, thousands share: it is read in full
once, and known by its bytes from then on. Any other event is read in full, or refused. Both ways give the same. Where a
person lives on the map ends here: an office has no need of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from pydantic_core import from_json, to_json

from schemas.accepted import Accepted, Address, AssertedDistrict, Constituent, Location
from schemas.envelope import Envelope
from schemas.layout import layout
from schemas.resolved import Resolution, SubmissionResolved
from schemas.wire import Wire, read, write
from services.render.letters import without_place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemas.resolved import Resolved, Seat

MOST_ROUTES: Final = 20_000
"""Routes kept at a time, at about two kilobytes each."""

_AFTER_SUBMISSION: Final = b',"offices":['
"""Stands once in an event, in no text: there a quote has a backslash before it."""


class _Submission(Wire):
    submission: Accepted


class _Head(Envelope):
    """An event up to the end of its submission, closed there."""

    type: Literal["org.postbag.submission.resolved.v1"] = "org.postbag.submission.resolved.v1"
    data: _Submission


_PERSON: Final = "data.submission.constituent"
_READ: Final = (
    "time",
    "traceparent",
    "data.submission.submission_id",
    "data.submission.campaign",
    _PERSON,
    f"{_PERSON}.prefix",
    f"{_PERSON}.first_name",
    f"{_PERSON}.last_name",
    f"{_PERSON}.email",
    f"{_PERSON}.address.city",
    f"{_PERSON}.address.location",
    f"{_PERSON}.address.district",
    "data.submission.message",
    "data.submission.edited_letter",
    "data.submission.received_at",
)
_LAYOUT: Final = layout(_Head, frozenset(_READ))
_fullmatch: Final = _LAYOUT.pattern.fullmatch
_date: Final = datetime.fromisoformat
_DATES: Final = frozenset({"time", "data.submission.received_at"})
_PLACES: Final = (f"{_PERSON}.address.location.", f"{_PERSON}.address.district.")
if (
    _LAYOUT.groups != _READ
    or not all(path in _DATES or path.startswith(_PLACES) for path in _LAYOUT.unproven)
    or list(Constituent.model_fields)[-1] != "address"
    or list(Address.model_fields)[-2:] != ["location", "district"]
    or list(SubmissionResolved.model_fields) != list(_Head.model_fields)
):
    raise TypeError("schemas.accepted has changed: say here what is read of it, and what its layout cannot prove")


@dataclass(eq=False, slots=True)
class Route:
    """Where letters go: ``offices``, and what is known of the seats among them.

    ``drafts`` keeps what the handler makes of it, by the campaign's templates.
    """

    offices: tuple[str, ...]
    seats: Mapping[str, Seat]
    drafts: dict[int, Any] = field(default_factory=dict)


class Incoming(NamedTuple):
    """One resolved submission. ``constituent`` (without its place) and ``received_at`` are JSON text, the latter without
    its quotes; everything else is text as typed.
    """

    traceparent: str | None
    submission_id: str
    campaign: str
    constituent: str
    prefix: str
    first_name: str
    last_name: str
    email: str
    city: str
    message: str
    edited_letter: str
    received_at: str
    route: Route

    def __repr__(self) -> str:
        """Nothing of the person, wherever this is shown."""
        return f"Incoming({self.submission_id})"


class Routes:
    """The routes that were met, by the bytes of an event after its submission."""

    def __init__(self) -> None:
        self._known: dict[bytes, Route] = {}

    def take_in(self, raw: bytes | None) -> Incoming:
        """The submission in a record of ``resolved``. Raises ``Unreadable``."""
        if raw is not None:
            at = raw.find(_AFTER_SUBMISSION)
            route = self._known.get(raw[at:]) if at > 0 else None
            if route is not None and (seen := at_a_glance(raw[:at], route)):
                return seen
        event = read(SubmissionResolved, raw)
        return from_event(event, self._route(event.data))

    def forget(self) -> None:
        """Let go of all routes, and of what was made of them."""
        self._known.clear()

    def _route(self, data: Resolved) -> Route:
        """The route of an event that was read in full. It is known by what the writer would write of it."""
        shared = write(_Shared(offices=data.offices, resolution=data.resolution))
        tail = b"," + shared[1:] + b"}"
        route = self._known.get(tail)
        if route is None:
            if len(self._known) >= MOST_ROUTES:
                self.forget()
            route = self._known[tail] = route_of(data)
        return route


class _Shared(Wire):
    """What an event has after its submission."""

    offices: tuple[str, ...]
    resolution: Resolution


def route_of(data: Resolved) -> Route:
    """Where the letters of a submission go."""
    return Route(data.offices, {seat.office: seat for seat in data.resolution.seats})


def at_a_glance(head: bytes, route: Route) -> Incoming | None:
    """The submission of an event that begins with ``head``, if that looks as resolve writes it; otherwise None."""
    if len(head) > _LAYOUT.most_bytes - 2:
        return None
    try:
        match = _fullmatch(head.decode() + "}}")
        if match is None:
            return None
        (
            time, trace, submission_id, campaign, constituent, prefix, first_name, last_name, email, city, location,
            district, message, edited, received_at,
        ) = match.groups()  # fmt: skip
        _date(time)
        _date(received_at)
        if location is not None or district is not None:
            _prove(Location, location)
            _prove(AssertedDistrict, district)
            constituent = constituent.partition(',"location":' if location is not None else ',"district":')[0] + "}}"
    except ValueError:  # not UTF-8, a day that no month has, a number out of bounds: ``ValidationError`` is one, too
        return None
    return Incoming(
        trace, submission_id, campaign, constituent, prefix, first_name, last_name, email, city,
        "" if message is None else from_json(message), "" if edited is None else from_json(edited), received_at, route,
    )  # fmt: skip


def from_event(event: SubmissionResolved, route: Route | None = None) -> Incoming:
    """The submission of an event that was read in full, or made by hand."""
    data = event.data.submission
    person = without_place(data.constituent)
    return Incoming(
        event.traceparent,
        data.submission_id,
        data.campaign,
        write(person).decode(),
        person.prefix,
        person.first_name,
        person.last_name,
        person.email,
        person.address.city,
        data.message or "",
        data.edited_letter or "",
        to_json(data.received_at).decode()[1:-1],
        route or route_of(event.data),
    )


def _prove(model: type[Wire], text: str | None) -> None:
    """Raises ``ValueError`` where a model would not be written as it stands there (40.10 would not)."""
    if text is not None and write(model.__pydantic_validator__.validate_json(text)).decode() != text:
        raise ValueError("written otherwise")
