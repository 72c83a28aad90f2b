"""The resolve stage: the handler, each record for itself, with campaigns that follow their topic."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from schemas.accepted import SubmissionAccepted
from schemas.topics import ACCEPTED
from services.pipeline.campaigns import Campaigns
from services.pipeline.stage import EachRecord
from services.resolve.handler import Deps, decode, handle

if TYPE_CHECKING:
    from services.pipeline.broker import Reader
    from services.resolve.reference import Reference


class ResolveStage(EachRecord[SubmissionAccepted, Deps]):
    """Reads ``accepted``; writes ``resolved`` and ``held``."""

    def __init__(self, reference: Reference, reader: Callable[[], Reader]) -> None:
        self._campaigns = Campaigns(reader)
        super().__init__("resolve", (ACCEPTED,), decode, handle, Deps(reference, self._campaigns.get))

    def committed(self) -> None:
        """Campaigns change seldom: look between two batches."""
        self._campaigns.refresh()

    def idle(self) -> None:
        """As after a batch."""
        self._campaigns.refresh()

    def close(self) -> None:
        """Let go of the campaigns' connection."""
        self._campaigns.close()
