"""What the steps of a submission come to: the state that it is in, and that of each of its letters, in words.

The last word on a letter is the ledger's, as in the books; what waits in a tier says until when. Plain functions of the
steps: nothing is read here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from schemas.accepted import Accepted, Rejected
from schemas.completion import Completed
from schemas.ledger import TERMINAL, Entry
from schemas.resolved import Held, Resolved
from schemas.topics import ACCEPTED, DEAD, HELD, LEDGER, LETTERS, REJECTED, RESOLVED, SUBMISSIONS, TIERS
from services.cli.where.steps import Step, clock, code
from services.ingest.intake import Sent

if TYPE_CHECKING:
    from schemas.letter import Letter
    from schemas.settlement import Settlement

Kind = Literal["submission", "letter"]

Settled = Mapping[tuple[int, int], "Settlement"]
"""What operators did with dead letters, by partition and offset in ``dead``."""

_TIERS: Final = frozenset(tier.name for tier in TIERS)
_FINAL: Final = {
    "accepted": "It was delivered.",
    "refused": "The office does not take it, and it is not tried again.",
    "expired": "Its time was over before it could be delivered.",
    "cancelled": "Its campaign was cancelled before it was sent.",
    "in_doubt": "It may have arrived, and is not tried again, since that could deliver it twice.",
    "suppressed": "Another submission of the same person brought the same letter first.",
}


@dataclass(frozen=True, slots=True)
class LetterTrail:
    """Where one letter stands. ``waits_in`` is the tier it waits in until ``due`` (seconds since the epoch), if it waits.

    ``instead`` is the submission whose letter went out in the place of a suppressed one.
    """

    letter_id: str
    office: str
    state: str
    says: str
    entry: Entry | None = None
    waits_in: str = ""
    due: float = 0.0
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Trail:
    """All that is known of a submission, or of one letter and the submission that it was made of.

    ``state`` is ``rejected``, ``held``, ``dead``, ``discarded``, ``pending`` or ``letters``, and ``says`` explains it.
    """

    kind: Kind
    identity: str
    submission_id: str
    state: str
    says: str
    letters: Sequence[LetterTrail]
    steps: Sequence[Step]

    @property
    def campaign(self) -> str:
        """The campaign's slug, as a published campaign has it; empty where none took the submission."""
        return next((found for step in self.steps if (found := _campaign(step.data))), "")

    @property
    def person(self) -> dict[str, Any] | None:
        """What the person wrote, the newest that there is: personal data, for whoever asked to see it."""
        for step in reversed(self.steps):
            data = step.data.submission if isinstance(step.data, (Held, Resolved)) else step.data
            if isinstance(data, Accepted):
                words = {"message": data.message, "edited_letter": data.edited_letter}
                return data.constituent.model_dump(mode="json", exclude_none=True) | {
                    k: v for k, v in words.items() if v
                }
        letter: Letter | None = next((step.data for step in self.steps if step.topic == LETTERS.name), None)
        return letter.constituent.model_dump(mode="json", exclude_none=True) if letter else None


def conclude(kind: Kind, identity: str, submission_id: str, steps: Sequence[Step], settled: Settled) -> Trail:
    """The trail of ``steps``, which are of one submission.

    ``identity`` is the letter's id where one letter is meant.
    """
    steps = sorted(steps, key=lambda step: step.order)
    own = [step for step in steps if step.submission_id == submission_id and step.letter_id]
    names = dict.fromkeys(step.letter_id for step in own if kind == "submission" or step.letter_id == identity)
    letters = [_letter(name, [step for step in own if step.letter_id == name], steps, settled) for name in names]
    mine = [step for step in steps if not step.letter_id]
    state, says = ("letters", _count(letters)) if letters else _submission(mine, settled)
    return Trail(kind, identity, submission_id, state, says, letters, steps)


