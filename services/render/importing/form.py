"""Which fields an alert's form asks for, and which of them it requires: labels with a star, or with the word.

A label is a whole short line, or several of them in a row; a sentence that mentions an address is none. Only what is marked
is required: a form without marks requires nothing that Postbag does not require anyway.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, get_args

from schemas.campaign import RequiredField
from services.render.importing.kinds import LEGEND, LONGEST

if TYPE_CHECKING:
    from services.render.importing.draft import Line, Lines

LABELS: Final[dict[str, tuple[RequiredField, ...]]] = {
    **dict.fromkeys(("prefix", "title", "salutation", "honorific", "title prefix", "prefix title"), ("prefix",)),
    **dict.fromkeys(("first name", "firstname", "first", "given name"), ("first_name",)),
    **dict.fromkeys(("last name", "lastname", "last", "surname", "family name"), ("last_name",)),
    **dict.fromkeys(("name", "full name", "first and last name", "your name"), ("first_name", "last_name")),
    **dict.fromkeys(("email", "e mail", "email address", "e mail address", "your email", "your email address",
                     "primary email"), ("email",)),
    **dict.fromkeys(("phone", "phone number", "telephone", "mobile", "mobile phone", "mobile number", "cell", "cell phone",
                     "home phone", "daytime phone", "primary phone", "telephone number"), ("phone",)),
    **dict.fromkeys(("address", "street", "street address", "address 1", "address line 1", "mailing address", "home address",
                     "street 1", "street address 1", "your address", "postal address"), ("address.line1",)),
    **dict.fromkeys(("city", "town", "city town", "your city"), ("address.city",)),
    **dict.fromkeys(("state", "state province", "your state", "state territory"), ("address.state",)),
    **dict.fromkeys(("zip", "zip code", "zipcode", "postal code", "postcode", "zip postal code", "zip postal", "your zip",
                     "your zip code", "zip 4", "zip code 4"), ("address.zip",)),
    **dict.fromkeys(("city state zip", "city state zip code"), ("address.city", "address.state", "address.zip")),
    **dict.fromkeys(("personal message", "comments", "your comments", "your story", "your message", "message"), ("message",)),
    **dict.fromkeys(("address 2", "address line 2", "street 2", "apt", "apartment", "suite", "country", "middle name",
                     "suffix", "confirm email", "employer", "occupation", "county", "street address 2"), ()),
}  # fmt: skip
"""Labels in lower case, without marks, and the fields of a submission that each one asks for; some ask for none."""

_ORDER: Final = get_args(RequiredField)
_MARK: Final = re.compile(r"\*|\(required\)|\[required\]|\brequired\b", re.IGNORECASE)
_WORD: Final = re.compile(r"[a-z0-9]+")
_APART: Final = re.compile(r"\s?[|•·;\t]\s?|(?<=[\w)]\*)\s|(?<=[\w)]\s\*)\s")
_LISTED: Final = re.compile(
    r"\(?\*?\)? ?required(?: fields?| information)?(?: (?:is|are))?:\s?(.{1,180})", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Form:
    """``required`` in the order of the schema; ``lines`` are those of the form, by number, ``marked`` those with a mark."""

    required: tuple[RequiredField, ...]
    lines: frozenset[int]
    marked: tuple[int, ...]
    legend: int | None


def read_form(lines: Lines) -> Form:
    """The form among ``lines``."""
    required: set[RequiredField] = set()
    own: set[int] = set()
    marked: list[int] = []
    legend: int | None = None
    for line in lines:
        if LEGEND.fullmatch(line.text[:LONGEST]):
            legend = legend or line.number
            own.add(line.number)
            continue
        found = labels(line)
        if found is None:
            continue
        own.add(line.number)
        if found:
            required |= found
            marked.append(line.number)
    return Form(tuple(name for name in _ORDER if name in required), frozenset(own), tuple(marked), legend)


def labels(line: Line) -> set[RequiredField] | None:
    """The required fields that a line of labels names, none of them where none is marked; None where it is no such line."""
    text = line.text
    if not text or len(text) > LONGEST:
        return None
    listed = _LISTED.fullmatch(text)
    pieces = re.split(r"[,;&]| and ", listed[1]) if listed else [piece for piece in _APART.split(text) if piece]
    found: set[RequiredField] = set()
    for piece in pieces:
        plain = " ".join(_WORD.findall(_MARK.sub(" ", piece).casefold()))
        if plain not in LABELS and piece.strip(" *"):
            return None
        if listed or _MARK.search(piece):
            found |= set(LABELS.get(plain, ()))
    if not found and plain_message(text):
        return None
    return found


def plain_message(text: str) -> bool:
    """Whether a label without a mark may as well be the heading of the letter."""
    return " ".join(_WORD.findall(text.casefold())) in (
        "message",
        "your message",
        "personal message",
        "comments",
        "title",
    )
