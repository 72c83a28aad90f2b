"""What the sample answers, case by case, as a table that can be read against the facts.

Each row is an address's ZIP and state (`-` is none, `''` is blank, `_` a space), and the answer: outcome, what it
rests on, the House seats it may belong to, the senators. Where the outcome is resolved, the one candidate is the seat.
"""

from __future__ import annotations

import pytest

from services.resolve.lookup import resolve_zip
from services.resolve.reference.plans import Plan
from services.resolve.reference.reference import open_reference
from services.resolve.resolution import CERTAIN
from services.resolve.seats import Seat

CASES = """
# zip    state outcome                basis          candidates                senators
# one district
10027    NY    resolved               zip_unique     HNY13                     SNY01 SNY03
10027    -     resolved               zip_unique     HNY13                     SNY01 SNY03
60601    -     resolved               zip_unique     HIL07                     SIL02 SIL03
90232    CA    resolved               zip_unique     HCA37                     SCA01 SCA03
06390    NY    resolved               zip_unique     HNY01                     SNY01 SNY03
# several districts of one state: no House seat, but the senators are certain
02139    MA    ambiguous              zip_split      HMA05,HMA07               SMA01 SMA02
02139    -     ambiguous              zip_split      HMA05,HMA07               SMA01 SMA02
43125    OH    ambiguous              zip_split      HOH02,HOH15               SOH01 SOH03
90002    -     ambiguous              zip_split      HCA37,HCA42,HCA43,HCA44   SCA01 SCA03
11354    NY    ambiguous              zip_split      HNY03,HNY06,HNY14         SNY01 SNY03
# several states: even the senators are open until a state is given
30165    -     ambiguous              zip_split      HAL03,HGA14               -
30165    GA    resolved               zip_split      HGA14                     SGA02 SGA03
30165    AL    resolved               zip_split      HAL03                     SAL02 SAL03
38769    -     ambiguous              zip_split      HAR01,HMS02               -
38769    MS    resolved               zip_split      HMS02                     SMS01 SMS02
65761    -     ambiguous              zip_split      HAR01,HMO07,HMO08         -
65761    MO    ambiguous              zip_split      HMO07,HMO08               SMO01 SMO03
65761    AR    resolved               zip_split      HAR01                     SAR02 SAR03
97635    -     ambiguous              zip_split      HCA01,HOR02               -
97635    OR    resolved               zip_split      HOR02                     SOR02 SOR03
59221    ND    resolved               zip_split      HND00                     SND01 SND03
89832    NV    resolved               zip_split      HNV02                     SNV01 SNV03
# one seat for the whole state: a known prefix or the state is enough
82001    -     resolved               zip_unique     HWY00                     SWY01 SWY02
82601    -     resolved               state_atlarge  HWY00                     SWY01 SWY02
82601    WY    resolved               state_atlarge  HWY00                     SWY01 SWY02
99950    -     resolved               state_atlarge  HAK00                     SAK02 SAK03
05602    VT    resolved               state_atlarge  HVT00                     SVT01 SVT03
# the District of Columbia and the territories: a delegate or commissioner, no senators
20001    DC    resolved               zip_unique     HDC00                     -
20510    -     resolved               zip_unique     HDC00                     -
20515    -     resolved               zip_unique     HDC00                     -
20500    -     resolved               state_atlarge  HDC00                     -
00901    PR    resolved               zip_unique     HPR00                     -
00802    VI    resolved               zip_unique     HVI00                     -
96910    GU    resolved               zip_unique     HGU00                     -
96931    -     resolved               state_atlarge  HGU00                     -
96799    AS    resolved               zip_unique     HAS00                     -
96950    MP    resolved               zip_unique     HMP00                     -
# a ZIP that the sample does not list: the senators of its state, and no district
10118    -     state_only             zip3           -                         SNY01 SNY03
10118    NY    state_only             zip3           -                         SNY01 SNY03
73301    TX    state_only             zip3           -                         STX01 STX02
20101    VA    state_only             state_field    -                         SVA01 SVA02
# its prefix reaches over a state line: nothing is certain without a state
42223    -     ambiguous              zip3           -                         -
42223    KY    state_only             state_field    -                         SKY02 SKY03
42223    TN    state_only             state_field    -                         STN01 STN02
82009    -     ambiguous              zip3           -                         -
82009    WY    resolved               state_atlarge  HWY00                     SWY01 SWY02
82009    CO    state_only             state_field    -                         SCO02 SCO03
# military mail tells nothing of where a person votes
09001    -     needs_voting_residence zip3           -                         -
09001    AE    needs_voting_residence zip3           -                         -
96201    AP    needs_voting_residence zip3           -                         -
34002    AA    needs_voting_residence zip3           -                         -
# in the U.S. mail, not in Congress
96960    MH    no_representation      zip3           -                         -
96941    FM    no_representation      zip3           -                         -
96940    -     no_representation      zip3           -                         -
# not assigned
00000    -     unknown_zip            none           -                         -
00000    NY    unknown_zip            none           -                         -
99999    -     unknown_zip            none           -                         -
99999    AK    unknown_zip            none           -                         -
96999    GU    unknown_zip            none           -                         -
# not a ZIP
2139     MA    invalid                none           -                         -
0213O    MA    invalid                none           -                         -
02139-4307 MA  invalid                none           -                         -
M5V_2T6  -     not_us                 none           -                         -
SW1A_1AA -     not_us                 none           -                         -
# no ZIP at all
''       NY    state_only             state_field    -                         SNY01 SNY03
''       AK    resolved               state_atlarge  HAK00                     SAK02 SAK03
''       AE    needs_voting_residence state_field    -                         -
''       -     invalid                none           -                         -
''       ON    invalid                none           -                         -
"""

