"""A manifest's cells: what people typed, made fit for a spreadsheet on somebody's desk.

A spreadsheet takes a cell that begins with one of a few signs for a formula, and a formula can send what stands in the other
cells to anyone. The csv module does nothing about it. So such a cell gets an apostrophe in front, which spreadsheets show as
text; nothing else of it changes, but for control characters, which could break its line or hide what it is.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable
from typing import Final

_FORMULA: Final = frozenset("=+-@")
_BEFORE: Final = re.compile(r'\A[\s"]+')
_STEERING: Final = frozenset("\t\r\n\0")
"""What a spreadsheet may drop from the start of a cell, and then look at the next."""

_UNPRINTED: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Control, formatting and surrogate characters, and the separators of lines and paragraphs."""


def neutral(text: str) -> str:
    """``text`` as one cell on one line, and no formula wherever it is opened (OWASP ASVS 5.0, 1.2.10).

    Where the system's list separator is a semicolon, spreadsheets take it for the end of a cell even among commas, so
    what stands behind one is held to the same rule. There quotes open a cell, and are gone from its start.
    """
    kept = "".join(c for c in text if (c.isascii() and c.isprintable()) or unicodedata.category(c) not in _UNPRINTED)
    cell = ";".join(f"'{piece}" if _is_formula(piece) else piece for piece in kept.split(";"))
    return f"'{cell}" if text[:1] in _STEERING and not cell.startswith("'") else cell


def _is_formula(piece: str) -> bool:
    """A full-width sign is the same sign to some spreadsheets."""
    return unicodedata.normalize("NFKC", _BEFORE.sub("", piece, count=1)[:1])[:1] in _FORMULA


def line(cells: Iterable[str]) -> bytes:
    """One line of CSV (RFC 4180) in UTF-8, every cell in quotes. The cells must be neutral."""
    made = io.StringIO()
    csv.writer(made, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow(cells)
    return made.getvalue().encode()
