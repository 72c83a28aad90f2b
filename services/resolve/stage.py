"""The resolve stage: the handler, each record for itself, with campaigns and reference data that change meanwhile.

Both change between two batches only, so that a batch is answered from one state of the world. What is counted, and what
is taken up, follows the commit: a batch that is read again leaves no trace here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from time import monotonic, time
from typing import TYPE_CHECKING, Final

from schemas.completion import is_completion
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
    from services.pipeline.broker import Partition, Reader, Record
    from services.resolve.geocoding.geocoder import Geocoder
    from services.resolve.held import Waiting
    from services.resolve.reload import References
    from services.resolve.tally import Tally

_SURVEY_SECONDS: Final = 5.0
"""Between two looks at what the roster says of today."""


class ResolveStage(Stage):
    """Reads ``accepted``; writes ``resolved``, ``held`` and, of completions, ``rejected``.

    ``as_of`` stands for every submission's own time, if given.
    """

    def __init__(
        self,
        references: References,
        reader: Callable[[], Reader],
        tally: Tally,
        waiting: Waiting,
        as_of: float | None = None,
        geocoder: Geocoder | None = None,
    ) -> None:
        super().__init__("resolve", (ACCEPTED,))
        self._geocoder, self._waiting = geocoder, waiting
        self._references, self._tally = references, tally
        self._campaigns = Campaigns(reader)
        self.deps = Deps(references.current, self._campaigns.get, as_of)
        self._tally.answers_from(references.current)
        self._surveyed = 0.0
        self._survey()
        references.start()

    def settle(self, records: Sequence[Record]) -> Sequence[Sequence[Outcome]]:
        counted = len(self.deps.marks)
        try:
            return self._settle(records)
        except Exception:
            del self.deps.marks[counted:]  # its records are handed in again, one by one
            raise

    def _settle(self, records: Sequence[Record]) -> Sequence[Sequence[Outcome]]:
        now = stamp()
        self.deps.now = lambda: now  # a batch takes a fraction of a second, or the geocoder's budget
        if self._geocoder:
            self._geocoder.begin()
        answers: list[Sequence[Outcome]] = [()] * len(records)
        completions: list[int] = []
        self._resolve(_submissions(records, answers, completions), answers)
        if completions:
            self._waiting.complete(records, completions, answers, self._resolve_again)
        self._waiting.remember(answers)
        return answers

    def _resolve(self, submissions: Iterable[tuple[int, Incoming]], answers: list[Sequence[Outcome]]) -> None:
        """Put the outcome of each of the ``submissions`` in its place among the ``answers``."""
        deps = self.deps
        doubts: list[tuple[int, Incoming, Desk, Doubt]] = []
        for place, incoming in submissions:
            desk, answer = look_up(incoming, deps)
            if self._geocoder and (found := doubt(incoming, answer, desk.campaign, desk.plan)):
                doubts.append((place, incoming, desk, found))
            else:
                answers[place] = conclude(incoming, desk, answer, deps)
        if self._geocoder and doubts:
            cleared = clear_up(self._geocoder, [found for _, _, _, found in doubts])
            for (place, incoming, desk, _), answer in zip(doubts, cleared, strict=True):
                answers[place] = conclude(incoming, desk, answer, deps)

    def _resolve_again(self, submissions: Sequence[Incoming]) -> Sequence[Sequence[Outcome]]:
        answers: list[Sequence[Outcome]] = [()] * len(submissions)
        self._resolve(enumerate(submissions), answers)
        return answers

    def assigned(self, partitions: frozenset[Partition]) -> None:
        """Catch up with what is held in the partitions that are now owned."""
        self._waiting.assigned(partitions, self.beat)

    def committed(self) -> None:
        """Count what was done, and take up what has changed since."""
        self._tally.add(self.deps.marks)
        self.deps.marks.clear()
        self._waiting.committed()
        self._refresh()

    def aborted(self) -> None:
        """The batch will be read again, and counted then."""
        self.deps.marks.clear()
        self._waiting.aborted()

    def idle(self) -> None:
        """As after a batch."""
        self._refresh()

    def close(self) -> None:
        """Let go of the connections, of the reference data and of the geocoder."""
        self._waiting.close()
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


def _submissions(
    records: Sequence[Record], answers: list[Sequence[Outcome]], completions: list[int]
) -> Iterator[tuple[int, Incoming]]:
    """The submissions among ``records`` with their places; what is none goes to ``completions``, or is answered."""
    for place, record in enumerate(records):
        try:
            yield place, take_in(record.value)
        except Unreadable as error:  # rare, so that nothing else pays for the look
            if is_completion(record.value):
                completions.append(place)
            else:
                answers[place] = (DeadLetter(error.reason),)
