"""The books of completions: how often each submission was completed, and what came of it.

A completion ends in a rejection, in the release of what was held, in a new hold, or in ``dead``; one that has none of
these is pending. Intake and resolve write each of them once, so whatever is more than was sent has been done twice.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from schemas.resolved import Released

OUTCOMES = ("released", "held", "rejected", "dead", "pending")
"""What becomes of a completion: ``held`` means that its submission is in doubt still, and waits for another."""


@dataclass(slots=True)
class Completions:
    """Counts by submission id. ``sent`` and ``dead`` are of both topics that completions pass, ``holds`` of submissions."""

    sent: Counter[str] = field(default_factory=Counter)
    accepted: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    dead: Counter[str] = field(default_factory=Counter)
    holds: Counter[str] = field(default_factory=Counter)
    releases: Counter[str] = field(default_factory=Counter)
    waiting: set[str] = field(default_factory=set)
    """What is held now."""

    def follow(self, name: str, event: object) -> None:
        """Take an event of ``held``; those of one submission come in their order."""
        if isinstance(event, Released):
            self.releases[name] += 1
            self.waiting.discard(name)
        else:
            self.holds[name] += 1
            self.waiting.add(name)

    def add_up(self) -> tuple[Counter[str], list[str]]:
        """Every completion that was sent in its one state, and what does not agree."""
        counts: Counter[str] = Counter()
        again = Counter({name: holds - 1 for name, holds in self.holds.items() if holds > 1})
        outcomes = {"released": self.releases, "held": again, "rejected": self.rejected, "dead": self.dead}
        for state, of_each in outcomes.items():
            counts[state] = of_each.total()
        ends = sum(outcomes.values(), Counter[str]())
        counts["pending"] = (self.sent - ends).total()
        return Counter({state: counts[state] for state in OUTCOMES if counts[state]}), [*self._faults(ends)]

    def _faults(self, ends: Counter[str]) -> list[str]:
        faults = []
        if twice := len(ends - self.sent):
            faults.append(f"{twice} submissions were held again, released or rejected more often than completed")
        if strange := len(self.accepted - self.sent):
            faults.append(f"{strange} submissions have more completions in accepted than were sent")
        if early := sum(count > self.holds[name] for name, count in self.releases.items()):
            faults.append(f"{early} submissions were released more often than held")
        return faults
