"""An operator lets held submissions go: by the seat that a person confirmed, and by campaign once it is back; each once."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

import pytest

from deploy.local.supervise import Supervisor
from schemas.topics import ACCEPTED, CAMPAIGNS, DEAD, SUBMISSIONS
from services.pipeline.publisher import Publisher
from tests.badinput import desk
from tests.integration.harness.corner import Corner
from tests.integration.harness.offices import delivery, office
from tests.integration.harness.operators import postbag, run_until
from tests.integration.harness.people import CAMPAIGN
from tests.integration.harness.processes import eventually
from tests.integration.test_a_held_submission_is_taken_up_again import AS_OF, SPLIT, await_books, identity

pytestmark = [pytest.mark.integration, pytest.mark.fault, pytest.mark.timeout(240)]

NEW_YORK: Final = {"constituent.address.zip": "10001", "constituent.address.state": "NY"}


def submit(corner: Corner, number: int, fields: dict[str, Any]) -> None:
    changes = {**fields, "campaign": CAMPAIGN, "constituent.email": f"maria{number}@example.org"}
    record = desk.sent("structured", changes, identity(number))
    publisher = Publisher(corner.settings)
    assert record.key is not None
    publisher.publish(SUBMISSIONS, record.key, record.value, [(name, value or b"") for name, value in record.headers])
    publisher.close()


def test_what_an_operator_releases_goes_out_once_and_what_is_in_doubt_still_is_held_on(corner: Corner) -> None:
    corner.publish_campaign()
    for number in range(4):
        submit(corner, number, SPLIT)
    for number in range(4, 10):
        submit(corner, number, NEW_YORK)
    run_until(corner, ("ingest",), ACCEPTED, 10)
    corner.produce(CAMPAIGNS, [(CAMPAIGN.encode(), None, [])])
    with office(corner.folder) as control:
        workers = [corner.worker("ingest"), corner.worker("resolve", reference_as_of=AS_OF), corner.worker("render")]
        workers.append(corner.worker("deliver", **delivery(control)))
        with Supervisor(workers, corner.folder / "logs"):
            await_books(corner, {"held": 10}, {}, 60)
            held = postbag(corner, "held", "list")
            assert [(one["reason"], one["count"]) for one in held["counts"]] == [("campaign_withdrawn", 10)]
            corner.publish_campaign()

            def release(*options: str) -> dict[str, Any]:
                return postbag(corner, "held", "release", *options, "--yes")

            assert release("--reason", "campaign_withdrawn")["sent"] == 10
            await_books(corner, {"held": 4, "letter": 6}, {"released": 6, "held": 4}, 60)
            held = postbag(corner, "held", "list")
            assert [(one["reason"], one["count"]) for one in held["counts"]] == [("ambiguous", 4)]
            assert {tuple(one["candidates"]) for one in held["held"]} == {("HMA05", "HMA07")}

            assert release(identity(0), "--seat", "HMA07")["sent"] == 1
            assert release(identity(1), "--seat", "HMA05")["sent"] == 1
            await_books(corner, {"held": 2, "letter": 8}, {"released": 8, "held": 4}, 30)
            refused = postbag(corner, "held", "release", identity(0), "--yes", code=1)
            assert (refused["sent"], refused["missing"]) == (0, [identity(0)])
            assert release("--all")["sent"] == 2
            await_books(corner, {"held": 2, "letter": 8}, {"released": 8, "held": 6}, 30)
        assert eventually(lambda: control.report()["accepted"] == 8, 30)
        report = control.report()
        assert (report["accepted_twice"], report["offers"]) == (0, 8)
        assert Counter(to.office for to, _ in control.accepted()) == {"HNY12": 6, "HMA07": 1, "HMA05": 1}
    assert corner.books().faults == []
    assert corner.read(DEAD) == []
