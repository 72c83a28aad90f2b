"""A broker that goes away takes nothing from the observer: it says so, serves what it saw last, and looks again."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.local.broker import LocalBroker
from schemas.topics import LETTERS
from tests.integration.harness.corner import Corner
from tests.integration.harness.observing import observer
from tests.integration.harness.offices import letters, post
from tests.integration.harness.processes import eventually

pytestmark = [pytest.mark.integration, pytest.mark.fault, pytest.mark.timeout(240)]


def test_the_last_values_stay_through_an_outage_and_are_renewed_after_it(
    own_broker: LocalBroker, tmp_path: Path
) -> None:
    corner = Corner(own_broker.bootstrap_servers, tmp_path).apply_topics()
    post(corner, letters(20))
    with observer(corner) as observing:
        assert eventually(lambda: observing.letters() == {"pending": 20}, 40)
        assert observing.get("/readyz")[0] == observing.get("/livez")[0] == 200
        own_broker.kill()
        assert eventually(lambda: observing.scrape()["postbag_survey_failures_total",] > 0, 60)
        stood = observing.scrape()["postbag_survey_timestamp_seconds",]
        assert observing.letters() == {"pending": 20}
        assert observing.get("/readyz")[0] == observing.get("/livez")[0] == 200
        own_broker.start()
        assert eventually(lambda: observing.scrape()["postbag_survey_timestamp_seconds",] > stood, 90)
        post(corner, letters(5, first=20))
        assert eventually(lambda: observing.letters() == {"pending": 25}, 40)
        assert observing.process.exit_code is None


@pytest.mark.slow
def test_it_starts_before_the_topics_and_before_the_broker(own_broker: LocalBroker, tmp_path: Path) -> None:
    corner = Corner(own_broker.bootstrap_servers, tmp_path)
    own_broker.kill()
    with observer(corner) as observing:
        assert eventually(lambda: observing.scrape()["postbag_survey_failures_total",] > 0, 60)
        assert (observing.get("/readyz")[0], observing.get("/livez")[0]) == (503, 200)
        own_broker.start()
        observing.process.await_event("topics_missing", 90)
        missing = observing.process.events("topics_missing")[-1]["topics"]
        assert LETTERS.name in missing
        corner.apply_topics()
        post(corner, letters(3))
        assert eventually(lambda: observing.letters() == {"pending": 3}, 40)
