"""What resolve writes: a submission with the offices that represent the person, or a submission held for want of them.

``Resolution`` says how it was found and from which reference data, so that a wrong import can be traced to the letters
it touched. A held submission carries the accepted one, so that it can be taken up again once the person has answered.
"""

from __future__ import annotations

from typing import Literal

from schemas.accepted import Accepted
from schemas.envelope import Envelope
from schemas.fields import Code, OfficeId
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


class Resolution(Wire):
    """How the person's seats were found. ``basis`` and ``reference`` make the answer reproducible."""

    outcome: Outcome
    basis: Code
    candidates: tuple[OfficeId, ...] = ()
    conflicts: tuple[Code, ...] = ()
    reasons: tuple[Code, ...] = ()
    reference: str


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
