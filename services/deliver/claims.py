"""Who holds a letter id: the claim that keeps an office from hearing the same person twice.

The ledger topic is the truth, the store its local index. A letter id belongs to the first submission that reached it;
another submission of the same person is suppressed, and the same letter read again (a replay, a crash before the commit)
is recognised by its submission.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from schemas.ledger import TERMINAL, LedgerWritten, State
from schemas.wire import Unreadable, read

if TYPE_CHECKING:
    from services.pipeline.broker import Record

Standing = Literal["new", "due", "waiting", "settled", "suppressed"]


@dataclass(frozen=True, slots=True)
class Claim:
    """What the ledger knows of a letter id: its state, and the submission that it belongs to."""

    state: State
    submission_id: str

    def pack(self) -> bytes:
        """As stored."""
        return f"{self.state} {self.submission_id}".encode()

    @staticmethod
    def unpack(stored: bytes) -> Claim:
        """From the store; entries there are Postbag's own."""
        state, _, submission_id = stored.decode().partition(" ")
        return Claim(state, submission_id)  # type: ignore[arg-type]


def store_key(letter_id: str) -> bytes:
    """A letter id as 16 bytes: a million of them stay small."""
    return bytes.fromhex(letter_id.replace("-", ""))


def index(record: Record) -> tuple[bytes, bytes] | None:
    """A ledger record as a store entry; entries of suppressed letters claim nothing."""
    if not record.key or b"/" in record.key:
        return None
    try:
        entry = read(LedgerWritten, record.value).data
    except Unreadable:
        return None
    return store_key(entry.letter_id), Claim(entry.state, entry.submission_id).pack()


def standing(known: Claim | None, submission_id: str, *, retried: bool) -> Standing:
    """What to do with a letter: ``known`` is its claim, ``retried`` whether it comes from a retry topic."""
    if known is None:
        return "new"
    if known.submission_id != submission_id:
        return "suppressed"
    if known.state in TERMINAL:
        return "settled"
    return "due" if retried else "waiting"


def claims(stored: Mapping[bytes, bytes], letter_ids: Iterable[str]) -> dict[str, Claim]:
    """The known claims by letter id."""
    found: dict[str, Claim] = {}
    for letter_id in letter_ids:
        packed = stored.get(store_key(letter_id))
        if packed is not None:
            found[letter_id] = Claim.unpack(packed)
    return found
