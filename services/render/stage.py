"""The render stage: the handler, each record for itself, with templates compiled as campaigns are published."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from schemas.resolved import SubmissionResolved
from schemas.topics import RESOLVED
from services.pipeline.campaigns import Campaigns
from services.pipeline.stage import EachRecord
from services.render.handler import Deps, decode, handle
from services.render.templates import LetterTemplate, TemplateFault, compile_campaign

if TYPE_CHECKING:
    from schemas.campaign import Campaign
    from services.pipeline.broker import Reader

log = logging.getLogger(__name__)


class RenderStage(EachRecord[SubmissionResolved, Deps]):
    """Reads ``resolved``; writes ``letters``."""

    def __init__(self, reader: Callable[[], Reader]) -> None:
        self._templates: dict[str, LetterTemplate] = {}
        self._campaigns = Campaigns(reader, self._compile)
        super().__init__("render", (RESOLVED,), decode, handle, Deps(self._template))

    def committed(self) -> None:
        """Campaigns change seldom: look between two batches."""
        self._campaigns.refresh()

    def idle(self) -> None:
        """As after a batch."""
        self._campaigns.refresh()

    def close(self) -> None:
        """Let go of the campaigns' connection."""
        self._campaigns.close()

    def _template(self, slug: str) -> LetterTemplate | None:
        found = self._templates.get(slug)
        if found is None and self._campaigns.get(slug) is not None:
            found = self._templates.get(slug)
        return found

    def _compile(self, slug: str, campaign: Campaign | None) -> None:
        """A version that does not compile is not taken up: the one before it goes on."""
        if campaign is None:
            self._templates.pop(slug, None)
            return
        try:
            self._templates[slug] = compile_campaign(campaign)
        except TemplateFault as error:
            log.error("campaign_not_taken_up", extra={"campaign": slug, "fault": str(error)})  # noqa: TRY400 - the fault is all there is to say
