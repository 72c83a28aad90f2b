"""Reasons why a form cannot be made of a letter, as a campaigner reads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

CALLED: Final[Mapping[str, str]] = {
    "mail": "The mail as HTML",
    "cwc": "The message for congressional intake",
    "paper": "The printed letter",
}
"""The forms, at the beginning of a sentence."""

_WHOLE: Final[Mapping[str, str]] = {
    "no_such_intake": "this recipient has no congressional intake",
    "message_missing": "the letter has no text",
    "not_xml": "it has a character that XML cannot hold",
    "document_too_long": "the document is longer than any office takes",
    "glyph_missing": "it has a character that none of the fonts has",
    "paper_too_large": "the printed letter is too large to be sent on",
    "paper_failed": "it could not be set in type",
    "too_large": "it is too large to be sent on with the rest",
}
_NOUNS: Final[Mapping[str, str]] = {
    "own_words": "what the person wrote",
    "statement": "the campaign's text",
    "email": "the mail address",
    "zip": "the ZIP",
    "address1": "the street",
    "address2": "the second line of the address",
    "first_name": "the first name",
    "last_name": "the last name",
}
_FAULTS: Final[Mapping[str, str]] = {
    "missing": "is missing",
    "too_short": "is too short",
    "too_long": "is too long",
    "not_taken": "is none of those that the chamber takes",
    "malformed": "is not in the form that it must have",
}


def why(reason: str) -> str:
    """``reason`` in words, as the rest of a sentence that begins with a form; codes nobody put into words are spelt out."""
    if reason in _WHOLE:
        return _WHOLE[reason]
    for fault, said in _FAULTS.items():
        if reason.endswith(f"_{fault}"):
            noun = reason.removesuffix(f"_{fault}")
            return f"{_NOUNS.get(noun, 'the ' + noun.replace('_', ' '))} {said}"
    return reason.replace("_", " ")
