"""What the observer serves: what a survey says, bounded, gone when it is true no longer, and kept when a look fails."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from services.observe.gauges import CAMPAIGNS, REASONS, Gauges
from services.observe.observer import Observer
from services.observe.seen import CampaignSeen, Survey
from services.observe.settings import ObserveSettings
from services.observe.survey import Surveyor
from services.pipeline.catalogue import SERVED
from services.pipeline.errors import SettingsRefused
from tests.unit.ground import Ground
from tests.unit.observed import MemoryGroups, surveyor


@pytest.fixture
def survey(tmp_path: Path) -> Survey:
    ground = Ground()
    ground.carry(1)
    ground.carry(2, "in_doubt")
    ground.carry(3, None)
    return surveyor(ground, tmp_path).look()


def served(gauges: Gauges) -> dict[tuple[str, ...], float]:
    """The observer's own samples by name and the values of their labels, in the order of the catalogue."""
    labels = {one.name: one.labels for one in SERVED["observe"]}
    return {
        (sample.name, *(sample.labels[label] for label in labels[family.name])): sample.value
        for family in text_string_to_metric_families(generate_latest(gauges.registry).decode())
        if family.name in labels
        for sample in family.samples
    }


def test_everything_that_is_declared_is_served_from_a_survey(survey: Survey) -> None:
    gauges = Gauges()
    full = replace(
        survey,
        campaigns=(replace(survey.campaigns[0], deadline=5e9, drain=math.inf),),
        dead={("render", "template_failed"): 2},
        held={"ambiguous": 3},
        hanging=0,
        controls=(),
    )
    gauges.show(full)
    found = served(gauges)
    names = {one.name if one.kind == "gauge" else f"{one.name}_total" for one in SERVED["observe"]}
    assert names - {name for name, *_ in found} == {"postbag_controls_in_force"}, "nothing is held back"
    assert found["postbag_books_letters", "open", "accepted"] == 1
    assert found["postbag_books_letters", "open", "refused"] == 0
    assert sum(n for (name, *_), n in found.items() if name == "postbag_books_letters") == 3
    assert found["postbag_campaign_drain_seconds", "open"] == math.inf
    assert found["postbag_campaign_deadline_timestamp_seconds", "open"] == 5e9
    assert found["postbag_dead_records", "render", "template_failed"] == 2
    assert found["postbag_held_submissions", "ambiguous"] == 3
    assert found["postbag_in_doubt_letters", "none"] == 1
    assert found["postbag_hanging_transactions",] == 0
    assert found["postbag_topic_retention_left_seconds", "render", "resolved"] > 0
    assert found["postbag_survey_timestamp_seconds",] == survey.at


def test_what_is_true_no_longer_is_not_served_any_more(survey: Survey) -> None:
    gauges = Gauges()
    gauges.show(replace(survey, dead={("render", "template_failed"): 2}))
    gauges.show(replace(survey, campaigns=(), in_doubt={}))
    assert not [key for key in served(gauges) if key[0] in ("postbag_dead_records", "postbag_books_letters")]
    assert not [key for key in served(gauges) if key[0] == "postbag_in_doubt_letters"]


def test_the_largest_campaigns_are_told_by_name_and_the_others_together(survey: Survey) -> None:
    one = survey.campaigns[0]
    many = [
        CampaignSeen(f"c{n}", {"pending": 1000 - n}, oldest=float(n), drain=float(n)) for n in range(CAMPAIGNS + 20)
    ]
    gauges = Gauges()
    gauges.show(replace(survey, campaigns=(CampaignSeen("other", {"accepted": 7}), *many, one)))
    found = served(gauges)
    assert {key[1] for key in found if key[0] == "postbag_books_letters"} == {
        *(f"c{n}" for n in range(CAMPAIGNS)),
        "other",
    }
    assert sum(n for key, n in found.items() if key[0] == "postbag_books_letters") == 7 + 3 + sum(
        1000 - n for n in range(CAMPAIGNS + 20)
    )
    assert found["postbag_letters_oldest_pending_seconds", "other"] >= CAMPAIGNS + 19
    assert found["postbag_campaign_drain_seconds", "other"] == max(one.drain, CAMPAIGNS + 19)


def test_reasons_are_bounded_too_and_none_is_lost(survey: Survey) -> None:
    gauges = Gauges()
    held = {f"reason_{n}": n + 1 for n in range(REASONS + 30)}
    gauges.show(replace(survey, held=held, dead={("render", reason): n for reason, n in held.items()}))
    for name in ("postbag_held_submissions", "postbag_dead_records"):
        found = {key: n for key, n in served(gauges).items() if key[0] == name}
        assert len(found) == REASONS + 1
        assert sum(found.values()) == sum(held.values())


def test_a_number_that_the_cluster_does_not_tell_is_none(survey: Survey) -> None:
    gauges = Gauges()
    assert math.isnan(served(gauges)["postbag_hanging_transactions",])
    gauges.show(replace(survey, hanging=None))
    assert math.isnan(served(gauges)["postbag_hanging_transactions",])


class Refusing:
    """A surveyor whose settings are wrong."""

    def look(self, beat: Callable[[], None]) -> Survey:
        raise SettingsRefused("POSTBAG_STATE_DIR: no")

    def close(self) -> None:
        """Nothing is open."""


def observer(looks: Surveyor | Refusing) -> Observer:
    return Observer(ObserveSettings(metrics_port=0), looks)


def test_a_broker_that_is_away_is_counted_and_told_and_the_last_values_stay(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ground = Ground()
    ground.carry(1)
    groups = MemoryGroups(ground)
    observing = observer(surveyor(ground, tmp_path, groups=groups, now=lambda: 1e9))
    assert not observing._is_ready()
    observing.look()
    assert observing._is_ready()
    groups.away = True
    for _ in range(2):
        observing.look()
    found = served(observing.gauges)
    assert found["postbag_survey_failures_total",] == 2
    assert found["postbag_books_letters", "open", "accepted"] == 1
    assert found["postbag_survey_timestamp_seconds",] == 1e9
    assert [record.message for record in caplog.records].count("survey_failed") == 2
    assert observing._is_ready(), "it is the broker that is away"
    assert observing._alive()
    groups.away = False
    ground.carry(2)
    observing.look()
    found = served(observing.gauges)
    assert (found["postbag_survey_failures_total",], found["postbag_books_letters", "open", "accepted"]) == (2, 2)
    observing.health.close()


def test_settings_that_no_look_can_succeed_with_end_it() -> None:
    observing = observer(Refusing())
    with pytest.raises(SettingsRefused):
        observing.look()
    observing.health.close()


def test_a_look_that_makes_no_progress_is_not_alive_and_waiting_for_the_next_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    clock = [0.0]
    monkeypatch.setattr("services.observe.observer.monotonic", lambda: clock[0])
    alive: list[bool] = []

    class Slow(Refusing):
        def look(self, beat: Callable[[], None]) -> Survey:
            for seconds in (119, 119, 121):
                beat()
                clock[0] += seconds
                alive.append(observing._alive())
            return surveyor(Ground(), tmp_path).look()

    observing = observer(Slow())
    observing.look()
    assert alive == [True, True, False]
    clock[0] += 10_000
    assert observing._alive()
    observing.health.close()
