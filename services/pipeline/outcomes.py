"""What a stage says about a record: the three things that can become of it.

Every record has one outcome or more, and all of them go into the transaction that commits the record's offset, so that
nothing falls between "handled" and "handed on". A record that a stage deliberately answers with nothing new (a letter
seen before) says so with ``Done``: silence is a defect, and the loop stops on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from schemas.topics import Topic
from schemas.wire import Wire, write


class Emit(NamedTuple):
    """Write ``value`` to ``topic`` under ``key``; made by ``emit``.

    It goes to the record's own partition number, or, where ``place_by`` is given, to the partition of those bytes: the
    two topics then need not share a key. A tuple, because a batch makes thousands of them.
    """

    topic: Topic
    key: bytes
    value: bytes
    place_by: bytes | None = None


def emit(topic: Topic, key: bytes, event: Wire, place_by: bytes | None = None) -> Emit:
    """Write ``event`` to ``topic``; see ``Emit``.

    The event becomes bytes here and now, while it is in the processor's cache, and is let go: a batch that kept
    thousands of models until its transaction would cost a third more (measured).
    """
    return Emit(topic, key, write(event), place_by)


@dataclass(frozen=True, slots=True)
class RetryAt:
    """Hand the record, bytes unchanged, to a retry topic, not to be handled before ``due`` (seconds since the epoch).

    A retry topic is read in order, so its records wait behind one another: ``due`` is at most the topic's usual delay
    away. What must wait longer says so with ``hold_until``, and the stage hands it on again when it comes by.
    """

    topic: Topic
    due: float
    attempts: int
    first_attempt: float
    reason: str
    hold_until: float = 0.0


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """Park the record, bytes unchanged, on the ``dead`` topic.

    ``reason`` is of a closed set (``docs/dead-letters.md``); ``error`` the type of the exception behind it. ``own`` tells
    a failure of the stage from garbage that a frontend sent, which never counts towards stopping the stage.
    """

    reason: str
    error: str = ""
    own: bool = True


@dataclass(frozen=True, slots=True)
class Done:
    """Nothing to write: ``reason`` says why, for the metrics."""

    reason: str


Outcome = Emit | RetryAt | DeadLetter | Done
