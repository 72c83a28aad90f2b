"""What each role reads and writes: the rights that its credentials need, as data.

The same table is what an administrator grants by (docs/doctor.md), and what ``postbag doctor --role`` holds a user to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from schemas.topics import (
    ACCEPTED,
    ALL,
    CAMPAIGNS,
    CONTROLS,
    DEAD,
    DEAD_SETTLED,
    HELD,
    LEDGER,
    LETTERS,
    REJECTED,
    REPORTS,
    RESOLVED,
    SUBMISSIONS,
    TIERS,
    Topic,
)

Role = Literal["operator", "frontend", "ingest", "resolve", "render", "deliver", "observe"]


@dataclass(frozen=True, slots=True)
class Needs:
    """Topics; whoever reads or writes one may describe it as well."""

    reads: tuple[Topic, ...]
    writes: tuple[Topic, ...]


ROLES: Final[Mapping[Role, Needs]] = {
    "operator": Needs(
        ALL, (CAMPAIGNS, CONTROLS, DEAD_SETTLED, DEAD, SUBMISSIONS, ACCEPTED, RESOLVED, LETTERS, *TIERS, REPORTS)
    ),
    "frontend": Needs((REJECTED, HELD), (SUBMISSIONS,)),
    "ingest": Needs((SUBMISSIONS, ACCEPTED, CAMPAIGNS), (ACCEPTED, REJECTED, DEAD)),
    "resolve": Needs((ACCEPTED, HELD, CAMPAIGNS), (RESOLVED, HELD, REJECTED, DEAD)),
    "render": Needs((RESOLVED, CAMPAIGNS), (LETTERS, DEAD)),
    "deliver": Needs((LETTERS, *TIERS, REPORTS, LEDGER, CONTROLS), (LEDGER, *TIERS, DEAD)),
    "observe": Needs(ALL, ()),
}
"""An operator writes to the topics that dead letters come from, to put them back."""
