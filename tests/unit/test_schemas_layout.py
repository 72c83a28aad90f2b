"""The layout of an event is made from its model, and a model that it cannot describe is refused rather than guessed at."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, StringConstraints

from schemas.accepted import SubmissionAccepted
from schemas.layout import layout
from schemas.wire import Wire, write
from tests.unit import made

NONE: frozenset[str] = frozenset()
Short = Annotated[str, StringConstraints(max_length=9)]


def test_an_event_fits_the_layout_of_its_own_model_and_of_no_other() -> None:
    event = made.accepted(message='"\\\b\f\n\r\t\x01\x1f\x7f', flags=("a", "b"))
    matches = layout(SubmissionAccepted, NONE).pattern.fullmatch
    assert matches(write(event).decode())
    assert not matches(write(made.resolved("HNY13", "SNY01")).decode())
    assert not matches(write(made.rendered(made.letter())).decode())


def test_groups_are_named_in_their_order_and_what_a_pattern_cannot_tell_is_said() -> None:
    found = layout(SubmissionAccepted, frozenset({"data", "data.constituent.address.zip5", "id"}))
    assert found.groups == ("id", "data", "data.constituent.address.zip5")
    match = found.pattern.fullmatch(write(made.accepted()).decode())
    assert match is not None
    assert (match[1], match[3]) == (made.identity(1), "10027")
    assert {"time", "data.received_at", "data.constituent.address.location.lat"} <= found.unproven
    assert found.most_bytes == 10_000


def test_what_a_model_leaves_out_may_be_missing_and_nothing_else() -> None:
    class Event(Wire):
        first: Short
        maybe: Short | None = None
        always: Short = ""
        number: int = 0
        kind: Literal["a", "b"] = "a"

    matches = layout(Event, NONE).pattern.fullmatch
    assert matches(write(Event(first="x")).decode())
    assert matches(write(Event(first="x", maybe="y", number=-12, kind="b")).decode())
    for text in (
        '{"first":"x","maybe":"y"}',
        '{"always":"","number":0,"kind":"a"}',
        '{"first":"x","always":"","number":00,"kind":"a"}',
        '{"first":"x","always":"","number":0,"kind":"c"}',
        '{"first":"x","always":"","number":0,"kind":"a","first":"y"}',
        '{"first":"0123456789","always":"","number":0,"kind":"a"}',
    ):
        assert not matches(text), text


@pytest.mark.parametrize("kind", [str, dict[str, int], Any, Short | int])
def test_a_field_that_has_no_layout_is_refused_by_name(kind: Any) -> None:
    class Event(Wire):
        good: Short
        strange: kind

    with pytest.raises(ValueError, match="strange"):
        layout(Event, NONE)


def test_what_is_wanted_must_exist_and_comes_with_its_quotes_where_it_may_hold_escapes() -> None:
    class Event(Wire):
        long: Annotated[str, Field(max_length=5000)]
        when: datetime

    with pytest.raises(ValueError, match="no nothing"):
        layout(Event, frozenset({"nothing"}))
    match = layout(Event, frozenset({"long"})).pattern.fullmatch('{"long":"a \\"b\\"","when":"2026-03-04T12:00:00Z"}')
    assert match is not None
    assert match.groups() == ('"a \\"b\\""',)


def test_an_event_that_may_begin_without_its_first_field_is_refused() -> None:
    class Event(Wire):
        first: Short | None = None
        second: Short = ""

    with pytest.raises(ValueError, match="first field"):
        layout(Event, NONE)
