"""What a cluster says of groups: a failure to tell is never taken for an empty group, and first moments are waited out."""

from __future__ import annotations

from typing import Any

import pytest
from kafka import TopicPartition
from kafka import errors as kafka_errors
from kafka.structs import OffsetAndMetadata

from services.pipeline import groups
from services.pipeline.broker import Partition
from services.pipeline.errors import BrokerFailed
from services.pipeline.groups import Groups
from services.pipeline.settings import KafkaSettings

GROUP = "t.postbag-render"
NOBODY = "[Error 69] GroupIdNotFoundError: The group id does not exist."
NOT_YET = "[Error 16] NotCoordinatorError: This is not the correct coordinator."
REFUSED = "[Error 30] GroupAuthorizationFailedError: "


class Admin:
    """Answers with what it is given, one after another; an exception is raised."""

    answers: list[Any]

    def __init__(self, **_: Any) -> None:
        """Connected."""

    def describe_groups(self, _groups: list[str]) -> Any:
        return self._next()

    def list_group_offsets(self, _groups: list[str]) -> Any:
        return self._next()

    def _next(self) -> Any:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Groups:
    clock = [0.0]
    monkeypatch.setattr(groups, "KafkaAdminClient", Admin)
    monkeypatch.setattr(groups, "monotonic", lambda: clock[0])

    def sleep(seconds: float) -> None:
        clock[0] += seconds

    monkeypatch.setattr(groups, "sleep", sleep)
    return Groups(KafkaSettings(topic_prefix="t."))


def told(error: str | None, members: int = 0) -> dict[str, Any]:
    return {GROUP: {"error": error, "members": [{}] * members}}


def test_members_are_counted_and_a_group_that_does_not_exist_has_none(asked: Groups) -> None:
    Admin.answers = [told(None, 3)]
    assert asked.members(["render"]) == {"render": 3}
    Admin.answers = [told(NOBODY)]
    assert asked.members(["render"]) == {"render": 0}


def test_a_broker_that_takes_groups_over_just_now_is_asked_again(asked: Groups) -> None:
    Admin.answers = [told(NOT_YET), kafka_errors.CoordinatorNotAvailableError(), told(None, 2)]
    assert asked.members(["render"]) == {"render": 2}
    offsets = {
        GROUP: {
            TopicPartition("t.resolved", 1): OffsetAndMetadata(7, "", None),
            TopicPartition("t.resolved", 2): OffsetAndMetadata(-1, "", None),
        }
    }
    Admin.answers = [kafka_errors.NotCoordinatorError(), kafka_errors.CoordinatorLoadInProgressError(), offsets]
    assert asked.committed("render") == {Partition("t.resolved", 1): 7}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (told(REFUSED), "GroupAuthorizationFailedError"),
        (told(NOT_YET), "NotCoordinatorError"),
        (kafka_errors.KafkaConnectionError(), "KafkaConnectionError"),
    ],
)
def test_a_failure_is_told_and_is_no_empty_group(asked: Groups, answer: Any, said: str) -> None:
    Admin.answers = [answer]
    with pytest.raises(BrokerFailed, match=said):
        asked.members(["render"])
