"""A worker that takes a partition over waits until it is decided what its predecessor, frozen in a commit, has done there.

What is committed after the index was caught up would never be in it: a letter would be known to the ledger and not to its
owner, and a repeat of it would go out a second time.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaProducer

from schemas.topics import LEDGER, LETTERS
from services.pipeline.broker import Partition
from services.pipeline.kafka_reader import KafkaReader
from services.pipeline.store import Store
from tests.integration.harness.corner import Corner
from tests.unit.store_home import index

pytestmark = [pytest.mark.integration]


@contextmanager
def predecessor(corner: Corner) -> Iterator[Any]:
    """Somebody with a transaction open in which an entry is written."""
    producer = KafkaProducer(
        bootstrap_servers=corner.settings.kafka_bootstrap_servers, transactional_id=corner.group("predecessor")
    )
    producer.init_transactions()
    producer.begin_transaction()
    producer.send(corner.name(LEDGER), b"entry", b"key", partition=1).get(timeout=20)
    try:
        yield producer
    finally:
        producer.close(timeout=1)


@pytest.mark.parametrize("committed", [True, False])
def test_it_is_caught_up_once_the_transaction_has_ended(corner: Corner, tmp_path: Path, *, committed: bool) -> None:
    beats = 0
    waiting = threading.Event()

    def beat() -> None:
        nonlocal beats
        beats += 1
        waiting.set()

    def ends(producer: Any) -> None:
        assert waiting.wait(20)
        producer.commit_transaction() if committed else producer.abort_transaction()

    store = Store(tmp_path / "store.sqlite", LEDGER, index, lambda: KafkaReader(corner.settings))
    with predecessor(corner) as producer:
        ender = threading.Thread(target=ends, args=(producer,))
        ender.start()
        store.assigned([Partition(corner.name(LETTERS), number) for number in range(4)], beat)
        ender.join(20)
    assert beats, "it did not wait"
    assert store.get([b"key"]) == ({b"key": b"entry"} if committed else {})
    store.close()
