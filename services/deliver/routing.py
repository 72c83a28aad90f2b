"""Which channel a letter goes by: the first of its target's that can carry it and has not surely failed to.

What a channel cannot carry (no XML could be made of it, an office that takes no part) is known without asking anybody, so the
letter moves on at once. After an attempt it moves on only on proof, which ``services.deliver.verdicts`` decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from services.deliver.channel import Unfit

if TYPE_CHECKING:
    from schemas.letter import Letter
    from services.deliver.channel import Channel
    from services.deliver.channels import Channels
    from services.deliver.offices import Offices

NO_CHANNEL: Final = "no_channel"
_KNOWN: Final = 20_000
"""Targets whose ways are remembered: more than any installation has, and a bound."""


class Way(NamedTuple):
    """A channel that can carry the letter, the address on it, what it will send, and whether the route ends with it."""

    channel: Channel
    to: str
    body: bytes
    last: bool = True

    @property
    def on_record(self) -> bool:
        """Whether an attempt must be on record before it begins: a worker that ends in its midst must leave a trace where
        a repeat could deliver twice, and where a repeat that is refused would lead on to another channel.
        """
        return not self.channel.idempotent or not self.last


class Routing:
    """Ways of letters by the operator's offices file."""

    def __init__(self, offices: Offices, channels: Channels) -> None:
        self._offices, self._channels = offices, channels
        self._ways = lru_cache(_KNOWN)(self._find)

    def first(self, letter: Letter, current: str = "") -> Way | Unfit:
        """The letter's way, from the channel ``current`` on where it has one; else why there is none."""
        return self._from(letter, current, passed=False)

    def after(self, letter: Letter, current: str) -> Way | Unfit:
        """The next way after ``current``, which surely did not deliver it."""
        return self._from(letter, current, passed=True)

    def usual(self, letter: Letter) -> str:
        """The name of the first channel of the letter's target, whether it can carry the letter or not."""
        return self._ways(letter.office, letter.channel, letter.to)[0][0].name

    def _from(self, letter: Letter, current: str, *, passed: bool) -> Way | Unfit:
        ways = self._ways(letter.office, letter.channel, letter.to)
        names = [channel.name for channel, _ in ways] if current else []
        start = names.index(current) + passed if current in names else 0
        why: Unfit | None = None
        for place, (channel, to) in enumerate(ways[start:], start + 1):
            body = channel.body(letter, to)
            if not isinstance(body, Unfit):
                return Way(channel, to, body, last=place == len(ways))
            why = why or body
        return why or Unfit(NO_CHANNEL)

    def _find(self, office: str, channel: str | None, to: str | None) -> Sequence[tuple[Channel, str]]:
        return [(self._channels.find(hop.channel), hop.to) for hop in self._offices.route(office, channel, to)]
