"""What the deliver stage works with, made once and handed around."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.deliver.channels import Channels
    from services.deliver.delays import Delays
    from services.deliver.entries import Entries
    from services.deliver.flights import Flights
    from services.deliver.lanes import Lanes
    from services.deliver.routing import Routing
    from services.deliver.settings import DeliverSettings
    from services.deliver.verdicts import Verdicts
    from services.deliver.watch import Watch
    from services.pipeline.controls import Controls
    from services.pipeline.store import Store


@dataclass(frozen=True, slots=True)
class Tools:
    """``partitions`` is how many the letters' topic has, all workers' together."""

    settings: DeliverSettings
    channels: Channels
    routing: Routing
    lanes: Lanes
    flights: Flights
    verdicts: Verdicts
    delays: Delays
    entries: Entries
    controls: Controls
    store: Store
    watch: Watch
    partitions: int

    def flush(self) -> None:
        """Make durable what was attempted."""
        self.flights.call(self.channels.flush())

    def close(self) -> None:
        """The worker ends."""
        self.flights.call(self.channels.close())
        self.flights.close()
        self.store.close()
        self.controls.close()
