"""A person's answer takes a held submission up again: one letter, whatever is repeated, replayed or killed on the way."""

from __future__ import annotations

import json
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final
from uuid import UUID, uuid5

import pytest
from kafka.admin import MemberToRemove
from kafka.structs import OffsetAndMetadata

from deploy.local.office_control import OfficeControl
from deploy.local.supervise import Supervisor
from schemas.topics import ACCEPTED, DEAD, HELD, REJECTED, RESOLVED, SUBMISSIONS, Topic
from services.cli.books import Books
from services.pipeline.publisher import Publisher
from tests.badinput import desk
from tests.integration.harness.corner import Corner, seed
from tests.integration.harness.offices import delivery, office
from tests.integration.harness.processes import Started, eventually
from tests.integration.harness.watch import Watch

pytestmark = [pytest.mark.integration, pytest.mark.fault, pytest.mark.timeout(240)]

SPLIT: Final = {"constituent.address.zip": "02139"}
"""Two districts of Massachusetts, 5 and 7."""
UNIQUE: Final = {"line1": "1 Broadway", "city": "New York", "state": "NY", "zip": "10001"}
CONFIRMED: Final = {"district": {"geoid": "2507", "congress": 119, "proof": "person_confirmed"}}
AS_OF: Final = "2026-03-04T12:00:00Z"
MANY: Final = 300
KILLS: Final = 4


def identity(number: int) -> str:
    return str(uuid5(UUID(int=7), str(number)))


class Frontend:
    """Sends submissions and completions of people told by numbers, each in the form that its number falls on."""

    def __init__(self, corner: Corner, campaign: str) -> None:
        self._publisher, self._campaign = Publisher(corner.settings), campaign

    def submit(self, number: int, fields: dict[str, Any]) -> None:
        email = f"maria{number}@example.org"
        changes = {**fields, "campaign": self._campaign, "constituent.email": email}
        self._send(desk.sent(self._form(number), changes, identity(number)))

    def complete(self, number: int, address: dict[str, Any]) -> None:
        self._send(desk.completed(self._form(number), address, identity(number), self._campaign))

    def _form(self, number: int) -> str:
        return sorted(desk.FORMS)[number % len(desk.FORMS)]

    def _send(self, record: Any) -> None:
        headers = [(name, value) for name, value in record.headers if value is not None]
        self._publisher.publish(SUBMISSIONS, record.key, record.value, headers)

    def flush(self) -> None:
        self._publisher.flush()

    def close(self) -> None:
        self._publisher.close()


@contextmanager
def frontend(corner: Corner) -> Iterator[Frontend]:
    made = Frontend(corner, corner.publish_campaign().slug)
    yield made
    made.close()


def workers(corner: Corner, control: OfficeControl, **of_resolve: object) -> list[Any]:
    settings: dict[str, Any] = {"reference_as_of": AS_OF, **of_resolve}
    every = [corner.worker("ingest"), corner.worker("resolve", **settings), corner.worker("render")]
    return [*every, corner.worker("deliver", **delivery(control))]


def await_books(corner: Corner, submissions: dict[str, int], completions: dict[str, int], timeout: float) -> None:
    found = Books()

    def there() -> bool:
        nonlocal found
        found = corner.books()
        return found.settled and (found.submissions, found.completions) == (submissions, completions)

    assert eventually(there, timeout), found.as_json()
    assert found.faults == []


def kind(record: Any) -> tuple[str, str]:
    """Whose event on ``held``, ``resolved`` or ``rejected``, and of what type."""
    return record.key.decode(), json.loads(record.value)["type"].split(".")[-2]


def test_the_letter_goes_out_once_when_the_person_has_answered(corner: Corner) -> None:
    with frontend(corner) as site, office(corner.folder) as control:
        with Supervisor(workers(corner, control), corner.folder / "logs"):
            for number in range(4):
                site.submit(number, SPLIT)
            site.submit(4, {"constituent.address.zip": "10001", "constituent.address.state": "NY"})
            await_books(corner, {"held": 4, "letter": 1}, {}, 60)
            assert control.report()["accepted"] == 1
            site.complete(0, CONFIRMED)
            site.complete(1, UNIQUE)
            site.complete(2, {"line2": "Apt 4"})  # which settles nothing
            site.complete(4, CONFIRMED)  # whose letter is out
            site.complete(5, CONFIRMED)  # whom nobody knows
            await_books(corner, {"held": 2, "letter": 3}, {"released": 2, "held": 1, "rejected": 2}, 30)
            site.complete(0, CONFIRMED)
            site.complete(2, CONFIRMED)
            await_books(corner, {"held": 1, "letter": 4}, {"released": 3, "held": 1, "rejected": 3}, 30)
        report = control.report()
        assert (report["accepted"], report["accepted_twice"]) == (4, 0)
        assert Counter(to.office for to, _ in control.accepted()) == {"HMA07": 2, "HNY12": 2}
        rejected = [json.loads(record.value or b"")["data"] for record in corner.read(REJECTED)]
        assert {one["submission_id"] for one in rejected} == {identity(0), identity(4), identity(5)}
        assert all(one["faults"] == [{"field": "$", "code": "not_held"}] for one in rejected)
    assert corner.read(DEAD) == []


