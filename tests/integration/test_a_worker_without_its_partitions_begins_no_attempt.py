"""Where a repeat could deliver twice, a worker that has lost its partitions is told before it writes to an office.

A worker freezes with a batch in hand, just before it would write to anybody. Another one takes over and delivers the letters.
When the first one goes on, it still takes them for its own: only the entry that it must write ahead of an attempt, and
may not, keeps it from sending them once more.
"""

import json
import signal
import time
from pathlib import Path

import pytest

from tests.conftest import Cluster
from tests.integration.harness.corner import Corner
from tests.integration.harness.offices import (
    assert_balanced,
    delivery,
    drain,
    ledger,
    letters,
    offers,
    office,
    post,
    states,
)
from tests.integration.harness.processes import Started, eventually

pytestmark = [pytest.mark.integration, pytest.mark.fault, pytest.mark.timeout(180)]

COUNT = 600
"""Enough for the look at a batch, which comes before all else, to take some moments."""
SESSION_S = 3
ROUNDS = 5


def has_a_batch_in_hand(corner: Corner) -> bool:
    """What the worker notes for its successors before it begins with a batch."""
    journal = corner.folder / "state" / f"{corner.settings.topic_prefix}deliver-0.journal"
    try:
        return bool(json.loads(journal.read_bytes())["open"])
    except ValueError:  # it is being written
        return False


def frozen_and_replaced(corner: Corner, heirs_slot: int, *, idempotent: bool) -> tuple[int, Started] | None:
    """How many letters were sent again, and the worker that was frozen, which has ended. None: it froze too late."""
    made = letters(COUNT)
    with office(corner.folder) as control:
        settings = delivery(control, webhook_idempotent=idempotent, session_timeout_seconds=SESSION_S)
        with corner.start("deliver", log_name="frozen", slot=0, **settings) as frozen:
            frozen.await_event("store_caught_up", count=4)
            post(corner, made)
            while not has_a_batch_in_hand(corner):
                time.sleep(0.001)
            frozen.freeze()
            if ledger(corner) or offers(corner):
                return None
            with corner.start("deliver", log_name="heir", slot=heirs_slot, **settings) as heir:
                assert eventually(lambda: states(corner)["accepted"] == COUNT, 60), states(corner)
                frozen.signal(signal.SIGCONT)
                eventually(lambda: frozen.exit_code is not None or frozen.events("batch_rewound"), 2 * SESSION_S)
                drain(heir)
            if frozen.exit_code is None:
                drain(frozen)
        assert_balanced(corner, control, made)
        return len(offers(corner)) - COUNT, frozen


def until_frozen_in_time(
    broker: Cluster, folder: Path, heirs_slot: int, *, idempotent: bool = False
) -> tuple[int, Started]:
    """The same, in a corner of its own each time, until it froze at the right moment."""
    for number in range(ROUNDS):
        corner = Corner(broker.bootstrap_servers, folder / str(number)).apply_topics()
        found = frozen_and_replaced(corner, heirs_slot, idempotent=idempotent)
        if found:
            return found
    raise AssertionError(f"it never froze in time, in {ROUNDS} rounds")


def test_evicted(broker: Cluster, tmp_path: Path) -> None:
    again, frozen = until_frozen_in_time(broker, tmp_path, heirs_slot=1)
    assert again == 0, "sent by a worker that had no right to"
    # It goes back to where the group is, or ends, where its connections have grown too old meanwhile.
    assert frozen.events("batch_rewound") or frozen.exit_code, frozen.tail()


def test_fenced(broker: Cluster, tmp_path: Path) -> None:
    again, frozen = until_frozen_in_time(broker, tmp_path, heirs_slot=0)
    assert again == 0, "sent by a worker that had no right to"
    assert frozen.exit_code == 3, frozen.tail()
    assert "another worker runs as deliver slot 0" in frozen.said()


@pytest.mark.slow
def test_the_other_kind_of_channel_shows_what_it_would_have_sent(broker: Cluster, tmp_path: Path) -> None:
    """There it is sent, under the same ids, and does no harm. If this begins to fail, the two above prove nothing."""
    again, _ = until_frozen_in_time(broker, tmp_path, heirs_slot=1, idempotent=True)
    assert again > 0
