"""From an accepted submission to ``resolved`` or ``held``: which offices, or why not and what to ask for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.resolved import Resolved
from schemas.topics import ACCEPTED
from schemas.wire import Unreadable, write
from services.resolve.handler import decode
from services.resolve.incoming import take_in
from tests.unit import made
from tests.unit.resolve_bench import BOTH, HOUSE, REFERENCE, SENATE, answer, at, held, resolved


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
        # Nobody waits for senators that there are none of.
        ("20001", "DC", BOTH, ("HDC00",)),
        # The district is open, and the senators are certain: those can be written to.
        ("02139", "MA", SENATE, ("SMA01", "SMA02")),
        ("10118", None, SENATE, ("SNY01", "SNY03")),
    ],
)
def test_offices_of_each_target_in_the_campaign_s_order(
    zip5: str, state: str | None, targets: tuple[str, ...], offices: tuple[str, ...]
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
        ("96910", "GU", SENATE, "no_such_seat", ()),
    ],
)
def test_held_with_a_reason_and_with_what_to_ask_for(
    zip5: str, state: str | None, targets: tuple[str, ...], reason: str, needs: tuple[str, ...]
) -> None:
    found = held(at(zip5, state), targets)
    assert (found.reason, found.needs) == (reason, needs)


@pytest.mark.parametrize("zip5", ["10027", "02139", "09001"])
def test_a_campaign_that_was_withdrawn_holds_its_submissions_and_asks_for_nothing(zip5: str) -> None:
    event = made.accepted(made.constituent(zip5=zip5, state=None), campaign="gone")
    found = held(event)
    assert (found.reason, found.needs) == ("campaign_withdrawn", ())
    assert found.resolution.reference == REFERENCE.version


@given(
    zip5=st.from_regex(r"[0-9]{5}", fullmatch=True),
    state=st.sampled_from([None, "NY", "MA", "DC", "PR", "AE", "MH"]),
    plus4=st.sampled_from([None, "4307"]),
    targets=st.sampled_from([HOUSE, SENATE, BOTH]),
)
def test_any_address_gets_one_answer_that_holds_nothing_of_it_beside_the_submission(
    zip5: str, state: str | None, plus4: str | None, targets: tuple[str, ...]
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
    assert decode(made.record(ACCEPTED, event)) == take_in(write(event))
    with pytest.raises(Unreadable):
        decode(made.record(ACCEPTED, made.resolved("HNY13")))