CONTRADICTIONS = """
# zip    state outcome                candidates
10027    CA    ambiguous              HNY13
30165    TN    ambiguous              HAL03,HGA14
02139    NH    ambiguous              HMA05,HMA07
82001    CO    ambiguous              HWY00
82601    NY    ambiguous              HWY00
10118    NJ    ambiguous              -
10027    AE    ambiguous              HNY13
10027    ny    ambiguous              HNY13
20001    MD    ambiguous              HDC00
96941    GU    ambiguous              -
09001    NY    needs_voting_residence -
34002    AE    needs_voting_residence -
"""


@pytest.fixture(scope="module")
def plan() -> Plan:
    (found,) = open_reference(None).plans
    return found


def rows(table: str) -> list[list[str]]:
    return [line.split(maxsplit=5) for line in table.strip().splitlines() if not line.startswith("#")]


def field(text: str) -> str:
    return "" if text == "''" else text.replace("_", " ")


def state_or_none(text: str) -> str | None:
    return None if text == "-" else text


def offices(seats: tuple[Seat, ...], separator: str) -> str:
    return separator.join(seat.office for seat in seats) or "-"


@pytest.mark.parametrize(("zip5", "state", "outcome", "basis", "candidates", "senators"), rows(CASES))
def test_an_address_gets_the_answer_that_the_facts_support(
    plan: Plan, zip5: str, state: str, outcome: str, basis: str, candidates: str, senators: str
) -> None:
    answer = resolve_zip(plan, field(zip5), None, state_or_none(state))
    assert (answer.outcome, answer.basis) == (outcome, basis)
    assert offices(answer.candidates, ",") == candidates
    assert offices(answer.senate_seats, " ") == senators
    assert answer.house_seats == (answer.candidates if outcome == "resolved" else ())
    assert answer.conflicts == ()
    assert (answer.confidence >= CERTAIN) == (outcome == "resolved")
    assert answer.weights == ()


@pytest.mark.parametrize(("zip5", "state", "outcome", "candidates"), rows(CONTRADICTIONS))
def test_a_state_that_contradicts_the_zip_is_a_conflict_and_never_a_seat(
    plan: Plan, zip5: str, state: str, outcome: str, candidates: str
) -> None:
    answer = resolve_zip(plan, zip5, None, state)
    assert (answer.outcome, answer.conflicts) == (outcome, ("state_vs_zip",))
    assert offices(answer.candidates, ",") == candidates
    assert answer.house_seats == answer.senate_seats == ()
    assert answer.confidence <= 0.5


def test_reasons_say_what_would_help(plan: Plan) -> None:
    def reasons(zip5: str, state: str | None, plus4: str | None = None) -> tuple[str, ...]:
        return resolve_zip(plan, zip5, plus4, state).reasons

    assert reasons("10027", "NY") == ()
    assert reasons("02139", "MA") == ("zip_split",)
    assert reasons("65761", "MO") == ("zip_split",)
    assert reasons("30165", None) == ("zip_split", "state_needed")
    assert reasons("30165", "GA") == ("state_narrowed",)
    assert reasons("42223", None) == ("zip_not_listed", "state_needed")
    assert reasons("10118", "NY") == ("zip_not_listed",)
    assert reasons("20001", "DC") == ("no_senators",)
    assert reasons("10027", "CA") == ("state_contradicts_zip",)
    assert reasons("09001", "AE") == ("military_mail",)
    assert reasons("96941", "FM") == ("freely_associated",)
    assert reasons("00000", None) == ("zip_unassigned",)
    assert reasons("", "NY") == ("zip_missing",)
    assert reasons("abcde", "NY") == ("zip_malformed",)
    assert reasons("M5V 2T6", None) == ("foreign_postcode",)


def test_a_zip_that_lost_its_zero_is_suggested_and_not_repaired(plan: Plan) -> None:
    answer = resolve_zip(plan, "2139", None, "MA")
    assert (answer.outcome, answer.suggestion) == ("invalid", "02139")
    assert answer.reasons == ("leading_zero_lost",)
    assert (answer.candidates, answer.house_seats, answer.senate_seats) == ((), (), ())
    assert resolve_zip(plan, "901", None, None).suggestion == "00901"
    assert resolve_zip(plan, "3", None, None).suggestion is None
    assert resolve_zip(plan, "100", None, None).suggestion is None, "001 is no prefix, so 00100 is no better"


@pytest.mark.parametrize("zip5", ["100\uff12\uff17", "\uff11\uff10\uff10\uff12\uff17", "100\u0662\u0667", "\u00b2139"])
def test_digits_of_other_scripts_are_no_zip(plan: Plan, zip5: str) -> None:
    assert resolve_zip(plan, zip5, None, "NY").reasons == ("zip_malformed",)


def test_a_plus4_that_could_not_help_is_reported_only_where_help_was_needed(plan: Plan) -> None:
    assert resolve_zip(plan, "43125", "1133", "OH").reasons == ("zip_split", "plus4_not_covered")
    assert resolve_zip(plan, "43125", "1133", "OH").candidates == resolve_zip(plan, "43125", None, "OH").candidates
    assert resolve_zip(plan, "10118", "0110", "NY").reasons == ("zip_not_listed", "plus4_not_covered")
    assert resolve_zip(plan, "10027", "6902", "NY") == resolve_zip(plan, "10027", None, "NY")


def test_blank_fields_count_as_absent(plan: Plan) -> None:
    assert resolve_zip(plan, "30165", "", "") == resolve_zip(plan, "30165", None, None)
