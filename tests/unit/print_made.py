"""Letters on paper for the tests of the channel `print` and of `postbag print`.

The PDFs are typeset as render does it, and the folder is one that the channel itself has written.
"""

from __future__ import annotations

import asyncio
import csv
from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from schemas.letter import Letter
from services.deliver.answers import Answer
from services.deliver.channels.printing.channel import Print
from tests.unit import made, paper_made

WHERE: Final = ZoneInfo("America/New_York")
NOON: Final = datetime(2026, 3, 4, 17, 0, tzinfo=UTC)
"""Noon in Washington, five hours after the letters of ``made`` were accepted."""

DAY: Final = "2026-03-04"


@cache
def pdf(words: str = "canary", paragraphs: int = 1) -> bytes:
    """A typeset letter; of six ``paragraphs`` and more it has two pages."""
    return paper_made.form().pdf(paper_made.facts(words, *[paper_made.RIVER * 4] * paragraphs))


def letter(number: int = 1, paper: bytes | None = None, **changes: Any) -> Letter:
    """Letter number ``number`` with its PDF."""
    return made.letter(number, paper=b64encode(paper or pdf()).decode(), **changes)


def channel(folder: Path, now: datetime = NOON, attempt_seconds: float = 30.0) -> Print:
    """The channel at a moment."""
    return Print(folder, WHERE, attempt_seconds, now.timestamp)


def print_all(folder: Path, letters: Sequence[Letter], now: datetime = NOON) -> list[Answer]:
    """One attempt for each letter, in their order, by a worker that begins and ends with it."""

    async def run() -> list[Answer]:
        there = channel(folder, now)
        answers = []
        for one in letters:
            body = there.body(one, "")
            assert isinstance(body, bytes)
            answers.append(await there.attempt(one, "", body))
        await there.flush()
        await there.close()
        return answers

    return asyncio.run(run())


def table(folder: Path, office: str = "HNY13", day: str = DAY) -> list[dict[str, str]]:
    """The rows of a manifest, as the csv module reads them."""
    with (folder / office / f"{day}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
