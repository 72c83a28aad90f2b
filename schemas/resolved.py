"""What resolve writes: a submission with the offices that represent the person, or a submission held for want of them.

``Resolution`` says how it was found and from which reference data, so that a wrong import can be traced to the letters
it touched. A held submission carries the accepted one, so that it can be taken up again once the person has answered.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from schemas.accepted import Accepted
from schemas.envelope import Envelope
from schemas.fields import Code, Line, OfficeId, OptionalLine, PlanId, SeatId, SubmissionId
from schemas.wire import Wire

Outcome = Literal[
    "resolved",
    "ambiguous",
    "state_only",
    "no_representation",
    "needs_voting_residence",
    "not_us",
    "invalid",
    "unknown_zip",
]


Purpose = Literal["represented_by", "elects"]
"""Which map counts: that of the people who sit now, or that by which the next ones are elected."""

SeatStatus = Literal["held", "vacant", "term_ended_unconfirmed", "unknown"]
"""``term_ended_unconfirmed``: the last known term is over, and the roster is too old to know who followed.
``unknown``: no roster says anything of that time."""

WeightKind = Literal["population", "land", "none"]
"""What the weights of candidates are shares of; ``none``: a ZIP touches the districts, and no more is known."""

Share = Annotated[float, Field(ge=0, le=1)]


class Holder(Wire):
    """Who holds a seat: a public office, so no personal data of a constituent. ``bioguide`` is Congress's own id."""

    bioguide: Annotated[str, Field(pattern=r"^[A-Z][0-9]{6}$")]
    name: Line
    last_name: Line
    party: OptionalLine = ""
    since: date
    until: date


class Seat(Wire):
    """One seat that represents the person, and who holds it, as of the submission; where a term is over and nobody is known
    to have followed, who held it last.
    """

    office: SeatId
    status: SeatStatus
    holder: Holder | None = None


class Resolution(Wire):
    """How the person's seats were found.

    ``candidates`` are the House seats that the address may belong to, the likeliest first; ``weights`` has as many shares,
    or none. ``confidence`` is how likely it is that the first candidate is right (0 where there is none), ``margin_m``
    the metres from a point to the nearest border, 1,000 meaning that or more. ``basis``, ``plan`` and ``reference``, the
    version of the reference file, make the answer reproducible.
    """

    outcome: Outcome
    basis: Code
    candidates: tuple[OfficeId, ...] = ()
    conflicts: tuple[Code, ...] = ()
    reasons: tuple[Code, ...] = ()
    reference: str
    plan: PlanId | None = None
    purpose: Purpose | None = None
    weights: tuple[Share, ...] = ()
    weight_kind: WeightKind | None = None
    confidence: Share | None = None
    margin_m: Annotated[int, Field(ge=0, le=1000)] | None = None
    seats: tuple[Seat, ...] = ()


class Resolved(Wire):
    """An accepted submission and the offices that its letters go to: one letter each."""

    submission: Accepted
    offices: tuple[OfficeId, ...]
    resolution: Resolution


class SubmissionResolved(Envelope):
    """Topic ``resolved``, keyed by submission id."""

    type: Literal["org.postbag.submission.resolved.v1"] = "org.postbag.submission.resolved.v1"
    data: Resolved


class Held(Wire):
    """A submission that waits. ``needs`` is what a frontend can ask the person for."""

    submission: Accepted
    reason: Code
    needs: tuple[Code, ...] = ()
    resolution: Resolution


class SubmissionHeld(Envelope):
    """Topic ``held``, keyed by submission id."""

    type: Literal["org.postbag.submission.held.v1"] = "org.postbag.submission.held.v1"
    data: Held


class Released(Wire):
    """A held submission that is held no longer. ``reason``: ``completed`` by what the person added since."""

    submission_id: SubmissionId
    reason: Code


class SubmissionReleased(Envelope):
    """Topic ``held``, keyed by submission id: ends the hold that an earlier record of the same key began."""

    type: Literal["org.postbag.submission.released.v1"] = "org.postbag.submission.released.v1"
    data: Released
