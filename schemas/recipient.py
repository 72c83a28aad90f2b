"""Who a campaign may write to beside the person's own members of Congress: offices by name, and lists of its own.

A recipient is one row of a list that a campaigner keeps as a CSV file; ``postbag campaign publish`` puts the rows into the
published campaign, so that no worker reads a file. Recipients are offices, not constituents: what stands here may be
logged and shown.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from schemas.fields import Line, OptionalLine, Slug
from schemas.wire import Wire

TargetName = Literal["your_representative", "your_senators"]
"""The offices that follow from where a person lives."""

NamedTarget = Annotated[
    str, StringConstraints(pattern=r"^(H[A-Z]{2}[0-9]{2}|S[A-Z]{2}0[123]|list:[a-z0-9]+(-[a-z0-9]+)*)$", max_length=85)
]
"""A seat that everyone writes to, such as ``SNY01``, or ``list:`` and the name of one of the campaign's own lists."""

Target = TargetName | NamedTarget

RecipientId = Annotated[str, StringConstraints(pattern=r"^x-[a-z0-9]{1,20}(-[a-z0-9]{1,20}){0,7}$")]
"""An ``OfficeId`` that is no seat of Congress."""

Serves = Annotated[str, StringConstraints(pattern=r"^([A-Z]{2}|H[A-Z]{2}[0-9]{2})$")]
"""A state (``NY``) or a House seat (``HNY12``), whose people a recipient is written to by."""

RecipientChannel = Literal["outbox", "webhook", "smtp", "print"]
"""How a recipient's letters go, where that is not how all letters go."""


class Recipient(Wire):
    """One recipient of the list ``list``. ``serves`` is whose people write to it; empty: everyone's.

    ``salutation`` is what a letter calls it, its name where that is empty. ``address`` is the URL of the channel ``webhook``,
    or the mail address of ``smtp``. ``role`` is there where the recipient holds an office with a form of address of its own.
    """

    id: RecipientId
    list: Slug
    name: Line
    salutation: OptionalLine = ""
    serves: Annotated[tuple[Serves, ...], Field(max_length=600)] = ()
    channel: RecipientChannel | None = None
    address: OptionalLine = ""
    role: Literal["president"] | None = None
