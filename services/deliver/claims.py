"""Who holds a letter id: the claim that keeps an office from hearing the same person twice.

The ledger topic is the truth, the store its local index. A letter id belongs to the first submission that reached it;
another submission of the same person is suppressed. Of the letter itself exactly one record is under way at a time,
fresh or in a tier, and it counts the attempts: a record that counts fewer than the ledger was overtaken (a replay), and
does nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from schemas.ledger import TERMINAL, Entry, LedgerWritten, State
from schemas.wire import Unreadable, read

if TYPE_CHECKING:
    from services.pipeline.broker import Record

Standing = Literal["new", "due", "lost", "waiting", "settled", "stale", "suppressed"]

STARTED: Final = "attempt_started"
"""The reason of the entry that is written before an attempt where it must be on record (``routing.Way.on_record``)."""
UNDER_WAY: Final = "under_way"
"""The reason of the entry of an attempt that goes on while its batch is committed."""
_BEGUN: Final = frozenset({STARTED, UNDER_WAY})


class Claim(NamedTuple):
    """What the ledger knows of a letter id: enough to go on with the letter, and to enter what is reported of it later.

    ``begun`` tells of an attempt that was begun and whose end is not entered; ``unsure``, of one on this channel that
    may have arrived. ``accepted_at`` is as in the ledger's JSON.
    """

    state: State
    submission_id: str
    attempts: int = 0
    channel: str = ""
    unsure: bool = False
    begun: str = ""
    campaign: str = ""
    accepted_at: str = ""

    @staticmethod
    def of(entry: Entry) -> Claim:
        """What an entry says."""
        begun = entry.reason if entry.state == "unknown" and entry.reason in _BEGUN else ""
        when = entry.accepted_at.isoformat()
        return Claim(
            entry.state, entry.submission_id, entry.attempts, entry.channel, entry.unsure, begun or "",
            entry.campaign, when,
        )  # fmt: skip

    def pack(self) -> bytes:
        """As stored."""
        return (
            f"{self.state} {self.submission_id} {self.attempts} {self.channel} {self.unsure:d} {self.begun} {self.campaign}"
            f" {self.accepted_at}"
        ).encode()

    @staticmethod
    def unpack(stored: bytes) -> Claim:
        """From the store; entries there are Postbag's own, and those of its first version end after the submission."""
        state, submission_id, *rest = stored.decode().split(" ")
        if not rest:
            return Claim(state, submission_id)  # type: ignore[arg-type]
        attempts, channel, unsure, begun, campaign, accepted_at = rest
        known: State = state  # type: ignore[assignment]
        return Claim(known, submission_id, int(attempts), channel, unsure == "1", begun, campaign, accepted_at)


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
    return store_key(entry.letter_id), Claim.of(entry).pack()


def standing(known: Claim | None, submission_id: str, attempts: int | None) -> Standing:
    """What to do with a letter: ``known`` is its claim, ``attempts`` what its record counts (None: a fresh letter).

    *lost* is a letter of which an attempt was begun by a worker that is no more: nobody will say how it ended. Where the
    attempt was on record before it began, any record of the letter tells that; else only the one that waits for it.
    """
    if known is None:
        return "new"
    if known.submission_id != submission_id:
        return "suppressed"
    if known.state in TERMINAL:
        return "settled"
    if known.begun == STARTED or (known.begun == UNDER_WAY and attempts == known.attempts):
        return "lost"
    if attempts is None:
        return "waiting"
    return "due" if attempts >= known.attempts else "stale"


def claims(stored: Mapping[bytes, bytes], letter_ids: Iterable[str]) -> dict[str, Claim]:
    """The known claims by letter id."""
    found: dict[str, Claim] = {}
    for letter_id in letter_ids:
        packed = stored.get(store_key(letter_id))
        if packed is not None:
            found[letter_id] = Claim.unpack(packed)
    return found
