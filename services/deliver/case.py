"""A letter in a batch, with all that is known of it while the stage decides."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from services.deliver.claims import Claim, Standing, standing
from services.deliver.delays import attempts_of
from services.deliver.flights import Flight
from services.deliver.lanes import Want

if TYPE_CHECKING:
    from schemas.letter import Letter, LetterRendered
    from services.deliver.channel import Channel
    from services.deliver.routing import Way
    from services.pipeline.broker import Record


@dataclass(slots=True)
class Case:
    """``place`` is where in the batch it stands; ``way`` is chosen on the way, and ``unsure`` known from the claim.

    ``counted`` is how many attempts its record counts, None where it is fresh.
    """

    place: int
    record: Record
    event: LetterRendered
    claim: Claim | None = None
    way: Way | None = None
    unsure: bool = False
    letter: Letter = field(init=False)
    counted: int | None = field(init=False)

    def __post_init__(self) -> None:
        self.letter = self.event.data
        self.counted = attempts_of(self.record) if self.record.headers else None

    @property
    def attempts(self) -> int:
        """Attempts so far, as its record counts them."""
        return self.counted or 0

    @property
    def channel(self) -> Channel:
        """The channel that was chosen for it."""
        if self.way is None:
            raise RuntimeError("no way was chosen")
        return self.way.channel

    @property
    def want(self) -> Want:
        """What the lanes are asked for."""
        return Want(self.letter.office, self.channel.name, self.letter.campaign)

    def standing(self) -> Standing:
        """See ``services.deliver.claims``."""
        return standing(self.claim, self.letter.submission_id, self.counted)

    def flight(self, at_once: int) -> Flight:
        """An attempt of it; ``at_once`` is how many its lane may have at a time."""
        if self.way is None:
            raise RuntimeError("no way was chosen")
        return Flight(self.event, self.way.channel, self.way.to, self.way.body, self.attempts, at_once)
