"""Expectations of the table of answers, in one line each, written by hand: the tests never take them from the table."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from services.deliver.answers import Answer, Meaning
from services.deliver.answers.meaning import by_key


def holds(answer: Answer, expected: str) -> bool:
    """Whether ``answer`` is as in ``verdict reason [pauses] [unsure=verdict]``."""
    verdict, reason, *more = expected.split()
    unsure = next((word.removeprefix("unsure=") for word in more if word.startswith("unsure=")), None)
    found = (answer.verdict, answer.reason, answer.pauses, answer.if_unsure)
    return found == (verdict, reason, "pauses" in more, unsure)


def untested(rows: Iterable[Meaning], keys: Iterable[Hashable]) -> set[str]:
    """The cases among ``rows`` that none of ``keys`` leads to."""
    found = by_key(rows)
    return {row.case for row in found.values()} - {found[key].case for key in keys if key in found}
