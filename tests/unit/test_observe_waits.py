"""What waits for people, and when it will be done: the dead, the held, the oldest letter, the pace and the deadline."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import inf
from pathlib import Path

import pytest

from schemas.campaign import CampaignPublished
from schemas.control import Control, ControlGiven
from schemas.settlement import Action, DeadSettled, Settlement
from schemas.topics import (
    ACCEPTED,
    CAMPAIGNS,
    CONTROLS,
    DEAD,
    DEAD_SETTLED,
    HELD,
    LEDGER,
    LETTERS,
    RESOLVED,
    TIERS,
    Topic,
)
from schemas.wire import write
from services.observe.seen import CampaignSeen, Survey
from services.pipeline.memory import MemoryRecord
from tests.unit import made
from tests.unit.ground import Ground
from tests.unit.observed import MemoryGroups, surveyor

DAY = 86_400.0
NOW = made.NOW.timestamp()


def settle(ground: Ground, offset: int, action: Action) -> None:
    data = Settlement(partition=0, offset=offset, action=action, reason="handler_raised", at=made.NOW)
    event = DeadSettled(id=f"0/{offset}", source="/postbag/cli", time=made.NOW, data=data)
    ground.append(DEAD_SETTLED.name, 0, f"0/{offset}".encode(), write(event))


def age(log: list[MemoryRecord], seconds: float) -> None:
    """The last record is so old."""
    log[-1] = log[-1]._replace(timestamp=round((NOW - seconds) * 1000))


def only(survey: Survey) -> CampaignSeen:
    (campaign,) = survey.campaigns
    return campaign


def test_a_dead_letter_waits_until_it_is_put_back_or_discarded(ground: Ground, tmp_path: Path) -> None:
    looks = surveyor(ground, tmp_path)
    for number in (1, 2, 3):
        ground.carry(number, "retrying")
        ground.bury(ground.wait(number, TIERS[1]), "deliver", "handler_raised")
    survey = looks.look()
    assert (survey.dead, survey.letters["dead"]) == ({("deliver", "handler_raised"): 3}, 3)
    settle(ground, 0, "replayed")
    settle(ground, 1, "discarded")
    survey = looks.look()
    assert survey.dead == {("deliver", "handler_raised"): 1}
    assert (survey.letters["dead"], survey.letters["retrying"]) == (2, 1), "what is discarded stays dead"
    ground.bury(ground.wait(1, TIERS[1]), "deliver", "killed_worker")
    survey = looks.look()
    assert survey.dead == {("deliver", "handler_raised"): 1, ("deliver", "killed_worker"): 1}
    assert survey.letters["dead"] == 3


@pytest.mark.parametrize("settled_first", [False, True])
def test_a_settlement_is_found_whichever_of_both_is_read_first(
    ground: Ground, tmp_path: Path, *, settled_first: bool
) -> None:
    looks = surveyor(ground, tmp_path, now=lambda: NOW)
    ground.carry(1, "retrying")
    if settled_first:
        settle(ground, 0, "replayed")
        assert looks.look().dead == {}
    ground.bury(ground.wait(1, TIERS[1]), "deliver", "handler_raised")
    if not settled_first:
        assert looks.look().letters["dead"] == 1
        settle(ground, 0, "replayed")
    survey = looks.look()
    assert (survey.dead, survey.letters["dead"], survey.letters["retrying"]) == ({}, 0, 1)


def test_submissions_are_counted_where_they_are(ground: Ground, tmp_path: Path) -> None:
    looks = surveyor(ground, tmp_path)
    for number in (1, 2, 3, 4):
        ground.send(number)
        ground.accept(number)
    ground.reject(5)
    ground.turn_away(1)
    ground.amend(1)
    ground.hold(1)
    ground.hold(2)
    ground.resolve(3)
    ground.bury(ground.log(RESOLVED.name, 0)[0], "render", "template_failed")
    survey = looks.look()
    assert survey.submissions == {"accepted": 4, "rejected": 1, "held": 2, "dead": 1}
    assert survey.held == {"ambiguous": 2}
    assert survey.dead == {("render", "template_failed"): 1}
    ground.release(1)
    ground.hold(2)
    settle(ground, 0, "replayed")
    survey = looks.look()
    assert survey.submissions == {"accepted": 4, "rejected": 1, "held": 1, "dead": 0}
    assert (survey.held, survey.dead) == ({"ambiguous": 1}, {})


def test_a_submission_that_was_put_back_into_its_topic_is_one_submission(ground: Ground, tmp_path: Path) -> None:
    ground.accept(1)
    ground.accept(2)
    ground.bury(ground.log(ACCEPTED.name, 0)[0], "resolve", "handler_raised")
    looks = surveyor(ground, tmp_path, now=lambda: NOW)
    assert looks.look().submissions == {"accepted": 2, "rejected": 0, "held": 0, "dead": 1}
    settle(ground, 0, "replayed")
    ground.accept(1)
    assert looks.look().submissions == {"accepted": 2, "rejected": 0, "held": 0, "dead": 0}


@pytest.mark.parametrize(("kept", "gone_after"), [({}, 31), ({HELD: 5 * DAY, DEAD: 6 * DAY}, 7), ({DEAD: inf}, None)])
def test_what_retention_has_deleted_waits_for_nobody(
    ground: Ground, tmp_path: Path, kept: dict[Topic, float], gone_after: int | None
) -> None:
    clock, groups = [NOW], MemoryGroups(ground)
    groups.kept = kept
    looks = surveyor(ground, tmp_path, groups=groups, now=lambda: clock[0])
    ground.hold(1)
    age(ground.log(HELD.name, 0), 0)
    ground.resolve(2)
    ground.bury(ground.log(RESOLVED.name, 0)[0], "render", "template_failed")
    age(ground.log(DEAD.name, 0), 0)
    survey = looks.look()
    assert (survey.held, survey.dead) == ({"ambiguous": 1}, {("render", "template_failed"): 1})
    clock[0] += (gone_after or 90) * DAY
    survey = looks.look()
    if gone_after is None:
        assert (survey.held, survey.dead) == ({}, {("render", "template_failed"): 1}), "one topic keeps it for ever"
        return
    assert (survey.held, survey.dead, survey.submissions["held"], survey.submissions["dead"]) == ({}, {}, 0, 0)


def test_in_doubt_is_counted_by_reason_until_somebody_settles_it(ground: Ground, tmp_path: Path) -> None:
    looks = surveyor(ground, tmp_path)
    ground.carry(1, "in_doubt")
    ground.carry(2, "accepted")
    assert looks.look().in_doubt == {"none": 1}
    ground.enter(1, "accepted")
    assert looks.look().in_doubt == {}


def test_the_oldest_letter_is_the_one_that_was_accepted_first_of_those_that_are_open(
    ground: Ground, tmp_path: Path
) -> None:
    looks = surveyor(ground, tmp_path, now=lambda: NOW + 500)
    ground.carry(1, "held")
    later = made.letter(2, accepted_at=made.NOW + timedelta(seconds=400))
    ground.write(LETTERS, made.rendered(later), "HNY13")
    assert only(looks.look()).oldest == 500
    ground.enter(1, "cancelled")
    assert only(looks.look()).oldest == 100
    ground.enter(2, "accepted")
    assert only(looks.look()).oldest is None


def test_time_to_drain_is_what_is_open_at_the_pace_of_ten_minutes(ground: Ground, tmp_path: Path) -> None:
    clock = [NOW]
    looks = surveyor(ground, tmp_path, now=lambda: clock[0])
    for number in range(1, 41):
        ground.carry(number, None)
        age(ground.log(LETTERS.name, 0), 3600)
    assert only(looks.look()).drain == inf
    for number in range(1, 31):
        ground.enter(number, "accepted" if number % 2 else "refused")
        age(ground.log(LEDGER.name, 0), 300)
    campaign = only(looks.look())
    assert (campaign.open, campaign.drain) == (10, 10 / (30 / 600))
    clock[0] += 400
    assert only(looks.look()).drain == inf
    for number in range(31, 41):
        ground.enter(number, "accepted")
    assert only(looks.look()).drain == 0


def test_the_pace_of_a_campaign_that_has_just_begun_is_over_its_own_time(ground: Ground, tmp_path: Path) -> None:
    looks = surveyor(ground, tmp_path, now=lambda: NOW)
    for number in range(1, 41):
        ground.carry(number, "accepted" if number <= 30 else None)
        age(ground.log(LETTERS.name, 0), 60)
        if number <= 30:
            age(ground.log(LEDGER.name, 0), 30)
    assert only(looks.look()).drain == 10 / (30 / 60)


def test_a_letter_that_came_back_ended_once(ground: Ground, tmp_path: Path) -> None:
    looks = surveyor(ground, tmp_path, now=lambda: NOW)
    ground.carry(1, "accepted")
    age(ground.log(LETTERS.name, 0), 3600)
    age(ground.log(LEDGER.name, 0), 3000)
    ground.carry(2, None)
    looks.look()
    ground.enter(1, "refused")
    age(ground.log(LEDGER.name, 0), 10)
    assert only(looks.look()).drain == inf, "nothing ended in the last ten minutes"


def test_deadlines_and_orders_are_those_in_force(ground: Ground, tmp_path: Path) -> None:
    looks = surveyor(ground, tmp_path, now=lambda: NOW)
    ground.carry(1, None)
    expires = datetime(2026, 3, 9, tzinfo=UTC)
    for deadline in (None, expires):
        campaign = made.campaign(slug="open", deliver_before=deadline)
        event = CampaignPublished(id="open/1", source="/postbag/cli", time=made.NOW, data=campaign)
        ground.append(CAMPAIGNS.name, 0, b"open", write(event))
    order = Control(scope="office", name="HNY13", action="pause", reason="it asked us to wait")
    given = ControlGiven(id="1", source="/postbag/cli", time=made.NOW, data=order)
    ground.append(CONTROLS.name, 0, b"office/HNY13", write(given))
    survey = looks.look()
    assert only(survey).deadline == expires.timestamp()
    assert [one.data for one in survey.controls] == [order]
    ground.append(CAMPAIGNS.name, 0, b"open", None)
    assert only(looks.look()).deadline is None
