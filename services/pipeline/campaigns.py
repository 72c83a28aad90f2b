"""The campaigns that are published, as a running worker knows them: it follows the ``campaigns`` topic.

The topic is compacted and small, so each worker reads all of it at start and looks for news while it is idle and every
few seconds otherwise. A slug that is not known makes it look at once (a submission can overtake its campaign's news), but
not more than once a second, so that made-up slugs cost nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, Final

from schemas.campaign import Campaign, CampaignPublished
from schemas.topics import CAMPAIGNS
from schemas.wire import Unreadable, read
from services.pipeline.follower import Follower

if TYPE_CHECKING:
    from services.pipeline.broker import Reader, Record

log = logging.getLogger(__name__)

_LOOK_SECONDS: Final = 2.0
_MISS_SECONDS: Final = 1.0


class Campaigns:
    """Published campaigns by slug; the newest version wins. ``on_change`` is told of each, None meaning withdrawn."""

    def __init__(
        self,
        reader: Callable[[], Reader],
        on_change: Callable[[str, Campaign | None], None] = lambda _slug, _campaign: None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._on_change = on_change
        self._known: dict[str, Campaign] = {}
        self._follower = Follower(reader(), CAMPAIGNS, self._take, clock)
        self._follower.look()

    def get(self, slug: str) -> Campaign | None:
        """The campaign, or None where none of that name is published."""
        found = self._known.get(slug)
        if found is None and self._follower.is_older_than(_MISS_SECONDS):
            self._follower.look()
            found = self._known.get(slug)
        return found

    def refresh(self) -> None:
        """Look for news, if the last look is a few seconds old."""
        if self._follower.is_older_than(_LOOK_SECONDS):
            self._follower.look()

    def close(self) -> None:
        """Close the connection."""
        self._follower.close()

    def _take(self, record: Record) -> None:
        slug = (record.key or b"").decode("utf-8", "replace")
        if record.value is None:
            self._known.pop(slug, None)
            self._on_change(slug, None)
            return
        try:
            campaign = read(CampaignPublished, record.value).data
        except Unreadable as error:
            log.error("campaign_unreadable", extra={"offset": record.offset, "reason": error.reason})  # noqa: TRY400 - the reason is all there is to say
            return
        self._known[campaign.slug] = campaign
        self._on_change(campaign.slug, campaign)
        log.info("campaign_taken_up", extra={"campaign": campaign.slug, "version": campaign.version})
