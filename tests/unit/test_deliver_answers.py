"""The table of answers as a whole: it reads in one way, has an answer to everything, and is what the documentation prints."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from schemas.fields import Code
from schemas.ledger import Entry, State
from services.cli.reference import pages
from services.deliver.answers import (
    ROWS,
    SECTIONS,
    Answer,
    Meaning,
    Verdict,
    of_cwc,
    of_failure,
    of_local,
    of_smtp,
    of_smtp_failure,
    of_status,
)
from services.deliver.answers.entered import ENTERED
from services.deliver.answers.meaning import by_key, checked
from services.deliver.answers.smtp import Kind, Verb
from services.deliver.claims import STARTED, UNDER_WAY
from services.deliver.lane import Reason
from services.deliver.routing import NO_CHANNEL

VERBS: tuple[Verb, ...] = get_args(Verb)
KINDS: tuple[Kind, ...] = get_args(Kind)
NUMBERS = st.integers() | st.integers(-1, 1000)
WAITS = st.none() | st.floats(0, 1e6)
RECEIPTS = st.none() | st.from_regex(r"[A-Za-z0-9._:-]{1,200}", fullmatch=True)
_ENTERING = ("_entry", "hold", "Next")
ROW = Meaning("a", (1,), "refused", "refused", "Because.")


def told(answer: Answer) -> tuple[str, Verdict, bool, Verdict | None]:
    return answer.reason, answer.verdict, answer.pauses, answer.if_unsure


def as_row(row: Meaning) -> tuple[str, Verdict, bool, Verdict | None]:
    return row.reason, row.verdict, row.pauses, row.if_unsure


def test_there_is_an_answer_to_everything_and_every_row_gives_one() -> None:
    answers = [
        *(of_status(status) for status in range(1000)),
        *(of_cwc(status) for status in range(1000)),
        *(of_smtp(verb, code) for verb, code in product(VERBS, range(200, 600))),
        *(of_smtp_failure(verb, kind) for verb, kind in product(VERBS, KINDS)),
        *(of_failure(row.reason) for row in SECTIONS["No answer"]),
        *(of_local(row.reason) for row in SECTIONS["This side"]),
    ]
    assert {told(answer) for answer in answers} <= {as_row(row) for row in ROWS}
    assert len(ROWS) >= 50


@given(number=NUMBERS, verb=st.sampled_from(VERBS), wait=WAITS, receipt=RECEIPTS)
def test_whatever_number_comes_the_ledger_can_hold_the_answer(
    number: int, verb: Verb, wait: float | None, receipt: str | None
) -> None:
    fields = Entry.model_fields
    code, said = (TypeAdapter(fields[name].rebuild_annotation()) for name in ("answer", "receipt"))
    for answer in (of_status(number, receipt, wait), of_cwc(number, wait, receipt), of_smtp(verb, number, receipt)):
        assert code.validate_python(answer.status) == (number if 100 <= number <= 999 else None)
        assert said.validate_python(answer.receipt) == receipt
        assert TypeAdapter(Code).validate_python(answer.reason)
    assert of_status(number, receipt, wait).retry_after == of_cwc(number, wait, receipt).retry_after == wait
    assert of_smtp(verb, number).retry_after is None


@pytest.mark.parametrize("reason", ["", "of_nothing", "accepted", "409"])
def test_a_reason_that_is_in_no_row_is_a_mistake_of_the_caller(reason: str) -> None:
    for look_up in (of_failure, of_local):
        with pytest.raises(KeyError):
            look_up(reason)


def test_a_reason_in_the_ledger_tells_by_itself_what_was_done() -> None:
    means: dict[str, set[object]] = {}
    for row in ROWS:
        means.setdefault(row.reason, set()).add(as_row(row))
        assert re.fullmatch(r"[a-z][a-z0-9_]{2,59}", row.reason)
    assert {reason: len(found) for reason, found in means.items()} == dict.fromkeys(means, 1)


def test_each_row_says_in_a_sentence_why_and_each_case_stands_once() -> None:
    assert len({row.case for row in ROWS}) == len(ROWS)
    for row in ROWS:
        assert re.fullmatch(r"[A-Z].*[.]", row.why), row.case
        assert row.verdict in get_args(Verdict)


def test_what_was_surely_not_sent_is_never_called_unknown_nor_accepted() -> None:
    for row in ROWS:
        if "Nothing was sent" in row.why or "nothing of it was sent" in row.why:
            assert row.verdict in ("retry", "refused"), row.case
        if row.verdict == "unknown":
            assert not row.pauses, f"{row.case}: whoever may have the letter is not at fault for the next"


@pytest.mark.parametrize(
    "rows",
    [
        (ROW, replace(ROW, case="b")),
        (ROW, replace(ROW, case="b", covers=(2, 1))),
        (replace(ROW, covers=(1, 1)),),
        (replace(ROW, covers=()),),
        (ROW, replace(ROW, case="b", rest=True)),
        (replace(ROW, rest=True), replace(ROW, case="b", rest=True)),
    ],
)
def test_a_table_that_reads_in_two_ways_or_has_a_dead_row_is_refused(rows: tuple[Meaning, ...]) -> None:
    with pytest.raises(ValueError, match=r"covers nothing|never reached"):
        by_key(rows)


def test_a_row_of_the_rest_gives_way_to_those_that_name_a_case() -> None:
    rest = replace(ROW, case="the rest", covers=(1, 2), rest=True)
    for rows in ((ROW, rest), (rest, ROW)):
        assert by_key(rows) == {1: ROW, 2: rest}


@pytest.mark.parametrize(
    "second",
    [
        replace(ROW, case="b", verdict="retry"),
        replace(ROW, case="b", pauses=True),
        replace(ROW, case="b", if_unsure="accepted"),
        replace(ROW, covers=(2,)),
    ],
)
def test_a_reason_with_two_meanings_and_a_case_that_stands_twice_are_refused(second: Meaning) -> None:
    assert checked((ROW, replace(ROW, case="b"))) == (ROW, replace(ROW, case="b"))
    with pytest.raises(ValueError, match=r"two things|twice"):
        checked((ROW, second))


def test_the_documentation_has_every_row_in_order_and_no_other() -> None:
    page = pages()["reference/answers.md"]
    cells = [line.replace("\\|", "\0").strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| ")]
    printed = [tuple(cell.replace("\0", "|") for cell in row) for row in cells if row[0] not in ("---", "answer")]
    expected = []
    for row in ROWS:
        verdict = row.verdict + (", pauses the office" if row.pauses else "")
        verdict += f"; if unsure, {row.if_unsure}" if row.if_unsure else ""
        expected.append((row.case, verdict, f"`{row.reason}`", row.why))
    assert [row for row in printed if len(row) == 4] == expected
    entered = [(f"`{one.reason}`", " or ".join(f"`{state}`" for state in one.states), one.why) for one in ENTERED]
    assert [row for row in printed if len(row) == 3 and row[0] != "reason"] == entered
    assert [line[3:] for line in page.splitlines() if line.startswith("## ")][: len(SECTIONS)] == list(SECTIONS)
    assert Path("docs/reference/answers.md").read_text("utf-8") == page, "run `make docs`"


def test_every_reason_that_deliver_enters_by_itself_is_told_and_no_other() -> None:
    said: set[str] = {STARTED, UNDER_WAY, NO_CHANNEL, *get_args(Reason)}
    for path in Path("services/deliver").glob("*.py"):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "attr", getattr(call.func, "id", "")) in _ENTERING:
                said |= {one.value for one in call.args if isinstance(one, ast.Constant) and isinstance(one.value, str)}
    assert said - set(get_args(State)) == {one.reason for one in ENTERED}
    assert len({one.reason for one in ENTERED}) == len(ENTERED)
    for one in ENTERED:
        assert set(one.states) <= set(get_args(State))
        assert re.fullmatch(r"[A-Z].*[.]", one.why)
