"""A worker knows what operators hold back, within seconds, and asking it for each letter costs next to nothing."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Literal

import pytest

from schemas.control import Control, ControlGiven, Scope
from schemas.topics import ALL, CONTROLS, Topic
from schemas.wire import write
from services.pipeline.controls import Controls, Pause, key_of
from services.pipeline.memory import MemoryBroker, MemoryReader

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp()


class Desk:
    """Orders onto a broker in memory, two clocks that a test sets, and a count of the looks at the topic."""

    def __init__(self) -> None:
        self.broker = MemoryBroker(ALL)
        self.seconds, self.now, self.looks = 100.0, NOON, 0

    def order(
        self, scope: Scope, name: str, action: Literal["pause", "cancel"] = "pause", until: float | None = None
    ) -> None:
        ends = datetime.fromtimestamp(until, UTC) if until is not None else None
        control = Control(scope=scope, name=name, action=action, reason="asked to", until=ends)
        event = ControlGiven(id="1", source="/postbag/cli", time=datetime.fromtimestamp(self.now, UTC), data=control)
        self.broker.publish(CONTROLS, key_of(scope, name), write(event))

    def end(self, scope: Scope, name: str) -> None:
        self.broker.publish(CONTROLS, key_of(scope, name), None)

    def follow(self) -> Controls:
        return Controls(lambda: _Counted(self), lambda: self.seconds, lambda: self.now)


class _Counted(MemoryReader):
    def __init__(self, desk: Desk) -> None:
        super().__init__(desk.broker)
        self._desk = desk

    def end(self, topic: Topic, partition: int) -> int:
        self._desk.looks += 1
        return super().end(topic, partition)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_without_orders_nothing_is_held(desk: Desk) -> None:
    controls = desk.follow()
    assert controls.pause("rivers", "HNY12", "smtp") is None
    assert not controls.cancelled("rivers")
    assert controls.in_force() == []


@pytest.mark.parametrize(
    ("scope", "name"), [("campaign", "rivers"), ("office", "HNY12"), ("channel", "smtp"), ("all", "*")]
)
def test_a_pause_holds_what_it_names_and_nothing_else(desk: Desk, scope: Scope, name: str) -> None:
    desk.order(scope, name)
    controls = desk.follow()
    assert controls.pause("rivers", "HNY12", "smtp") == Pause(scope, name, None)
    others = controls.pause("forests", "SNY01", "outbox")
    assert (others is None) == (scope != "all")
    assert not controls.cancelled("rivers"), "to pause is not to cancel"


def test_names_of_one_scope_mean_nothing_in_another(desk: Desk) -> None:
    desk.order("campaign", "smtp")
    desk.order("channel", "rivers")
    assert desk.follow().pause("rivers", "HNY12", "smtp") is None


def test_of_several_pauses_the_one_that_lasts_longest_is_told(desk: Desk) -> None:
    desk.order("all", "*", until=NOON + 60)
    desk.order("office", "HNY12", until=NOON + 3_600)
    desk.order("channel", "smtp", until=NOON + 600)
    controls = desk.follow()
    assert controls.pause("rivers", "HNY12", "smtp") == Pause("office", "HNY12", NOON + 3_600)
    assert controls.pause("rivers", "SNY01", "smtp") == Pause("channel", "smtp", NOON + 600)
    desk.order("campaign", "rivers")
    desk.seconds += 1.5
    controls.refresh()
    assert controls.pause("rivers", "HNY12", "smtp") == Pause("campaign", "rivers", None)


def test_a_pause_ends_by_itself_at_its_time_without_a_look(desk: Desk) -> None:
    desk.order("office", "HNY12", until=NOON + 60)
    controls = desk.follow()
    desk.now = NOON + 59.9
    assert controls.pause("rivers", "HNY12", "smtp") is not None
    desk.now = NOON + 60
    assert controls.pause("rivers", "HNY12", "smtp") is None
    assert controls.in_force() == []


def test_an_order_is_known_within_two_seconds_and_looked_for_once_a_second_at_most(desk: Desk) -> None:
    controls = desk.follow()
    desk.order("campaign", "rivers")
    looks = desk.looks
    for _ in range(100):
        controls.refresh()
    assert (desk.looks, controls.pause("rivers", "HNY12", "smtp")) == (looks, None)
    desk.seconds += 1.1
    controls.refresh()
    assert (desk.looks, controls.pause("rivers", "HNY12", "smtp")) == (looks + 1, Pause("campaign", "rivers", None))


def test_a_tombstone_ends_a_pause_and_the_newest_order_counts(desk: Desk) -> None:
    desk.order("campaign", "rivers", until=NOON + 60)
    desk.order("campaign", "rivers", until=NOON + 900)
    controls = desk.follow()
    assert controls.pause("rivers", "HNY12", "smtp") == Pause("campaign", "rivers", NOON + 900)
    desk.end("campaign", "rivers")
    desk.seconds += 2
    controls.refresh()
    assert controls.pause("rivers", "HNY12", "smtp") is None


def test_a_cancelled_campaign_is_known_and_the_others_go_on(desk: Desk) -> None:
    desk.order("campaign", "rivers")
    desk.order("campaign", "rivers", "cancel")
    controls = desk.follow()
    assert [controls.cancelled(slug) for slug in ("rivers", "forests")] == [True, False]
    assert controls.pause("rivers", "HNY12", "smtp") is None, "one key holds one order"
    assert [(one.data.name, one.data.action) for one in controls.in_force()] == [("rivers", "cancel")]


def test_what_cannot_be_read_leaves_the_order_before_it_in_force(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.order("campaign", "rivers")
    desk.broker.publish(CONTROLS, b"campaign/rivers", b'{"canary": 1}')
    stray = desk.broker.records(CONTROLS)[0].value
    desk.broker.publish(CONTROLS, b"campaign/forests", stray)
    with caplog.at_level(logging.ERROR):
        controls = desk.follow()
    assert controls.pause("rivers", "HNY12", "smtp") == Pause("campaign", "rivers", None)
    assert controls.pause("forests", "HNY12", "smtp") is None
    assert [record.__dict__["reason"] for record in caplog.records] == ["wrong_shape", "wrong_key"]
    assert "canary" not in caplog.text
