"""Who holds a letter id, as a table; and what the ledger says of it, as the local index keeps it."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from schemas.ledger import TERMINAL, Entry, LedgerWritten, State
from schemas.topics import LEDGER
from services.deliver.claims import Claim, Standing, claims, index, standing, store_key
from services.pipeline.memory import MemoryRecord
from tests.unit import made

MINE, OTHERS = made.identity(1), made.identity(2)


def ledger_record(key: str | None = None, **changes: Any) -> MemoryRecord:
    given: dict[str, Any] = {
        "letter_id": MINE,
        "submission_id": MINE,
        "campaign": "open",
        "office": "HNY13",
        "state": "accepted",
        "channel": "scripted",
        "attempts": 1,
        "accepted_at": made.NOW,
    }
    entry = Entry(**(given | changes))
    name = key or entry.letter_id
    return made.record(LEDGER, LedgerWritten(id=name, source="/x", time=made.NOW, data=entry), name.encode())


@pytest.mark.parametrize("retried", [False, True])
@pytest.mark.parametrize(
    ("state", "of", "fresh", "again"),
    [
        (None, MINE, "new", "new"),
        ("retrying", MINE, "waiting", "due"),
        ("accepted", MINE, "settled", "settled"),
        ("refused", MINE, "settled", "settled"),
        ("expired", MINE, "settled", "settled"),
        ("in_doubt", MINE, "settled", "settled"),
        ("suppressed", MINE, "settled", "settled"),
        *((state, OTHERS, "suppressed", "suppressed") for state in get_args(State)),
    ],
)
def test_where_a_letter_stands(state: State | None, of: str, fresh: Standing, again: Standing, retried: bool) -> None:
    known = Claim(state, of) if state else None
    assert standing(known, MINE, retried=retried) == (again if retried else fresh)


def test_every_state_but_retrying_is_final() -> None:
    assert set(get_args(State)) - TERMINAL == {"retrying"}


@pytest.mark.parametrize("state", get_args(State))
def test_a_claim_is_kept_as_it_was_written_to_the_ledger(state: State) -> None:
    indexed = index(ledger_record(state=state))
    assert indexed is not None
    key, packed = indexed
    assert key == store_key(MINE)
    assert Claim.unpack(packed) == Claim(state, MINE)
    assert claims({key: packed}, [MINE, OTHERS]) == {MINE: Claim(state, MINE)}


def test_an_entry_of_a_suppressed_letter_never_hides_the_letter_that_was_sent() -> None:
    assert index(ledger_record(f"{MINE}/{OTHERS}", state="suppressed", submission_id=OTHERS)) is None


@pytest.mark.parametrize("value", [None, b"", b"garbage", b'{"type":"org.postbag.ledger.written.v2"}'])
def test_what_is_no_entry_claims_nothing(value: bytes | None) -> None:
    assert index(made.record(LEDGER, value, MINE.encode())) is None
    assert index(ledger_record()._replace(key=None)) is None


def test_a_key_is_small_and_no_two_letters_share_one() -> None:
    keys = {store_key(made.identity(number)) for number in range(100)}
    assert len(keys) == 100
    assert {len(key) for key in keys} == {16}
