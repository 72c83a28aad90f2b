"""Retry-After in every form that RFC 9110 has, and in some that offices make up."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.pipeline.retry_after import retry_after

NOW = datetime(2026, 3, 4, 12, 0, 0, tzinfo=UTC).timestamp()
DAY = 86_400.0


@pytest.fixture(params=["UTC", "America/New_York"])
def _anywhere(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The machine's own zone has no part in it."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("_anywhere")
@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("0", 0.0),
        ("7", 7.0),
        ("  7 ", 7.0),
        ("007", 7.0),
        ("00000000000000000007", 7.0),
        ("86400", DAY),
        ("86401", DAY),
        ("315360000", DAY),  # ten years
        ("9" * 5_000, DAY),
        # the three forms of a date
        ("Wed, 04 Mar 2026 12:01:00 GMT", 60.0),
        ("Wednesday, 04-Mar-26 12:01:00 GMT", 60.0),
        ("Wed Mar  4 12:01:00 2026", 60.0),
        ("Wed, 04 Mar 2026 11:59:00 GMT", 0.0),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 0.0),
        ("Thu, 05 Mar 2026 13:00:00 GMT", DAY),
        ("Fri, 31 Dec 9999 23:59:59 GMT", DAY),
        # nonsense asks for nothing
        ("", None),
        (" ", None),
        ("-1", None),
        ("+7", None),
        ("7.5", None),
        ("1e3", None),
        ("0x10", None),
        ("soon", None),
        ("7 seconds", None),
        ("\N{ARABIC-INDIC DIGIT SEVEN}", None),
        ("\N{SUPERSCRIPT TWO}", None),
        ("Wed, 04 Mar 2026", None),
        ("Wed, 99 Mar 2026 12:01:00 GMT", None),
        ("Fri, 31 Dec 99999 23:59:59 GMT", None),
    ],
)
def test_what_is_waited(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds


@given(
    st.text(max_size=60) | st.from_regex(r"[A-Z][a-z]{2}, [0-9]{1,3} [A-Z][a-z]{2} [0-9]{1,6} [0-9:+-]{1,12}( GMT)?")
)
def test_nothing_that_an_office_writes_is_more_than_a_day_or_an_error(value: str) -> None:
    wait = retry_after(value, NOW)
    assert wait is None or 0.0 <= wait <= DAY
