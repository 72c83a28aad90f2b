"""Answers in words: a sentence for every code that resolve can give, for a person who asks on the command line.

A test holds these tables against the code's own lists, so that no code is ever shown without its meaning.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from schemas.resolved import Outcome, SeatStatus, WeightKind
from services.resolve.resolution import Basis, Conflict, Reason

OUTCOMES: Final[Mapping[Outcome, str]] = MappingProxyType(
    {
        "resolved": "The district is certain.",
        "ambiguous": "The district is in doubt.",
        "state_only": "The state is certain, and the district is not known.",
        "no_representation": "This place gets U.S. mail and has no seat in Congress.",
        "needs_voting_residence": "Military and diplomatic mail does not tell where a person votes: ask for that address.",
        "not_us": "This is not an address in the United States.",
        "invalid": "This is not a ZIP.",
        "unknown_zip": "No such ZIP has been assigned.",
    }
)

BASES: Final[Mapping[Basis, str]] = MappingProxyType(
    {
        "asserted": "a district that was looked up before, on this very map",
        "zip9": "the ZIP+4",
        "point": "the point on the map",
        "zip_unique": "the ZIP, whose area lies in one district",
        "zip_dominant": "the ZIP, nearly all of whose people live in one of its districts",
        "zip_split": "the ZIP, which has several districts",
        "po_box_point": "the place of the ZIP's post office, since the ZIP has no area",
        "state_atlarge": "the state, which has a single seat",
        "state_field": "the state",
        "zip3": "the first three digits of the ZIP",
        "none": "nothing",
    }
)

_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "state": "state",
        "zip": "ZIP",
        "point": "point",
        "plus4": "ZIP+4",
        "asserted": "asserted district",
    }
)


def conflict(code: Conflict) -> str:
    """The sentence for a conflict: the weaker evidence is named first, and the stronger was taken."""
    weaker, _, stronger = code.partition("_vs_")
    if weaker == "geocoder":
        return f"What the geocoder found contradicts the {_WORDS[stronger]}, and was not used."
    if code == "state_vs_zip":
        return "The state and the ZIP contradict each other; one of the two is a mistake."
    return f"The {_WORDS[weaker]} points elsewhere than the {_WORDS[stronger]}, which is the better evidence."


REASONS: Final[Mapping[Reason, str]] = MappingProxyType({
    "asserted_unknown": "The district that was asserted does not exist, and was not used.",
    "centroid_ignored": "The middle of a ZIP or a city is no place where somebody lives: the point was not used.",
    "evidence_in_another_state": "What else is known lies in a state that the ZIP does not reach.",
    "foreign_postcode": "It is written as Canada or the United Kingdom write their postcodes.",
    "freely_associated": "Micronesia, the Marshall Islands and Palau get U.S. mail and have no seat in Congress.",
    "geocoded": "The geocoder that is set up here was asked where the street is.",
    "leading_zero_lost": "It has too few digits; spreadsheets drop leading zeros. It was not repaired: ask the person.",
    "military_mail": "It is military or diplomatic mail.",
    "near_border": "The point is so near to a border that another district cannot be ruled out.",
    "no_senators": "The District of Columbia and the territories have no senators.",
    "other_congress": "The district that was asserted is of another Congress's map, and was not used.",
    "plus4_not_covered": "This file has no range for the ZIP+4, so it did not help.",
    "po_box": "Nobody lives in a ZIP of post office boxes: the district is that of the post office.",
    "point_not_covered": "This map has no district at the point: it is on water, abroad, or in a state without areas here.",
    "state_contradicts_evidence": "The state contradicts everything else that is known, so no seat was taken.",
    "state_contradicts_zip": "The ZIP lies in another state than the one given, so no seat was taken.",
    "state_narrowed": "The ZIP reaches into several districts, and the state given has one of them.",
    "state_needed": "It may lie in several states: give the state to find the senators.",
    "street_ambiguous": "The geocoder that is set up here found the street in several places.",
    "street_not_found": "The geocoder that is set up here did not find the street.",
    "zip_malformed": "A ZIP has five digits, or nine with a hyphen after the fifth.",
    "zip_missing": "No ZIP was given.",
    "zip_not_listed": "The ZIP is not in this file; only its first three digits are known.",
    "zip_split": "The ZIP reaches into several districts: a street address, a ZIP+4 or a point can tell which.",
    "zip_unassigned": "No ZIP begins with these three digits.",
})  # fmt: skip

STATUSES: Final[Mapping[SeatStatus, str]] = MappingProxyType(
    {
        "held": "held",
        "vacant": "vacant",
        "term_ended_unconfirmed": "term over",
        "unknown": "not known",
    }
)

STATUS_SENTENCES: Final[Mapping[SeatStatus, str]] = MappingProxyType(
    {
        "held": "",
        "vacant": "A seat is vacant: nobody holds it until somebody is elected or appointed.",
        "term_ended_unconfirmed": "The last known term of a seat is over, and the roster is too old to know who followed.",
        "unknown": "Who holds a seat is not known: no roster in this file tells of that time.",
    }
)

WEIGHTS: Final[Mapping[WeightKind, str]] = MappingProxyType(
    {
        "population": "of the ZIP's people",
        "land": "of the ZIP's land",
        "none": "no shares known",
    }
)
