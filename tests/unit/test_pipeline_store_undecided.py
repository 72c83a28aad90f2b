"""What is written and not yet decided where a store's partitions are: waited for, with a beat, and not for ever."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from schemas.topics import LEDGER, Topic
from services.pipeline import store as store_module
from services.pipeline.errors import BrokerFailed
from services.pipeline.memory import MemoryBroker, MemoryReader
from services.pipeline.store import Store
from tests.unit.store_home import ONE, ZERO, Home, index


class Undecided(MemoryReader):
    """A reader of a partition where more is written than is committed."""

    def written(self, topic: Topic, partitions: Iterable[int]) -> dict[int, int]:
        return {partition: end + 1 for partition, end in super().written(topic, partitions).items()}


def opened(broker: MemoryBroker, folder: Path, monkeypatch: pytest.MonkeyPatch, patience: float) -> Store:
    monkeypatch.setattr(store_module, "_OPEN_SECONDS", patience)
    monkeypatch.setattr(store_module, "_OPEN_POLL_SECONDS", 0.01)
    return Store(folder / "store.sqlite", LEDGER, index, lambda: Undecided(broker))


def test_a_transaction_that_nobody_ends_is_named_with_its_place_and_where_to_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path)
    home.write(b"a", b"1", 1)
    store = opened(home.broker, tmp_path, monkeypatch, patience=0.05)
    with pytest.raises(BrokerFailed, match=r"ledger\[0\].*postbag doctor"):
        store.assigned([ZERO, ONE])
    store.close()


def test_what_is_decided_meanwhile_is_in_the_store_and_every_look_is_a_beat(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path)
    store = opened(home.broker, tmp_path, monkeypatch, patience=20)
    beats = 0

    def beat() -> None:
        nonlocal beats
        beats += 1
        if beats == 3:
            home.write(b"a", b"1")

    store.assigned([ZERO], beat)
    assert beats == 3
    assert store.get([b"a"]) == {b"a": b"1"}
    store.close()
