"""The CloudEvents 1.0 envelope (structured JSON) that every event of Postbag's own stages wears.

One mode is written, because a reader that must know one form is a reader that can be trusted; frontends may send all
three (``schemas.submission``). The event's id is the submission's or the letter's own id: CloudEvents asks that source
and id together be unique, and every stage has its own source. Subclasses fix ``type`` (with its major version) and
``data``.
"""

from __future__ import annotations

from typing import Annotated, Literal

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
