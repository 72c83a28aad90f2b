"""The one error that importers raise: a published file is not what it should be, and what to do about it.

Its text is for the person who builds the reference data: it names the file, what is wrong with it and the remedy. It never
quotes an address or a coordinate: some sources hold those of people.
"""

from __future__ import annotations

from pathlib import Path


class ImportRefused(ValueError):
    """A source was not taken. ``file`` is the path as it was given, ``problem`` and ``remedy`` a sentence each."""

    def __init__(self, file: Path | str, problem: str, remedy: str) -> None:
        """The text is "FILE: PROBLEM. REMEDY." with one full stop each, whatever they came with."""
        self.file = Path(file)
        self.problem = problem.rstrip(".")
        self.remedy = remedy.rstrip(".")
        super().__init__(f"{self.file}: {self.problem}. {self.remedy}.")
