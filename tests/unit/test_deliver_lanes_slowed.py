"""Offices that are slow, or ask for less, or are to be warmed up: how many attempts they get at once, and when the next."""

from __future__ import annotations

from itertools import pairwise

import pytest

from services.deliver.lanes import Want
from tests.unit.simulated_offices import ACCEPTED, ONE, START, Simulation, go, lanes, offices, paced, throttled


def test_never_are_more_under_way_than_an_office_or_a_channel_bears() -> None:
    some, _ = lanes({"channels": {"smtp": {"concurrency": 5, "each": {"concurrency": 2}}}})
    wants = [Want(f"HNY{n:02}", "smtp", "a") for n in range(4) for _ in range(10)]
    for want in wants:
        some.overdue(want)  # unknown lanes: nothing happens
    for office in range(4):
        want = Want(f"HNY{office:02}", "smtp", "a")
        assert some.admit([want]) == [None]
        some.overdue(want)
    waits = some.admit(wants)
    going = [want.office for want, wait in zip(wants, waits, strict=True) if wait is None]
    assert len(going) == 1, "four of five are under way"
    assert {wait.reason for wait in waits if wait} == {"busy"}


def test_an_office_that_answers_slowly_has_only_its_places_and_gets_them_all() -> None:
    simulation = Simulation(
        offices({"offices": [{"match": "*", "concurrency": 3}]}), {"HNY13": lambda _: (ACCEPTED, 4)}
    )
    simulation.add("HNY13", "a", 300)
    simulation.turn()
    simulation.run(2000)
    assert simulation.most["HNY13"] == 3
    assert simulation.lanes.is_slow("HNY13", "webhook")
    assert simulation.span("a") < 300 * 4 / 3 / 0.9, "three at once, four seconds each"


def test_a_lane_is_slow_once_one_attempt_is_overdue_and_until_it_is_clearly_fast() -> None:
    some, _ = lanes()
    some.admit([ONE] * 2)
    assert not some.is_slow("HNY13", "webhook")
    some.overdue(ONE)
    assert some.is_slow("HNY13", "webhook")
    some.ended(ONE, ACCEPTED, 0.01)
    assert some.is_slow("HNY13", "webhook"), "one fast answer is not enough"
    assert some.admit([ONE] * 50).count(None) == 7, "eight at once, of which one is under way"
    for _ in range(7):
        some.put_back(ONE)
    for _ in range(8):
        go(some, 1)
    assert not some.is_slow("HNY13", "webhook")


def test_of_a_fast_office_a_batch_takes_as_many_as_end_in_its_time() -> None:
    some, _ = lanes()
    for _ in range(20):
        go(some, 1)
    assert go(some, 2000) > 500, "8 at once, a hundredth of a second each"
    assert some.at_once("HNY13", "webhook") == 8


def test_after_it_was_told_to_wait_nothing_begins_before_the_time_told() -> None:
    for retry_after in (0.5, 7.0, 3600.0):
        some, clock = lanes(paced(5))
        assert some.admit([ONE, ONE])[0] is None
        some.ended(ONE, throttled(retry_after), 0.01)
        assert some.at_once("HNY13", "webhook") == 0, "nor does what was admitted with it"
        some.put_back(ONE)
        for step in range(10):
            clock.at = START + retry_after * step / 10
            assert all(wait and wait.until >= START + retry_after for wait in some.admit([ONE] * 20))
        clock.at = START + retry_after + 1
        assert go(some, 20) >= 1


def test_a_longer_time_is_not_cut_short_by_a_shorter_one() -> None:
    some, clock = lanes()
    some.admit([ONE] * 2)
    some.ended(ONE, throttled(100), 0.01)
    some.ended(ONE, throttled(1), 0.01)
    clock.at += 99
    assert go(some, 1) == 0


def test_a_throttled_rate_is_halved_once_for_a_batch_and_grows_back_within_minutes() -> None:
    def rate_now() -> float:
        begun = []
        for _ in range(40):
            clock.at += 0.25
            begun.append(go(some, 50))
        return sum(begun) / 10

    some, clock = lanes(paced(8))
    rate_now()
    clock.at += 1
    before = some.admit([ONE] * 8).count(None)
    assert before > 4
    for _ in range(before):
        some.ended(ONE, throttled(0), 0.01)
    assert 3.0 < rate_now() < 6.0, "half, and a little grown back"
    clock.at += 60
    go(some, 50)
    assert 7.5 < rate_now() < 8.5


@pytest.mark.parametrize("step", [0.1, 0.25])
def test_an_office_without_a_rate_gets_one_when_it_asks_for_less(step: float) -> None:
    def office(at: float) -> tuple[object, float]:
        state["tokens"] = min(10.0, state["tokens"] + (at - state["at"]) * 10)
        state["at"] = at
        state["tokens"] -= (well := state["tokens"] >= 1)
        return (ACCEPTED if well else throttled(2)), 0.02

    state = {"tokens": 10.0, "at": START}
    simulation = Simulation(offices(), {"HNY13": office}, step=step, latest=step)  # type: ignore[dict-item]
    simulation.add("HNY13", "a", 3000)
    simulation.run(3000)
    refusals = len(simulation.begun) - 3000
    assert refusals < 100, "of 3,000"
    assert simulation.span("a") < 300 / 0.7, "of the ten letters a second that it takes, most were sent"
    assert sum(simulation.reads) < 6 * 3000


def test_a_plan_made_while_an_office_was_throttled_leaves_it_not_idle_when_it_is_well() -> None:
    simulation = Simulation(
        offices(paced(10)), {"HNY13": lambda at: (throttled() if at < START + 120 else ACCEPTED, 0.05)}
    )
    simulation.add("HNY13", "a", 10)
    while simulation.now < START + 110:
        simulation.turn()
    simulation.add("HNY13", "a", 4000)
    simulation.run(5000)
    assert simulation.span("a") < 120 + 60 + 60 + 4000 / 10 / 0.8, "the last pause, and until the rate has grown back"


def test_a_lane_warms_up_from_a_tenth_to_the_full_rate() -> None:
    simulation = Simulation(offices(paced(10, warm_up_seconds=600)))
    simulation.add("HNY13", "a", 7000)
    simulation.run(900)
    minutes = [sum(START + 60 * n <= at < START + 60 * (n + 1) for at, *_ in simulation.begun) for n in range(14)]
    assert minutes[0] < 120
    assert all(later >= earlier for earlier, later in pairwise(minutes[:10]))
    assert all(count >= 580 for count in minutes[10:])
    assert simulation.waits["warming_up"] > 0
