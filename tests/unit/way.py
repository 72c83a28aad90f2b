"""A ground on which every record lies where the services would have placed it, and ``postbag where`` asked about it."""

from __future__ import annotations

import json
from typing import Any
from zlib import crc32

import pytest
from click.testing import CliRunner, Result

from schemas.ledger import Entry, LedgerWritten, State
from schemas.topics import DEAD, LEDGER, LETTERS, REPORTS, SUBMISSIONS, TIERS, Topic
from schemas.wire import write
from services.cli.__main__ import postbag
from services.pipeline.dead import dead_headers, retry_headers
from services.pipeline.memory import MemoryRecord
from services.pipeline.outcomes import DeadLetter, RetryAt
from tests.badinput import desk
from tests.unit import made
from tests.unit.ground import Ground
from tests.unit.searching import MemorySearch

_OF_OFFICES = (LETTERS, *TIERS, LEDGER, REPORTS)


class Way(Ground):
    """What is about a submission lies on the partition of its id, what is about a letter on that of its office."""

    time = round(made.NOW.timestamp() * 1000)

    def write(self, topic: Topic, event: Any, key: str) -> None:
        place = event.data.office if topic in _OF_OFFICES else key
        self.append(topic.name, self.place(place), key.encode(), write(event))

    def append(self, topic: str, partition: int, *record: Any) -> None:
        """A millisecond after the last one, so that what came first is known."""
        super().append(topic, partition, *record)
        log = self.log(topic, partition)
        self.time += 1
        log[-1] = log[-1]._replace(timestamp=self.time)

    def place(self, key: str) -> int:
        return crc32(key.encode()) % 2

    def send(self, number: int, *, partition: int | None = None) -> None:
        super().send(number, partition=self.place(made.identity(number)) if partition is None else partition)

    def complete(self, number: int) -> None:
        record = desk.completed("structured", {"zip": "10027"}, made.identity(number))
        self.append(SUBMISSIONS.name, self.place(made.identity(number)), record.key, record.value, record.headers)

    def last(self, topic: Topic) -> MemoryRecord:
        """The newest record of a topic."""
        return max(self.records(topic), key=lambda record: (record.timestamp, record.offset))

    def tell(self, letter: int, state: State, submission: int | None = None, **columns: Any) -> None:
        """An entry of the letter, with these columns."""
        number = letter if submission is None else submission
        fields: dict[str, Any] = {
            "letter_id": made.identity(letter), "submission_id": made.identity(number), "campaign": "open",
            "office": "HNY13", "state": state, "channel": "webhook", "attempts": 1, "accepted_at": made.NOW,
        }  # fmt: skip
        entry = Entry(**(fields | columns))
        key = entry.letter_id if state != "suppressed" else f"{entry.letter_id}/{entry.submission_id}"
        self.write(LEDGER, LedgerWritten(id=key, source="/postbag/deliver", time=made.NOW, data=entry), key)

    def park(self, tier: Topic, letter: int, due: float, reason: str, hold_until: float = 0.0) -> None:
        """Its record in a tier, with what deliver notes on it."""
        event = made.rendered(made.letter(letter, letter_id=made.identity(letter)))
        plain = made.record(LETTERS, event, b"HNY13")
        headers = retry_headers(plain, RetryAt(tier, due, 2, due - 60, reason, hold_until=hold_until))
        self.append(tier.name, self.place("HNY13"), b"HNY13", plain.value, [*headers])

    def bury(self, record: MemoryRecord, stage: str, reason: str) -> None:
        headers: list[tuple[str, bytes | None]] = [*dead_headers(record, DeadLetter(reason), stage)]
        self.append(DEAD.name, record.partition, record.key, record.value or b"", headers)


class Asked:
    """``postbag where`` on a way; ``search`` says where it looked."""

    def __init__(self, way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
        self.search = MemorySearch(way)
        monkeypatch.setattr("services.cli.where.command.KafkaSearch", lambda *_: self.search)

    def text(self, *arguments: str) -> Result:
        """The command's own end."""
        self.search.looked.clear()
        return CliRunner().invoke(postbag, ["where", *arguments])

    def json(self, *arguments: str) -> dict[str, Any]:
        """What it says to programs, of something that is there."""
        done = self.text(*arguments, "--json")
        assert done.exit_code == 0, done.output
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def whats(self, *arguments: str) -> list[str]:
        """Its steps in words, each after its stage."""
        return [f"{one['stage']}: {one['what']}" for one in self.json(*arguments)["timeline"]]
