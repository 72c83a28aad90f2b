"""A crowd for the demo, the tests and the benchmark: what many people send through several frontends, good and bad.

The same seed sends the same bytes anywhere, so that a failed run can be had again. Each sending says what should become
of it, worked out from how it was made and from the sample's tables, never by asking the services that it tests
(``deploy.local.crowd_books`` holds the books against it). It writes no real person's name, address or mail.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from deploy.local import crowd_people
from deploy.local.crowd_forms import (
    ENVELOPED,
    FRONTENDS,
    NEWER_TYPE,
    SENT_TYPE,
    Envelope,
    Headers,
    submission_id,
    uuid4,
)
from deploy.local.crowd_people import Data, person, respell
from deploy.local.crowd_places import places
from deploy.local.dice import Dice

State = Literal["letter", "rejected", "repeat", "suppressed", "held", "dead"]
"""What the books should show. A repeat adds nothing to them: its submission stands where the first sending put it."""

Kind = Literal[
    "good",
    "field_missing", "email_bad", "zip_short", "campaign_unknown",
    "garbage", "no_id", "tombstone", "other_version",
    "repeat",
    "again",
    "split_zip", "two_states", "wrong_state", "prefix_only", "unassigned_zip",
    "foreign", "military", "associated",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mix:
    """Shares of the crowd by what is sent; they add up to 1. The kinds within a share are equally frequent.

    ``again`` is the same person under a new id, ``repeat`` the same bytes a second time; each echoes a good one of its
    own, so the two together may not be more than ``good``.
    """

    good: float = 0.86
    bad_fields: float = 0.03
    garbage: float = 0.01
    repeat: float = 0.02
    again: float = 0.02
    unclear: float = 0.04
    abroad: float = 0.02

    def __post_init__(self) -> None:
        shares = asdict(self).values()
        if min(shares) < 0 or abs(sum(shares) - 1) > 1e-9:
            raise ValueError("the shares of a mix must not be negative, and must add up to 1")
        if self.repeat + self.again > self.good:
            raise ValueError("a mix cannot have more echoes than good submissions")


DEMO_MIX: Final = Mix()
ALL_GOOD: Final = Mix(good=1, bad_fields=0, garbage=0, repeat=0, again=0, unclear=0, abroad=0)
"""For the benchmark: every submission becomes one letter."""

FIRST_DAY: Final = datetime(2026, 3, 2, 14, tzinfo=UTC)

_KINDS: Final[dict[str, tuple[Kind, ...]]] = {
    "good": ("good",),
    "bad_fields": ("field_missing", "email_bad", "zip_short", "campaign_unknown"),
    "garbage": ("garbage", "no_id", "tombstone", "other_version"),
    "repeat": ("repeat",),
    "again": ("again",),
    "unclear": ("split_zip", "two_states", "wrong_state", "prefix_only", "unassigned_zip"),
    "abroad": ("foreign", "military", "associated"),
}

_HOMES: Final[dict[Kind, str]] = {
    "split_zip": "split_zip",
    "two_states": "two_states",
    "wrong_state": "wrong_state",
    "prefix_only": "prefix_only",
    "unassigned_zip": "unassigned",
    "military": "military",
    "associated": "associated",
}
"""Kinds that are held for where the person lives, and the group of places that they live in."""

_MISTAKES: Final[dict[Kind, Callable[[Data, Dice], None]]] = {
    "field_missing": crowd_people.lose_a_field,
    "email_bad": crowd_people.spoil_email,
    "zip_short": crowd_people.shorten_zip,
    "campaign_unknown": crowd_people.forget_campaign,
    "foreign": crowd_people.move_abroad,
}
"""Kinds that are rejected, and what is done to a good submission to make one."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One record for the ``submissions`` topic, and what should become of it.

    ``value`` is None for a tombstone. ``submission_id`` is the key's text where nothing in the record is an id.
    ``office`` is where its letter goes, if it makes one; ``echo_of`` the id of the submission that a repeat or a second
    sending by the same person echoes.
    """

    frontend: str
    key: bytes
    value: bytes | None
    headers: Headers
    kind: Kind
    submission_id: str
    expected: State
    office: str | None = None
    echo_of: str | None = None


def crowd(seed: int, people: int, campaign: str, mix: Mix = DEMO_MIX, *, start: datetime = FIRST_DAY) -> Iterator[Sent]:
    """``people`` sendings (echoes among them) for a campaign that writes to the Representative only.

    Args:
        seed: The same seed, mix and start give the same bytes.
        people: How many records, exactly.
        campaign: The slug of a published campaign.
        mix: How much of what; the counts are exact to one record.
        start: The time in the first envelope; each further one is 40 ms later.
    """
    sender = _Sender(seed, campaign, start)
    free: list[int] = []  # good ones that nothing has echoed yet
    for number, kind in enumerate(_originals_first(_shuffled(seed, _counted(people, mix)))):
        if kind == "good":
            free.append(number)
            yield sender.good(number)
        elif kind in ("repeat", "again"):
            original = free.pop(Dice("echo", seed, number).below(len(free)))
            yield sender.repeat(original) if kind == "repeat" else sender.again(number, original)
        else:
            yield sender.other(number, kind)


def _counted(people: int, mix: Mix) -> dict[Kind, int]:
    """How many of each kind. Shares are rounded so that the sum is exact: the largest remainders are rounded up."""
    exact = {kind: people * share / len(_KINDS[name]) for name, share in asdict(mix).items() for kind in _KINDS[name]}
    counts = {kind: int(number) for kind, number in exact.items()}
    by_remainder = sorted(exact, key=lambda kind: counts[kind] - exact[kind])
    for kind in by_remainder[: people - sum(counts.values())]:
        counts[kind] += 1
    while counts["repeat"] + counts["again"] > counts["good"]:
        counts["repeat" if counts["repeat"] else "again"] -= 1
        counts["good"] += 1
    return counts


def _shuffled(seed: int, counts: dict[Kind, int]) -> list[Kind]:
    deck = [kind for kind, count in counts.items() for _ in range(count)]
    order = sorted(range(len(deck)), key=lambda place: Dice("deck", seed, place).bits(64))
    return [deck[place] for place in order]


def _originals_first(kinds: Iterable[Kind]) -> Iterator[Kind]:
    """The same kinds, with an echo that has nothing to echo yet moved behind the next good one."""
    free, waiting = 0, list[Kind]()
    for kind in kinds:
        if kind not in ("repeat", "again"):
            yield kind
            free += kind == "good"
        else:
            waiting.append(kind)
        while waiting and free:
            yield waiting.pop()
            free -= 1


@dataclass(frozen=True, slots=True)
class _Sender:
    """Makes the sending of any number, each from the seed and its number alone."""

    seed: int
    campaign: str
    start: datetime

    def good(self, number: int) -> Sent:
        home = self._dice("home", number).pick(places().one_seat)
        data = person(self.seed, number, home, self.campaign)
        return self._send(number, "good", "letter", data, office=home.office)

    def repeat(self, original: int) -> Sent:
        first = self.good(original)
        return replace(first, kind="repeat", expected="repeat", echo_of=first.submission_id)

    def again(self, number: int, original: int) -> Sent:
        first = self.good(original)
        home = self._dice("home", original).pick(places().one_seat)
        data = person(self.seed, original, home, self.campaign)
        respell(data, self._dice("respelling", number))
        sent = self._send(number, "again", "suppressed", data, office=home.office)
        return replace(sent, echo_of=first.submission_id)

    def other(self, number: int, kind: Kind) -> Sent:
        dice = self._dice(kind, number)
        group = getattr(places(), _HOMES.get(kind, "one_seat"))
        data = person(self.seed, number, dice.pick(group), self.campaign)
        if kind in _HOMES:
            return self._send(number, kind, "held", data)
        if kind in _MISTAKES:
            _MISTAKES[kind](data, dice)
            return self._send(number, kind, "rejected", data)
        return self._unreadable(number, kind, data, dice)

    def _unreadable(self, number: int, kind: Kind, data: Data, dice: Dice) -> Sent:
        if kind == "other_version":
            return self._send(number, kind, "dead", data, type_=NEWER_TYPE)
        key = f"form-{self.seed}-{number}" if kind == "no_id" else uuid4(dice)
        value: bytes | None = None
        if kind == "no_id":
            value = dice.pick((json.dumps(data).encode(), b"[]", b'"signed"', b"{}"))
        elif kind == "garbage":
            value = dice.pick((b"\xff\xfe\x00{", b"name=Ada&zip=", b"", b'{"id":"', json.dumps(data).encode()[:-9]))
        return Sent(dice.pick(tuple(FRONTENDS)), key.encode(), value, (), kind, key, "dead")

    def _send(
        self, number: int, kind: Kind, expected: State, data: Data, *, type_: str = SENT_TYPE, office: str | None = None
    ) -> Sent:
        dice = self._dice("envelope", number)
        # A bare submission has no version that could be another.
        frontend = dice.pick(tuple(FRONTENDS) if type_ == SENT_TYPE else tuple(ENVELOPED))
        time = self.start + timedelta(milliseconds=40 * number)
        identity = submission_id(frontend, dice, time)
        headers, value = FRONTENDS[frontend](Envelope(identity, frontend, time, type_), data)
        return Sent(frontend, identity.encode(), value, headers, kind, identity, expected, office)

    def _dice(self, use: str, number: int) -> Dice:
        return Dice(use, self.seed, number)
