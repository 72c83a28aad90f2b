"""Campaigns that share an office get equal parts of its pace, none of which is lost, and few letters are read in vain."""

from __future__ import annotations

from collections import Counter
from math import log2

import pytest

from tests.unit.simulated_offices import ACCEPTED, NO_CONNECTION, START, Simulation, offices, paced

FAIR = 300 / 2.5
"""Seconds for 300 letters at half of five a second."""


def blast(order: str) -> Simulation:
    """20,000 letters of one campaign and 300 of another to one office that takes five a second."""
    simulation = Simulation(offices(paced(5)))
    if order == "the small one between":
        for _ in range(300):
            simulation.add("HNY13", "large", 66)
            simulation.add("HNY13", "small", 1)
        simulation.add("HNY13", "large", 200)
        return simulation
    for campaign in ("small", "large") if order == "the small one first" else ("large", "small"):
        simulation.add("HNY13", campaign, 300 if campaign == "small" else 20_000)
    return simulation


@pytest.mark.parametrize("order", ["the large one first", "the small one first", "the small one between"])
def test_a_blast_of_20_000_delays_300_letters_by_no_more_than_its_share(order: str) -> None:
    simulation = blast(order)
    simulation.run(10_000)
    assert len(simulation.done["small"]) == 300
    assert simulation.span("small") < 1.2 * FAIR
    assert simulation.span("large") < 20_300 / 5 / 0.95, "and the large one gets all that the small one leaves"


def test_a_campaign_that_comes_later_gets_its_share_at_once() -> None:
    simulation = Simulation(offices(paced(5)))
    simulation.add("HNY13", "large", 20_000)
    simulation.run(600)
    simulation.add("HNY13", "small", 300)
    simulation.run(10_000)
    assert simulation.span("small") - 600 < 1.2 * FAIR


def test_who_comes_later_is_not_owed_what_was_sent_before() -> None:
    simulation = Simulation(offices(paced(5)))
    simulation.add("HNY13", "first", 4000)
    simulation.run(300)
    simulation.add("HNY13", "second", 2000)
    simulation.run(300)
    since = Counter(campaign for at, _, campaign in simulation.begun if at > START + 330)
    assert since["first"] > 0.8 * since["second"]


@pytest.mark.parametrize(("rate", "larger"), [(1.0, 1), (5.0, 1), (5.0, 2)])
def test_campaigns_that_fill_every_batch_leave_room_for_one_that_comes_by_now_and_then(
    rate: float, larger: int
) -> None:
    """Batches are shorter than it takes to earn a token, and each has letters of the larger campaigns."""
    simulation = Simulation(offices(paced(rate)), step=0.02, batch=20)
    simulation.add("HNY13", "small", int(12 * rate))
    for n in range(60_000):
        simulation.add("HNY13", f"large-{n % larger}", 1)
    simulation.run(60)
    assert len(simulation.done["small"]) == int(12 * rate)
    assert simulation.span("small") < 1.5 * 12 * (1 + larger)


def test_twenty_campaigns_advance_side_by_side() -> None:
    simulation = Simulation(offices(paced(10)))
    for n in range(20):
        simulation.add("HNY13", f"campaign-{n}", 200)
    simulation.run(200)
    counts = Counter(campaign for *_, campaign in simulation.begun)
    assert len(counts) == 20
    assert max(counts.values()) < 1.25 * min(counts.values())
    simulation.run(1000)
    assert sum(simulation.reads) / len(simulation.reads) < 12


def test_campaigns_share_what_a_whole_channel_bears() -> None:
    simulation = Simulation(offices(), channel="cwc-house")
    for _ in range(40):
        for n in range(100):
            simulation.add(f"HCA{n:02}", "large", 1)
    for n in range(100):
        simulation.add(f"HCA{n:02}", "small", 1)
    simulation.run(10_000)
    fair = 100 / 2.5
    assert simulation.span("small") < 2 * fair
    assert simulation.span("large") < 4100 / 5 / 0.9, "five a second over all offices"
    assert sum(simulation.reads) / 4100 < 8


def test_a_dead_office_holds_up_no_other_on_its_channel() -> None:
    simulation = Simulation(offices(), {"HCA00": lambda _: (NO_CONNECTION, 0.01)}, channel="cwc-house")
    simulation.add("HCA00", "a", 2000)
    for n in range(1, 51):
        simulation.add(f"HCA{n:02}", "a", 10)
    simulation.run(400)
    assert len(simulation.done["a"]) == 500
    assert simulation.span("a") < 500 / 5 / 0.8


@pytest.mark.parametrize("step", [0.05, 0.25, 1.0])
@pytest.mark.parametrize(("rate", "letters"), [(1.0, 600), (5.0, 2000), (40.0, 8000)])
def test_with_a_backlog_nine_tenths_of_the_rate_are_reached(rate: float, letters: int, step: float) -> None:
    simulation = Simulation(offices(paced(rate)), step=step)
    simulation.add("HNY13", "a", letters)
    simulation.run(2 * letters / rate)
    assert simulation.span("a") < letters / rate / 0.9


def test_the_rate_is_reached_again_when_other_campaigns_have_ended() -> None:
    """The plan of the large one was made while twenty shared the office; their places are not left empty."""
    simulation = Simulation(offices(paced(5)))
    for n in range(20):
        simulation.add("HNY13", f"small-{n}", 50)
    simulation.add("HNY13", "large", 4000)
    simulation.run(5000)
    assert simulation.span("large") < 5000 / 5 / 0.95


@pytest.mark.parametrize("letters", [1000, 16_000])
def test_a_letter_that_waits_is_read_a_few_times_and_not_each_second(letters: int) -> None:
    """Measured: about 3 reads a letter, the one that went included, whatever the number; the most 12 to 20."""
    simulation = Simulation(offices(paced(5)))
    simulation.add("HNY13", "a", letters)
    simulation.run(2 * letters / 5)
    assert len(simulation.reads) == letters
    assert sum(simulation.reads) / letters < 4
    assert max(simulation.reads) < 2 * log2(letters)


def test_letters_of_a_cancelled_campaign_leave_their_places_to_others() -> None:
    simulation = blast("the large one first")
    simulation.run(10)
    simulation.waiting = [one for one in simulation.waiting if one[2].want.campaign == "small"]
    simulation.waiting.sort()
    simulation.fresh = type(simulation.fresh)(one for one in simulation.fresh if one.want.campaign == "small")
    simulation.run(1000)
    assert simulation.span("small") < 1.2 * FAIR
    assert simulation.now < START + 1000


@pytest.mark.parametrize(("rate", "places", "seconds"), [(10.0, 2, 0.5), (5.0, 1, 0.2)])
def test_a_large_campaign_that_is_paused_holds_up_no_other_where_places_are_few(
    rate: float, places: int, seconds: float
) -> None:
    """Its turns were booked for an hour ahead; what is kept for it is tokens, of which there are more than places."""
    known = offices(paced(rate, concurrency=places))
    simulation = Simulation(known, {"HNY13": lambda _: (ACCEPTED, seconds)}, batch=4000)
    for campaign, count in (("small", 100), ("large", 6000), ("small", 100)):
        simulation.add("HNY13", campaign, count)
    simulation.run(10)
    simulation.waiting = sorted(one for one in simulation.waiting if one[2].want.campaign == "small")
    simulation.fresh.clear()
    simulation.run(1000)
    assert len(simulation.done["small"]) == 200
    assert simulation.span("small") < 2 * 200 / min(rate, places / seconds)
