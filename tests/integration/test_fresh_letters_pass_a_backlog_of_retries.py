"""A backlog of letters that are due again does not hold up fresh ones, nor fresh ones the backlog: neither starves.

One consumer reads both, so this is about the order in which it is given them: measured by what the office takes, in its
order.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

import pytest

from schemas.topics import RETRY
from schemas.wire import write
from tests.integration.harness.corner import Corner
from tests.integration.harness.offices import delivery, letters, office, post
from tests.integration.harness.processes import eventually

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]

BACKLOG: Final = 4_000
FRESH: Final = 200


def test_fresh_letters_pass_a_backlog_of_retries_and_do_not_stop_it(corner: Corner, tmp_path: Path) -> None:
    due = f"{time.time() * 1000:.0f}".encode()
    headers = [("postbag-not-before", due), ("postbag-attempts", b"1"), ("postbag-first-attempt", due)]
    waiting = letters(BACKLOG)
    for partition in range(4):
        mine = [(one.data.office.encode(), write(one), headers) for one in waiting[partition::4]]
        corner.produce(RETRY, mine, partition=partition)
    fresh = letters(FRESH, first=BACKLOG)
    with office(tmp_path) as control, corner.start("deliver", **delivery(control)) as worker:
        assert eventually(lambda: control.report()["accepted"] >= BACKLOG / 20, 60), worker.tail()
        post(corner, fresh)
        expected = BACKLOG + FRESH
        assert eventually(lambda: control.report()["accepted"] >= expected, 120), worker.tail()
        order = [to.letter_id for to, receipt in sorted(control.accepted(), key=lambda one: one[1].rpartition("-")[2])]
    of_fresh = {one.data.letter_id for one in fresh}
    last = max(place for place, letter_id in enumerate(order) if letter_id in of_fresh)
    first = min(place for place, letter_id in enumerate(order) if letter_id in of_fresh)
    after = sum(letter_id not in of_fresh for letter_id in order[first:last])
    print(f"{last + 1} of {expected} taken when the last fresh letter was; {after} retries went between them")
    assert last < expected / 2, "fresh letters waited for the backlog"
    assert order[-1] not in of_fresh
