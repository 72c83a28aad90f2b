"""What operators hold back, as a running worker knows it: it follows the ``controls`` topic.

The topic is compacted and small, so each worker reads all of it at start and looks for news every second while it works:
an order is in force everywhere within five. Most of the time there is none, and then asking costs one truth test a
letter. It must never guess: an order that cannot be read leaves the one before it in force, and is logged.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic, time
from typing import TYPE_CHECKING, Final

from schemas.control import ControlGiven, Scope
from schemas.topics import CONTROLS
from schemas.wire import Unreadable, read
from services.pipeline.follower import Follower

if TYPE_CHECKING:
    from services.pipeline.broker import Reader, Record

log = logging.getLogger(__name__)

_LOOK_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Pause:
    """A pause in force: what it holds, and until when (seconds since the epoch; None: until somebody ends it)."""

    scope: Scope
    name: str
    until: float | None


class Controls:
    """The orders in force by ``scope/name``; the newest of each counts, and a tombstone ends it.

    ``clock`` says how old the last look is, ``now`` (seconds since the epoch) which pauses have run out.
    """

    def __init__(
        self,
        reader: Callable[[], Reader],
        clock: Callable[[], float] = monotonic,
        now: Callable[[], float] = time,
    ) -> None:
        self._now = now
        self._orders: dict[str, ControlGiven] = {}
        self._pauses: dict[tuple[Scope, str], Pause] = {}
        self._cancelled: frozenset[str] = frozenset()
        self._follower = Follower(reader(), CONTROLS, self._take, clock)
        self._look()

    def pause(self, campaign: str, office: str, channel: str) -> Pause | None:
        """What holds a letter of ``campaign`` to ``office`` on ``channel``: of several pauses, the one that lasts longest."""
        if not self._pauses:
            return None
        asked: tuple[tuple[Scope, str], ...] = (
            ("all", "*"), ("campaign", campaign), ("office", office), ("channel", channel)
        )  # fmt: skip
        longest: Pause | None = None
        for one in asked:
            found = self._pauses.get(one)
            if found is None or (found.until is not None and found.until <= self._now()):
                continue
            if found.until is None:
                return found
            if longest is None or longest.until is None or found.until > longest.until:
                longest = found
        return longest

    def cancelled(self, campaign: str) -> bool:
        """Whether no letter of ``campaign`` is to be sent any more."""
        return bool(self._cancelled) and campaign in self._cancelled

    def in_force(self) -> list[ControlGiven]:
        """Every order that holds something now, for operators; in the order of scope and name."""
        moment = self._now()
        found = [one for one in self._orders.values() if not _over(one, moment)]
        return sorted(found, key=lambda one: (one.data.scope, one.data.name))

    def refresh(self) -> None:
        """Look for news, if the last look is over a second old."""
        if self._follower.is_older_than(_LOOK_SECONDS):
            self._look()

    def close(self) -> None:
        """Close the connection."""
        self._follower.close()

    def _look(self) -> None:
        self._follower.look()
        self._sort()

    def _take(self, record: Record) -> None:
        key = (record.key or b"").decode("utf-8", "replace")
        if record.value is None:
            if self._orders.pop(key, None) is not None:
                log.info("control_ended", extra={"control": key})
            return
        try:
            found = read(ControlGiven, record.value)
        except Unreadable as error:
            _not_taken_up(record, error.reason)
            return
        if key_of(found.data.scope, found.data.name).decode() != key:  # compaction and a tombstone go by the key
            _not_taken_up(record, "wrong_key")
            return
        self._orders[key] = found
        log.info("control_taken_up", extra={"control": key, "action": found.data.action})

    def _sort(self) -> None:
        """What is asked for each letter; a pause that has run out is left behind here, so that asking is cheap again."""
        orders = [one.data for one in self.in_force()]
        self._pauses = {
            (one.scope, one.name): Pause(one.scope, one.name, one.until.timestamp() if one.until else None)
            for one in orders
            if one.action == "pause"
        }
        self._cancelled = frozenset(one.name for one in orders if one.action == "cancel")


def key_of(scope: Scope, name: str) -> bytes:
    """The key of an order in ``controls``."""
    return f"{scope}/{name}".encode()


def _over(order: ControlGiven, moment: float) -> bool:
    return order.data.until is not None and order.data.until.timestamp() <= moment


def _not_taken_up(record: Record, reason: str) -> None:
    log.error("control_unreadable", extra={"offset": record.offset, "reason": reason})
