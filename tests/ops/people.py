"""Who writes in the check: a trickle of people all the time, and crowds of one kind at once."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from time import monotonic, sleep
from types import TracebackType
from typing import Final, Self

from deploy.local.crowd import ALL_GOOD, Mix, Sent, crowd
from schemas.topics import SUBMISSIONS
from services.pipeline.publisher import Publisher
from services.pipeline.settings import KafkaSettings

MOST: Final = 20_000
UNCLEAR: Final = Mix(good=0, bad_fields=0, garbage=0, repeat=0, again=0, unclear=1, abroad=0)
GARBAGE: Final = Mix(good=0, bad_fields=0, garbage=1, repeat=0, again=0, unclear=0, abroad=0)
ALL_KINDS: Final = Mix(good=0.9, bad_fields=0.02, garbage=0, repeat=0.02, again=0.02, unclear=0.03, abroad=0.01)
"""The trickle: what a good day brings, without what nobody can read."""


def writing_to(offices: Collection[str], count: int, campaign: str, seed: int) -> Iterator[Sent]:
    """``count`` people whose letters go to one of ``offices``."""
    people = (one for one in crowd(seed, MOST, campaign, ALL_GOOD) if one.office in offices)
    return islice(people, count)


def send(settings: KafkaSettings, people: Iterable[Sent]) -> None:
    """Send a crowd at once, and wait until all of it is acknowledged."""
    publisher = Publisher(settings)
    for one in people:
        publisher.publish(SUBMISSIONS, one.key, one.value, list(one.headers))
    publisher.close(deadline=60)


class Trickle:
    """Somebody writes ``rate`` times a second, for the length of a ``with`` block."""

    def __init__(self, settings: KafkaSettings, campaign: str, rate: float) -> None:
        self._settings, self._rate = settings, rate
        self._people = crowd(1, MOST, campaign, ALL_KINDS)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._send, name="trickle", daemon=True)
        self.sent = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        self._thread.join(timeout=60)

    def _send(self) -> None:
        publisher, began = Publisher(self._settings), monotonic()
        for one in self._people:
            if self._ending.is_set():
                break
            publisher.publish(SUBMISSIONS, one.key, one.value, list(one.headers))
            self.sent += 1
            sleep(max(0.0, began + self.sent / self._rate - monotonic()))
        publisher.close(deadline=30)
