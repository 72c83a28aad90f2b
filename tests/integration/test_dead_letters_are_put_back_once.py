"""Dead letters put back become letters, once; put back again they are left alone; discarded ones are accounted for."""

from __future__ import annotations

import pytest

from deploy.local.supervise import Supervisor
from schemas.topics import DEAD, DEAD_SETTLED, LETTERS, RESOLVED
from tests.integration.harness.corner import Corner, seed
from tests.integration.harness.offices import delivery, office
from tests.integration.harness.operators import died_in_render, ids, postbag
from tests.integration.harness.processes import eventually

pytestmark = [pytest.mark.integration, pytest.mark.fault, pytest.mark.timeout(240)]

PEOPLE, DISCARDED = 250, 20


def test_put_back_twice_they_are_letters_once_and_the_discarded_are_accounted_for(corner: Corner) -> None:
    people = died_in_render(corner, PEOPLE, seed())
    found = postbag(corner, "dead", "list", "--limit", "1000")
    by = {"stage": "render", "reason": "campaign_withdrawn", "topic": "resolved", "count": PEOPLE}
    assert (found["total"], found["counts"]) == (PEOPLE, [by])
    places = [one["place"] for one in found["dead"][:DISCARDED]]
    given_up = {one["ids"][0] for one in found["dead"][:DISCARDED]}
    done = postbag(corner, "dead", "discard", *places, "--note", "tests of a frontend", "--yes")
    assert done["done"] == DISCARDED

    tried = postbag(corner, "dead", "replay", "--reason", "campaign_withdrawn", "--dry-run")
    assert (tried["total"], tried["done"]) == (PEOPLE - DISCARDED, 0)
    assert len(corner.read(RESOLVED)) == PEOPLE, "a dry run changes nothing"
    with office(corner.folder) as control:
        workers = [corner.worker("render"), corner.worker("deliver", **delivery(control))]
        with Supervisor(workers, corner.folder / "logs"):
            first = postbag(corner, "dead", "replay", "--all", "--yes", "--note", "published again")
            assert (first["done"], first["settled_before"]) == (PEOPLE - DISCARDED, {"discarded": DISCARDED})
            assert eventually(lambda: control.report()["accepted"] == PEOPLE - DISCARDED, 60), corner.books().as_json()
            second = postbag(corner, "dead", "replay", "--all", "--yes")
            assert (second["done"], second["settled_before"]) == (
                0, {"discarded": DISCARDED, "replayed": PEOPLE - DISCARDED},
            )  # fmt: skip
            assert eventually(lambda: corner.books().settled, 30), corner.books().as_json()
        report = control.report()
        assert (report["accepted"], report["accepted_twice"], report["offers"]) == (230, 0, 230)
    found_books = corner.books()
    assert found_books.faults == []
    assert found_books.submissions == {"letter": PEOPLE - DISCARDED, "dead": DISCARDED}
    assert found_books.letters.total() == found_books.letters["accepted"] == PEOPLE - DISCARDED
    assert found_books.dead == {"replayed": PEOPLE - DISCARDED, "discarded": DISCARDED}
    assert ids(corner, RESOLVED) == {one: 1 if one in given_up else 2 for one in people}
    assert len(corner.read(LETTERS)) == PEOPLE - DISCARDED
    assert len(corner.read(DEAD)) == len(corner.read(DEAD_SETTLED)) == PEOPLE
