"""Lags: what a stage has not read, how old it is and how long it is kept; what waits on purpose is not late."""

from __future__ import annotations

from math import inf
from pathlib import Path

import pytest

from schemas.topics import ACCEPTED, ALL, LETTERS, RETRY, SUBMISSIONS, Topic
from services.observe.lags import Lags
from services.observe.seen import READS, Survey, TopicLag
from services.pipeline.broker import Partition
from services.pipeline.dead import NOT_BEFORE
from services.pipeline.groups import Edge
from services.pipeline.memory import MemoryBroker, MemoryClient
from tests.unit.ground import Ground
from tests.unit.observed import MemoryGroups, surveyor

DAY = 86_400.0


@pytest.fixture
def ground() -> Ground:
    ground = Ground()
    for stage, reads in READS.items():
        MemoryClient(ground, stage, "0", reads)
    return ground


def at(ground: Ground, topic: Topic, age: float, *, now: float, due: float | None = None, partition: int = 0) -> None:
    """Put a record there that is ``age`` seconds old at ``now``, and due at ``due``."""
    headers: list[tuple[str, bytes | None]] = [] if due is None else [(NOT_BEFORE, b"%d" % round(due * 1000))]
    ground.append(topic.name, partition, b"k", b"v", headers)
    log = ground.log(topic.name, partition)
    log[-1] = log[-1]._replace(timestamp=round((now - age) * 1000))


def commit(ground: MemoryBroker, stage: str, topic: Topic, offset: int, partition: int = 0) -> None:
    ground.groups[stage].offsets[Partition(topic.name, partition)] = offset


def lag(survey: Survey, topic: Topic) -> TopicLag:
    (found,) = (one for one in survey.lags if one.topic == topic.name)
    return found


def test_lag_is_what_is_unread_and_the_age_of_the_next_record(ground: Ground, tmp_path: Path) -> None:
    for age in (50, 40, 30):
        at(ground, ACCEPTED, age, now=1e9)
    at(ground, ACCEPTED, 7, now=1e9, partition=1)
    commit(ground, "resolve", ACCEPTED, 1)
    found = lag(surveyor(ground, tmp_path, now=lambda: 1e9).look(), ACCEPTED)
    assert (found.stage, found.records, round(found.seconds)) == ("resolve", 3, 40)
    assert round(found.retention_left) == 7 * DAY - 40


def test_a_group_that_has_committed_nothing_has_everything_before_it(ground: Ground, tmp_path: Path) -> None:
    at(ground, SUBMISSIONS, 90, now=1e9)
    at(ground, SUBMISSIONS, 80, now=1e9)
    found = lag(surveyor(ground, tmp_path, now=lambda: 1e9).look(), SUBMISSIONS)
    assert (found.records, round(found.seconds)) == (2, 90)


def test_a_stage_that_has_read_all_has_no_lag_though_marks_of_transactions_follow(ground: Ground) -> None:
    at(ground, ACCEPTED, 50, now=1e9)
    commit(ground, "resolve", ACCEPTED, 1)
    groups = MemoryGroups(ground)
    topics = groups.partitions(ALL)
    edges = groups.edges(topics) | {Partition(ACCEPTED.name, 0): Edge(0, 2)}  # as a mark at offset 1 makes it look
    stages, lags, _ = Lags().look(groups, topics, edges, 0, 1e9)
    assert groups.asked_heads == [Partition(ACCEPTED.name, 0)]
    assert {(one.records, one.seconds, one.retention_left) for one in lags} == {(0, 0.0, inf)}
    assert {(one.lag_records, one.lag_seconds) for one in stages} == {(0, 0.0)}


def test_what_waits_in_a_tier_is_late_only_once_it_is_due(ground: Ground, tmp_path: Path) -> None:
    at(ground, RETRY, 500, now=1e9, due=1e9 + 60)
    at(ground, RETRY, 400, now=1e9, due=1e9 + 90)
    clock = [1e9]
    looks = surveyor(ground, tmp_path, now=lambda: clock[0])
    survey = looks.look()
    deliver = survey.stages[-1]
    assert (lag(survey, RETRY).records, lag(survey, RETRY).seconds) == (2, 0.0)
    assert (deliver.lag_records, deliver.waiting, deliver.lag_seconds) == (0, 2, 0.0)
    assert round(lag(survey, RETRY).retention_left) == 7 * DAY - 500
    clock[0] += 72
    assert round(lag(looks.look(), RETRY).seconds) == 12


