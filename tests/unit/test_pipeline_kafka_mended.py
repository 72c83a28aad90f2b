"""When the client asks for records ahead of a poll: in a backlog, where it saves time, and never else."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from services.pipeline.kafka_mended import read_up_to_now

MOST = 10


class Fetcher:
    """Hands out what it was given; ``fetched_records`` as in the library."""

    def __init__(self) -> None:
        self.given: list[tuple[int, bool]] = []

    def fetched_records(self, max_records: int, update_offsets: bool = True) -> tuple[dict[str, list[int]], bool]:
        assert (max_records, update_offsets) == (MOST, True)
        count, partial = self.given.pop(0)
        return ({"a": list(range(count - count // 2)), "b": list(range(count // 2))} if count else {}), partial


@pytest.mark.parametrize(
    ("polls", "ahead"),
    [
        ([0, 1, 0, 3, 4, 4], [True, False, True, False, False, False]),
        ([10, 10, 3, 3, 2], [True, True, True, False, False]),
        ([3, 5, 4, 4, 0], [False, True, True, False, True]),
    ],
    ids=["a trickle", "a backlog and its end", "half of it"],
)
def test_only_where_there_is_a_backlog_is_the_next_request_sent_ahead(polls: list[int], ahead: list[bool]) -> None:
    fetcher: Any = Fetcher()
    read_up_to_now(SimpleNamespace(_fetcher=fetcher))
    fetcher.given = [(count, False) for count in polls]
    found = [fetcher.fetched_records(MOST, update_offsets=True) for _ in polls]
    assert [sum(map(len, records.values())) for records, _ in found] == polls
    assert [not held_back for _, held_back in found] == ahead


def test_what_is_left_of_a_fetch_holds_the_next_request_back_as_ever() -> None:
    fetcher: Any = Fetcher()
    read_up_to_now(SimpleNamespace(_fetcher=fetcher))
    fetcher.given = [(MOST, True), (0, True)]
    assert [fetcher.fetched_records(MOST)[1] for _ in range(2)] == [True, True]
