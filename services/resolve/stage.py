"""The resolve stage: the handler, each record for itself, with campaigns and reference data that change meanwhile.

Both change between two batches only, so that a batch is answered from one state of the world. What is counted, and what
is taken up, follows the commit: a batch that is read again leaves no trace here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import monotonic, time
from typing import TYPE_CHECKING, Final

from schemas.topics import ACCEPTED
from schemas.wire import Unreadable
from services.pipeline.campaigns import Campaigns
from services.pipeline.outcomes import DeadLetter, Outcome
from services.pipeline.stage import Stage
from services.resolve.geocoding.doubts import Doubt, clear_up, doubt
from services.resolve.handler import Deps, conclude, look_up
from services.resolve.incoming import Incoming, take_in
from services.resolve.verdicts import Desk, stamp

if TYPE_CHECKING:
    from services.pipeline.broker import Reader, Record
    from services.resolve.geocoding.geocoder import Geocoder
    from services.resolve.reload import References
    from services.resolve.tally import Tally

_SURVEY_SECONDS: Final = 5.0
"""Between two looks at what the roster says of today."""


class ResolveStage(Stage):
    """Reads ``accepted``; writes ``resolved`` and ``held``. ``as_of`` stands for every submission's own time, if given."""

    def __init__(
        self,
        references: References,
        reader: Callable[[], Reader],
        tally: Tally,
        as_of: float | None = None,
        geocoder: Geocoder | None = None,
    ) -> None:
        super().__init__("resolve", (ACCEPTED,))
        self._geocoder = geocoder
        self._references, self._tally = references, tally
        self._campaigns = Campaigns(reader)
        self.deps = Deps(references.current, self._campaigns.get, as_of)
        self._tally.answers_from(references.current)
        self._surveyed = 0.0
        self._survey()
        references.start()

    def settle(self, records: Sequence[Record]) -> Sequence[Sequence[Outcome]]:
        deps, now = self.deps, stamp()
        deps.now = lambda: now  # a batch takes a fraction of a second, or the geocoder's budget
        answers: list[Sequence[Outcome]] = []
        waiting: list[tuple[int, Incoming, Desk, Doubt]] = []
        for place, record in enumerate(records):
            try:
                incoming = take_in(record.value)
            except Unreadable as error:
                answers.append((DeadLetter(error.reason),))
                continue
            desk, answer = look_up(incoming, deps)
            if self._geocoder and (found := doubt(incoming, answer, desk.campaign, desk.plan)):
                waiting.append((place, incoming, desk, found))
                answers.append(())
            else:
                answers.append(conclude(incoming, desk, answer, deps))
        if self._geocoder and waiting:
            cleared = clear_up(self._geocoder, [found for _, _, _, found in waiting])
            for (place, incoming, desk, _), answer in zip(waiting, cleared, strict=True):
                answers[place] = conclude(incoming, desk, answer, deps)
        return answers

    def committed(self) -> None:
        """Count what was done, and take up what has changed since."""
        self._tally.add(self.deps.marks)
        self.deps.marks.clear()
        self._refresh()

    def aborted(self) -> None:
        """The batch will be read again, and counted then."""
        self.deps.marks.clear()

    def idle(self) -> None:
        """As after a batch."""
        self._refresh()

    def close(self) -> None:
        """Let go of the campaigns' connection, of the reference data and of the geocoder."""
        if self._geocoder:
            self._geocoder.close()
        self._campaigns.close()
        self._references.close()

    def _refresh(self) -> None:
        self._campaigns.refresh()
        if self._references.take():
            self.deps.forget()
            self.deps.reference = self._references.current
            self._tally.answers_from(self.deps.reference)
            self._surveyed = 0.0
        self._survey()

    def _survey(self) -> None:
        if monotonic() - self._surveyed > _SURVEY_SECONDS or not self._surveyed:
            self._surveyed = monotonic()
            self._tally.seats(self.deps.reference, time() if self.deps.as_of is None else self.deps.as_of)
