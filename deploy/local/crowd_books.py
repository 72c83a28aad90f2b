"""What the books must show after a crowd has passed: the oracle of the demo, the tests and the chaos runs.

It is worked out from the crowd alone, before or without any service running. Of two submissions by one person either
may be the one that is sent, since Kafka keeps no order between them; the books are held to "exactly one of the two".
It must never look at what the services did in order to say what they should have done.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import get_args

from deploy.local.crowd import DEMO_MIX, FIRST_DAY, Mix, State, crowd


@dataclass(frozen=True, slots=True)
class Expectations:
    """A crowd's outcome.

    ``counts`` are records by expected state, repeats included. ``ids`` are the submission ids by state: those of
    ``repeat`` stand under ``letter`` as well, and ``dead`` has the key's text for a record without an id. ``twins`` are
    the pairs of ids of one person, of which one is to be ``letter`` and the other ``suppressed``. ``offices`` says how
    many letters each office must have accepted.
    """

    counts: Counter[State]
    ids: Mapping[State, frozenset[str]]
    twins: tuple[tuple[str, str], ...]
    offices: Counter[str]

    @property
    def letters(self) -> int:
        """How many letters the offices together must have accepted."""
        return self.counts["letter"]

    def states(self) -> dict[str, State]:
        """The one state of each submission, with the first of two twins as the one that is sent."""
        return {identity: state for state, ids in self.ids.items() if state != "repeat" for identity in ids}

    def differences(self, found: Mapping[str, str]) -> dict[str, tuple[State | None, str | None]]:
        """Where ``found`` (submission id to state) is not what it should be: id to (expected, found).

        None stands for a submission that is not in the books, or that should not be.
        """
        expected = self.states()
        for first, second in self.twins:
            if found.get(first) == "suppressed" and found.get(second) == "letter":
                expected[first], expected[second] = "suppressed", "letter"
        return {
            identity: (expected.get(identity), found.get(identity))
            for identity in {*expected, *found}
            if expected.get(identity) != found.get(identity)
        }


def expectations(
    seed: int, people: int, campaign: str, mix: Mix = DEMO_MIX, *, start: datetime = FIRST_DAY
) -> Expectations:
    """What ``crowd`` with the same arguments must come to."""
    counts: Counter[State] = Counter()
    offices: Counter[str] = Counter()
    twins: list[tuple[str, str]] = []
    ids: dict[State, set[str]] = {state: set() for state in get_args(State)}
    for sent in crowd(seed, people, campaign, mix, start=start):
        counts[sent.expected] += 1
        ids[sent.expected].add(sent.submission_id)
        if sent.expected == "letter" and sent.office:
            offices[sent.office] += 1
        if sent.expected == "suppressed" and sent.echo_of:
            twins.append((sent.echo_of, sent.submission_id))
    return Expectations(counts, {state: frozenset(found) for state, found in ids.items()}, tuple(twins), offices)
