"""Another reference file is taken up while a worker works: no batch is lost, none is done twice, nothing restarts.

The worker is real, and so is the load: submissions keep coming while the file is changed, changed for a damaged one, and
changed back. What came before a change carries the one version, what came after it the other, in every partition.
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from threading import Event, Thread

import pytest

from schemas.topics import ACCEPTED, DEAD, HELD, RESOLVED
from services.pipeline.broker import Record
from services.resolve.reference.compiler import compile_reference
from services.resolve.reference.contents import Contents
from services.resolve.reference.reference import open_reference
from services.resolve.reference.sample import sample_contents
from tests.integration.harness.corner import Corner
from tests.integration.harness.people import accepted
from tests.integration.harness.processes import Started, eventually
from tests.integration.harness.watch import Watch

pytestmark = pytest.mark.integration

PARTITIONS = 4
SLICE = 200
"""Submissions handed in at a time, every tenth of a second."""


def seen(record: Record) -> tuple[int, str, str]:
    """Partition, submission and the version of the reference that answered."""
    data = json.loads(record.value or b"{}")["data"]
    return record.partition, data["submission"]["submission_id"], data["resolution"]["reference"]


class Load:
    """Submissions, for as long as it is on; ``sent`` counts those that the broker has."""

    def __init__(self, corner: Corner) -> None:
        self._corner, self._stop, self.sent = corner, Event(), 0

    @contextmanager
    def on(self) -> Iterator[None]:
        thread = Thread(target=self._send)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()

    def _send(self) -> None:
        while not self._stop.wait(0.1):
            self._corner.publish(ACCEPTED, accepted(SLICE, first=self.sent))
            self.sent += SLICE


def compiled(folder: Path, name: str, made: Contents) -> str:
    """Compile a file; returns its version."""
    compile_reference(made, folder / name)
    reference = open_reference(folder / name)
    reference.close()
    return reference.version


def with_one_more_zip(made: Contents) -> Contents:
    (plan,) = made.plans
    zips = replace(plan.zips, zips={**plan.zips.zips, "10028": {"3612": None}})
    return replace(made, plans=(replace(plan, zips=zips),))


def point(folder: Path, name: str) -> None:
    """As `postbag refdata activate` does."""
    (folder / "CURRENT.part").write_text(f"{name}\n")
    (folder / "CURRENT.part").rename(folder / "CURRENT")


def scrape(worker: Started) -> str:
    port = worker.events("starting")[0]["metrics_port"]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        return str(answer.read(), "utf-8")


def test_new_files_are_taken_up_damaged_ones_refused_and_old_ones_taken_back_under_load(corner: Corner) -> None:
    folder = corner.folder / "reference"
    folder.mkdir()
    first = compiled(folder, "first", sample_contents())
    second = compiled(folder, "second", with_one_more_zip(sample_contents()))
    damaged = bytearray((folder / "second").read_bytes())
    damaged[len(damaged) // 2] ^= 1
    (folder / "damaged").write_bytes(damaged)
    point(folder, "first")
    corner.publish_campaign()
    load = Load(corner)
    with (
        corner.start("resolve", reference=folder, reference_check_seconds=0.2, batch_records=100) as worker,
        Watch(corner, (RESOLVED, HELD), seen) as watch,
    ):

        def answered(version: str, since: int = 0) -> bool:
            return len({place for place, _, found in watch.kept(RESOLVED)[since:] if found == version}) == PARTITIONS

        with load.on():
            assert eventually(lambda: answered(first), 30)
            point(folder, "second")
            assert eventually(lambda: answered(second), 30)
            point(folder, "damaged")
            worker.await_event("reference_refused", timeout=30)
            before = watch.count(RESOLVED)
            assert eventually(lambda: watch.count(RESOLVED) > before + 1_000, 30), "work goes on"
            assert not any(reference != second for _, _, reference in watch.kept(RESOLVED)[before:])
            point(folder, "first")
            assert eventually(lambda: answered(first, since=before), 30)
        watch.await_count(RESOLVED, load.sent, 60)
        metrics = scrape(worker)
        assert worker.exit_code is None
        assert not worker.events("batch_rewound")
        assert len(worker.events("running")) == 1

    ids = [submission for _, submission, _ in watch.kept(RESOLVED)]
    assert len(ids) == len(set(ids)) == load.sent, "each submission once"
    assert watch.count(HELD) == 0
    assert corner.read(DEAD) == []
    for partition in range(PARTITIONS):
        versions = [reference for place, _, reference in watch.kept(RESOLVED) if place == partition]
        assert [version for version, _ in groupby(versions)] == [first, second, first], f"partition {partition}"
    for line in ('taken_up"} 1.0', 'taken_back"} 1.0', 'refused"} 1.0'):
        assert f'postbag_reference_reloads_total{{result="{line}' in metrics
    assert f'postbag_reference_info{{plans="us-cd-119",version="{first}"}} 1.0' in metrics
    assert 'postbag_rewinds_total{stage="resolve"} 0.0' in metrics


def test_a_worker_does_not_start_on_a_damaged_file(corner: Corner) -> None:
    damaged = corner.folder / "damaged"
    compile_reference(sample_contents(), damaged)
    damaged.write_bytes(damaged.read_bytes()[:-1])
    with corner.start("resolve", reference=damaged) as worker:
        assert worker.wait(60) == 2
        assert "POSTBAG_REFERENCE" in worker.said()
        assert "postbag refdata build" in worker.said()
