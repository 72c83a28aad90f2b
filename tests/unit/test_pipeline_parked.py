"""What a dead letter says of itself: where it came from, and nothing that a stranger wrote in the place of a code."""

from __future__ import annotations

import pytest

from schemas.topics import ACCEPTED, DEAD, LETTERS, REPORTS, RETRY, SUBMISSIONS, Topic
from services.pipeline.dead import dead_letter
from services.pipeline.memory import MemoryRecord
from services.pipeline.outcomes import DeadLetter
from services.pipeline.parked import SOURCES, Parked


def parked(topic: str, *, prefix: str = "", reason: str = "not_json", stage: str = "ingest") -> Parked:
    """A record of ``topic``, as it lies in ``dead`` of the installation with this prefix."""
    key, value, headers = dead_letter(MemoryRecord(topic, 0, 7, 1, b"k", b"v", []), DeadLetter(reason), stage)
    return Parked.of(MemoryRecord(prefix + DEAD.name, 0, 0, 1, key, value, [*headers]))


@pytest.mark.parametrize("topic", SOURCES, ids=lambda topic: topic.name)
@pytest.mark.parametrize("prefix", ["", "autumn.", "dead"])
def test_each_topic_that_a_stage_reads_is_told_whatever_the_prefix(topic: Topic, prefix: str) -> None:
    assert parked(prefix + topic.name, prefix=prefix).source == topic


@pytest.mark.parametrize(
    ("prefix", "topic"),
    [
        ("", "autumn.accepted"), ("autumn.", "accepted"), ("autumn.", "spring.letters"), ("", "love-letters"), ("", ""),
        ("", DEAD.name), ("autumn.", "autumn.held"),
    ],
)  # fmt: skip
def test_what_only_ends_as_one_of_them_does_is_none_of_this_installations(prefix: str, topic: str) -> None:
    assert parked(topic, prefix=prefix).source is None


def test_the_shorter_name_is_not_taken_for_the_longer() -> None:
    assert [parked(name).source for name in ("letters", "letters.retry.soon")] == [LETTERS, RETRY]
    assert [parked(name).source for name in ("submissions", "accepted", "reports")] == [SUBMISSIONS, ACCEPTED, REPORTS]


@pytest.mark.parametrize(
    "hostile", ["\x1b[2J", "[/bold]", "Ann Lee, 12 Elm St", "x" * 62, "a\nb", "\u202eevil", "9lives"]
)
def test_a_code_is_a_code_or_nothing(hostile: str) -> None:
    """Whoever may write to the topic could have a terminal obey, or a metric bear, what stands in its place."""
    found = parked("accepted", reason=hostile, stage=hostile)
    assert (found.reason, found.stage, found.whole) == ("", "", False)
