"""Watches the ledger as a reader of committed records would, and notes how old each letter is when it appears."""

from __future__ import annotations

import threading
from time import time
from types import TracebackType
from typing import Self

from kafka import KafkaConsumer, TopicPartition

from schemas.ledger import LedgerWritten
from schemas.topics import LEDGER
from schemas.wire import read
from tests.benchmark.ground import Ground


class Watcher:
    """``ages`` grows by one entry a letter: seconds from the broker's timestamp of its submission until it is seen."""

    def __init__(self, ground: Ground) -> None:
        self.ages: list[float] = []
        self._stop = threading.Event()
        name = ground.prefix + LEDGER.name
        self._consumer = KafkaConsumer(
            bootstrap_servers=ground.servers,
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=250,
        )
        self._consumer.assign([TopicPartition(name, number) for number in range(ground.settings.topic_partitions)])
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(10)
        self._consumer.close(autocommit=False)

    def _watch(self) -> None:
        while not self._stop.is_set():
            batch = self._consumer.poll(timeout_ms=200)
            now = time()
            for records in batch.values():
                for record in records:
                    entry = read(LedgerWritten, record.value).data
                    self.ages.append(now - entry.accepted_at.timestamp())
