"""Where a look gets its answers from: the cluster's own word, the topics, and the two small topics that are followed.

All of it hangs on connections, so it is opened together, and after a failure closed together and opened anew. Campaigns and
orders are on topics that may not exist yet; they are followed from when they do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Final

from schemas.campaign import CampaignPublished
from schemas.topics import CAMPAIGNS, CONTROLS, Topic
from schemas.wire import Unreadable, read
from services.observe.lags import Asked, Lags
from services.pipeline.controls import Controls
from services.pipeline.follower import Follower
from services.pipeline.groups import Groups
from services.pipeline.inspection import Inspection, NotTold
from services.pipeline.kafka_reader import KafkaReader

if TYPE_CHECKING:
    from services.pipeline.broker import Reader, Record
    from services.pipeline.settings import KafkaSettings

_HANGING_SECONDS: Final = 60.0
"""Between two questions about transactions: each asks every broker about every partition."""
HANGS_AFTER_SECONDS: Final = 900
"""From when on an open transaction hangs: Kafka's own limit on their length, ``transaction.max.timeout.ms``."""


@dataclass(slots=True)
class Sources:
    """``count_hanging`` says how many transactions hang, None where the cluster does not tell."""

    groups: Asked
    reader: Reader
    count_hanging: Callable[[], int | None] = lambda: None
    lags: Lags = field(default_factory=Lags)
    controls: Controls | None = None
    deadlines: dict[str, float] = field(default_factory=dict)
    """When the letters of each campaign expire, in seconds since the epoch, where it says so."""
    _campaigns: Follower | None = None
    _asked: float | None = None
    _hanging: int | None = None

    @staticmethod
    def open(settings: KafkaSettings) -> Sources:
        """Connected to the cluster that the settings name. Raises ``BrokerFailed``."""
        groups = Groups(settings)
        return Sources(groups, KafkaReader(settings), lambda: _count_hanging(settings))

    def look(self, topics: Mapping[Topic, int]) -> None:
        """Take up what is new of campaigns and orders, if there are such ``topics``."""
        if self._campaigns is None and CAMPAIGNS in topics:
            self._campaigns = Follower(self.reader, CAMPAIGNS, self._take, monotonic)
        if self.controls is None and CONTROLS in topics:
            self.controls = Controls(lambda: self.reader)
        if self._campaigns is not None:
            self._campaigns.look()
        if self.controls is not None:
            self.controls.refresh()

    def hanging(self) -> int | None:
        """Transactions that hang, as of a minute ago at most; None where the cluster does not tell."""
        now = monotonic()
        if self._asked is None or now - self._asked > _HANGING_SECONDS:
            self._asked, self._hanging = now, self.count_hanging()
        return self._hanging

    def close(self) -> None:
        """Close the connections, as far as they still let themselves be closed."""
        for one in (self.groups, self.reader):
            with suppress(Exception):
                one.close()

    def _take(self, record: Record) -> None:
        slug = str(record.key or b"", "utf-8", "replace")
        if record.value is None:
            self.deadlines.pop(slug, None)
            return
        with suppress(Unreadable):  # no worker takes it up either: the one before stands
            found = read(CampaignPublished, record.value).data.deliver_before
            self.deadlines.pop(slug, None)
            if found:
                self.deadlines[slug] = found.timestamp()


def _count_hanging(settings: KafkaSettings) -> int | None:
    try:
        inspection = Inspection(settings)
    except NotTold:
        return None
    try:
        return len(inspection.hanging(HANGS_AFTER_SECONDS))
    except NotTold:
        return None
    finally:
        inspection.close()
