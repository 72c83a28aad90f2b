"""One accepted submission to its offices, or to ``held`` with what is missing: never to a guess.

A plain function of the submission, the reference data and the campaign. Which map counts is the campaign's to say, and it is
the map of the time at which the submission came in, never another one that happens to be at hand. What the answer means
for the campaign is ``services.resolve.policy``; how the event is written, ``services.resolve.verdicts``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from services.pipeline.outcomes import Emit, Outcome
from services.resolve.incoming import Incoming, take_in
from services.resolve.lookup import resolve, resolve_zip
from services.resolve.verdicts import Desk, Mark, Verdict, event, stamp

if TYPE_CHECKING:
    from schemas.campaign import Campaign
    from services.pipeline.broker import Record
    from services.resolve.reference.reference import Era, Reference
    from services.resolve.resolution import Resolution as Answer

MOST_KEPT: Final = 20_000
"""Verdicts kept at a time, at about a kilobyte each. A campaign in all the country has some thousands."""


@dataclass(slots=True)
class Deps:
    """What the handler looks things up in, and what it keeps between two submissions.

    ``campaign`` gives a published campaign by slug; ``as_of`` (seconds since the epoch) stands for every submission's own
    time, where it is given. ``marks`` grows by one a submission and is the caller's to empty.
    """

    reference: Reference
    campaign: Callable[[str], Campaign | None]
    as_of: float | None = None
    now: Callable[[], str] = stamp
    marks: list[Mark] = field(default_factory=list)
    desks: dict[tuple[int, int], Desk] = field(default_factory=dict)
    kept: int = 0

    def desk(self, campaign: Campaign | None, era: Era) -> Desk:
        """The desk for a campaign as of an era; it keeps both alive, so that their identities are theirs alone."""
        purpose = campaign.purpose if campaign else "represented_by"
        made = Desk(self.reference, era, campaign, era.plan(purpose))
        self.desks[id(campaign), id(era)] = made
        return made

    def keep(self, desk: Desk, verdict: Verdict) -> None:
        """Remember a verdict; when there are too many, all are forgotten, which costs nothing but making them again."""
        if self.kept >= MOST_KEPT:
            self.forget()
            self.desks[id(desk.campaign), id(desk.era)] = desk
        desk.kept[id(verdict.answer)] = verdict
        self.kept += 1

    def forget(self) -> None:
        """Let go of every verdict, and so of the campaigns and the reference that they rest on."""
        for desk in self.desks.values():
            desk.kept.clear()
        self.desks.clear()
        self.kept = 0


def decode(record: Record) -> Incoming:
    """The submission of a record of ``accepted``. Raises ``Unreadable``."""
    return take_in(record.value)


def handle(incoming: Incoming, deps: Deps) -> Sequence[Outcome]:
    """The submission with its offices, or held."""
    return conclude(incoming, *look_up(incoming, deps), deps)


def look_up(incoming: Incoming, deps: Deps) -> tuple[Desk, Answer | None]:
    """What the reference says of the person's place, and the desk that decides what that means for the campaign."""
    campaign = deps.campaign(incoming.campaign)
    era = deps.reference.at(incoming.received_at if deps.as_of is None else deps.as_of)
    desk = deps.desks.get((id(campaign), id(era))) or deps.desk(campaign, era)
    if desk.plan is None:
        return desk, None
    if incoming.point is None and incoming.asserted is None:
        return desk, resolve_zip(desk.plan, incoming.zip5, incoming.plus4, incoming.state)
    return desk, resolve(desk.plan, incoming.question())


def conclude(incoming: Incoming, desk: Desk, answer: Answer | None, deps: Deps) -> Sequence[Outcome]:
    """The submission with the offices that follow from an answer, or held."""
    verdict = desk.kept.get(id(answer))
    if verdict is None:
        verdict = desk.decide(answer)
        if answer is None or answer.kept:  # an answer of one person's own would never be met again
            deps.keep(desk, verdict)
    deps.marks.append(verdict.mark)
    value = event(verdict, incoming.id, incoming.traceparent, incoming.submission, deps.now())
    return (Emit(verdict.topic, incoming.submission_id.encode(), value),)
