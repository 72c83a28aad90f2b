"""Lanes never let more begin than an office's pace: in any stretch of time, whatever the clock does or was given back."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from services.deliver.lanes import Wait, Want
from tests.unit.simulated_offices import ACCEPTED, ONE, START, go, lanes, paced, throttled

STEPS = st.lists(st.tuples(st.floats(0.0, 20.0), st.integers(0, 30), st.integers(0, 3)), min_size=1, max_size=60)


def most_over(begun: list[tuple[float, int]], rate: float) -> float:
    """The largest excess over ``rate * t`` of any stretch, ends included: what a burst has to cover."""
    most, floor, total = 0.0, 0.0, 0
    for at, count in begun:
        floor = min(floor, total - rate * at)
        total += count
        most = max(most, total - rate * at - floor)
    return most


@given(STEPS, st.sampled_from((0.3, 1.0, 5.0)), st.sampled_from((1.0, 4.0, 12.0)))
@settings(max_examples=150, deadline=None)
def test_in_no_stretch_of_time_do_more_begin_than_burst_and_rate_allow(
    steps: list[tuple[float, int, int]], rate: float, burst: float
) -> None:
    some, clock = lanes(paced(rate, burst=burst))
    begun = []
    for seconds, count, unbegun in steps:
        clock.at += seconds
        waits = some.admit([ONE] * count)
        admitted = sum(wait is None for wait in waits)
        back = min(unbegun, admitted)
        for number in range(admitted):
            if number < back:
                some.put_back(ONE)
            else:
                some.ended(ONE, ACCEPTED, 0.01)
        begun.append((clock.at - START, admitted - back))
    assert most_over(begun, rate) <= burst + 0.001


@given(st.lists(st.tuples(st.floats(-86_400.0, 86_400.0), st.integers(1, 40)), min_size=1, max_size=60))
@settings(max_examples=150, deadline=None)
def test_a_clock_that_steps_back_or_jumps_grants_no_more_than_a_burst(steps: list[tuple[float, int]]) -> None:
    some, clock = lanes(paced(2, burst=6))
    begun, passed = [], 0.0
    for jump, count in steps:
        clock.at += jump
        passed += max(0.0, jump)
        begun.append((passed, go(some, count)))
    assert all(count <= 6 for _, count in begun)
    assert most_over(begun, 2) <= 6 + 0.001


def test_waits_go_on_after_the_clock_stepped_back() -> None:
    some, clock = lanes(paced(1, burst=1))
    assert go(some, 1) == 1
    clock.at -= 600
    (wait,) = some.admit([ONE])
    assert wait is not None
    assert clock.at < wait.until < clock.at + 2, "told in the clock's time of now"
    clock.at += 1.1
    assert go(some, 5) == 1
    some.admit([ONE] * 2)
    clock.at += 1
    assert some.admit([ONE]) == [None]
    some.ended(ONE, throttled(10), 0.01)
    clock.at -= 600
    assert go(some, 1) == 0
    clock.at += 11
    assert go(some, 1) == 1, "ten seconds have passed, whatever they are called"


def test_the_answers_are_in_the_order_of_the_letters() -> None:
    some, _ = lanes({"offices": [{"match": "H*", "rate": 1, "burst": 1}]})
    wants = [Want(office, "webhook", campaign) for office in ("HNY13", "x-a", "HMA07") for campaign in ("a", "b")]
    waits = some.admit([wants[n] for n in (0, 2, 1, 4, 3, 5)])
    assert [wait is None for wait in waits] == [True, True, False, True, True, False]
    assert waits[2] == Wait(waits[2].until if waits[2] else 0, "paced")


def test_those_that_wait_are_asked_back_one_after_another_and_not_each_second() -> None:
    some, clock = lanes(paced(1))
    untils = sorted(wait.until for wait in some.admit([ONE] * 1000) if wait)
    assert untils[0] > clock.at
    assert untils[-1] > clock.at + 400
    assert max(sum(at <= until < at + 10 for until in untils) for at in untils) < 30


def test_a_worker_that_starts_again_and_again_grants_no_burst_each_time() -> None:
    assert sum(go(lanes(paced(1, burst=50))[0], 50) for _ in range(5)) == 5


def test_of_a_channels_rate_a_worker_takes_its_part_of_the_partitions() -> None:
    wants = [Want(f"HNY{n:02}", "cwc-house", "a") for n in range(100)]
    counts = []
    for owned in (2, 4, 8):
        some, clock = lanes()
        some.share(owned, 8)
        total = 0
        for _ in range(200):
            clock.at += 0.5
            waits = some.admit(wants)
            total += waits.count(None)
            for want, wait in zip(wants, waits, strict=True):
                if wait is None:
                    some.ended(want, ACCEPTED, 0.01)
        counts.append(total)
    for owned, total in zip((2, 4, 8), counts, strict=True):
        allowed = 5 * owned / 8 * 100
        assert 0.95 * allowed <= total <= allowed + 10 * owned / 8


def test_a_share_that_shrinks_leaves_no_burst_of_the_larger_one() -> None:
    some, clock = lanes()
    wants = [Want(f"HNY{n:02}", "cwc-house", "a") for n in range(100)]
    some.admit([Want("HAK00", "cwc-house", "a")])
    clock.at += 60
    some.share(1, 10)
    assert some.admit(wants).count(None) == 1


def test_lanes_that_were_idle_for_an_hour_are_dropped_and_those_that_know_something_are_not() -> None:
    some, clock = lanes(paced(1))
    for n in range(50):
        assert some.admit([Want(f"HNY{n:02}", "webhook", "a")]) == [None]
        some.ended(Want(f"HNY{n:02}", "webhook", "a"), ACCEPTED, 0.01)
    some.admit([ONE])
    some.ended(ONE, throttled(20_000), 0.01)
    under_way = Want("HAK00", "webhook", "a")
    some.admit([under_way])
    clock.at += 3700
    some.admit([])
    assert some.gauges()["lanes"] == 2
    clock.at += 20_000
    some.ended(under_way, ACCEPTED, 1.0)
    clock.at += 3700
    some.admit([])
    assert some.gauges()["lanes"] == 0


def test_what_is_known_of_campaigns_is_dropped_when_none_of_their_letters_waits() -> None:
    some, clock = lanes(paced(50))
    for n in range(2000):
        some.admit([Want("HNY13", "webhook", f"campaign-{n}"), Want("HNY13", "cwc-house", f"campaign-{n}")])
        clock.at += 1
    known = [len(lane.turns.served) + len(lane.turns.due) for lane in some._lanes.values()]  # what memory holds
    assert max(known) < 300
    assert max(len(one.turns.served) + len(one.turns.due) for one in some._channels.values()) < 300


def test_gauges_count_and_name_nobody() -> None:
    some, clock = lanes({"offices": [{"match": "x-*", "quiet": ["00:00-23:59 UTC"]}]})
    some.admit([Want("x-mayor", "webhook", "a"), ONE, Want("HNY14", "webhook", "a")])
    some.ended(Want("HNY14", "webhook", "a"), throttled(60), 0.01)
    some.overdue(ONE)
    clock.at += 1
    gauges = some.gauges()
    assert (gauges["lanes"], gauges["throttled"], gauges["slow"], gauges["closed"], gauges["under_way"]) == (
        3,
        1,
        1,
        1,
        1,
    )
    assert not any("HNY" in name for name in gauges)
