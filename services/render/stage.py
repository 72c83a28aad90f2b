"""The render stage: the handler, each record for itself, with templates compiled as campaigns are published."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from schemas.topics import RESOLVED
from services.pipeline.campaigns import Campaigns
from services.pipeline.errors import SettingsRefused
from services.pipeline.stage import EachRecord
from services.render.handler import Deps, handle, mail_only, stamp
from services.render.incoming import Incoming, Routes
from services.render.templates import LetterTemplate, TemplateFault, compile_campaign

if TYPE_CHECKING:
    from schemas.campaign import Campaign, LetterForm
    from services.pipeline.broker import Reader, Record
    from services.pipeline.outcomes import Outcome
    from services.render.forms import Form

log = logging.getLogger(__name__)


class RenderStage(EachRecord[Incoming, Deps]):
    """Reads ``resolved``; writes ``letters``. ``forms`` gives a form by its name, or raises ``SettingsRefused``."""

    def __init__(self, reader: Callable[[], Reader], forms: Callable[[LetterForm], Form] = mail_only) -> None:
        self._templates: dict[str, LetterTemplate] = {}
        self._forms, self._routes = forms, Routes()
        self._campaigns = Campaigns(reader, self._compile)
        super().__init__("render", (RESOLVED,), self._take_in, handle, Deps(self._template, forms))

    def settle(self, records: Sequence[Record]) -> Sequence[Sequence[Outcome]]:
        """See ``Stage.settle``. The letters of a batch, which takes a fraction of a second, have one time."""
        now = stamp()
        self.deps.now = lambda: now
        return super().settle(records)

    def committed(self) -> None:
        """Campaigns change seldom: look between two batches."""
        self._campaigns.refresh()

    def idle(self) -> None:
        """As after a batch."""
        self._campaigns.refresh()

    def close(self) -> None:
        """Let go of the campaigns' connection."""
        self._campaigns.close()

    def _take_in(self, record: Record) -> Incoming:
        return self._routes.take_in(record.value)

    def _template(self, slug: str) -> LetterTemplate | None:
        found = self._templates.get(slug)
        if found is None and self._campaigns.get(slug) is not None:
            found = self._templates.get(slug)
        return found

    def _compile(self, slug: str, campaign: Campaign | None) -> None:
        """A version that does not compile, or asks for a form that is not set up, is not taken up: the one before goes on."""
        self._routes.forget()  # with what was drafted for the version before
        if campaign is None:
            self._templates.pop(slug, None)
            return
        try:
            template = compile_campaign(campaign)
            for form in campaign.forms:
                self._forms(form)
        except (TemplateFault, SettingsRefused) as error:
            log.error("campaign_not_taken_up", extra={"campaign": slug, "fault": str(error)})  # noqa: TRY400 - the fault is all there is to say
        else:
            self._templates[slug] = template
