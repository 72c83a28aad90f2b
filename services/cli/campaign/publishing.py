"""Puts a campaign on the campaigns topic, for the running workers to take up within seconds."""

from __future__ import annotations

from datetime import UTC, datetime

from schemas.campaign import Campaign, CampaignPublished
from schemas.topics import CAMPAIGNS
from schemas.wire import write
from services.pipeline.publisher import Publisher


def publish_campaign(publisher: Publisher, found: Campaign) -> None:
    """Publish ``found`` and wait until it is acknowledged."""
    now = datetime.now(UTC)
    event = CampaignPublished(id=f"{found.slug}/{found.version}", source="/postbag/cli", time=now, data=found)
    publisher.publish(CAMPAIGNS, found.slug.encode(), write(event))
    publisher.flush()
