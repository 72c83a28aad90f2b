"""Letters that wait lie in Kafka and ids that are known on the disk: neither costs a worker memory, nor a long start.

Offices turn away everything for a while, so that all letters wait in tiers; the ledger knows many ids besides. The worker
is killed, and its successor must attempt a fresh letter soon; then the offices are well, and everything that waited goes
out once.
"""

from __future__ import annotations

import signal
import time
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid5

import psutil
import pytest

from deploy.local.office_control import OfficeControl
from schemas.ledger import Entry, LedgerWritten
from schemas.letter import LetterRendered
from schemas.topics import LEDGER
from schemas.wire import write
from services.pipeline.publisher import Publisher
from tests.integration.harness.corner import Corner
from tests.integration.harness.offices import OFFICES, delivery, letter, letters, office, post, states
from tests.integration.harness.processes import Started, eventually

pytestmark = [pytest.mark.integration, pytest.mark.fault]

MOST_GROWTH = 1.2
MOST_BYTES = 200 << 20
SOON_S = 15.0
WELL = "SVT01"
KNOWN = UUID("0d0f6f0e-93a6-4a6f-8d3c-9a3f5f6f9c11")
SUBMISSION = "0f6c9d52-3b1e-4c8a-9a57-2d41f0c7b6e3"


@pytest.mark.parametrize(
    ("waiting", "known"),
    [
        pytest.param(3_000, 20_000, marks=[pytest.mark.slow, pytest.mark.timeout(240)]),
        pytest.param(100_000, 1_000_000, marks=[pytest.mark.slow, pytest.mark.timeout(2400)]),
    ],
)
def test_many_wait_many_are_known_and_a_successor_starts_soon(
    corner: Corner, tmp_path: Path, waiting: int, known: int
) -> None:
    enter(corner, known)
    made = letters(waiting)
    with office(tmp_path) as control:
        for each in OFFICES:
            control.refuse(each, 503, retry_after="30")
        with deliver(corner, control) as worker:
            post(corner, made)
            samples = wait_for_all(corner, worker, waiting)
            worker.signal(signal.SIGKILL)
            worker.wait(10)
        fresh = letter(waiting + 1, WELL, datetime.now(UTC))
        with deliver(corner, control, "successor") as worker:
            started = time.monotonic()
            post(corner, [fresh])
            assert eventually(lambda: control.letter(fresh.data.letter_id), 120), worker.tail()
            seconds = time.monotonic() - started
            (again,) = repeated(known)
            post(corner, [again])
            control.clear()
            everyone = [*made, fresh]
            done = eventually(lambda: control.report()["accepted"] >= len(everyone), waiting / 50 + 120)
            assert done, f"{control.report()['accepted']} of {len(everyone)}: {states(corner)}\n{worker.tail()}"
            assert eventually(lambda: states(corner)["accepted"] >= len(everyone) + known, 120)
            samples.append(psutil.Process(worker.pid).memory_info().rss)
        assert control.letter(again.data.letter_id) is None, "what the ledger knows as accepted is not offered again"
        assert sorted(to.letter_id for to, _ in control.accepted()) == sorted(one.data.letter_id for one in everyone)
        assert (control.report()["accepted_twice"], control.report()["changed_body"]) == (0, 0)
    warm, most = samples[0], max(samples)
    print(
        f"{waiting} waiting, {known} known: {warm >> 20} MiB after warming up, {most >> 20} MiB at most;"
        f" restart to first attempt {seconds:.1f} s"
    )
    assert most < max(warm * MOST_GROWTH, 120 << 20)
    assert most < MOST_BYTES
    assert seconds < SOON_S


def deliver(corner: Corner, control: OfficeControl, log_name: str = "deliver") -> Started:
    return corner.start("deliver", log_name, **delivery(control, retry_delays="[0.5, 2, 8, 30, 120, 600]"))


def wait_for_all(corner: Corner, worker: Started, count: int) -> list[int]:
    """Wait until every letter was seen and waits; returns the memory on the way, sampled after a tenth of them."""
    samples: list[int] = []
    process = psutil.Process(worker.pid)
    until = time.monotonic() + count / 100 + 120
    while (there := waiting_letters(corner)) < count:
        assert time.monotonic() < until, f"{there} of {count} wait; {worker.tail()}"
        if there > count / 10:
            samples.append(process.memory_info().rss)
        time.sleep(1)
    samples.append(process.memory_info().rss)
    return samples


def waiting_letters(corner: Corner) -> int:
    found = states(corner)
    return found["held"] + found["retrying"]


def enter(corner: Corner, known: int) -> None:
    """So many letters that were accepted long ago, as the ledger has them."""
    publisher = Publisher(corner.settings, max_in_flight=20_000)
    (first,) = repeated(1)
    entry = Entry(
        letter_id=first.data.letter_id, submission_id=first.data.submission_id, campaign=first.data.campaign,
        office=first.data.office, state="accepted", channel="webhook", attempts=1, reason="accepted", answer=201,
        accepted_at=first.time,
    )  # fmt: skip
    event = LedgerWritten(id=entry.letter_id, source="/postbag/deliver", time=first.time, data=entry)
    template = write(event).decode().replace(entry.letter_id, "{id}")
    for number in range(known):
        identity = str(uuid5(KNOWN, f"{number}"))
        office_id = OFFICES[number % len(OFFICES)]
        value = template.replace("{id}", identity).replace(first.data.office, office_id)
        publisher.publish(LEDGER, identity.encode(), value.encode(), place_by=office_id.encode())
    publisher.close()


def repeated(known: int) -> list[LetterRendered]:
    """A letter of those, the last one, as it would come again."""
    number = known - 1
    made = letter(number, OFFICES[number % len(OFFICES)], datetime(2026, 11, 1, tzinfo=UTC))
    data = made.data.model_copy(update={"letter_id": str(uuid5(KNOWN, f"{number}")), "submission_id": SUBMISSION})
    return [made.model_copy(update={"id": data.letter_id, "data": data})]