def _submission(steps: Sequence[Step], settled: Settled) -> tuple[str, str]:
    """The state of a submission without letters."""
    last = {step.topic: step for step in steps if not _completes(step)}
    held, rejected = last.get(HELD.name), last.get(REJECTED.name)
    state, says = "pending", "Nothing but what is to complete it has come yet."
    if parked := _parked(steps, settled):
        state, says = _dead(parked, settled)
    elif held and isinstance(held.data, Held):
        state, says = "held", f"It waits for a person: {held.what}."
    elif RESOLVED.name in last:
        says = f"It is {last[RESOLVED.name].what}; render has made no letter of it yet."
    elif ACCEPTED.name in last:
        says = "It was accepted, and resolve has not dealt with it yet."
    elif rejected:
        state, says = "rejected", f"It was {rejected.what}."
    elif SUBMISSIONS.name in last:
        says = "It was sent, and ingest has not dealt with it yet."
    return state, says


def _completes(step: Step) -> bool:
    """Whether it is about what was to complete the submission, and not about the submission."""
    data = step.data
    return isinstance(data, Completed) or bool(
        (isinstance(data, Sent) and data.completes) or (isinstance(data, Rejected) and data.completion)
    )


def _letter(name: str, own: Sequence[Step], steps: Sequence[Step], settled: Settled) -> LetterTrail:
    entries = [step.data for step in own if step.topic == LEDGER.name]
    entry: Entry | None = entries[-1] if entries else None
    office = entry.office if entry else next((step.data.office for step in own if hasattr(step.data, "office")), "")
    is_final = entry is not None and entry.state in TERMINAL
    parked = _parked(own, settled)
    if parked and not is_final:
        return LetterTrail(name, office, *_dead(parked, settled), entry)
    if entry is None:
        return LetterTrail(name, office, "pending", "It was made, and deliver has not taken it up yet.")
    if is_final:
        instead = ""
        if entry.state == "suppressed":
            others = (one.data for one in steps if one.topic == LEDGER.name and one.data.letter_id == name)
            instead = next((one.submission_id for one in others if one.state != "suppressed"), "")
        return LetterTrail(name, office, entry.state, _ended(entry), entry, instead=instead)
    tier = next((step for step in reversed(own) if step.topic in _TIERS), None)
    if tier is None:
        return LetterTrail(name, office, entry.state, _open(entry), entry)
    waits = f"{_open(entry)} It waits in {tier.topic} until {clock(tier.due)}."
    return LetterTrail(name, office, entry.state, waits, entry, tier.topic, tier.due)


def _open(entry: Entry) -> str:
    reason = f" ({entry.reason})" if entry.reason else ""
    if entry.state == "held":
        return f"It waits for its turn{reason}."
    if entry.state == "unknown":
        return f"Attempt {entry.attempts} was begun, and nobody knows yet how it ended{reason}."
    return f"Attempt {entry.attempts} did not deliver it{reason}; it is tried again by {entry.channel}."


def _ended(entry: Entry) -> str:
    return _FINAL[entry.state] + (f" Reason: {entry.reason}." if entry.reason and entry.state != "suppressed" else "")


def _parked(steps: Sequence[Step], settled: Settled) -> Step | None:
    """The newest record in ``dead`` that was not put back."""
    left = [
        step for step in steps if step.topic == DEAD.name and not _is_back(settled.get((step.partition, step.offset)))
    ]
    return left[-1] if left else None


def _is_back(settlement: Settlement | None) -> bool:
    return settlement is not None and settlement.action == "replayed"


def _dead(parked: Step, settled: Settled) -> tuple[str, str]:
    """The state, ``dead`` or ``discarded``, and its words."""
    what = f"{parked.stage} could not handle it ({code(parked.data.reason)})"
    place = f"{parked.partition}/{parked.offset}"
    if (parked.partition, parked.offset) in settled:
        return "discarded", f"{what}, and an operator discarded it: `postbag dead show {place}` says more."
    return "dead", f"{what}: `postbag dead show {place}` says more."


def _count(letters: Sequence[LetterTrail]) -> str:
    if len(letters) == 1:
        return f"One letter was made of it: {letters[0].state}."
    states = ", ".join(f"{one.office} {one.state}" for one in letters)
    return f"{len(letters)} letters were made of it: {states}."


def _campaign(data: object) -> str:
    if isinstance(data, (Held, Resolved)):
        return data.submission.campaign
    return (data.campaign or "") if isinstance(data, (Accepted, Rejected, Entry)) else ""
