"""Who holds a letter id, as a table; and what the ledger says of it, as the local index keeps it."""

from __future__ import annotations

from typing import Any, Final, get_args

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


OPEN: Final = ("retrying", "held", "unknown")


@pytest.mark.parametrize(
    ("claim", "fresh", "behind", "equal"),
    [
        (None, "new", "new", "new"),
        *((Claim(state, MINE, 2), "waiting", "stale", "due") for state in OPEN),
        *((Claim(state, MINE, 2), "settled", "settled", "settled") for state in sorted(TERMINAL)),
        *((Claim(state, OTHERS, 2), "suppressed", "suppressed", "suppressed") for state in get_args(State)),
        (Claim("unknown", MINE, 2, begun="attempt_started"), "lost", "lost", "lost"),
        (Claim("unknown", MINE, 2, begun="under_way"), "waiting", "stale", "lost"),
    ],
)
def test_where_a_letter_stands(claim: Claim | None, fresh: Standing, behind: Standing, equal: Standing) -> None:
    """A fresh record, one that was overtaken, and the one that waits."""
    assert [standing(claim, MINE, attempts) for attempts in (None, 1, 2)] == [fresh, behind, equal]


def test_every_state_is_open_or_final() -> None:
    assert set(get_args(State)) == TERMINAL | set(OPEN)


@pytest.mark.parametrize("state", get_args(State))
@pytest.mark.parametrize("unsure", [False, True])
def test_a_claim_is_kept_as_it_was_written_to_the_ledger(state: State, unsure: bool) -> None:
    indexed = index(ledger_record(state=state, unsure=unsure, channel="cwc-house", attempts=7))
    assert indexed is not None
    key, packed = indexed
    assert key == store_key(MINE)
    kept = Claim(state, MINE, 7, "cwc-house", unsure, "", "open", made.NOW.isoformat())
    assert Claim.unpack(packed) == kept
    assert claims({key: packed}, [MINE, OTHERS]) == {MINE: kept}


@pytest.mark.parametrize("reason", ["attempt_started", "under_way", "no_answer", None])
def test_only_what_was_begun_and_not_ended_is_remembered_as_begun(reason: str | None) -> None:
    indexed = index(ledger_record(state="unknown", reason=reason))
    assert indexed is not None
    assert Claim.unpack(indexed[1]).begun == (reason if reason in ("attempt_started", "under_way") else "")


def test_a_claim_of_the_first_version_is_read() -> None:
    assert Claim.unpack(f"accepted {MINE}".encode()) == Claim("accepted", MINE)


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
