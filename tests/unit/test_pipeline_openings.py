"""How often a slot opened its producer is counted over restarts, and no damage to the count keeps a worker from its work."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.pipeline.metrics import WorkerMetrics
from services.pipeline.openings import count_opening


def test_it_counts_over_restarts_in_a_folder_that_it_makes(tmp_path: Path) -> None:
    path = tmp_path / "state" / "render-0.opened"
    assert [count_opening(path) for _ in range(3)] == [1, 2, 3]
    assert [one.name for one in path.parent.iterdir()] == ["render-0.opened"]


@pytest.mark.parametrize("damaged", [b"", b"three", b"-7", b"\xff\x00", b"1e9"])
def test_a_damaged_count_begins_anew(tmp_path: Path, damaged: bytes) -> None:
    path = tmp_path / "render-0.opened"
    path.write_bytes(damaged)
    assert [count_opening(path), count_opening(path)] == [1, 2]


def test_where_it_cannot_be_written_the_worker_goes_on(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "render-0.opened"
    path.mkdir()
    assert count_opening(path) == 1
    assert [record.message for record in caplog.records] == ["opening_not_counted"]


def test_a_restart_shows_as_a_counter_that_rose_by_one(tmp_path: Path) -> None:
    shown = []
    for _ in range(3):
        metrics = WorkerMetrics("render")
        metrics.opened(count_opening(tmp_path / "render-0.opened"))
        shown.append(metrics.registry.get_sample_value("postbag_producers_opened_total", {"stage": "render"}))
    assert shown == [1, 2, 3]