@pytest.mark.slow
def test_when_resolve_is_killed_at_random_moments_each_is_released_once(corner: Corner) -> None:
    """Every completion is sent twice, a few records apart, while the worker that takes them is killed again and again."""
    dice = random.Random(seed())
    with ExitStack() as stack:
        site = stack.enter_context(frontend(corner))
        control = stack.enter_context(office(corner.folder))
        watch = stack.enter_context(Watch(corner, (HELD, RESOLVED, REJECTED), kind))
        every = workers(corner, control, batch_records=20, session_timeout_seconds=20)
        supervisor = stack.enter_context(Supervisor(every, corner.folder / "logs"))
        for number in range(MANY):
            site.submit(number, SPLIT)
        killed = 0
        for number in range(MANY + 10):
            if number < MANY:
                site.complete(number, CONFIRMED)
            if number >= 10:
                site.complete(number - 10, CONFIRMED)
            if number % (MANY // KILLS) == MANY // KILLS - 1:
                site.flush()
                before = watch.count(RESOLVED)
                assert eventually(lambda: watch.count(RESOLVED) > before, 60), "it must be at work"  # noqa: B023 - in its turn
                killed += supervisor.kill("resolve") is not None
            time.sleep(dice.uniform(0, 0.01))
        site.flush()
        await_books(corner, {"letter": MANY}, {"released": MANY, "rejected": MANY}, 120)
        assert supervisor.restarts["resolve"] == killed == KILLS
        everybody = sorted(identity(number) for number in range(MANY))
        for topic, kinds in ((HELD, ("held", "released")), (RESOLVED, ("resolved",)), (REJECTED, ("rejected",))):
            for one in kinds:
                assert sorted(key for key, of in watch.kept(topic) if of == one) == everybody, one
        report = control.report()
        assert (report["accepted"], report["accepted_twice"]) == (MANY, 0)
    assert corner.read(DEAD) == []


def test_when_everything_accepted_is_read_again_no_office_hears_of_it(corner: Corner) -> None:
    """From the beginning, once with the index at hand and once with the topic alone to know what is held."""
    with frontend(corner) as site, office(corner.folder) as control:
        for number in range(20):
            site.submit(number, SPLIT)
            site.complete(number, CONFIRMED)
        site.flush()
        names = [one for one in workers(corner, control) if one.name != "resolve"]
        with Supervisor(names, corner.folder / "logs"):
            drain(corner, "first", 40)
            assert eventually(lambda: control.report()["accepted"] == 20, 40)
            for lost_index in (False, True):
                rewind(corner, "resolve", ACCEPTED)
                if lost_index:
                    for file in (corner.folder / "state").glob("*resolve-0.sqlite*"):
                        file.unlink()
                drain(corner, f"again-{lost_index}", 40)
            assert eventually(lambda: len(corner.read(RESOLVED)) == 60, 30)
            assert eventually(lambda: sum(corner.committed("render").values()) >= 60, 30)
            assert eventually(lambda: sum(corner.committed("deliver").values()) >= 60, 30)
        report = control.report()
        assert (report["accepted"], report["offers"]) == (20, 20)


def drain(corner: Corner, name: str, records: int) -> None:
    """Run resolve until it has handled as many records of ``accepted``."""
    with corner.start("resolve", log_name=name, reference_as_of=AS_OF) as worker:
        assert eventually(lambda: sum(corner.committed("resolve").values()) >= records, 40), worker.tail()
        end(worker)


def end(worker: Started) -> None:
    worker.signal(signal.SIGTERM)
    assert worker.wait(30) == 0


def rewind(corner: Corner, service: str, topic: Topic) -> None:
    """Back to the beginning, as an operator would with the tools of Kafka; the static member would stay a while."""
    with corner.admin() as admin:
        member = MemberToRemove(group_instance_id=f"{corner.settings.topic_prefix}postbag-{service}-0")
        admin.remove_group_members(corner.group(service), [member])
        places = [place for place in corner.committed(service) if place.topic == corner.name(topic)]
        admin.alter_group_offsets(corner.group(service), dict.fromkeys(places, OffsetAndMetadata(0, "", -1)))
