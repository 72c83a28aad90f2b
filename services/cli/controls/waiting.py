"""How many letters of a campaign stand where, from the topics: what a cancellation is about.

Only ids and states are looked at, as in the books.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from schemas.letter import LetterRendered
from schemas.topics import LETTERS
from services.cli.shelf import Shelf

if TYPE_CHECKING:
    from services.pipeline.broker import Reader


def waiting(reader: Reader, campaign: str) -> dict[str, int]:
    """The letters of ``campaign`` by their state in the ledger; ``pending`` are those that deliver has not yet seen.

    Letters whose records are gone from the topics count as the ledger has them. What is parked in ``dead`` and was never
    attempted cannot be told from what is pending, and goes nowhere either way.
    """
    shelf = Shelf(reader)
    ledger = shelf.ledger()
    counts = Counter[str](entry.state for entry in ledger.values() if entry.campaign == campaign)
    pending = sum(
        letter.campaign == campaign
        and f"{letter.letter_id}/{letter.submission_id}" not in ledger
        and letter.letter_id not in ledger
        for letter in shelf.data(LETTERS, LetterRendered)
    )
    return dict(counts) | ({"pending": pending} if pending else {})
