"""Topics filled by hand with what each stage would have written: the ground that the tests of the books stand on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from schemas.accepted import Fault, Rejected, SubmissionRejected
from schemas.completion import Amendment, Completed, CompletionAccepted
from schemas.ledger import Entry, LedgerWritten, State
from schemas.report import LetterReported, Report
from schemas.resolved import Held, Released, Resolution, SubmissionHeld, SubmissionReleased
from schemas.settlement import Action, DeadSettled, Settlement
from schemas.topics import (
    ACCEPTED,
    ALL,
    DEAD,
    DEAD_SETTLED,
    HELD,
    LEDGER,
    LETTERS,
    REJECTED,
    REPORTS,
    RESOLVED,
    SUBMISSIONS,
    Topic,
)
from schemas.wire import Wire, write
from services.cli.books import Books, balance
from services.pipeline.dead import dead_headers
from services.pipeline.memory import MemoryBroker, MemoryReader, MemoryRecord
from services.pipeline.outcomes import DeadLetter
from tests.badinput import desk
from tests.unit import made

FOUND = Resolution(outcome="ambiguous", basis="zip_split", reference="sample")


class Ground(MemoryBroker):
    """Every topic, with what each stage would have written to it; a submission is told by its number."""

    def __init__(self) -> None:
        super().__init__(ALL, partitions=2)

    def write(self, topic: Topic, event: Wire, key: str) -> None:
        self.append(topic.name, 0, key.encode(), write(event))

    def send(self, number: int, *, partition: int = 0) -> None:
        headers, value = desk.structured(desk.data(), made.identity(number))
        self.append(SUBMISSIONS.name, partition, made.identity(number).encode(), value, headers)

    def accept(self, number: int) -> None:
        self.write(ACCEPTED, made.accepted(submission_id=made.identity(number)), made.identity(number))

    def reject(self, number: int) -> None:
        data = Rejected(submission_id=made.identity(number), faults=(Fault(field="campaign", code="unknown_campaign"),))
        event = SubmissionRejected(id=made.identity(number), source="/postbag/ingest", time=made.NOW, data=data)
        self.write(REJECTED, event, made.identity(number))

    def complete(self, number: int) -> None:
        """What a frontend sends to complete it."""
        record = desk.completed("structured", {"zip": "10027"}, made.identity(number))
        self.append(SUBMISSIONS.name, 0, record.key, record.value, record.headers)

    def amend(self, number: int) -> None:
        """What ingest makes of that."""
        data = Completed(
            submission_id=made.identity(number),
            frontend="forms.example",
            campaign="open",
            address=Amendment(zip5="10027"),
            received_at=made.NOW,
        )
        event = CompletionAccepted(id=data.submission_id, source="/postbag/ingest", time=made.NOW, data=data)
        self.write(ACCEPTED, event, made.identity(number))

    def turn_away(self, number: int, stage: str = "resolve") -> None:
        """The completion, and not the submission."""
        fault = Fault(field="$", code="not_held")
        data = Rejected(submission_id=made.identity(number), faults=(fault,), completion=True)
        event = SubmissionRejected(id=made.identity(number), source=f"/postbag/{stage}", time=made.NOW, data=data)
        self.write(REJECTED, event, made.identity(number))

    def release(self, number: int) -> None:
        data = Released(submission_id=made.identity(number), reason="completed")
        event = SubmissionReleased(id=made.identity(number), source="/postbag/resolve", time=made.NOW, data=data)
        self.write(HELD, event, made.identity(number))

    def hold(self, number: int) -> None:
        data = Held(
            submission=made.submission(submission_id=made.identity(number)), reason="ambiguous", resolution=FOUND
        )
        event = SubmissionHeld(id=made.identity(number), source="/postbag/resolve", time=made.NOW, data=data)
        self.write(HELD, event, made.identity(number))

    def resolve(self, number: int, offices: Sequence[str] = ("HNY13",)) -> None:
        event = made.resolved(*offices, submission_id=made.identity(number))
        self.write(RESOLVED, event, made.identity(number))

    def render(self, number: int, letter: int | None = None, office: str = "HNY13") -> None:
        one = made.letter(number, letter_id=made.identity(letter or number), office=office)
        self.write(LETTERS, made.rendered(one), office)

    def enter(self, number: int, state: State = "accepted", letter: int | None = None) -> None:
        identity = made.identity(letter or number)
        entry = Entry(
            letter_id=identity,
            submission_id=made.identity(number),
            campaign="open",
            office="HNY13",
            state=state,
            channel="outbox",
            attempts=1,
            accepted_at=made.NOW,
        )
        key = identity if state != "suppressed" else f"{identity}/{made.identity(number)}"
        self.write(LEDGER, LedgerWritten(id=key, source="/postbag/deliver", time=made.NOW, data=entry), key)

    def wait(self, number: int, tier: Topic) -> MemoryRecord:
        """Its letter's record in a tier, as deliver writes it again."""
        self.write(tier, made.rendered(made.letter(number, letter_id=made.identity(number))), "HNY13")
        return self.log(tier.name, 0)[-1]

    def report(self, number: int, says: Literal["refused", "delivered"] = "refused") -> MemoryRecord:
        """What came back for its letter."""
        data = Report(
            letter_id=made.identity(number), office="HNY13", channel="smtp", says=says, reason="mailbox_full",
            reported_at=made.NOW,
        )  # fmt: skip
        event = LetterReported(id=made.identity(number), source="/postbag/cli", time=made.NOW, data=data)
        self.write(REPORTS, event, made.identity(number))
        return self.log(REPORTS.name, 0)[-1]

    def bury(self, record: MemoryRecord, stage: str, reason: str) -> None:
        headers: list[tuple[str, bytes | None]] = [*dead_headers(record, DeadLetter(reason), stage)]
        self.append(DEAD.name, 0, record.key, record.value or b"", headers)

    def settle(self, dead: MemoryRecord, action: Action) -> None:
        """What an operator did with it; what was put back is written to its source again by hand."""
        if action == "replayed":
            notes = dict(dead.headers)
            topic = (notes["postbag-source-topic"] or b"").decode()
            own = [one for one in dead.headers if not one[0].startswith(("postbag-dead-", "postbag-source-"))]
            self.append(topic, int(notes["postbag-source-partition"] or 0), dead.key, dead.value, own)
        data = Settlement(
            partition=dead.partition, offset=dead.offset, action=action, reason="handler_raised", at=made.NOW
        )
        key = f"{dead.partition}/{dead.offset}"
        self.write(DEAD_SETTLED, DeadSettled(id=key, source="/postbag/cli", time=made.NOW, data=data), key)

    def carry(self, number: int, state: State | None = "accepted", letter: int | None = None) -> None:
        """All the way."""
        self.send(number)
        self.accept(number)
        self.resolve(number)
        self.render(number, letter)
        if state:
            self.enter(number, state, letter)

    def books(self) -> Books:
        return balance(MemoryReader(self))
