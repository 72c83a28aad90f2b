"""What an operator did with a dead letter: put it back to where it came from, or discarded it for good.

The topic ``dead.settled`` is compacted under ``partition/offset`` of the record in ``dead``. A dead letter that is put back
and its settlement are written in one transaction, so whoever asks what is still to be done reads this topic and nothing else.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.envelope import Envelope
from schemas.fields import Code, Line, Time
from schemas.wire import Wire

Action = Literal["replayed", "discarded"]


class Settlement(Wire):
    """``partition`` and ``offset`` are the dead letter's own in ``dead``, ``reason`` is the one that it was parked for.

    ``at`` is when the operator's command began: all that one command settled has the same. ``note`` is the operator's, for
    other operators to read, without personal data.
    """

    partition: Annotated[int, Field(ge=0)]
    offset: Annotated[int, Field(ge=0)]
    action: Action
    reason: Code
    at: Time
    note: Line | None = None


class DeadSettled(Envelope):
    """Topic ``dead.settled``, keyed by ``partition/offset``, on the dead letter's own partition number."""

    type: Literal["org.postbag.dead.settled.v1"] = "org.postbag.dead.settled.v1"
    data: Settlement
