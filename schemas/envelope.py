"""The CloudEvents 1.0 envelope (structured JSON) that every event of Postbag's own stages wears.

One mode is written, because a reader that must know one form is a reader that can be trusted; frontends may send all
three (``schemas.submission``). The event's id is the submission's or the letter's own id: CloudEvents asks that source
and id together be unique, and every stage has its own source. Subclasses fix ``type`` (with its major version) and
``data``.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import StringConstraints

from schemas.fields import Time, Traceparent
from schemas.wire import Wire

EventId = Annotated[str, StringConstraints(min_length=1, max_length=120)]
Source = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Envelope(Wire):
    """CloudEvents attributes common to all events. ``time`` is when the stage wrote it, with a zone."""

    specversion: Literal["1.0"] = "1.0"
    id: EventId
    source: Source
    time: Time
    traceparent: Traceparent | None = None


_HEAD: Final = 400
"""Bytes of an event in which its type stands: what comes before it is bounded, and less."""


def mark(event: type[Envelope]) -> bytes:
    """What the events of a type have in their first bytes, as ``schemas.wire.write`` writes them: see ``bears``."""
    return f'"type":"{event.model_fields["type"].default}"'.encode()


def bears(raw: bytes | None, wanted: bytes) -> bool:
    """Whether an event of Postbag's own has this ``mark``: tells types apart where a topic holds several.

    Nothing that a person typed can look like a mark, since quotes inside of a text are escaped.
    """
    return raw is not None and raw.find(wanted, 0, _HEAD) >= 0
