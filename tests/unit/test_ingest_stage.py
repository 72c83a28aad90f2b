"""The stage in the loop, on a broker in memory: repeats over batches, aborts and restarts, and garbage without end."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from uuid import UUID

import pytest

from schemas.topics import ACCEPTED, DEAD, REJECTED, SUBMISSIONS
from services.ingest.handler import handle
from services.ingest.stage import IngestStage, index
from services.pipeline.broker import Partition, Record
from services.pipeline.journal import CrashJournal
from services.pipeline.loop import Loop
from services.pipeline.memory import MemoryBroker, MemoryClient
from services.pipeline.metrics import WorkerMetrics
from services.pipeline.outcomes import Outcome
from services.pipeline.tiers import Tiers
from tests.badinput import desk


def number(at: int) -> str:
    """A submission id."""
    return str(UUID(int=at))


def send(broker: MemoryBroker, at: int, message: str = "Please.", partition: int = 0) -> None:
    headers, value = desk.structured(desk.data({"message": message}), number(at))
    broker.append(SUBMISSIONS.name, partition, number(at).encode(), value, headers)


def counts(broker: MemoryBroker) -> tuple[int, int, int]:
    """Records in accepted, rejected and dead."""
    accepted, rejected, dead = (len(broker.records(topic)) for topic in (ACCEPTED, REJECTED, DEAD))
    return accepted, rejected, dead


@contextmanager
def worker(broker: MemoryBroker, folder: Path) -> Iterator[Loop]:
    """A worker of the one slot; the next one takes its place."""
    stage = desk.open_stage(folder, broker)
    client = MemoryClient(broker, "ingest", "0", (SUBMISSIONS,), batch_records=1000)
    journal = CrashJournal(folder / "ingest.journal")
    try:
        yield Loop(stage, client, journal, Tiers(client, frozenset()), WorkerMetrics("ingest"))
    finally:
        stage.close()
        journal.close()


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[IngestStage]:
    opened = desk.open_stage(tmp_path, desk.broker())
    yield opened
    opened.close()


def outcomes(stage: IngestStage, *ids: int) -> list[str]:
    records = [desk.sent(submission_id=number(at)) for at in ids]
    return [desk.read_outcome(one).outcome for one in stage.settle(records)]


def test_a_repeat_is_found_within_a_batch_however_far_apart(stage: IngestStage) -> None:
    ids = [*range(350), 0, 120, 349]
    assert outcomes(stage, *ids) == ["accepted"] * 350 + ["repeat"] * 3


def test_a_repeat_is_found_in_a_later_batch_and_before_the_commit_too(stage: IngestStage) -> None:
    assert outcomes(stage, 1) == ["accepted"]
    assert outcomes(stage, 1) == ["repeat"], "a batch is settled in portions"
    stage.committed()
    assert outcomes(stage, 1, 2) == ["repeat", "accepted"]


def test_what_was_aborted_never_happened(stage: IngestStage) -> None:
    assert outcomes(stage, 1) == ["accepted"]
    stage.aborted()
    assert outcomes(stage, 1) == ["accepted"]


def test_a_batch_that_raises_leaves_nothing_behind(stage: IngestStage, monkeypatch: pytest.MonkeyPatch) -> None:
    def raise_at_two(sent: object, deps: object) -> object:
        if getattr(sent, "submission_id", "") == number(2):
            raise RuntimeError
        return handle(sent, deps)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr("services.ingest.stage.handle", raise_at_two)
        with pytest.raises(RuntimeError):
            outcomes(stage, 1, 2)
    assert outcomes(stage, 1, 2) == ["accepted", "accepted"]


def test_a_successor_knows_what_was_accepted(tmp_path: Path) -> None:
    broker = desk.broker()
    for at in range(5):
        send(broker, at)
    with worker(broker, tmp_path / "a") as loop:
        assert loop.turn(0) == 5
    for at in range(6):
        send(broker, at)
    send(broker, 3, message="Something else.")
    with worker(broker, tmp_path / "b") as loop:  # another machine: no local file, only the topic
        assert loop.turn(0) == 7
    assert counts(broker) == (6, 1, 0)


def test_a_successor_with_the_old_file_reads_on_from_where_it_stood(tmp_path: Path) -> None:
    broker = desk.broker()
    send(broker, 1)
    with worker(broker, tmp_path) as loop:
        loop.turn(0)
    send(broker, 1)
    send(broker, 2)
    with worker(broker, tmp_path) as loop:
        loop.turn(0)
        send(broker, 1)
        send(broker, 2)
        loop.turn(0)
    assert counts(broker) == (2, 0, 0)


def test_an_evicted_batch_is_handled_again_as_if_for_the_first_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker = desk.broker()
    send(broker, 1)
    settle = IngestStage.settle

    def settle_and_lose_the_partitions(stage: IngestStage, records: Sequence[Record]) -> Sequence[Sequence[Outcome]]:
        answers = settle(stage, records)
        broker.evict("ingest")
        return answers

    with worker(broker, tmp_path) as loop:
        with monkeypatch.context() as patch:
            patch.setattr(IngestStage, "settle", settle_and_lose_the_partitions)
            assert loop.turn(0) == 0
        assert counts(broker) == (0, 0, 0)
        assert loop.turn(0) == 1
    assert counts(broker) == (1, 0, 0)


def test_garbage_without_end_never_stops_intake(tmp_path: Path) -> None:
    broker = desk.broker()
    for at in range(1500):
        broker.append(
            SUBMISSIONS.name, 0, None, (b"\xff\xfe", b"{}", None, b'{"type":"org.postbag.submission.sent.v9"}')[at % 4]
        )
    send(broker, 1)
    with worker(broker, tmp_path) as loop:
        while loop.turn(0):
            pass
    assert counts(broker) == (1, 0, 1500)
    for record in broker.records(DEAD):
        assert dict(record.headers)["postbag-dead-reason"] in {
            b"not_json",
            b"wrong_shape",
            b"tombstone",
            b"unsupported_version",
        }


def test_outcomes_stay_on_the_partition_of_their_submission(tmp_path: Path) -> None:
    broker = desk.broker()
    for at in range(10):
        send(broker, at, partition=at % 2)
    with worker(broker, tmp_path) as loop:
        loop.turn(0)
    for partition in (0, 1):
        came = [record.key for record in broker.log(SUBMISSIONS.name, partition)]
        assert [record.key for record in broker.log(ACCEPTED.name, partition)] == came
    with closing(sqlite3.connect(tmp_path / "ingest.sqlite")) as db:
        kept = {bytes(key): partition for key, partition in db.execute("SELECT key, partition FROM entries")}
    assert kept == {number(at).encode(): at % 2 for at in range(10)}


def test_a_campaign_that_is_published_while_intake_runs_is_taken_up(tmp_path: Path) -> None:
    clock = [0.0]
    broker = desk.broker()
    stage = desk.open_stage(tmp_path, broker)
    stage._campaigns._follower._clock = lambda: clock[0]
    stage._campaigns._follower._looked = 0.0
    late = desk.sent("bare", {"campaign": "late"})
    assert desk.settle_one(stage, late).faults == [("campaign", "unknown_campaign")]
    desk.publish(broker, desk.campaign("late"))
    clock[0] = 10.0
    stage.idle()
    assert desk.settle_one(stage, late).outcome == "accepted"
    desk.publish(broker, desk.campaign("late", version=2, closes=desk.NOW))
    clock[0] = 20.0
    stage.settle([desk.sent(submission_id=number(9))])
    stage.committed()  # a stage that is never idle looks between two batches
    assert desk.settle_one(stage, late).faults == [("campaign", "campaign_closed")]
    stage.close()


def test_the_changelog_is_read_as_it_is_written(stage: IngestStage) -> None:
    broker = desk.broker()
    (answer,) = stage.settle([desk.sent()])
    value = answer[0].value  # type: ignore[union-attr]
    broker.append(ACCEPTED.name, 0, desk.ID.encode(), value)
    entry = index(broker.log(ACCEPTED.name, 0)[0])
    assert entry == (desk.ID.encode(), bytes.fromhex(json.loads(value)["data"]["fingerprint"]))
    broker.append(ACCEPTED.name, 0, desk.ID.encode(), b"{}")
    assert index(broker.log(ACCEPTED.name, 0)[1]) is None


def test_the_stage_reads_what_frontends_write(stage: IngestStage) -> None:
    assert stage.name == "ingest"
    assert stage.reads == (SUBMISSIONS,)
    stage.assigned(frozenset({Partition(SUBMISSIONS.name, 0)}))
