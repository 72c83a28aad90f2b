"""The other end of delivery: a local office as a process, letters for it, and its books held against the ledger."""

from __future__ import annotations

import json
import signal
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid5

from deploy.local.office_book import JOURNAL
from deploy.local.office_control import OfficeControl
from schemas.accepted import Address, Constituent
from schemas.letter import Letter, LetterRendered
from schemas.topics import LEDGER, LETTERS
from schemas.wire import write
from tests.integration.harness.corner import Corner
from tests.integration.harness.people import CAMPAIGN
from tests.integration.harness.processes import Started

_NAMESPACE: Final = UUID("a6a1f0a4-8f7e-4b57-9a55-0c6d4f7f2b11")
OFFICES: Final = tuple(f"H{state}{district:02}" for state in ("CA", "NY", "TX", "FL") for district in (1, 2, 3, 4, 5))


@contextmanager
def office(folder: Path) -> Iterator[OfficeControl]:
    """A local office on a free port, for the length of a ``with`` block."""
    announce = folder / "office.port"
    command = (
        sys.executable,
        "-m",
        "deploy.local.office",
        "--folder",
        str(folder / "office"),
        "--announce",
        str(announce),
    )
    with Started(command, {}, folder / "office.log"):
        yield OfficeControl.announced(announce)


def delivery(control: OfficeControl, **settings: object) -> dict[str, Any]:
    """Settings of a deliver worker that posts to this office, with short tiers; ``settings`` are laid over them."""
    quick = {"retry_delays": "[0.2, 1, 2, 4, 8, 16]", "attempt_seconds": 3}
    return {"channel": "webhook", "webhook_url": control.letters_url, **quick, **settings}


def letters(count: int, offices: Sequence[str] = OFFICES, first: int = 0) -> list[LetterRendered]:
    """As many letters of as many people, to the offices in turn."""
    now = datetime.now(UTC)
    return [letter(number, offices[number % len(offices)], now) for number in range(first, first + count)]


def letter(number: int, office_id: str, now: datetime, submission: str = "") -> LetterRendered:
    """The letter of person ``number``; from another submission of the same person, if given."""
    data = Letter(
        letter_id=str(uuid5(_NAMESPACE, f"letter {number}")),
        submission_id=submission or str(uuid5(_NAMESPACE, f"submission {number}")),
        campaign=CAMPAIGN,
        campaign_version=1,
        office=office_id,
        constituent=Constituent(
            first_name="Noor",
            last_name=f"Haddad {number}",
            email=f"noor{number}@example.org",
            address=Address(line1=f"{number} Elm Street", city="Springfield", zip5="10001"),
        ),
        subject="Please act",
        body="Dear Representative,\n\nPlease act.\n\nNoor Haddad\n",
        accepted_at=now,
    )
    return LetterRendered(id=data.letter_id, source="/postbag/render", time=now, data=data)


def post(corner: Corner, made: Sequence[LetterRendered]) -> None:
    """Put letters on ``letters``, keyed by office as render does."""
    corner.publish(LETTERS, ((one.data.office.encode(), write(one)) for one in made))


def drain(worker: Started) -> None:
    """End it in order."""
    worker.signal(signal.SIGTERM)
    assert worker.wait(30) == 0


@dataclass(frozen=True, slots=True)
class Offer:
    """A letter as it reached an office, ``at`` in seconds since the epoch; ``result`` is what became of it there."""

    letter_id: str
    office: str
    sha256: str
    result: str
    at: float


def offers(corner: Corner) -> list[Offer]:
    """All that the office wrote into its journal, in the order of their coming; never what was no letter."""
    journal = (corner.folder / "office" / JOURNAL).read_bytes()
    lines = [json.loads(line) for line in journal.splitlines(keepends=True) if line.endswith(b"\n")]
    return [
        Offer(*(line[name] for name in ("letter_id", "office", "sha256", "result", "at")))
        for line in lines
        if line["result"] != "malformed"
    ]


def ledger(corner: Corner) -> list[dict[str, Any]]:
    """All entries of the ledger, oldest first within a partition."""
    return [json.loads(record.value)["data"] for record in corner.read(LEDGER) if record.value]


def assert_balanced(corner: Corner, control: OfficeControl, made: Sequence[LetterRendered]) -> dict[str, Any]:
    """Every letter was accepted once and never twice, by the office's books and by the ledger; returns the books."""
    expected = sorted((one.data.letter_id, one.data.office) for one in made)
    books = control.report()
    assert sorted((to.letter_id, to.office) for to, _ in control.accepted()) == expected, "lost, or accepted twice"
    assert (books["accepted_twice"], books["changed_body"], books["malformed"]) == (0, 0, {})
    accepted = [entry for entry in ledger(corner) if entry["state"] == "accepted"]
    assert sorted((entry["letter_id"], entry["office"]) for entry in accepted) == expected, "the ledger says otherwise"
    receipts = {to.letter_id: receipt for to, receipt in control.accepted()}
    assert {entry["letter_id"]: entry["receipt"] for entry in accepted} == receipts
    return books


def final_states(corner: Corner) -> dict[str, dict[str, Any]]:
    """The last entry of each letter."""
    return {entry["letter_id"]: entry for entry in ledger(corner) if entry["state"] != "suppressed"}


def states(corner: Corner) -> Counter[str]:
    """How many letters are in which state now."""
    return Counter(entry["state"] for entry in final_states(corner).values())
