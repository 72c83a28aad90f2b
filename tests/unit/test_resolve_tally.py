"""What resolve counts: once a committed batch, by closed sets, and which reference data answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import generate_latest

from schemas.campaign import CampaignPublished
from schemas.resolved import SubmissionResolved
from schemas.topics import ACCEPTED, ALL, CAMPAIGNS
from schemas.wire import read, write
from services.pipeline.memory import MemoryBroker, MemoryReader, MemoryRecord
from services.pipeline.metrics import WorkerMetrics
from services.pipeline.outcomes import Emit
from services.resolve.handler import conclude
from services.resolve.held import Waiting
from services.resolve.incoming import Incoming
from services.resolve.reference.compiler import compile_reference
from services.resolve.reference.contents import Roster, Source
from services.resolve.reload import References
from services.resolve.stage import ResolveStage
from services.resolve.tally import Tally
from tests.unit import made
from tests.unit.reference_made import AS_OF, congress_begins, contents, plan


class Worker:
    """A resolve stage over a folder of reference files, and its metrics."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.metrics = WorkerMetrics("resolve")
        self.put("one", {"10027": "3612 3613", "10001": "3612"})
        broker = MemoryBroker(ALL, 2)
        campaign = made.campaign("open", vacant_seat="chamber_office")
        event = CampaignPublished(id="open", source="/postbag/cli", time=made.NOW, data=campaign)
        broker.publish(CAMPAIGNS, b"open", write(event))
        tally = Tally(self.metrics)
        self.references = References(str(folder), 60, tally.reloaded)
        waiting = Waiting(folder / "held.sqlite", lambda: MemoryReader(broker))
        self.stage = ResolveStage(self.references, lambda: MemoryReader(broker), tally, waiting, AS_OF)

    def put(self, name: str, zips: dict[str, str]) -> None:
        day = congress_begins(119).date()
        source = Source("pairs", "pairs", "0" * 64, 2, published_on=day + timedelta(days=10))
        made_of = contents(plan(119, zips), roster=Roster([], day, day), sources=[source])
        compile_reference(made_of, self.folder / name)
        (self.folder / "CURRENT").write_text(name)

    def settle(self, *places: tuple[str, str | None]) -> None:
        self.stage.settle([self.record(zip5, state) for zip5, state in places])

    def record(self, zip5: str, state: str | None) -> MemoryRecord:
        return made.record(ACCEPTED, made.accepted(made.constituent(zip5=zip5, state=state)))

    def value(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(name, labels)


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Worker]:
    one = Worker(tmp_path)
    yield one
    one.stage.close()


def test_a_committed_batch_is_counted_by_outcome_basis_and_map(worker: Worker) -> None:
    worker.settle(("10027", "NY"), ("10027", None), ("10001", "NY"), ("00000", None), ("10118", "NY"), ("10027", "CA"))
    assert worker.value("postbag_resolutions_total", outcome="resolved", basis="zip_unique", plan="us-cd-119") is None
    worker.stage.committed()
    worker.stage.committed()
    for outcome, basis, count in (("resolved", "zip_unique", 1), ("ambiguous", "zip_split", 3), ("unknown_zip", "none", 1),
                                  ("state_only", "zip3", 1)):  # fmt: skip
        found = worker.value("postbag_resolutions_total", outcome=outcome, basis=basis, plan="us-cd-119")
        assert found == count, (outcome, basis)
    assert worker.value("postbag_resolution_conflicts_total", kind="state_vs_zip") == 1
    assert worker.value("postbag_zips_unknown_total", unknown="zip") == 1
    assert worker.value("postbag_zips_unknown_total", unknown="prefix") == 1
    assert worker.value("postbag_resolution_confidence_count", basis="zip_unique") == 1
    assert worker.value("postbag_resolution_confidence_count", basis="zip_split") >= 2  # type: ignore[operator]


