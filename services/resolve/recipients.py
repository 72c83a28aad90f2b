"""Which recipients of a campaign's own list serve a person: by state where it is certain, by House seat where it is known.

A list may have thousands of recipients and a campaign hundreds of thousands of letters, so each list is indexed once for
each published version. Whoever may serve the person, but not for certain, is never chosen: that is said to the policy.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from schemas.campaign import Campaign
from services.resolve.resolution import Resolution
from services.resolve.seats import Seat

LIST: Final = "list:"
"""What a target that is a list begins with."""

_NOWHERE: Final = ("needs_voting_residence", "invalid", "unknown_zip")
"""The outcomes that leave open where in the country the person votes."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The recipients' ids, in the list's order; ``in_doubt``: more of them might serve the person, were the place known."""

    offices: tuple[str, ...]
    in_doubt: bool


@dataclass(frozen=True, slots=True)
class _List:
    """Positions and ids: of everyone's recipients, and by each state or House seat that some serve."""

    everyone: tuple[tuple[int, str], ...]
    by_place: Mapping[str, tuple[tuple[int, str], ...]]

    def serving(self, places: Iterable[str]) -> tuple[str, ...]:
        found = set(self.everyone)
        for place in places:
            found.update(self.by_place.get(place, ()))
        return tuple(office for _, office in sorted(found))


_indexed: Final[dict[str, tuple[Campaign, Mapping[str, _List]]]] = {}
"""The lists of each campaign by its slug, with the version that they are of: at most as many as there are campaigns."""


def select(name: str, answer: Resolution, house: Seat | None, campaign: Campaign) -> Chosen:
    """Those of the list ``name`` who serve everyone, the person's state or ``house``, the person's House seat."""
    found = _lists(campaign).get(name)
    if found is None:
        return Chosen((), in_doubt=False)
    if answer.outcome in _NOWHERE:
        return Chosen(found.serving(()), in_doubt=bool(found.by_place))
    state = house.state if house else _state(answer)
    offices = found.serving(place for place in (state, house.office if house else "") if place)
    if house:
        return Chosen(offices, in_doubt=False)
    return Chosen(offices, in_doubt=any(place in found.by_place for place in _possible(answer, state, found)))


def _state(answer: Resolution) -> str:
    """The person's state, if it is certain: then its seats are known, or that it has none."""
    known = answer.senate_seats or "no_senators" in answer.reasons or answer.outcome == "no_representation"
    return answer.states[0] if len(answer.states) == 1 and known else ""


def _possible(answer: Resolution, state: str, found: _List) -> Iterable[str]:
    """The states and House seats that may be the person's and are not certain."""
    states = {*answer.states, *(seat.state for seat in answer.candidates)}
    yield from states - {state}
    if answer.candidates:
        yield from (seat.office for seat in answer.candidates)
    else:
        yield from (place for place in found.by_place if len(place) > 2 and place[1:3] in states)


def _lists(campaign: Campaign) -> Mapping[str, _List]:
    kept = _indexed.get(campaign.slug)
    if kept is None or kept[0] is not campaign:
        kept = _indexed[campaign.slug] = (campaign, _index(campaign))
    return kept[1]


def _index(campaign: Campaign) -> dict[str, _List]:
    everyone: dict[str, list[tuple[int, str]]] = {}
    by_place: dict[str, dict[str, list[tuple[int, str]]]] = {}
    for position, recipient in enumerate(campaign.recipients):
        here = (position, recipient.id)
        everyone.setdefault(recipient.list, [])
        if not recipient.serves:
            everyone[recipient.list].append(here)
        for place in recipient.serves:
            by_place.setdefault(recipient.list, {}).setdefault(place, []).append(here)
    return {
        name: _List(tuple(own), {place: tuple(offices) for place, offices in by_place.get(name, {}).items()})
        for name, own in everyone.items()
    }
