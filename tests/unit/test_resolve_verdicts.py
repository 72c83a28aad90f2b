"""What resolve puts together from pieces is, byte for byte, what the strict writer would have written."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.accepted import SubmissionAccepted
from schemas.resolved import SubmissionHeld, SubmissionResolved
from schemas.topics import RESOLVED
from schemas.wire import read, write
from services.pipeline.outcomes import Emit
from services.resolve.handler import Deps, handle
from services.resolve.incoming import take_in
from services.resolve.reference.contents import Roster, Term
from services.resolve.verdicts import SOURCE, stamp
from tests.unit import made, reference_made
from tests.unit.accepted_events import EVENTS, spoiled

_HOLDER: Final = Term(
    "HNY13", "E000297", 'Zoë "Z" Ångström', "Ångström", "", reference_made.congress_begins(119).date(),
    reference_made.congress_begins(120).date())  # fmt: skip
REFERENCE: Final = reference_made.reference(
    reference_made.plan(
        119, {"10027": {"3612": 1 / 3, "3613": 2 / 3}, "10001": {"3612": 1.0}}, weight_kind="population"
    ),
    roster=Roster([_HOLDER], reference_made.congress_begins(119).date(), reference_made.congress_begins(119).date()),
)
CAMPAIGNS: Final = {
    "open": made.campaign("open"),
    "save-the-bees-2026": made.campaign(
        "save-the-bees-2026", targets=("your_senators", "your_representative"), ambiguity="best_guess",
        best_guess_above=0.5, vacant_seat="chamber_office"),
}  # fmt: skip
DEPS: Final = Deps(REFERENCE, CAMPAIGNS.get, as_of=reference_made.AS_OF)


def emitted(raw: bytes, deps: Deps = DEPS) -> Emit:
    (outcome,) = handle(take_in(raw), deps)
    assert isinstance(outcome, Emit)
    return outcome


def assert_as_written(outcome: Emit, event: SubmissionAccepted) -> None:
    kind: Any = SubmissionResolved if outcome.topic is RESOLVED else SubmissionHeld
    found = read(kind, outcome.value)
    assert found.data.submission == event.data
    assert (found.id, found.source, found.traceparent) == (event.id, SOURCE, event.traceparent)
    assert write(found) == outcome.value
    assert outcome.key == event.data.submission_id.encode()


@given(EVENTS, st.sampled_from(["10027", "10001", "99999", "20001"]))
def test_every_event_is_what_the_writer_would_write(event: SubmissionAccepted, zip5: str) -> None:
    address = event.data.constituent.address.model_copy(update={"zip5": zip5})
    person = event.data.constituent.model_copy(update={"address": address})
    event = event.model_copy(update={"data": event.data.model_copy(update={"constituent": person})})
    assert_as_written(emitted(write(event)), event)


@given(spoiled())
def test_whatever_was_sent_what_goes_on_is_what_the_reader_read(raw: bytes) -> None:
    try:
        event = read(SubmissionAccepted, raw)
    except Exception:  # noqa: BLE001 - that it is refused is shown elsewhere
        return
    assert_as_written(emitted(raw), event)


def test_the_time_is_written_as_the_writer_writes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    before = datetime.now(UTC)
    raw = emitted(write(made.accepted())).value
    assert before <= read(SubmissionHeld, raw).time <= datetime.now(UTC)
    for moment in (datetime(2026, 3, 4, 12, tzinfo=UTC), datetime(2026, 3, 4, 12, 0, 0, 500_000, tzinfo=UTC)):

        class Still(datetime):
            @classmethod
            def now(cls, _zone: Any = None) -> Any:
                return moment  # noqa: B023 - used within the turn

        monkeypatch.setattr("services.resolve.verdicts.datetime", Still)
        assert write(made.accepted().model_copy(update={"time": moment})).decode().count(f'"time":"{stamp()}"') == 1


def test_fields_of_a_newer_writer_are_left_out_as_every_reader_leaves_them_out() -> None:
    document = json.loads(write(made.accepted()))
    document["data"]["constituent"]["address"]["unit"] = "4b"
    document["extension"] = "new"
    outcome = emitted(json.dumps(document, separators=(",", ":")).encode())
    assert_as_written(outcome, made.accepted())
    assert b"unit" not in outcome.value
