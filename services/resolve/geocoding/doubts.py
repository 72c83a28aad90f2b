"""Clears up doubts: asks the geocoder about the streets of people whose ZIP leaves the district open, a batch at a time.

A place that comes back goes through Postbag's own look-up, as if the frontend had sent it; the district that the geocoder
names stands only where the map has no lines. What contradicts the person's ZIP or state, or the map, changes nothing and is
told as a conflict. Without an answer, the very object that came in goes out: as if there were no geocoder.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from services.resolve.geocoding.wanted import Located, Reply, Wanted
from services.resolve.lookup import resolve
from services.resolve.question import Asserted, Point, Question
from services.resolve.recipients import LIST

if TYPE_CHECKING:
    from schemas.campaign import Campaign
    from services.resolve.geocoding.geocoder import Geocoder
    from services.resolve.incoming import Incoming
    from services.resolve.reference.plans import Plan
    from services.resolve.resolution import Conflict, Reason, Resolution

_NO_STREET: Final = re.compile(
    r"\s*(?:p\W*o\W*(?:box|b\b)|post\s+office\s+box|box\s+\d|general\s+delivery|(?:psc|cmr|unit)\s+\d+\s+box)",
    re.IGNORECASE,
)
"""Where mail waits, and nobody lives."""

_TOLD: Final[dict[str, tuple[Conflict | None, Reason | None]]] = {
    "none": (None, "street_not_found"),
    "refused": (None, "street_not_found"),
    "ambiguous": (None, "street_ambiguous"),
    "elsewhere": ("geocoder_vs_state", None),
}
"""What an answer that is no place adds to what was known. The results that are no answer add nothing."""


_needed: Final[dict[str, tuple[Campaign, bool]]] = {}
"""By slug, with the version that it is of: whether a campaign needs the district."""


@dataclass(frozen=True, slots=True, repr=False)
class Doubt:
    """An answer that leaves the district open, what it answered, and the street that may settle it."""

    plan: Plan
    question: Question
    answer: Resolution
    street: str
    city: str


def is_open(answer: Resolution) -> bool:
    """Whether an answer leaves the district open in a way that a street may settle."""
    return answer.outcome in ("ambiguous", "state_only") and not answer.conflicts


def doubt(incoming: Incoming, answer: Resolution | None, campaign: Campaign | None, plan: Plan | None) -> Doubt | None:
    """The doubt in an answer that leaves the district open, if the campaign needs it and the person gave a street."""
    if answer is None or not is_open(answer):
        return None
    located = incoming.point is not None and incoming.point.accuracy != "centroid"
    if located or plan is None or campaign is None or not _needs_district(campaign):
        return None  # a place that the frontend sent is no worse than any that would come back
    address = json.loads(incoming.submission)["constituent"]["address"]
    for line in (address["line1"], address.get("line2", "")):
        # The Census geocoder takes no street without a house number; a name above the street is not its business.
        if any(char in "0123456789" for char in line) and not _NO_STREET.match(line):
            return Doubt(plan, incoming.question(), answer, line, address["city"])
    return None


def clear_up(geocoder: Geocoder, doubts: Sequence[Doubt]) -> list[Resolution]:
    """An answer for each doubt, in order: the old one where nothing was gained. Returns within the geocoder's budget."""
    useful = [one for one in doubts if one.plan.grid is not None or geocoder.knows_districts(one.plan.congress)]
    replies = geocoder.locate([_wanted(one) for one in useful])
    cleared = {id(one): _settled(one, reply) for one, reply in zip(useful, replies, strict=True)}
    return [cleared.get(id(one), one.answer) for one in doubts]


def _wanted(one: Doubt) -> Wanted:
    return Wanted(one.street, one.city, one.question.state, one.question.zip5, one.plan.congress)


def _settled(one: Doubt, reply: Reply) -> Resolution:
    if reply.located is None:
        return _told(one.answer, *_TOLD.get(reply.result, (None, None)))
    question = _better(one, reply.located)
    if question is None:
        return one.answer
    answer = resolve(one.plan, question)
    conflict = _conflict(one, reply.located, answer)
    return _told(one.answer, conflict, None) if conflict else _told(answer, None, "geocoded")


def _better(one: Doubt, located: Located) -> Question | None:
    """The question with the place in it, or with the geocoder's own district where the map has no lines."""
    if one.plan.grid is not None:
        return replace(one.question, point=Point(located.lat, located.lon, "interpolated"))
    if located.geoid is None:
        return None
    return replace(one.question, asserted=Asserted(located.geoid, one.plan.congress, "geocoder"))


def _conflict(one: Doubt, located: Located, answer: Resolution) -> Conflict | None:
    """What speaks against the new answer. A letter to the wrong office is worse than a question to the person."""
    lost = one.answer.senate_seats and not answer.senate_seats
    if lost or not set(answer.states) <= set(one.answer.states):
        return "geocoder_vs_state"
    strangers = set(answer.candidates) - set(one.answer.candidates) if one.answer.candidates else set()
    if strangers and not located.same_zip:
        return "geocoder_vs_zip"
    named = one.plan.by_geoid.get(located.geoid) if located.geoid else None
    return "geocoder_vs_point" if named and answer.candidates and named not in answer.candidates else None


def _told(answer: Resolution, conflict: Conflict | None, reason: Reason | None) -> Resolution:
    """The answer with what is to be said of it; its own object where that is nothing, and no longer everybody's otherwise."""
    if conflict is None and reason is None:
        return answer
    conflicts = (*answer.conflicts, conflict) if conflict else answer.conflicts
    reasons = (*answer.reasons, reason) if reason else answer.reasons
    return replace(answer, conflicts=conflicts, reasons=reasons, kept=False)


def _needs_district(campaign: Campaign) -> bool:
    """Whether a target depends on the House seat: otherwise the street is no business of a geocoder."""
    kept = _needed.get(campaign.slug)
    if kept is None or kept[0] is not campaign:
        lists = {target.removeprefix(LIST) for target in campaign.targets if target.startswith(LIST)}
        listed = (one for one in campaign.recipients if one.list in lists)
        needed = any(place.startswith("H") for one in listed for place in one.serves)
        kept = _needed[campaign.slug] = (campaign, needed or "your_representative" in campaign.targets)
    return kept[1]
