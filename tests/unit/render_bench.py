"""What render makes of submissions made by hand: the values of a template, a letter's texts, and the letters as written."""

from __future__ import annotations

from typing import Any, Final

from schemas.accepted import Accepted
from schemas.letter import Letter, LetterRendered
from schemas.recipient import Recipient
from schemas.resolved import Holder, Resolution, Seat, SeatStatus, SubmissionResolved
from schemas.topics import LETTERS
from schemas.wire import read, write
from services.render.addressing import addressed
from services.render.handler import Deps, handle
from services.render.incoming import Routes
from services.render.letters import of_office, of_person, person_key
from services.render.parts import compose
from services.render.templates import LetterTemplate, compile_campaign
from tests.unit import made

CAMPAIGN: Final = made.campaign("open")


def context(
    submission: Accepted, office: str, recipient: Recipient | None = None, seat: Seat | None = None
) -> dict[str, str]:
    """What a template is given."""
    person = submission.constituent
    whom = addressed(office, seat, CAMPAIGN, recipient)
    own = of_person(person.prefix, person.first_name, person.last_name, person.address.city)
    return of_office(office, whom, CAMPAIGN) | own | {"message": submission.message or ""}


def texts(template: LetterTemplate, values: dict[str, str]) -> tuple[str, str]:
    """Subject and body."""
    found = compose(template, template.texts[-1], dict(values), values["message"])
    return found.subject, found.body


def seat(office: str, status: SeatStatus = "held", name: str = "Ana Example", last_name: str = "Example") -> Seat:
    """A seat that somebody holds, or held until lately."""
    holder: dict[str, Any] = {
        "bioguide": "E000001", "name": name, "last_name": last_name, "since": "2025-01-03", "until": "2027-01-03",
    }  # fmt: skip
    known = Holder.model_validate_strings(holder) if status in ("held", "term_ended_unconfirmed") else None
    return Seat(office=office, status=status, holder=known)


def resolved(*seats: Seat, offices: tuple[str, ...] = (), **changes: Any) -> SubmissionResolved:
    """A submission to the holders of ``seats``, as resolve writes it."""
    event = made.resolved(*(one.office for one in seats), *offices, **changes)
    resolution = Resolution(outcome="resolved", basis="zip_unique", reference="sample", seats=seats)
    return event.model_copy(update={"data": event.data.model_copy(update={"resolution": resolution})})


def written(event: SubmissionResolved, deps: Deps | None = None, **campaign: Any) -> list[Letter]:
    """The letters, from the bytes of the event to those of the letters and back."""
    given = deps or Deps({"open": compile_campaign(made.campaign("open", **campaign))}.get)
    taken = Routes().take_in(write(event))
    return [read(LetterRendered, made.emitted(outcome, LETTERS)).data for outcome in handle(taken, given)]


def person(submission: Accepted) -> str:
    """Who it is, for all that is chosen by person."""
    return person_key(submission.constituent)
