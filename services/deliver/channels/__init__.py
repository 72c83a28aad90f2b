"""The ways out, and the one place that opens them by name.

Each is opened when the first letter needs it, and kept. A channel that a campaign's list asks for and that the operator has
not set up ends those letters alone, and never the worker. A worker that drops its letters drops all of them: a benchmark
must write to nobody.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from services.deliver.channels.absent import Absent
from services.deliver.channels.cwc.channel import Cwc
from services.deliver.channels.discard import Discard
from services.deliver.channels.outbox import Outbox
from services.deliver.channels.printing.channel import Print
from services.deliver.channels.smtp.channel import Smtp
from services.deliver.channels.webhook.channel import Webhook
from services.pipeline.errors import SettingsRefused

if TYPE_CHECKING:
    from services.deliver.channel import Channel
    from services.deliver.settings import DeliverSettings

log = logging.getLogger(__name__)

Open = Callable[[], "Channel"]


class Channels:
    """Channels by name, each made by ``makers``; ``only``, where it is given, stands for all of them."""

    def __init__(self, makers: Mapping[str, Open], only: Channel | None = None) -> None:
        self._makers, self._only = makers, only
        self._open: dict[str, Channel] = {}

    def get(self, name: str) -> Channel:
        """The channel: the same object each time. Raises KeyError for a name that no channel has, and ``SettingsRefused``
        where it is not set up.
        """
        if self._only is not None:
            return self._open.setdefault(self._only.name, self._only)
        channel = self._open.get(name)
        if channel is None:
            channel = self._open[name] = self._makers[name]()
        return channel

    def find(self, name: str) -> Channel:
        """The channel; where it is not set up, one that carries nothing."""
        try:
            return self.get(name)
        except SettingsRefused as refused:
            log.error("channel_not_set_up", extra={"channel": name, "why": str(refused)})  # noqa: TRY400 - the text is ours
            self._open[name] = absent = Absent(name)
            return absent

    def repeats(self, name: str) -> bool:
        """Whether a repeat on the channel ``name`` is safe; not where there is no such channel (any more)."""
        return (self._only is not None or name in self._makers) and self.find(name).idempotent

    async def flush(self) -> None:
        """See ``Channel.flush``: all that are open."""
        for channel in list(self._open.values()):
            await channel.flush()

    async def close(self) -> None:
        """The worker ends."""
        for channel in list(self._open.values()):
            await channel.close()


def open_channels(settings: DeliverSettings) -> Channels:
    """All that letters may go by."""
    if settings.channel == "discard":
        return Channels({}, only=Discard())
    return Channels(
        {
            "outbox": lambda: Outbox(settings.outbox_dir),
            "webhook": lambda: Webhook.opened(settings),
            "smtp": lambda: Smtp.opened(settings),
            "cwc-house": lambda: Cwc.opened(settings, "house"),
            "cwc-senate": lambda: Cwc.opened(settings, "senate"),
            "print": lambda: Print.opened(settings),
        }
    )
