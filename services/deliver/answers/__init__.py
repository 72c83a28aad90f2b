"""What every answer of an office means: one table, as data, in a module for each family.

A row leads from a case to a verdict, a reason and a sentence why; the functions look it up, and hold no rule of their own.
``docs/reference/answers.md`` is generated from ``SECTIONS``. No row may say more than is known: see ``meaning``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.deliver.answers import cwc, http, local, silence, smtp
from services.deliver.answers.cwc import of_cwc
from services.deliver.answers.http import of_status
from services.deliver.answers.local import of_local
from services.deliver.answers.meaning import Answer, Meaning, Verdict, checked
from services.deliver.answers.silence import FAILURES, of_failure
from services.deliver.answers.smtp import of_smtp, of_smtp_failure

SECTIONS: Final[Mapping[str, tuple[Meaning, ...]]] = {
    "HTTP": http.STATUSES,
    "No answer": silence.FAILURES,
    "Mail": (*smtp.REPLIES, *smtp.FAILURES),
    "Congressional intake": (*cwc.STATUSES, *cwc.SAID),
    "This side": local.LOCAL,
}
"""The table by section, as the documentation prints it."""

ROWS: Final = checked(tuple(row for rows in SECTIONS.values() for row in rows))
"""Every row, in that order."""

__all__ = [
    "FAILURES",
    "ROWS",
    "SECTIONS",
    "Answer",
    "Meaning",
    "Verdict",
    "of_cwc",
    "of_failure",
    "of_local",
    "of_smtp",
    "of_smtp_failure",
    "of_status",
]
