"""Lanes: of the letters that could be attempted, which may go now, and when the others should come by again.

A lane is one office on one channel. A letter needs room in its lane and, where the channel has a pace of its own
(congressional intake), in the channel, whose rate all workers share by their part of the partitions. Whoever waits gets a
time, a reservation: with a million letters waiting, none is read every second. Nothing here sleeps, sends or writes; all
is in memory, bounded, used by one thread, and the same for the same clock and dice.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic, time
from typing import TYPE_CHECKING, Final, NamedTuple

from services.deliver.conditions import ALL_OFFICES, breakers, conditions
from services.deliver.lane import Lane, Reason
from services.deliver.offices import ONE_HOST, Offices
from services.deliver.together import Together

if TYPE_CHECKING:
    from services.deliver.answers import Answer
    from services.deliver.breaker import Breaker

log = logging.getLogger(__name__)

_FORGET_SECONDS: Final = 3600.0
_SWEEP_SECONDS: Final = 60.0


class Want(NamedTuple):
    """A letter that could be attempted now."""

    office: str
    channel: str
    campaign: str


@dataclass(frozen=True, slots=True)
class Wait:
    """A letter should come by at ``until`` (seconds since the epoch); a wait is an estimate, and never an attempt."""

    until: float
    reason: Reason


class Lanes:
    """The lanes of one worker. ``now`` is the wall's clock; in production waits are measured with a monotonic one."""

    def __init__(
        self,
        offices: Offices,
        now: Callable[[], float] = time,
        patience_seconds: float = 1.0,
        slow_seconds: float = 1.0,
        dice: random.Random | None = None,
    ) -> None:
        self._offices, self._wall, self._patience, self._slow = offices, now, patience_seconds, slow_seconds
        self._dice = dice or random.Random()  # noqa: S311 - spreads load, keeps no secret
        self._clock = monotonic if now is time else now
        self._last = self._clock()
        self._now = self._swept = 0.0
        self._lanes: dict[tuple[str, str], Lane] = {}
        self._channels: dict[str, Together] = {}
        self._part = 1.0

    def share(self, owned: int, total: int) -> None:
        """This worker owns so many of the partitions: that much of a channel's shared rate is its own."""
        self._part = min(1.0, max(1, owned) / max(1, total))
        now = self._tick()
        for shared in self._channels.values():
            shared.take_share(self._part, now)

    def admit(self, wants: Sequence[Want]) -> list[Wait | None]:
        """For each of ``wants``, in order: None to go now (``ended`` or ``put_back`` must follow), or how long to wait."""
        now, wall = self._tick(), self._wall()
        self._sweep(now)
        verdicts: list[Wait | None] = [None] * len(wants)
        groups: dict[tuple[str, str], dict[str, list[int]]] = {}
        for index, want in enumerate(wants):
            groups.setdefault((want.office, want.channel), {}).setdefault(want.campaign, []).append(index)
        refused: list[tuple[Lane, Together, dict[str, list[int]], float, Reason]] = []
        chosen: dict[str, dict[str, list[int]]] = {}
        for (office, channel), queues in groups.items():
            lane, shared = self._lane(office, channel, now), self._channels[channel]
            lane.touched = now
            gate = lane.gate(now, wall) or shared.gate(now)
            if gate is not None:
                refused.append((lane, shared, queues, *gate))
                continue
            room, reason = lane.room(now, self._patience)
            going = lane.turns.choose(queues, room, lane.kept(room), now)
            lane.take(len(going), now)
            if len(going) < sum(map(len, queues.values())):
                rest = _without(queues, going)
                refused.append((lane, shared, rest, lane.asks_back(now, reason), reason))
            if shared.limited() and going:
                by_campaign = chosen.setdefault(channel, {})
                for index in going:
                    by_campaign.setdefault(wants[index].campaign, []).append(index)
        for channel, queues in chosen.items():
            refused += self._of_channel(self._channels[channel], queues, wants, now)
        self._book(refused, verdicts, now, wall)
        return verdicts

    def ended(self, want: Want, answer: Answer, seconds: float) -> None:
        """An attempt came down after ``seconds``."""
        lane = self._lanes.get((want.office, want.channel))
        if lane is not None:
            now, shared, breaker = self._tick(), self._channels[want.channel], lane.breaker
            was, host_was = breaker.open_until, shared.breaker and shared.breaker.open_until
            shared.ended(want.office, answer, seconds, now)
            lane.ended(answer, seconds, now, self._slow)
            if breaker.open_until != was:
                _tell(want.channel, want.office, breaker, answer, now)
            if shared.breaker is not None and shared.breaker.open_until != host_was:
                _tell(want.channel, ALL_OFFICES, shared.breaker, answer, now)

    def put_back(self, want: Want) -> None:
        """An attempt was admitted and not begun."""
        lane = self._lanes.get((want.office, want.channel))
        if lane is not None:
            self._channels[want.channel].give_back(want.campaign)
            lane.give_back(want.campaign)

    def overdue(self, want: Want) -> None:
        """An attempt outlived the batch's patience and goes on: its lane is slow from now on."""
        lane = self._lanes.get((want.office, want.channel))
        if lane is not None:
            lane.overdue(self._slow)

    def is_slow(self, office: str, channel: str) -> bool:
        """Whether attempts take longer than a batch should wait."""
        lane = self._lanes.get((office, channel))
        return lane is not None and lane.slow

    def at_once(self, office: str, channel: str) -> int:
        """How many attempts of a lane may be under way in this moment; whoever begins the admitted ones sees to that.

        0 while nothing may begin, because an answer or the hour says so: what has not begun is to be put back.
        """
        now = self._tick()
        lane = self._lane(office, channel, now)
        shut = lane.gate(now, self._wall()) or self._channels[channel].gate(now)
        return 0 if shut else lane.at_once(now)

    def gauges(self) -> Mapping[str, float]:
        """Counts of lanes, and of attempts admitted and not ended."""
        return conditions(self._lanes.values(), self._tick(), self._wall())

    def breakers(self) -> Mapping[tuple[str, str], int]:
        """The breakers that are not closed, by office and channel: 1 half open, 2 open."""
        return breakers(self._lanes, self._channels, self._tick())

    def _tick(self) -> float:
        """Seconds of a clock that does not step back."""
        reading = self._clock()
        self._now += max(0.0, reading - self._last)
        self._last = reading
        return self._now

    def _lane(self, office: str, channel: str, now: float) -> Lane:
        lane = self._lanes.get((office, channel))
        if lane is None:
            shared = self._channels.get(channel)
            if shared is None:
                pace, host = self._offices.shared(channel), channel in ONE_HOST
                shared = self._channels[channel] = Together(pace, self._part, now, self._dice if host else None)
            pace = self._offices.pace(office, channel)
            lane = self._lanes[office, channel] = Lane(pace, pace.closed + shared.pace.closed, now, self._dice)
        return lane

    def _of_channel(
        self, shared: Together, queues: dict[str, list[int]], wants: Sequence[Want], now: float
    ) -> list[tuple[Lane, Together, dict[str, list[int]], float, Reason]]:
        """Who has room in the lane and none in the channel."""
        room, reason = shared.room(now)
        going = shared.turns.choose(queues, room, shared.kept(room), now)
        shared.take(len(going))
        refused = []
        for campaign, queue in _without(queues, going).items():
            for index in queue:
                want = wants[index]
                lane = self._lanes[want.office, want.channel]
                lane.give_back(campaign)
                refused.append((lane, shared, {campaign: [index]}, now, reason))
        return refused

    def _book(
        self,
        refused: Sequence[tuple[Lane, Together, dict[str, list[int]], float, Reason]],
        verdicts: list[Wait | None],
        now: float,
        wall: float,
    ) -> None:
        for shared in {id(one[1]): one[1] for one in refused if one[1].limited()}.values():
            shared.look_ahead(
                lane.turns.last() for (_, channel), lane in self._lanes.items() if self._channels[channel] is shared
            )
        for lane, shared, queues, base, reason in refused:
            rate = lane.letters_a_second(now)
            for campaign, queue in queues.items():
                for index in queue:
                    each = 1 / min(rate, shared.share_of(max(base, lane.turns.due.get(campaign, base)), now))
                    at = lane.turns.book(campaign, base, each, self._dice.random(), lane.foresight())
                    shared.waits(campaign, at)
                    if reason in ("breaker_open", "paused_by_answer"):
                        at += max(lane.breaker.stretch(now), shared.stretch(now))
                    verdicts[index] = Wait(wall + at - now, reason)

    def _sweep(self, now: float) -> None:
        if now - self._swept < _SWEEP_SECONDS:
            return
        self._swept = now
        for key in [key for key, lane in self._lanes.items() if lane.idle(now, _FORGET_SECONDS)]:
            del self._lanes[key]
        for turns in (*(lane.turns for lane in self._lanes.values()), *(one.turns for one in self._channels.values())):
            turns.forget(now)


def _without(queues: Mapping[str, list[int]], going: Sequence[int]) -> dict[str, list[int]]:
    """The queues without those that go."""
    gone = set(going)
    rest = {campaign: [index for index in queue if index not in gone] for campaign, queue in queues.items()}
    return {campaign: queue for campaign, queue in rest.items() if queue}


def _tell(channel: str, office: str, breaker: Breaker, answer: Answer, now: float) -> None:
    """Why it opened, and for how long, is in the log alone."""
    place = {"channel": channel, "office": office}
    if breaker.open_until is None:
        log.info("breaker_closed", extra=place)
    else:
        log.warning(
            "breaker_opened", extra=place | {"reason": answer.reason, "seconds": round(breaker.open_until - now)}
        )
