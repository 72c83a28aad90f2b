"""What the client library cannot parse does not stop a stage.

A header whose name is not UTF-8 is legal Kafka, and any frontend can write one; a damaged disk is rare. The library (3.0.12)
fails on both, and its next ``poll`` never returns: without an answer to it, one record stops the stage for ever.
"""

import pytest

from deploy.local.broker import LocalBroker
from schemas.topics import ACCEPTED, DEAD, RESOLVED
from tests.integration.harness.corner import Corner, Headers
from tests.integration.harness.people import submission_id
from tests.integration.harness.processes import eventually
from tests.integration.harness.stages import task
from tests.integration.harness.watch import Watch

pytestmark = [pytest.mark.integration, pytest.mark.fault]


class NotText(str):
    """Makes the library, which wants a ``str``, write bytes that are none."""

    __slots__ = ()

    def encode(self, *_: object) -> bytes:
        """These bytes are not UTF-8."""
        return b"\xff\xfe"


def test_a_header_name_that_is_not_text_stops_nothing(corner: Corner) -> None:
    """Neither the record itself, which is as good as any, nor its neighbours in the producer's batch."""
    before, after, later = ([f"{when}{number}" for number in range(100)] for when in ("before", "after", "later"))
    strange: Headers = [(NotText("x"), b"1"), ("straße", b"2"), (NotText("y"), b"")]
    corner.produce(
        ACCEPTED,
        [
            *((*task(name), []) for name in before),
            (*task("strange"), strange),
            (*task("poison", "raise"), strange),
            *((*task(name), []) for name in after),
        ],
        linger_ms=1_000,
        batch_size=1 << 20,
        compression_type="lz4",
    )
    corner.publish(ACCEPTED, map(task, later))
    with corner.start("stages:copy") as worker, Watch(corner, (RESOLVED, DEAD), lambda record: record) as watch:
        expected = sorted([*before, "strange", *after, *later])
        enough = eventually(lambda: watch.count(RESOLVED) >= len(expected) or worker.exit_code is not None, 60)
        assert enough, worker.tail()
        assert worker.exit_code is None, worker.tail()
        assert sorted(map(submission_id, watch.kept(RESOLVED))) == expected
        watch.await_count(DEAD, 1, 10)
        assert watch.kept(DEAD)[0].headers[:3] == [("??", b"1"), ("straße", b"2"), ("??", b"")]


def test_a_batch_that_the_disk_damaged_is_noted_record_by_record_and_passed_over(
    own_broker: LocalBroker, own_corner: Corner
) -> None:
    """Nothing of it can be had, so ``dead`` says where it was; what came before and after is handled."""
    corner = own_corner
    for part in ("before", "damaged", "after"):
        corner.produce(ACCEPTED, [(*task(f"{part}{number}"), []) for number in range(20)], linger_ms=1_000)
    own_broker.stop()
    segment = own_broker.home / "data" / f"{corner.name(ACCEPTED)}-0" / f"{0:020}.log"
    raw = bytearray(segment.read_bytes())
    raw[len(raw) // 2] ^= 0xFF  # of three batches of one size, the second
    segment.write_bytes(raw)
    own_broker.start()
    corner.publish(ACCEPTED, [task(f"other{number}") for number in range(50)])

    with corner.start("stages:copy") as worker, Watch(corner, (RESOLVED, DEAD), lambda record: record) as watch:
        good = sorted(
            f"{part}{number}" for part, most in (("before", 20), ("after", 20), ("other", 50)) for number in range(most)
        )
        enough = eventually(lambda: watch.count(RESOLVED) >= len(good) or worker.exit_code is not None, 60)
        assert enough, worker.tail()
        assert worker.exit_code is None, worker.tail()
        watch.await_count(DEAD, 20, 30)
        assert sorted(map(submission_id, watch.kept(RESOLVED))) == good
        noted = [dict(one.headers) for one in watch.kept(DEAD)]
    assert {note["postbag-dead-reason"] for note in noted} == {b"unparseable"}
    assert {note["postbag-source-topic"] for note in noted} == {corner.name(ACCEPTED).encode()}
    assert {note["postbag-source-partition"] for note in noted} == {b"0"}
    assert sorted(int(note["postbag-source-offset"]) for note in noted) == list(range(20, 40))
