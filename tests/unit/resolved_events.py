"""Resolved submissions of every kind, drawn by hypothesis: what resolve writes, and what is spoiled of it."""

from __future__ import annotations

import json
from typing import Final

from hypothesis import strategies as st

from schemas.resolved import Resolution, Resolved, Seat, SubmissionResolved
from schemas.wire import write
from tests.unit.accepted_events import EVENTS as ACCEPTED
from tests.unit.accepted_events import _change_keys, _with_characters_changed
from tests.unit.render_bench import seat

_SEATS: Final[list[tuple[Seat, ...]]] = [
    (seat("HNY13"),),
    (seat("HNY13"), seat("SNY01", "vacant")),
    (seat("HDC00", "term_ended_unconfirmed", 'Ana "Q." Example'),),
    (seat("HPR00", "unknown"),),
    (),
]
_TEXTS: Final = st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1)


@st.composite
def events(draw: st.DrawFn) -> SubmissionResolved:
    """An event as resolve writes it, to one office or several."""
    accepted = draw(ACCEPTED)
    seats = draw(st.sampled_from(_SEATS))
    offices = (*(one.office for one in seats), *(() if seats else ("HNY13",)))
    resolution = Resolution(outcome="resolved", basis="zip_unique", reference="sample", confidence=0.995, seats=seats)
    submission = accepted.data.model_copy(update={"edited_letter": draw(_TEXTS), "campaign": "open"})
    data = Resolved(submission=submission, offices=offices, resolution=resolution)
    return SubmissionResolved(
        id=submission.submission_id, source="/postbag/resolve", time=accepted.time,
        traceparent=accepted.traceparent, data=data,
    )  # fmt: skip


@st.composite
def spoiled(draw: st.DrawFn) -> bytes:
    """An event with single characters changed, or with keys twice, moved, added or of other values."""
    raw = write(draw(events()))
    if draw(st.booleans()):
        return _with_characters_changed(draw, raw)
    document = json.loads(raw)
    _change_keys(draw, document)
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
