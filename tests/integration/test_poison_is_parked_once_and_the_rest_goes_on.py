"""Records that a stage cannot handle end in ``dead``, once, as they came; everything around them is handled as ever."""

import json
from collections import Counter
from typing import Any, NamedTuple

import pytest

from schemas.topics import ACCEPTED, DEAD, LETTERS, RESOLVED, Topic
from tests.integration.harness.corner import Corner, Headers
from tests.integration.harness.people import accepted, submission_id
from tests.integration.harness.processes import eventually
from tests.integration.harness.stages import Deed, task
from tests.integration.harness.watch import Watch

pytestmark = [pytest.mark.integration, pytest.mark.fault]

CANARY = "Zzyzx"
"""Stands for a person: in every poisoned record, and never in what is said about it."""
HEADERS: Headers = [("traceparent", b"00-" + b"a" * 32 + b"-" + b"b" * 16 + b"-01"), ("x", b"\xff\x00"), ("x", b"")]


class Poison(NamedTuple):
    """A record and the reason that it must be given."""

    reason: str
    key: bytes | None
    value: bytes | None


def poison(good: bytes) -> list[Poison]:
    """Whatever can be wrong with a record that should have been one of Postbag's own, like ``good``."""
    event = json.loads(good)
    newer = event | {"type": event["type"].replace(".v1", ".v2"), "new": CANARY}
    return [
        Poison("not_json", b"garbage", b"\xff\xfe{" + CANARY.encode()),
        Poison("not_json", None, b""),
        Poison("wrong_shape", CANARY.encode(), json.dumps({"name": CANARY}).encode()),
        Poison("wrong_shape", b"list", json.dumps([CANARY]).encode()),
        Poison("duplicate_key", b"double", good[:-1] + b',"id":"' + CANARY.encode() + b'"}'),
        Poison("forbidden_character", b"nul", json.dumps(event | {"extra": f"{CANARY}\x00"}).encode()),
        Poison("tombstone", b"tombstone", None),
        Poison("too_large", b"large", json.dumps(event | {"extra": CANARY * 250_000}).encode()),
        Poison("unsupported_version", b"newer", json.dumps(newer).encode()),
    ]


def ours(record: Any) -> dict[str, bytes]:
    """What Postbag added to a dead letter."""
    return {name: value for name, value in record.headers if name.startswith("postbag-")}


def assert_as_it_came(corner: Corner, dead: Any, topics: tuple[Topic, ...]) -> None:
    """Held against the very record that it says it was, read again from its source."""
    added = ours(dead)
    source = next(topic for topic in topics if corner.name(topic).encode() == added["postbag-source-topic"])
    place = (int(added["postbag-source-partition"]), int(added["postbag-source-offset"]))
    original = next(one for one in corner.read(source) if (one.partition, one.offset) == place)
    absent = set(filter(None, added["postbag-dead-null"].split(b",")))
    assert dead.value == (original.value or b"")
    assert dead.key == original.key
    assert absent == {name for name, part in ((b"key", original.key), (b"value", original.value)) if part is None}
    assert [header for header in dead.headers if not header[0].startswith("postbag-")] == list(original.headers)


def test_the_services_park_what_they_cannot_read(corner: Corner) -> None:
    corner.publish_campaign()
    people = list(accepted(400))
    with (
        Watch(corner, (RESOLVED, LETTERS, DEAD), lambda record: record) as watch,
        corner.start("resolve") as resolve,
        corner.start("render") as render,
    ):
        corner.publish(ACCEPTED, people[:200])
        watch.await_count(RESOLVED, 200, 30)
        for topic, good in ((ACCEPTED, people[0][1]), (RESOLVED, watch.kept(RESOLVED)[0].value)):
            poisons = poison(good)
            corner.produce(topic, [(bad.key, bad.value, HEADERS) for bad in poisons], max_request_size=4 << 20)
        corner.publish(ACCEPTED, people[200:])
        watch.await_count(LETTERS, len(people), 60)
        watch.await_count(DEAD, 2 * len(poisons), 30)

        letters = sorted(map(submission_id, watch.kept(LETTERS)))
        assert letters == sorted(key.decode() for key, _ in people)
        parked = watch.kept(DEAD)
        for topic, stage in ((ACCEPTED, b"resolve"), (RESOLVED, b"render")):
            found = [ours(one) for one in parked if ours(one)["postbag-dead-stage"] == stage]
            reasons = Counter(one["postbag-dead-reason"].decode() for one in found)
            assert reasons == Counter(bad.reason for bad in poisons), stage
            assert {one["postbag-source-topic"] for one in found} == {corner.name(topic).encode()}
            assert len({one["postbag-source-offset"] for one in found}) == len(poisons)
        for one in parked:
            assert_as_it_came(corner, one, (ACCEPTED, RESOLVED))
            assert CANARY not in repr(ours(one))
        assert CANARY not in resolve.text() + render.text()


def test_what_a_handler_chokes_on_or_dies_of_is_parked_and_its_batch_goes_on(corner: Corner) -> None:
    deeds: dict[str, Deed] = {f"n{number:03}": "copy" for number in range(300)}
    deeds |= {"n017": "raise", "n100": "die", "n101": "copy", "n205": "raise", "n206": "die"}
    corner.produce(ACCEPTED, [(*task(name, deed), HEADERS) for name, deed in deeds.items()])
    ends = Counter[int]()
    with Watch(corner, (RESOLVED, DEAD), lambda record: record) as watch:
        while True:
            with corner.start("stages:copy") as worker:
                eventually(lambda: worker.exit_code is not None or watch.count(RESOLVED) >= 296, 30)
                if worker.exit_code is None:
                    break
                ends[worker.exit_code] += 1
                assert sum(ends.values()) < 20, "it dies for ever"
        assert 6 <= ends[99] <= 12, "three times alone each, and at most three to find each among three hundred"
        watch.await_count(DEAD, 4, 20)
        copied = sorted(record.key.decode() for record in watch.kept(RESOLVED))
        assert copied == sorted(name for name, deed in deeds.items() if deed == "copy")
        parked = {one.key.decode(): one for one in watch.kept(DEAD)}
        assert len(parked) == watch.count(DEAD) == 4
        reasons = {name: ours(one)["postbag-dead-reason"] for name, one in parked.items()}
        assert reasons == {
            "n017": b"handler_raised", "n205": b"handler_raised", "n100": b"killed_worker", "n206": b"killed_worker",
        }  # fmt: skip
        assert ours(parked["n017"])["postbag-dead-error"] == b"RuntimeError"
        for one in parked.values():
            assert_as_it_came(corner, one, (ACCEPTED,))
            assert b"noor@example.org" not in b"".join(ours(one).values()), "the exception's text stays behind"
