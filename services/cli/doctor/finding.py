"""One thing that was looked at, and what was found: in words, with what to do about it.

A finding that is not ``ok`` says its remedy, or it is no help to who reads it at three in the morning. It holds names,
numbers and times, and never what a person wrote nor a secret.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

Verdict = Literal["ok", "warn", "fail", "skipped"]
VERDICTS: Final = ("ok", "warn", "fail", "skipped")


@dataclass(frozen=True, slots=True)
class Finding:
    """``check`` is what was looked at. ``skipped``: it could not be looked at, for a reason that another finding tells."""

    check: str
    verdict: Verdict
    said: str
    remedy: str = ""

    def as_json(self) -> dict[str, Any]:
        """JSON-ready."""
        return {"check": self.check, "verdict": self.verdict, "said": self.said, "remedy": self.remedy or None}


def ok(check: str, said: str) -> Finding:
    """Nothing is wrong."""
    return Finding(check, "ok", said)


def warn(check: str, said: str, remedy: str) -> Finding:
    """It works, and somebody should know."""
    return Finding(check, "warn", said, remedy)


def fail(check: str, said: str, remedy: str) -> Finding:
    """It does not work, or will not for long."""
    return Finding(check, "fail", said, remedy)
