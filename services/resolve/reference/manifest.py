"""What a reference file says of itself: its maps, how much it knows of each state, and the published files it came from.

It travels inside the file, so a worker, an operator and a later build can tell what they have without opening the rest.
Two manifests compared say whether a new file lost something on the way: a build or a swap that shrinks is refused.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Final, Literal

from schemas.fields import PlanId
from schemas.resolved import WeightKind
from schemas.wire import Wire

MOST_LOST: Final = 0.01
"""How much of any count a new file may lose: ZIPs are retired by the dozen, and a truncated table loses more."""


class SourceNote(Wire):
    """A published file that went in. ``sha256`` is that of the file as published."""

    name: str
    kind: str
    sha256: str
    rows: int
    url: str = ""
    published_on: date | None = None
    licence: str = ""
    counts: dict[str, int]


class PlanCounts(Wire):
    """What is known by one map. ``zip_points`` are ZIPs without an area that lie in one of its districts."""

    districts: int
    zips: int
    split_zips: int
    pairs: int
    weighted_zips: int
    plus4_ranges: int
    zip_points: int
    shapes: int


class StateCounts(Wire):
    """Of one state: districts that the file knows, and ZIPs that touch one of them."""

    districts: int
    zips: int


class PlanNote(Wire):
    """One map. It holds from ``valid_from`` until before ``valid_to``.

    ``coverage`` is ``nation`` where every district and every state has at least a ZIP; else see ``states``.
    """

    id: PlanId
    congress: int
    valid_from: datetime
    valid_to: datetime
    weight_kind: WeightKind
    counts: PlanCounts
    states: dict[str, StateCounts]
    coverage: Literal["nation", "part"]


class RosterNote(Wire):
    """Who holds the seats: how many terms are known, and until when."""

    terms: int
    published_on: date
    complete_since: date


class Manifest(Wire):
    """A reference file. ``counts`` are totals over it; ``built_at`` is absent unless asked for, so that the same sources
    always make the same bytes.
    """

    format: int
    plans: tuple[PlanNote, ...]
    roster: RosterNote | None = None
    sources: tuple[SourceNote, ...] = ()
    counts: dict[str, int]
    built_at: datetime | None = None


def shrinkage(old: Manifest, new: Manifest) -> list[str]:
    """What ``new`` has lost against ``old``, one sentence each; empty if nothing that matters.

    A map that is gone, a count of a map that fell by more than ``MOST_LOST``, a state that had districts or ZIPs and has
    none, a roster that is gone or lost as much.
    """
    lost: list[str] = []
    plans = {plan.id: plan for plan in new.plans}
    for before in old.plans:
        after = plans.get(before.id)
        lost += [f"{before.id} is gone"] if after is None else _of_plan(before, after)
    if old.roster is not None and new.roster is None:
        lost.append("the roster is gone")
    return lost


def _of_plan(before: PlanNote, after: PlanNote) -> list[str]:
    lost: list[str] = []
    for name in ("districts", "zips", "pairs", "plus4_ranges", "zip_points", "shapes"):
        had, has = getattr(before.counts, name), getattr(after.counts, name)
        if has < had * (1 - MOST_LOST):
            lost.append(f"{before.id}: {has} {name} where there were {had}")
    for state, counts in before.states.items():
        now = after.states.get(state, StateCounts(districts=0, zips=0))
        lost += [
            f"{before.id}: {state} has lost all its {name}"
            for name in ("districts", "zips")
            if getattr(counts, name) and not getattr(now, name)
        ]
    return lost
