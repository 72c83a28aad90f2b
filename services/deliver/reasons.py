"""The reasons that metrics name: those that the answers' tables and deliver's own rules know.

A report or a form of the letter may bring reasons of its own, and a frontend's event a channel of its own; the metrics call
each of them ``other``, so that nobody outside can add a series. What a channel's letters usually come to is there at 0 from
the start.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from services.deliver.answers import ROWS, SECTIONS, Verdict
from services.deliver.answers.entered import ENTERED
from services.pipeline.catalogue import CHANNELS

if TYPE_CHECKING:
    from schemas.ledger import State

OTHER: Final = "other"
_REASONS: Final = frozenset({row.reason for row in ROWS} | {one.reason for one in ENTERED})
_ANSWERS: Final[Mapping[str, tuple[str, ...]]] = {
    "webhook": ("HTTP", "No answer"),
    "smtp": ("Mail",),
    "cwc-house": ("Congressional intake", "No answer"),
    "cwc-senate": ("Congressional intake", "No answer"),
}
"""Whose answers a channel hears, by section; every channel hears those of this side."""

_STATES: Final[Mapping[Verdict, tuple[State, ...]]] = {
    "accepted": ("accepted",),
    "refused": ("refused",),
    "retry": ("retrying", "expired", "in_doubt"),
    "throttle": ("retrying", "expired", "in_doubt"),
    "unknown": ("unknown", "in_doubt"),
}


def channel_label(name: str) -> str:
    """The channel's name as a label."""
    return name if name in CHANNELS else OTHER


def reason_label(reason: str) -> str:
    """The reason as a label."""
    return reason if reason in _REASONS else OTHER


def usual(channel: str) -> set[tuple[State, str]]:
    """States and reasons that entries on ``channel`` can have by the tables."""
    rows = [row for section in (*_ANSWERS.get(channel, ()), "This side") for row in SECTIONS[section]]
    verdicts = {(row.verdict, row.reason) for row in rows} | {
        (row.if_unsure, row.reason) for row in rows if row.if_unsure
    }
    answered = {(state, reason) for verdict, reason in verdicts for state in _STATES[verdict]}
    return answered | {(state, one.reason) for one in ENTERED for state in one.states}
