"""The render stage: the handler, each record for itself, with templates compiled as campaigns are published."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

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

_FEW: Final = 100
"""Submissions in a batch while a campaign prints: a page takes 10 to 20 ms, and the poll interval does not wait."""


class RenderStage(EachRecord[Incoming, Deps]):
    """Reads ``resolved``; writes ``letters``. ``forms`` gives a form by its name, or raises ``SettingsRefused``."""

    def __init__(self, reader: Callable[[], Reader], forms: Callable[[LetterForm], Form] = mail_only) -> None:
        super().__init__("render", (RESOLVED,), self._take_in, handle, Deps(self._template, forms))
        self._templates: dict[str, LetterTemplate] = {}
        self._forms, self._routes = forms, Routes()
        self._campaigns = Campaigns(reader, self._compile)

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
        self.beat()  # a batch of printed pages may take longer than the watchdog waits
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
        else:
            self._take_up(slug, campaign)
        prints = any("paper" in template.campaign.forms for template in self._templates.values())
        self.most = _FEW if prints else 0

    def _take_up(self, slug: str, campaign: Campaign) -> None:
        try:
            template = compile_campaign(campaign)
            for form in campaign.forms:
                self._forms(form)
        except (TemplateFault, SettingsRefused) as error:
            log.error("campaign_not_taken_up", extra={"campaign": slug, "fault": str(error)})  # noqa: TRY400 - the fault is all there is to say
        else:
            self._templates[slug] = template
