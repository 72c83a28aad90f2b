"""Finds who represents an address: the one question that resolve answers, as a pure function of the reference.

The common path is two dictionary reads, because every answer was made when the reference was loaded. What is not five
digits is told apart here, and never repaired: a ZIP that lost its zero comes back as a suggestion to ask about.
It must not raise on any text, and must not log or keep what it was given.
"""

from __future__ import annotations

import re

from services.resolve.reference import Reference
from services.resolve.resolution import Resolution

_MISSING = Resolution("invalid", reasons=("zip_missing",))
_MALFORMED = Resolution("invalid", reasons=("zip_malformed",))
_UNASSIGNED = Resolution("unknown_zip", reasons=("zip_unassigned",))
_NOT_US = Resolution("not_us", reasons=("foreign_postcode",))

_FOREIGN = re.compile(
    r"[A-Z][0-9][A-Z][ -]?[0-9][A-Z][0-9]"  # Canada: M5V 2T6
    r"|[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}",  # United Kingdom: SW1A 1AA
    re.ASCII | re.IGNORECASE,
)
"""Two countries whose postcodes cannot be taken for a mistyped ZIP. Where postcodes are digits, they look like one."""


def resolve(reference: Reference, zip5: str, plus4: str | None, state: str | None) -> Resolution:
    """The seats of an address, or why they cannot be told.

    Args:
        reference: The data to answer from; its ``plan`` and ``version`` belong beside every answer that is kept.
        zip5: Five digits. Anything else gets an answer too, but never a seat, except that an empty one leaves the
            question to ``state``.
        plus4: Four digits or nothing. This reference has no ZIP+4 ranges: it only says so where that matters.
        state: A USPS code in capitals or nothing. It narrows what the ZIP says and never overrules it.

    Returns:
        The same object for the same question: answers are made once, and only suggestions are made on the spot.
    """
    book = reference.with_plus4 if plus4 else reference.plain
    answers = book.zips.get(zip5)
    if answers is None:
        if len(zip5) != 5 or not _is_digits(zip5):
            return _without_zip(reference, zip5, state)
        answers = book.prefixes.get(zip5[:3])
        if answers is None:
            return _UNASSIGNED
    return answers.by_state.get(state or None, answers.contradicted)


def _without_zip(reference: Reference, text: str, state: str | None) -> Resolution:
    if not text or text.isspace():
        return reference.states.get(state or "", _MISSING)
    if _FOREIGN.fullmatch(text):
        return _NOT_US
    if 3 <= len(text) <= 4 and _is_digits(text):
        padded = text.zfill(5)
        if padded[:3] in reference.plain.prefixes:
            return Resolution("invalid", reasons=("leading_zero_lost",), suggestion=padded)
    return _MALFORMED


def _is_digits(text: str) -> bool:
    # str.isdigit alone also takes full-width, Arabic and superscript digits.
    return text.isascii() and text.isdigit()