def with_edge(ground: Ground, edge: Edge) -> TopicLag:
    """The lag of resolve where the first partition of what it reads goes from ``edge.begin`` to ``edge.end``."""
    groups = MemoryGroups(ground)
    topics = groups.partitions(ALL)
    _, lags, _ = Lags().look(groups, topics, groups.edges(topics) | {Partition(ACCEPTED.name, 0): edge}, 0, 1e9)
    return next(one for one in lags if one.topic == ACCEPTED.name)


def test_what_retention_has_begun_to_delete_unread_has_no_time_left(ground: Ground) -> None:
    for age in (50, 45, 40):
        at(ground, ACCEPTED, age, now=1e9)
    commit(ground, "resolve", ACCEPTED, 0)
    found = with_edge(ground, Edge(2, 3))
    assert (found.records, found.retention_left) == (1, 0.0)


def test_a_mark_of_a_transaction_that_retention_deletes_was_nobodys_record(ground: Ground) -> None:
    at(ground, ACCEPTED, 8 * DAY, now=1e9)
    commit(ground, "resolve", ACCEPTED, 1)
    emptied = with_edge(
        ground, Edge(2, 2)
    )  # all was read; then a quiet week, and the mark at offset 1 went with the rest
    assert (emptied.records, emptied.retention_left) == (0, inf)
    for age in (DAY, 50.0):  # the first stands for the mark
        at(ground, ACCEPTED, age, now=1e9)
    fresh = with_edge(ground, Edge(2, 3))
    assert (fresh.records, round(fresh.retention_left)) == (1, 7 * DAY - 50)


def test_where_nothing_unread_is_left_nothing_unread_will_be_deleted(ground: Ground) -> None:
    commit(ground, "resolve", ACCEPTED, 1)
    assert with_edge(ground, Edge(9, 9)).retention_left == inf


def test_retention_is_the_topics_own_and_is_asked_for_once_a_minute(ground: Ground, tmp_path: Path) -> None:
    at(ground, ACCEPTED, 7200, now=1e9)
    at(ground, SUBMISSIONS, 7200, now=1e9)
    groups, clock = MemoryGroups(ground), [1e9]
    groups.kept = {ACCEPTED: 4 * 3600.0}
    looks = surveyor(ground, tmp_path, groups=groups, now=lambda: clock[0])
    survey = looks.look()
    assert round(lag(survey, ACCEPTED).retention_left) == 7200
    assert round(lag(survey, SUBMISSIONS).retention_left) == 7 * DAY - 7200, "as declared, where nothing is told"
    groups.kept = {ACCEPTED: inf}
    clock[0] += 59
    assert round(lag(looks.look(), ACCEPTED).retention_left) == 7200 - 59
    clock[0] += 1
    assert lag(looks.look(), ACCEPTED).retention_left == inf
    assert groups.asked_retention == 2


def test_the_next_record_is_looked_at_once_while_it_stays_the_next(ground: Ground, tmp_path: Path) -> None:
    groups = MemoryGroups(ground)
    looks = surveyor(ground, tmp_path, groups=groups)
    at(ground, LETTERS, 50, now=1e9)
    looks.look()
    assert groups.asked_heads == [Partition(LETTERS.name, 0)]
    at(ground, LETTERS, 40, now=1e9)
    survey = looks.look()
    assert groups.asked_heads == []
    assert lag(survey, LETTERS).records == 2
    commit(ground, "deliver", LETTERS, 1)
    assert lag(looks.look(), LETTERS).records == 1
    assert groups.asked_heads == [Partition(LETTERS.name, 0)]


def test_rates_are_what_was_committed_since_and_members_are_those_of_the_groups(ground: Ground, tmp_path: Path) -> None:
    clock = [1e9]
    groups = MemoryGroups(ground)
    groups.present = {"render": 2}
    looks = surveyor(ground, tmp_path, groups=groups, now=lambda: clock[0])
    assert {stage.rate for stage in looks.look().stages} == {None}
    clock[0] += 4
    commit(ground, "ingest", SUBMISSIONS, 40)
    ground.carry(1)
    survey = looks.look()
    assert {stage.stage: stage.rate for stage in survey.stages} == {
        "ingest": 10.0, "resolve": 0.0, "render": 0.0, "deliver": 0.0,
    }  # fmt: skip
    assert {stage.stage: stage.members for stage in survey.stages} == {
        "ingest": 0, "resolve": 0, "render": 2, "deliver": 0,
    }  # fmt: skip
    assert (survey.attempts, survey.attempts_rate) == (1, 0.25)
