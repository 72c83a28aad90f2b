"""SIGTERM while offices hang: the worker waits for what is under way, enters it, and ends within its grace.

What was answered in that time is not sent again, on any channel. What was not is tried again by the next worker under the
same id where that is harmless, and is in doubt where it is not.
"""

import signal
from collections import Counter
from typing import Any

import pytest

from deploy.local.office_control import OfficeControl
from schemas.letter import LetterRendered
from tests.integration.harness.corner import Corner
from tests.integration.harness.offices import (
    OFFICES,
    assert_balanced,
    delivery,
    drain,
    final_states,
    letters,
    offers,
    office,
    post,
    states,
)
from tests.integration.harness.processes import eventually

pytestmark = [pytest.mark.integration, pytest.mark.fault, pytest.mark.timeout(120)]

HANGS, IS_LATE, SAYS_NO = OFFICES[:3]
"""One never answers; one does, some seconds after the worker was told to end; one says by then "not now"."""
ATTEMPT_S = 5
LATE_S = 2.5
GRACE_S = 10


def settings(control: OfficeControl, *, idempotent: bool) -> dict[str, Any]:
    given = {"attempt_seconds": ATTEMPT_S, "grace_seconds": GRACE_S, "patience_seconds": 0.3}
    return delivery(control, webhook_idempotent=idempotent, **given)


def misbehave(control: OfficeControl) -> None:
    control.hang(HANGS, 600, accept=True)
    control.slow(IS_LATE, LATE_S)
    control.slow(SAYS_NO, LATE_S)
    control.refuse(SAYS_NO, 503)


def told_to_end_in_the_middle(corner: Corner, made: list[LetterRendered], **given: Any) -> None:
    """Signal a worker when all letters are entered in some state; it must end within its grace."""
    with corner.start("deliver", log_name="first", **given) as worker:
        post(corner, made)
        assert eventually(lambda: len(final_states(corner)) == len(made), 30), states(corner)
        assert by_office(corner, HANGS) == by_office(corner, IS_LATE) == by_office(corner, SAYS_NO) == {"unknown": 2}
        worker.signal(signal.SIGTERM)
        assert worker.wait(GRACE_S) == 0


def by_office(corner: Corner, name: str) -> Counter[str]:
    return Counter(end["state"] for end in final_states(corner).values() if end["office"] == name)


def offered(corner: Corner, name: str) -> int:
    return sum(one.office == name for one in offers(corner))


def test_where_a_repeat_is_harmless(corner: Corner) -> None:
    made = letters(2 * len(OFFICES))
    with office(corner.folder) as control:
        misbehave(control)
        given = settings(control, idempotent=True)
        told_to_end_in_the_middle(corner, made, **given)
        assert by_office(corner, IS_LATE) == {"accepted": 2}, "it answered before the end"
        assert by_office(corner, HANGS)["accepted"] == by_office(corner, SAYS_NO)["accepted"] == 0
        assert len(offers(corner)) == len(made), "nothing was begun after the signal"
        control.clear()
        with corner.start("deliver", log_name="next", **given) as worker:
            assert eventually(lambda: states(corner)["accepted"] == len(made), 40), states(corner)
            drain(worker)
        assert assert_balanced(corner, control, made)["duplicates_offered"] == 2, "only those nobody had answered for"
        assert {name: offered(corner, name) for name in OFFICES} == dict.fromkeys(OFFICES, 2) | {HANGS: 4, SAYS_NO: 4}


def test_where_a_repeat_could_deliver_twice(corner: Corner) -> None:
    made = letters(2 * len(OFFICES))
    with office(corner.folder) as control:
        misbehave(control)
        given = settings(control, idempotent=False)
        told_to_end_in_the_middle(corner, made, **given)
        assert by_office(corner, IS_LATE) == {"accepted": 2}
        assert by_office(corner, HANGS) == {"in_doubt": 2}
        assert by_office(corner, SAYS_NO) == {"retrying": 2}, "it surely has none of it"
        control.clear()
        with corner.start("deliver", log_name="next", **given) as worker:
            assert eventually(lambda: states(corner)["accepted"] == len(made) - 2, 40), states(corner)
            drain(worker)
        assert by_office(corner, HANGS) == {"in_doubt": 2}
        assert {name: offered(corner, name) for name in OFFICES} == dict.fromkeys(OFFICES, 2) | {SAYS_NO: 4}
        assert control.report()["duplicates_offered"] == 0
