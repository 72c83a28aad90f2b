"""The render stage in the loop, on a broker in memory: campaigns are taken up, replaced and withdrawn while it runs."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from schemas.letter import Letter, LetterRendered
from schemas.topics import CAMPAIGNS, DEAD, LETTERS, RESOLVED
from schemas.wire import read, write
from services.pipeline.errors import SettingsRefused
from services.pipeline.journal import CrashJournal
from services.pipeline.loop import Loop
from services.pipeline.memory import MemoryBroker, MemoryClient, MemoryReader
from services.pipeline.metrics import WorkerMetrics
from services.pipeline.tiers import Tiers
from services.render.forms import Facts
from services.render.forms.opening import Forms
from services.render.settings import RenderSettings
from services.render.stage import RenderStage
from tests.badinput import desk
from tests.unit import made


@dataclass
class Worker:
    """A render worker whose clock stands still until it is moved."""

    broker: MemoryBroker
    loop: Loop
    clock: list[float]

    def publish(self, slug: str = "open", **campaign: Any) -> None:
        desk.publish(self.broker, made.campaign(slug, **campaign))

    def turn(self, *offices: str, campaign: str = "open", seconds_later: float = 10.0) -> None:
        """Let ``seconds_later`` pass, and render a submission."""
        event = made.resolved(*offices or ("HNY13",), campaign=campaign)
        self.clock[0] += seconds_later
        self.broker.append(RESOLVED.name, 0, event.id.encode(), write(event))
        assert self.loop.turn(0) == 1

    def letters(self) -> list[Letter]:
        return [read(LetterRendered, record.value).data for record in self.broker.records(LETTERS)]

    def versions(self) -> list[int]:
        return [letter.campaign_version for letter in self.letters()]

    def dead(self) -> list[bytes | None]:
        return [dict(record.headers)["postbag-dead-reason"] for record in self.broker.records(DEAD)]


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Worker]:
    broker = MemoryBroker((RESOLVED, LETTERS, DEAD, CAMPAIGNS), partitions=1)
    desk.publish(broker, made.campaign("open"))
    stage = RenderStage(lambda: MemoryReader(broker))
    clock = [0.0]
    stage._campaigns._follower._clock = lambda: clock[0]
    stage._campaigns._follower._looked = 0.0
    client = MemoryClient(broker, "render", "0", stage.reads)
    journal = CrashJournal(tmp_path / "render.journal")
    yield Worker(broker, Loop(stage, client, journal, Tiers(client, frozenset()), WorkerMetrics("render")), clock)
    stage.close()
    journal.close()


class Press:
    """Stands for the printing form, which takes its time."""

    def make(self, letter: Facts) -> str:
        return "JVBERi0xLjcK"


def test_batches_are_small_while_a_campaign_prints_and_only_then() -> None:
    broker = MemoryBroker((RESOLVED, LETTERS, DEAD, CAMPAIGNS), partitions=1)
    desk.publish(broker, made.campaign("open"))
    stage = RenderStage(lambda: MemoryReader(broker), lambda _name: Press())
    batches = [stage.most]
    for campaign in (made.campaign("printed", forms=("paper",)), made.campaign("printed", version=2)):
        desk.publish(broker, campaign)
        stage._campaigns._follower._looked = -1000.0
        stage.committed()
        batches.append(stage.most)
    assert batches == [0, 100, 0]
    stage.close()


def test_a_campaign_is_taken_up_at_start(worker: Worker) -> None:
    worker.turn("HNY13", "SNY01")
    assert [letter.office for letter in worker.letters()] == ["HNY13", "SNY01"]


def test_a_newer_version_is_taken_up_between_two_batches(worker: Worker) -> None:
    worker.publish(version=2)
    worker.turn()
    worker.turn()
    assert worker.versions() == [1, 2]


def test_a_version_that_does_not_compile_is_not_taken_up_and_the_one_before_it_goes_on(
    worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    worker.publish(version=2, letter="Dear {{ decision_maker }},\n{% if %}")
    with caplog.at_level(logging.ERROR):
        worker.turn()
        worker.turn()
        worker.turn()
    assert worker.versions() == [1, 1, 1]
    (told,) = caplog.records
    assert told.message == "campaign_not_taken_up"
    assert vars(told)["fault"].startswith("open: letter, line 2: ")
    worker.publish(version=3)
    worker.turn()
    worker.turn()
    assert worker.versions()[-1] == 3


def test_a_campaign_of_which_no_version_compiles_parks_its_own_letters_only(worker: Worker) -> None:
    worker.publish("broken", letter="{{ ")
    worker.turn(campaign="broken")
    worker.turn()
    assert worker.dead() == [b"campaign_withdrawn"]
    assert len(worker.letters()) == 1


def test_a_campaign_that_was_withdrawn_parks_its_letters_until_it_is_back(worker: Worker) -> None:
    worker.turn()
    worker.broker.publish(CAMPAIGNS, b"open", None)
    worker.turn()
    worker.turn()
    assert (len(worker.letters()), worker.dead()) == (2, [b"campaign_withdrawn"])
    worker.publish(version=2)
    worker.turn()
    assert worker.versions() == [1, 1, 2]


def test_a_submission_that_overtakes_its_campaign_s_news_waits_for_no_upkeep(worker: Worker) -> None:
    worker.publish("late")
    worker.turn(campaign="late", seconds_later=1.5)
    assert [letter.campaign for letter in worker.letters()] == ["late"]


def test_a_campaign_that_cannot_be_read_is_passed_over(worker: Worker, caplog: pytest.LogCaptureFixture) -> None:
    worker.broker.publish(CAMPAIGNS, b"open", b'{"type":"org.postbag.campaign.published.v2"}')
    worker.publish("other")
    with caplog.at_level(logging.ERROR):
        worker.turn()
        worker.turn(campaign="other")
    assert [letter.campaign for letter in worker.letters()] == ["open", "other"]
    assert [record.message for record in caplog.records] == ["campaign_unreadable"]


def test_a_broken_campaign_never_stops_the_stage_however_many_write(worker: Worker) -> None:
    worker.publish("broken", letter="{{ nobody }}")
    for _ in range(150):
        worker.turn(campaign="broken")
    worker.turn()
    assert worker.dead() == [b"template_failed"] * 150
    assert len(worker.letters()) == 1


def test_an_idle_worker_looks_for_news_too(worker: Worker) -> None:
    worker.publish(version=2)
    worker.clock[0] += 10
    assert worker.loop.turn(0) == 0
    worker.turn(seconds_later=0)
    assert worker.versions() == [2]


def test_a_campaign_that_asks_for_a_form_that_is_not_set_up_is_not_taken_up_and_the_log_says_why(
    worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    worker.publish(version=2, forms=("mail", "cwc"))
    with caplog.at_level(logging.ERROR):
        worker.turn()
        worker.turn()
    assert worker.versions() == [1, 1]
    (told,) = caplog.records
    assert told.message == "campaign_not_taken_up"
    assert "cwc" in vars(told)["fault"]
    worker.publish(version=3, forms=("mail",))
    worker.turn()
    worker.turn()
    assert [letter.mail is not None for letter in worker.letters()] == [False, False, False, True]


def test_a_newer_version_forgets_what_was_drafted_for_the_one_before(worker: Worker) -> None:
    worker.turn()
    worker.publish(version=2, letter="To {{ decision_maker }}, anew.", closing="Bye.")
    worker.turn()
    worker.turn()
    assert [letter.body for letter in worker.letters()][-1] == "To Representative, anew.\n\nBye."


def test_a_worker_opens_a_form_when_it_is_first_asked_for_and_says_what_it_lacks() -> None:
    forms = Forms(RenderSettings())
    assert forms("mail") is forms("mail")
    with pytest.raises(SettingsRefused, match="POSTBAG_CWC_AGENT"):
        forms("cwc")
