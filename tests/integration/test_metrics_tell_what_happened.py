"""Running services say in their metrics what the topics and the office say, in a form that Prometheus accepts."""

from __future__ import annotations

import shutil
import subprocess
import urllib.request
from collections import Counter

import pytest
from prometheus_client.parser import text_string_to_metric_families

from schemas.topics import ACCEPTED, LETTERS, RESOLVED
from services.pipeline.catalogue import SERVED
from tests.integration.harness.corner import Corner
from tests.integration.harness.offices import delivery, drain, ledger, letters, office, post, states
from tests.integration.harness.people import accepted
from tests.integration.harness.processes import Started, eventually

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]

Samples = dict[tuple[str, ...], float]


class Scrape:
    """What a running worker serves at this moment."""

    def __init__(self, worker: Started) -> None:
        port = worker.await_event("starting", 60)[-1]["metrics_port"]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            self.text: bytes = answer.read()
        self._samples = [sample for one in text_string_to_metric_families(self.text.decode()) for sample in one.samples]

    def names(self) -> set[str]:
        """Of all that is Postbag's, as declared."""
        found = {one.name for one in text_string_to_metric_families(self.text.decode())}
        return {name for name in found if name.startswith("postbag_")}

    def values(self, name: str) -> Samples:
        """Above 0, by the values of their labels in the order of the labels' names."""
        return {
            tuple(one.labels[label] for label in sorted(one.labels)): one.value
            for one in self._samples
            if one.name == name and one.value
        }

    def total(self, name: str) -> float:
        """The sum over all labels."""
        return sum(self.values(name).values())


def assert_well_formed(scrape: Scrape) -> None:
    """As ``promtool check metrics`` sees it, where it is installed."""
    if promtool := shutil.which("promtool"):
        done = subprocess.run(
            [promtool, "check", "metrics"], input=scrape.text, capture_output=True, timeout=60, check=False
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_deliver_counts_what_the_office_and_the_ledger_count(corner: Corner) -> None:
    made = letters(300)
    refused = made[0].data.office
    with office(corner.folder) as control:
        control.refuse(refused, 422)
        with corner.start("deliver", **delivery(control, short_retries=0)) as worker:
            post(corner, made)
            assert eventually(lambda: states(corner).keys() == {"accepted", "refused"}, 60), states(corner)
            assert states(corner).total() == len(made)
            assert eventually(lambda: Scrape(worker).total("postbag_letters_total") == len(ledger(corner)), 10)
            scrape = Scrape(worker)
            entries = Counter((entry["channel"], entry["reason"], entry["state"]) for entry in ledger(corner))
            assert scrape.values("postbag_letters_total") == entries
            offers = Counter(("webhook", one.data.office) for one in made)
            tried = scrape.values("postbag_office_attempts_total")
            results = {refused: "refused"}
            assert tried == {(*to, results.get(to[1], "accepted")): count for to, count in offers.items()}
            begun = {
                to: count for to, count in scrape.values("postbag_attempts_total").items() if "not_begun" not in to
            }
            assert sum(begun.values()) == control.report()["offers"] == len(made)
            assert scrape.values("postbag_office_breaker") == {}
            assert scrape.total("postbag_batch_seconds_count") == scrape.total("postbag_batch_records_count") > 0
            assert 0 < scrape.total("postbag_commit_seconds_sum") < scrape.total("postbag_batch_seconds_sum")
            assert_well_formed(scrape)
            drain(worker)


@pytest.mark.slow
def test_an_office_that_is_down_has_an_open_breaker_until_it_is_well(corner: Corner) -> None:
    made = letters(60)
    down = made[0].data.office
    with office(corner.folder) as control:
        control.refuse(down, 500)
        with corner.start("deliver", **delivery(control)) as worker:
            post(corner, made)
            assert eventually(lambda: Scrape(worker).values("postbag_office_breaker") == {("webhook", down): 2}, 40)
            control.clear()
            assert eventually(lambda: states(corner)["accepted"] == len(made), 90), states(corner)
            assert eventually(lambda: Scrape(worker).values("postbag_office_breaker") == {}, 10)
            drain(worker)


def test_a_worker_that_was_killed_counts_one_producer_more(corner: Corner) -> None:
    shown = []
    for _ in range(2):
        with corner.start("render") as worker:
            worker.await_event("running")
            shown.append(Scrape(worker).values("postbag_producers_opened_total"))
    assert shown == [{("render",): 1}, {("render",): 2}]


def test_each_service_serves_what_is_declared_for_it_and_nothing_else(corner: Corner) -> None:
    corner.publish_campaign()
    emitted = {"resolve": RESOLVED, "render": LETTERS}
    with corner.start("ingest") as ingest, corner.start("resolve") as resolve, corner.start("render") as render:
        corner.publish(ACCEPTED, accepted(50))
        workers = {"ingest": ingest, "resolve": resolve, "render": render}
        assert eventually(lambda: len(corner.read(LETTERS)) == 50, 60)
        for stage, topic in emitted.items():
            label = (topic.name, "emit", stage)
            assert eventually(lambda: Scrape(workers[stage]).values("postbag_records_total").get(label) == 50, 10)  # noqa: B023 - at once
        for stage, worker in workers.items():
            scrape = Scrape(worker)
            declared = (*SERVED["every worker"], *SERVED.get(stage, ()))
            assert scrape.names() == {one.name for one in declared}
            assert_well_formed(scrape)
