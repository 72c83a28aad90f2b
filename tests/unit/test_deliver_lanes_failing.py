"""An office that fails is left alone, asked by one probe at a time, and written to at its pace once it is well."""

from __future__ import annotations

import logging
import random
from itertools import pairwise

import pytest

from services.deliver.answers import Answer
from services.deliver.breaker import LONGEST_SECONDS, Breaker
from services.deliver.lanes import Want
from tests.unit.simulated_offices import (
    ACCEPTED,
    FORBIDDEN,
    NO_CONNECTION,
    ONE,
    START,
    UNAVAILABLE,
    UNKNOWN,
    Behaviour,
    Simulation,
    go,
    lanes,
    offices,
    paced,
)


def down(seconds: float, answer: Answer, takes: float) -> Behaviour:
    return lambda at: (answer, takes) if at < START + seconds else (ACCEPTED, 0.05)


def opened(answer: Answer = UNKNOWN) -> tuple[Breaker, random.Random]:
    dice = random.Random(1)
    breaker = Breaker(dice)
    for second in range(5):
        assert breaker.wait(second) is None
        breaker.failed(second, second)
    return breaker, dice


def test_five_failures_in_a_row_open_a_breaker_and_four_do_not() -> None:
    breaker, _ = opened()
    assert breaker.open_until is not None
    assert 15 <= breaker.open_until - 4 <= 15 * 1.25
    patient = Breaker(random.Random(1))
    for at in range(4):
        patient.failed(at, at)
    patient.succeeded(4, 4, 8)
    for at in range(100, 104):
        patient.failed(at, at)
    assert patient.open_until is None


def test_half_of_ten_answers_in_a_minute_open_a_breaker_and_half_of_ten_in_an_hour_do_not() -> None:
    for apart, opens in ((1.0, True), (360.0, False)):
        breaker = Breaker(random.Random(1))
        for n in range(10):
            at = n * apart
            breaker.failed(at, at) if n % 2 else breaker.succeeded(at, at, 8)
        assert (breaker.open_until is not None) == opens


def test_an_open_breaker_lets_exactly_one_probe_through_at_a_time() -> None:
    some, clock = lanes()
    assert some.admit([ONE] * 5) == [None] * 5
    for _ in range(5):
        some.ended(ONE, UNKNOWN, 0.1)
    waits = some.admit([ONE] * 20)
    assert {wait and wait.reason for wait in waits} == {"breaker_open"}
    assert all(wait and wait.until >= clock.at + 15 for wait in waits)
    clock.at += 19
    counts = []
    for _ in range(3):
        counts.append(some.admit([ONE] * 20).count(None))
        clock.at += 1
    assert counts == [1, 0, 0], "while it is under way, none beside it"
    assert some.gauges()["breakers_half_open"] == 1
    some.put_back(ONE)
    assert some.admit([ONE] * 20).count(None) == 1, "a probe that did not begin leaves its place"


def test_after_a_probe_succeeded_places_grow_from_round_to_round() -> None:
    some, clock = lanes()
    some.admit([ONE] * 5)
    for _ in range(5):
        some.ended(ONE, NO_CONNECTION, 0.1)
    clock.at += 20
    rounds = []
    for _ in range(6):
        rounds.append(go(some, 100))
        clock.at += 1
    assert rounds[:4] == [1, 1, 2, 4]
    assert rounds[5] > 8


def test_each_time_a_probe_fails_the_wait_is_twice_as_long_up_to_ten_minutes() -> None:
    breaker, _ = opened()
    waits = []
    for _ in range(9):
        assert breaker.open_until is not None
        now = breaker.open_until
        breaker.failed(now, now)
        waits.append(breaker.open_until - now)
    assert all(1.5 < later / earlier < 2.6 for earlier, later in pairwise(waits[:5]))
    assert all(LONGEST_SECONDS <= wait <= 1.25 * LONGEST_SECONDS for wait in waits[6:])


def test_what_began_before_a_breaker_opened_says_nothing_new() -> None:
    breaker, _ = opened()
    until = breaker.open_until
    breaker.failed(until or 0, 1.0)
    breaker.succeeded((until or 0) + 1, 1.0, 8)
    assert breaker.open_until == until
    assert breaker.half_open


@pytest.mark.parametrize(("answer", "takes"), [(NO_CONNECTION, 0.01), (UNKNOWN, 10.0), (UNAVAILABLE, 0.01)])
def test_letters_for_a_dead_office_wait_and_go_at_its_rate_once_it_is_well(answer: Answer, takes: float) -> None:
    simulation = Simulation(offices(paced(5)), {"HNY13": down(3600, answer, takes)})
    simulation.add("HNY13", "a", 3000)
    simulation.run(20_000)
    while_dead = [at for at, *_ in simulation.begun if at < START + 3600]
    assert len(while_dead) < 40, "of 3,000 letters, each of which would have failed"
    assert len(simulation.done["a"]) == 3000
    assert simulation.span("a") < 3600 + 600 * 1.25 + 2 * 3000 / 5, "a probe is at most 750 s away"
    first = min(simulation.done["a"])
    assert all(sum(at < first + 10 * n for at in simulation.done["a"]) <= 50 * n + 10 for n in range(1, 60))
    assert sum(simulation.reads) / 3000 < 15


