"""From an accepted submission to ``resolved`` or ``held``: which offices, or why not and what to ask for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.accepted import SubmissionAccepted
from schemas.campaign import Target
from schemas.resolved import Held, Resolved, SubmissionHeld, SubmissionResolved
from schemas.topics import ACCEPTED, HELD, RESOLVED
from schemas.wire import Unreadable, read
from services.pipeline.outcomes import Emit
from services.resolve.handler import SOURCE, Deps, decode, handle
from services.resolve.reference import Reference, load_reference
from tests.unit import made

REFERENCE: Final = load_reference()
HOUSE: Final = ("your_representative",)
SENATE: Final = ("your_senators",)
BOTH: Final = ("your_representative", "your_senators")


def answer(
    event: SubmissionAccepted, targets: Sequence[str] = HOUSE, reference: Reference = REFERENCE
) -> SubmissionResolved | SubmissionHeld:
    """The one event that a submission becomes, read again from its bytes, on the topic and key that are its own."""
    published = {"open": made.campaign("open", targets=tuple(targets))}
    (outcome,) = handle(event, Deps(reference, published.get))
    assert isinstance(outcome, Emit)
    assert outcome.key == event.data.submission_id.encode()
    assert outcome.place_by is None, "a record keeps its partition from submissions to resolved"
    found: SubmissionResolved | SubmissionHeld
    if outcome.topic is RESOLVED:
        found = read(SubmissionResolved, outcome.value)
    else:
        assert outcome.topic is HELD
        found = read(SubmissionHeld, outcome.value)
    assert (found.id, found.source, found.traceparent) == (event.id, SOURCE, event.traceparent)
    return found


def at(zip5: str, state: str | None = None, plus4: str | None = None) -> SubmissionAccepted:
    return made.accepted(made.constituent(zip5=zip5, state=state, plus4=plus4))


def resolved(event: SubmissionAccepted, targets: Sequence[str] = HOUSE) -> Resolved:
    found = answer(event, targets).data
    assert isinstance(found, Resolved)
    return found


def held(event: SubmissionAccepted, targets: Sequence[str] = HOUSE) -> Held:
    found = answer(event, targets).data
    assert isinstance(found, Held)
    return found


@pytest.mark.parametrize(
    ("zip5", "state", "targets", "offices"),
    [
        ("10027", "NY", HOUSE, ("HNY13",)),
        ("10027", None, HOUSE, ("HNY13",)),
        ("10027", "NY", SENATE, ("SNY01", "SNY03")),
        ("10027", "NY", BOTH, ("HNY13", "SNY01", "SNY03")),
        ("10027", "NY", ("your_senators", "your_representative"), ("SNY01", "SNY03", "HNY13")),
        ("82001", None, BOTH, ("HWY00", "SWY01", "SWY02")),
        ("20001", "DC", HOUSE, ("HDC00",)),
        ("00901", "PR", HOUSE, ("HPR00",)),
        # The district is open, and the senators are certain: those can be written to.
        ("02139", "MA", SENATE, ("SMA01", "SMA02")),
        ("10118", None, SENATE, ("SNY01", "SNY03")),
    ],
)
def test_offices_of_each_target_in_the_campaign_s_order(
    zip5: str, state: str | None, targets: tuple[Target, ...], offices: tuple[str, ...]
) -> None:
    found = resolved(at(zip5, state), targets)
    assert found.offices == offices


def test_the_submission_travels_on_unchanged() -> None:
    event = made.accepted(message="My canary died.", flags=("many_links",))
    assert resolved(event).submission == event.data
    split = made.accepted(made.constituent(zip5="02139", state="MA"), message="My canary died.")
    assert held(split).submission == split.data


@pytest.mark.parametrize(
    ("zip5", "state", "targets", "reason", "needs"),
    [
        ("02139", "MA", HOUSE, "ambiguous", ("street_address_or_plus4",)),
        ("02139", "MA", BOTH, "ambiguous", ("street_address_or_plus4",)),
        ("10118", "NY", HOUSE, "state_only", ("street_address_or_plus4",)),
        ("09001", "AE", HOUSE, "needs_voting_residence", ("voting_residence",)),
        ("09001", "AE", SENATE, "needs_voting_residence", ("voting_residence",)),
        ("96960", "MH", BOTH, "no_representation", ()),
        ("00000", "NY", HOUSE, "unknown_zip", ("zip",)),
        # The ZIP lies in two states: the state alone may settle it.
        ("30165", None, HOUSE, "ambiguous", ("state",)),
        ("30165", None, SENATE, "ambiguous", ("state",)),
        ("42223", None, SENATE, "ambiguous", ("state",)),
        # One of the two is a mistake, and no street address says which.
        ("10027", "CA", HOUSE, "ambiguous", ("state", "zip")),
        ("10027", "CA", SENATE, "ambiguous", ("state", "zip")),
        # There is no such seat, and asking cannot make one.
        ("20001", "DC", SENATE, "no_such_seat", ()),
        ("20001", "DC", BOTH, "no_such_seat", ()),
        ("96910", "GU", SENATE, "no_such_seat", ()),
    ],
)
def test_held_with_a_reason_and_with_what_to_ask_for(
    zip5: str, state: str | None, targets: tuple[Target, ...], reason: str, needs: tuple[str, ...]
) -> None:
    found = held(at(zip5, state), targets)
    assert (found.reason, found.needs) == (reason, needs)


@pytest.mark.parametrize("zip5", ["10027", "02139", "09001"])
def test_a_campaign_that_was_withdrawn_holds_its_submissions_and_asks_for_nothing(zip5: str) -> None:
    event = made.accepted(made.constituent(zip5=zip5, state=None), campaign="gone")
    found = held(event)
    assert (found.reason, found.needs) == ("campaign_withdrawn", ())
    assert found.resolution.reference == REFERENCE.version


def test_the_evidence_says_what_was_found_from_what_and_in_which_version() -> None:
    one = resolved(at("10027", "NY")).resolution
    assert (one.outcome, one.basis, one.candidates) == ("resolved", "zip_unique", ("HNY13",))
    assert one.reference == REFERENCE.version
    two = held(at("02139", "MA", "4307")).resolution
    assert (two.outcome, two.basis, two.candidates) == ("ambiguous", "zip_split", ("HMA05", "HMA07"))
    assert two.reasons == ("zip_split", "plus4_not_covered")
    three = held(at("10027", "CA")).resolution
    assert (three.conflicts, three.reasons) == (("state_vs_zip",), ("state_contradicts_zip",))


@pytest.mark.parametrize("zip5", ["10027", "00000"])
def test_evidence_names_the_version_that_answered_even_where_two_versions_share_an_answer(zip5: str) -> None:
    newer = replace(REFERENCE, version="newer")
    versions = [answer(at(zip5), reference=one).data.resolution.reference for one in (REFERENCE, newer, REFERENCE)]
    assert versions == [REFERENCE.version, "newer", REFERENCE.version]


@given(
    zip5=st.from_regex(r"[0-9]{5}", fullmatch=True),
    state=st.sampled_from([None, "NY", "MA", "DC", "PR", "AE", "MH"]),
    plus4=st.sampled_from([None, "4307"]),
    targets=st.sampled_from([HOUSE, SENATE, BOTH]),
)
def test_any_address_gets_one_answer_that_holds_nothing_of_it_beside_the_submission(
    zip5: str, state: str | None, plus4: str | None, targets: tuple[Target, ...]
) -> None:
    found = answer(at(zip5, state, plus4), targets).data
    if isinstance(found, Resolved):
        assert found.offices
        assert len(set(found.offices)) == len(found.offices)
    beside = found.model_dump_json(exclude={"submission"})
    assert zip5 not in beside.replace(REFERENCE.version, "")
    assert made.CANARY not in beside.lower()


def test_decode_reads_what_ingest_writes_and_nothing_else() -> None:
    event = made.accepted()
    assert decode(made.record(ACCEPTED, event)) == event
    with pytest.raises(Unreadable):
        decode(made.record(ACCEPTED, made.resolved("HNY13")))
