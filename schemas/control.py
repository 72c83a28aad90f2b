"""What operators tell the running workers: hold the letters of a campaign, an office or a channel, or cancel a campaign's.

The topic ``controls`` is compacted under ``scope/name``; a tombstone ends what it held. Every deliver worker follows it.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import StringConstraints, model_validator

from schemas.envelope import Envelope
from schemas.fields import Line, Time
from schemas.wire import Wire

Scope = Literal["campaign", "office", "channel", "all"]


class Control(Wire):
    """One order. ``reason`` is the operator's, without personal data; ``until`` ends a pause by itself.

    ``name`` is a campaign's slug, an office's id, a channel's name, or ``*`` where the scope is ``all``. Only a campaign can
    be cancelled, and a cancellation is for good: letters that were waiting are never sent.
    """

    scope: Scope
    name: Annotated[str, StringConstraints(pattern=r"^([A-Za-z0-9_-]+|[*])$", max_length=120)]
    action: Literal["pause", "cancel"]
    reason: Line
    until: Time | None = None

    @model_validator(mode="after")
    def _fits_its_scope(self) -> Self:
        if self.action == "cancel" and (self.scope != "campaign" or self.until is not None):
            raise ValueError("only a campaign can be cancelled, and without an end")
        if (self.scope == "all") != (self.name == "*"):
            raise ValueError("the name of the scope all is *, and of no other")
        return self


class ControlGiven(Envelope):
    """Topic ``controls``, keyed by ``scope/name``."""

    type: Literal["org.postbag.control.given.v1"] = "org.postbag.control.given.v1"
    data: Control