def test_through_a_day_of_outage_a_letter_is_read_some_dozens_of_times() -> None:
    """Measured: 71 times, and 140 if all came back when the breaker half opens."""
    simulation = Simulation(offices(paced(5)), {"HNY13": down(86_400, NO_CONNECTION, 0.01)}, step=5.0)
    simulation.add("HNY13", "a", 300)
    simulation.run(100_000)
    assert len(simulation.done["a"]) == 300
    assert sum(simulation.reads) / 300 < 100


def test_the_others_do_not_notice_a_dead_office() -> None:
    simulation = Simulation(offices(), {"HCA00": lambda _: (UNKNOWN, 10.0)}, step=0.1)
    for n in range(20):
        simulation.add(f"HCA{n:02}", "a", 200)
    calm = Simulation(offices(), step=0.1)
    for n in range(20):
        calm.add(f"HCA{n:02}", "a", 200)
    for one in (simulation, calm):
        one.run(60)
    beside = [at for at, office, _ in simulation.begun if office != "HCA00"]
    assert len(beside) == 19 * 200
    assert max(beside) - START < 1.2 * (max(at for at, *_ in calm.begun) - START) + 0.1


def test_refused_credentials_pause_an_office_for_a_quarter_of_an_hour_and_then_longer() -> None:
    simulation = Simulation(offices(), {"HNY13": down(7200, FORBIDDEN, 0.05)}, step=1)
    simulation.add("HNY13", "a", 300)
    simulation.run(40_000)
    tries = [at - START for at, *_ in simulation.begun if at < START + 7200]
    assert len(tries) <= 8 + 3, "those that were under way together, then one at a time"
    pauses = [later - earlier for earlier, later in pairwise(tries[-4:])]
    assert all(asked < pause < 1.05 * asked for asked, pause in zip((900, 1800, 3600), pauses, strict=True))
    assert simulation.waits["paused_by_answer"] > 0
    assert len(simulation.done["a"]) == 300


def test_a_refused_letter_is_the_answer_of_a_living_office() -> None:
    some, _ = lanes()
    for _ in range(50):
        assert some.admit([ONE]) == [None]
        some.ended(ONE, Answer("refused", "refused", 422), 0.01)


def test_three_offices_that_fail_in_a_row_tell_of_the_one_host_behind_them() -> None:
    def failures(channel: str, offices_failing: int) -> int:
        some, clock = lanes({"channels": {channel: {"rate": 100, "burst": 100, "each": {"rate": 50, "burst": 50}}}})
        for n in range(60):
            want = Want(f"HCA{n % offices_failing:02}", channel, "a")
            clock.at += 0.1
            if some.admit([want]) == [None]:
                some.ended(want, NO_CONNECTION, 0.01)
        return some.admit([Want("HNY13", channel, "a")]).count(None)

    assert failures("cwc-house", 20) == 0, "no other office is tried while the host is out"
    assert failures("cwc-house", 2) == 1, "two offices may fail by themselves"
    assert failures("webhook", 20) == 1, "each office has a host of its own"


def test_a_probe_of_a_host_is_one_over_all_its_offices() -> None:
    some, clock = lanes()
    wants = [Want(f"HCA{n:02}", "cwc-house", "a") for n in range(20)]
    for want in wants:
        clock.at += 1
        if some.admit([want]) == [None]:
            some.ended(want, NO_CONNECTION, 0.01)
    clock.at += 600
    assert some.admit(wants).count(None) == 1


def test_the_log_names_the_office_that_is_left_alone_and_the_one_that_is_back(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "services.deliver.lanes")
    some, clock = lanes()
    for answer, takes in ((FORBIDDEN, 0.05), (ACCEPTED, 0.05)):
        assert some.admit([ONE]) == [None]
        some.ended(ONE, answer, takes)
        clock.at += 1000
    told = [(one.message, one.office, one.channel) for one in caplog.records]  # type: ignore[attr-defined]
    assert told == [(event, ONE.office, ONE.channel) for event in ("breaker_opened", "breaker_closed")]
    assert (caplog.records[0].reason, caplog.records[0].seconds) == ("not_authorized", 900)  # type: ignore[attr-defined]


def test_the_log_names_the_channel_whose_host_is_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    some, clock = lanes()
    for n in range(20):
        clock.at += 1
        if some.admit([want := Want(f"HCA{n:02}", "cwc-house", "a")]) == [None]:
            some.ended(want, NO_CONNECTION, 0.01)
    assert [(one.office, one.channel) for one in caplog.records] == [("*", "cwc-house")]  # type: ignore[attr-defined]
