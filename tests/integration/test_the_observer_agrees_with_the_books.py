"""The observer beside a real pipeline says what the books say: after a crowd, a kill, a lost file, and with stages away."""

from __future__ import annotations

import signal
from collections import Counter

import pytest

from deploy.local.crowd import crowd
from deploy.local.supervise import Supervisor
from schemas.topics import ACCEPTED, DEAD, HELD, LETTERS, REJECTED, SUBMISSIONS
from services.cli.books import Books
from services.pipeline.publisher import Publisher
from tests.integration.harness.corner import Corner
from tests.integration.harness.observing import Observing, Samples, observer
from tests.integration.harness.offices import delivery, office
from tests.integration.harness.processes import eventually

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

PEOPLE = 300
STAGES = ("ingest", "resolve", "render", "deliver")


def send(corner: Corner, seed: int, people: int, campaign: str) -> None:
    publisher = Publisher(corner.settings)
    for one in crowd(seed, people, campaign):
        publisher.publish(SUBMISSIONS, one.key, one.value, list(one.headers))
    publisher.close()


def of(samples: Samples, name: str) -> dict[tuple[str, ...], int]:
    return {tuple(labels): int(value) for (found, *labels), value in samples.items() if found == name}


def agree(observing: Observing, found: Books) -> None:
    """What it serves comes to be what the books say, and stays without a fault."""
    expected = +Counter(found.letters)
    assert eventually(lambda: observing.letters() == expected, 30), (observing.letters(), expected)
    samples = observing.scrape()
    assert of(samples, "postbag_books_faults") == {(): 0}
    assert sum(of(samples, "postbag_dead_records").values()) == found.dead["open"]
    assert sum(of(samples, "postbag_held_submissions").values()) == found.submissions["held"]
    assert sum(of(samples, "postbag_in_doubt_letters").values()) == found.letters["in_doubt"]


def test_a_crowd_a_kill_and_a_lost_file_and_the_sums_are_those_of_the_books(corner: Corner) -> None:
    campaign = corner.publish_campaign().slug
    with office(corner.folder) as control:
        control.refuse("*", status=503, share=0.05)
        control.refuse("HNY12", status=400, share=0.5)
        workers = [*(corner.worker(name) for name in STAGES[:3]), corner.worker("deliver", **delivery(control))]
        with Supervisor(workers, corner.folder / "logs"), observer(corner, "first") as first:
            send(corner, 7, PEOPLE, campaign)
            assert eventually(lambda: sum(first.letters().values()) > PEOPLE / 4, 90), "it sees letters while they come"
            first.process.signal(signal.SIGKILL)
            first.process.wait(10)
            with observer(corner, "second") as second:
                assert eventually(lambda: corner.books().settled, 120), corner.books().as_json()
                found = corner.books()
                assert found.faults == []
                agree(second, found)
                assert not second.process.events("notebook_rebuilt"), "the kill left its notes whole"
                assert not second.process.events("survey_failed")
                samples = second.scrape()
                assert of(samples, "postbag_group_members") == {(stage,): 1 for stage in STAGES}
                assert set(of(samples, "postbag_topic_lag_records").values()) == {0}, "marks of transactions are no lag"
                assert of(samples, "postbag_books_submissions") == {
                    ("accepted",): len(corner.read(ACCEPTED)),
                    ("rejected",): len(corner.read(REJECTED)),
                    ("held",): len(corner.read(HELD)),
                    ("dead",): len(corner.read(DEAD)),
                }
                assert samples["postbag_letters_oldest_pending_seconds", campaign] == 0
                second.process.signal(signal.SIGTERM)
                assert second.process.wait(30) == 0
    for file in (corner.folder / "state").glob("*observe.sqlite*"):
        file.unlink()
    with observer(corner, "third") as third:
        agree(third, found)
        assert eventually(lambda: not sum(of(third.scrape(), "postbag_group_members").values()), 40), "nobody works"
        before = found.records
        send(corner, 8, 40, campaign)
        place = ("postbag_topic_lag_records", "ingest", SUBMISSIONS.name)
        sent = len(corner.read(SUBMISSIONS)) - before
        assert eventually(lambda: third.scrape().get(place) == sent, 20), (third.scrape().get(place), sent)
        samples = third.scrape()
        assert samples["postbag_topic_lag_seconds", "ingest", SUBMISSIONS.name] > 0
        left = samples["postbag_topic_retention_left_seconds", "ingest", SUBMISSIONS.name]
        assert 6.9 * 86_400 < left <= 7 * 86_400
        assert samples["postbag_topic_retention_left_seconds", "deliver", LETTERS.name] == float("inf")
        assert samples["postbag_hanging_transactions",] == 0
