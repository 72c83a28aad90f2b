"""Telephone numbers: kept where they clearly are numbers of the North American plan, else left out.

A number is never worth a rejection: offices seldom call, and people type anything into that field. Nor is it guessed at:
extensions, words and foreign numbers are not bent into ten digits.
"""

from __future__ import annotations

import re
from typing import Final

_NUMBER: Final = re.compile(
    r"(?:\+?1[ .-]?)?"  # the country, as dialled at home or from abroad
    r"(?:\(([2-9][0-9]{2})\)|([2-9][0-9]{2}))[ .-]?"  # the area
    r"([2-9][0-9]{2})[ .-]?([0-9]{4})"
)


def phone_number(text: str) -> str:
    """``text`` as NNN-NNN-NNNN, or empty where it is not clearly such a number."""
    found = _NUMBER.fullmatch(text.strip())
    return f"{found[1] or found[2]}-{found[3]}-{found[4]}" if found else ""
