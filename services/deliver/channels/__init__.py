"""The ways out, one module each, and the one place that chooses among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.deliver.channels.discard import Discard
from services.deliver.channels.outbox import Outbox
from services.deliver.channels.webhook import Webhook

if TYPE_CHECKING:
    from services.deliver.channel import Channel
    from services.deliver.settings import DeliverSettings


def open_channel(settings: DeliverSettings) -> Channel:
    """The channel that the settings name."""
    if settings.channel == "outbox":
        return Outbox(settings.outbox_dir)
    if settings.channel == "webhook":
        return Webhook(settings.webhook_url, settings.attempt_seconds, settings.concurrency)
    return Discard()
