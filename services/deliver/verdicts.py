"""What follows from an attempt: the letter's new state, and when it is tried again, as a plain function.

Three rules make "at most once" of it. An unknown outcome is tried again only where a repeat cannot deliver twice. Once
an attempt on a channel may have arrived, no later answer but "accepted" is believed to settle the letter, and no other
channel is tried. And what cannot be tried again in time is *expired* only if nothing of it can have arrived, else *in
doubt*.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from schemas.ledger import State
    from schemas.letter import Letter
    from services.deliver.answers import Answer
    from services.deliver.claims import Claim

_JITTER: Final = 0.5
"""The most that is added to a wait, as a share of its length. Nothing is ever taken away."""


class Next(NamedTuple):
    """``state`` and ``reason`` for the ledger. ``due`` (seconds since the epoch) where the letter is tried again, else 0.

    ``another`` tells that it surely was not delivered on this channel: the target's next one may be tried.
    """

    state: State
    reason: str
    due: float = 0.0
    unsure: bool = False
    another: bool = False


class Verdicts:
    """``after`` gives the usual wait (seconds) after a number of attempts; ``max_age`` is in seconds."""

    def __init__(
        self, after: Callable[[int], float], max_age: float, dice: Callable[[float, float], float] = random.uniform
    ) -> None:
        self._after, self._max_age, self._dice = after, max_age, dice

    def ends(self, letter: Letter) -> float:
        """When the letter is worth nothing any more, or has waited too long (seconds since the epoch).

        What a campaign spreads over hours is not too old because its turn came late.
        """
        oldest = letter.accepted_at.timestamp() + self._max_age + (letter.drip_hours or 0.0) * 3600
        return oldest if letter.deliver_before is None else min(oldest, letter.deliver_before.timestamp())

    def of_answer(
        self, answer: Answer, letter: Letter, now: float, *, attempts: int, unsure: bool, idempotent: bool
    ) -> Next:
        """After an attempt that ended; ``unsure`` is as it was before it, ``attempts`` counts it."""
        verdict = answer.if_unsure if unsure and answer.if_unsure else answer.verdict
        if verdict == "accepted":
            return Next("accepted", answer.reason)
        if verdict == "refused":
            return Next("in_doubt", "refused_after_unknown", unsure=True) if unsure else Next(
                "refused", answer.reason, another=True
            )  # fmt: skip
        if verdict == "unknown" and not idempotent:
            return Next("in_doubt", answer.reason, unsure=True)
        unsure = unsure or verdict == "unknown"
        # Towards the end it is tried sooner than usual: a wait past the end would give up what time there is.
        usual = min(self._after(attempts), max(self._after(1), (self.ends(letter) - now) / 2))
        wait = max(usual, answer.retry_after or 0.0) + self._dice(0.0, usual * _JITTER)
        return self._again("unknown" if verdict == "unknown" else "retrying", answer.reason, letter, now + wait, unsure)

    def of_lost(self, claim: Claim, letter: Letter, now: float, *, idempotent: bool) -> Next:
        """After an attempt whose worker ended before it could say how it went."""
        if not idempotent:
            return Next("in_doubt", "worker_lost", unsure=True)
        return self._again("unknown", "worker_lost", letter, now, unsure=True)

    def of_end(self, letter: Letter, now: float, *, unsure: bool) -> Next | None:
        """Where its time is over before another attempt, else None."""
        if now < self.ends(letter):
            return None
        return Next("in_doubt", "expired_after_unknown", unsure=True) if unsure else Next("expired", "too_late")

    def _again(self, state: State, reason: str, letter: Letter, due: float, unsure: bool) -> Next:
        if due >= self.ends(letter):
            return Next("in_doubt" if unsure else "expired", reason, unsure=unsure)
        return Next(state, reason, due, unsure)
