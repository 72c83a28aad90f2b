"""The ways out, one module each, and the one place that chooses among them.

A letter goes by the channel that the settings name, unless its recipient has one of its own. Each is opened when the first
letter needs it, and kept. A worker that drops its letters drops all of them: a benchmark must write to nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from services.deliver.channels.discard import Discard
from services.deliver.channels.outbox import Outbox
from services.deliver.channels.webhook import Webhook

if TYPE_CHECKING:
    from schemas.letter import Letter
    from services.deliver.channel import Channel
    from services.deliver.settings import DeliverSettings


class Channels:
    """``usual`` is for all letters but those whose own channel is among ``others``, which makes each by its name."""

    def __init__(self, usual: Channel, others: Mapping[str, Callable[[], Channel]] | None = None) -> None:
        self._usual, self._others = usual, others or {}
        self._open: dict[str | None, Channel] = {None: usual}

    def of(self, letter: Letter) -> Channel:
        """The letter's way out: the same object each time."""
        channel = self._open.get(letter.channel)
        if channel is None:
            make = self._others.get(letter.channel or "")
            channel = self._open[letter.channel] = make() if make else self._usual
        return channel

    async def flush(self) -> None:
        """See ``Channel.flush``: all that are open."""
        for channel in dict.fromkeys(self._open.values()):
            await channel.flush()

    async def close(self) -> None:
        """The worker ends."""
        for channel in dict.fromkeys(self._open.values()):
            await channel.close()


def open_channels(settings: DeliverSettings) -> Channels:
    """The channel that the settings name, and those that recipients may have."""
    if settings.channel == "discard":
        return Channels(Discard())
    others: dict[str, Callable[[], Channel]] = {
        "outbox": lambda: Outbox(settings.outbox_dir),
        "webhook": lambda: _webhook(settings, ""),
    }
    del others[settings.channel]
    if settings.channel == "outbox":
        return Channels(Outbox(settings.outbox_dir), others)
    return Channels(_webhook(settings, settings.webhook_url), others)


def _webhook(settings: DeliverSettings, url: str) -> Webhook:
    hosts = frozenset(filter(None, settings.webhook_hosts.split(",")))
    return Webhook(url, settings.attempt_seconds, settings.concurrency, hosts)