def test_a_batch_that_is_read_again_is_counted_once(worker: Worker) -> None:
    worker.settle(("10001", "NY"))
    worker.stage.aborted()
    worker.settle(("10001", "NY"))
    worker.stage.committed()
    assert worker.value("postbag_resolutions_total", outcome="resolved", basis="zip_unique", plan="us-cd-119") == 1


def test_a_batch_that_raised_is_counted_when_its_records_are_handed_in_again(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = worker.record("10001", "NY"), worker.record("10001", "NY")._replace(offset=1)
    handed_in: list[object] = []

    def stumble(incoming: Incoming, *rest: Any) -> Any:
        handed_in.append(incoming)
        if len(handed_in) == 2:
            raise RuntimeError
        return conclude(incoming, *rest)

    monkeypatch.setattr("services.resolve.stage.conclude", stumble)
    with pytest.raises(RuntimeError):
        worker.stage.settle([one, other])
    worker.stage.settle([one])
    worker.stage.settle([other])
    worker.stage.committed()
    assert worker.value("postbag_resolutions_total", outcome="resolved", basis="zip_unique", plan="us-cd-119") == 2


def test_no_place_of_a_person_is_in_any_metric(worker: Worker) -> None:
    worker.settle(("10027", "NY"), ("99999", None), ("10118", None))
    worker.stage.committed()
    text = generate_latest(worker.metrics.registry).decode()
    assert not {"10027", "99999", "10118", "HNY13", "Canary"} & set(text.replace('"', " ").split())


def test_the_reference_in_use_its_age_and_the_seats_are_told_and_follow_it(worker: Worker) -> None:
    first = worker.references.current
    assert worker.value("postbag_reference_info", version=first.version, plans="us-cd-119") == 1
    age = worker.value("postbag_reference_age_seconds", dataset="roster")
    day = datetime.combine(congress_begins(119).date(), datetime.min.time(), UTC)
    assert age
    assert age == pytest.approx((datetime.now(UTC) - day).total_seconds(), abs=60)
    newest = worker.value("postbag_reference_age_seconds", dataset="newest_source")
    assert newest == pytest.approx(age - 10 * 86_400, abs=60)
    assert worker.value("postbag_seats", status="vacant") == 541
    assert worker.value("postbag_seats", status="held") == 0

    worker.settle(("10027", "NY"))
    worker.stage.committed()
    worker.put("two", {"10027": "3612 3613", "10001": "3612", "10002": "3612"})
    worker.references.look()
    worker.references.look()
    worker.stage.idle()
    second = worker.references.current
    assert second.version != first.version
    assert worker.value("postbag_reference_info", version=second.version, plans="us-cd-119") == 1
    assert worker.value("postbag_reference_info", version=first.version, plans="us-cd-119") is None
    assert worker.value("postbag_reference_reloads_total", result="taken_up") == 1
    assert worker.value("postbag_reference_reloads_total", result="refused") == 0
    ((emit,),) = worker.stage.settle([worker.record("10002", "NY")])
    assert isinstance(emit, Emit)
    assert read(SubmissionResolved, emit.value).data.resolution.reference == second.version
    kept = {id(desk.reference) for desk in worker.stage.deps.desks.values()}
    assert kept == {id(second)}, "nothing of the file before is kept"


def test_many_equal_observations_are_taken_as_if_one_by_one() -> None:
    one, many = WorkerMetrics("resolve"), WorkerMetrics("resolve")
    for value, count in ((0.995, 3), (0.5, 1), (0.3, 7), (1.0, 2)):
        for _ in range(count):
            one.histogram("postbag_resolution_confidence", "point").observe(value)
        many.observe("postbag_resolution_confidence", value, count, "point")

    def lines(metrics: WorkerMetrics) -> list[str]:
        text = generate_latest(metrics.registry).decode()
        return [line for line in text.splitlines() if "confidence" in line and "sum" not in line]

    assert lines(one) == lines(many)
    total = one.registry.get_sample_value("postbag_resolution_confidence_sum", {"basis": "point"})
    assert many.registry.get_sample_value("postbag_resolution_confidence_sum", {"basis": "point"}) == pytest.approx(
        total
    )
