"""The ladder of evidence, case by case: which evidence decides, how sure the answer is, and what is named as a conflict.

The map is made: at 41 degrees north, west of the meridian of 74 degrees New York's twelfth district, east of it the
thirteenth, whose eastern border to Connecticut's fourth is at 73. A thousandth of a degree of longitude is 84 metres there.
Each row is a question and its answer; `-` is none.
"""

from __future__ import annotations

import pytest

from services.resolve.geoids import geoid
from services.resolve.lookup import resolve
from services.resolve.question import Asserted, Point, Question
from services.resolve.reference.plans import Plan
from services.resolve.resolution import Resolution
from tests.unit import reference_made as made

SHARES = {
    "10001": {"3612": 1.0},
    "10002": {"3613": 0.97, "3612": 0.03},
    "10003": {"3613": 0.7, "3612": 0.3},
    "06390": {"3612": 0.4, "3613": 0.1, "0904": 0.5},
    "06391": {"3612": 0.5, "0904": 0.5},
}

ZIPS = """
# zip   state outcome   basis         candidates      confidence weights        conflicts
10001   -     resolved  zip_unique    3612            0.995      1              -
10001   NY    resolved  zip_unique    3612            0.995      1              -
10001   CT    ambiguous zip_unique    3612            0.5        1              state_vs_zip
# a likely district is named as likely, and is not certain
10002   NY    ambiguous zip_dominant  3613,3612       0.97       0.97,0.03      -
10003   NY    ambiguous zip_split     3613,3612       0.7        0.7,0.3        -
# several states: the weights of those that a state leaves sum to one again
06390   -     ambiguous zip_split     0904,3612,3613  0.5        0.5,0.4,0.1    -
06390   NY    ambiguous zip_split     3612,3613       0.8        0.8,0.2        -
06390   CT    resolved  zip_split     0904            0.99       1              -
# a ZIP of post office boxes: where it is, which is not where anybody lives
10108   NY    ambiguous po_box_point  3613            0.8        -              -
10108   -     ambiguous po_box_point  3613            0.8        -              -
10108   CT    ambiguous po_box_point  3613            0.5        -              state_vs_zip
# ... unless the state has one seat, which says more, or its point is in a state where its prefix cannot be
82699   -     resolved  state_atlarge 5600            0.99       -              -
10109   NY    state_only zip3         -               0          -              -
"""

PLUS4 = """
# zip   plus4 state outcome   basis         candidates confidence conflicts
10003   0001  NY    resolved  zip9          3612       0.98       -
10003   0500  NY    resolved  zip9          3612       0.98       -
10003   0501  NY    resolved  zip9          3613       0.98       -
10003   1001  NY    ambiguous zip_split     3613,3612  0.7        -
10003   000   NY    ambiguous zip_split     3613,3612  0.7        -
10001   0001  NY    resolved  zip9          3613       0.98       zip_vs_plus4
10108   0001  -     resolved  zip9          3612       0.98       -
06391   0001  -     resolved  zip9          0904       0.98       -
06391   0001  NY    resolved  zip9          0904       0.98       state_vs_plus4
06391   0001  NJ    ambiguous zip9          0904       0.5        state_vs_zip,state_vs_plus4
10002   0001  NY    ambiguous zip_dominant  3613,3612  0.5        zip_vs_plus4
09001   0001  AE    needs_voting_residence zip3  -     0          -
"""

POINTS = """
# zip   state lon      accuracy     outcome   basis      candidates confidence margin conflicts
# a point decides between a ZIP's districts, and beats the ZIP
10003   NY    -74.1    rooftop      resolved  point      3612       0.99       1000   -
10003   NY    -73.9    interpolated resolved  point      3613       0.97       1000   -
10001   NY    -73.9    rooftop      resolved  point      3613       0.99       1000   zip_vs_point
-       -     -73.9    parcel       resolved  point      3613       0.99       1000   -
-       NY    -73.9    rooftop      resolved  point      3613       0.99       1000   -
10109   NY    -73.9    rooftop      resolved  point      3613       0.99       1000   -
# nearer to the border than it is exact: both districts, the one it lies in first
10003   NY    -73.9995 interpolated ambiguous point      3613,3612  0.5        42     -
-       -     -74.0005 interpolated ambiguous point      3612,3613  0.5        42     -
10003   NY    -73.9995 rooftop      resolved  point      3613       0.99       42     -
# ... unless ZIP or state leaves only the one it lies in
10001   NY    -74.0005 interpolated resolved  point      3612       0.97       42     -
10001   NY    -73.9995 interpolated ambiguous point      3613,3612  0.5        42     -
10003   NY    -73.0005 interpolated resolved  point      3613       0.97       42     -
06391   -     -73.0005 interpolated ambiguous point      3613,0904  0.5        42     -
06391   CT    -72.9995 interpolated resolved  point      0904       0.97       42     -
06391   CT    -73.0005 interpolated ambiguous point      3613,0904  0.5        42     state_vs_point
# the middle of a ZIP or a city is no place, and neither is the sea
10003   NY    -74.1    centroid     ambiguous zip_split  3613,3612  0.7        -      -
10001   NY    -73.9    centroid     resolved  zip_unique 3612       0.995      -      -
10001   NY    -60.0    rooftop      resolved  zip_unique 3612       0.995      -      -
-       -     -60.0    rooftop      invalid   none       -          0          -      -
# in a state that the ZIP does not reach: one is a mistake, and there is no seat
10001   NY    -72.5    rooftop      ambiguous zip_unique 3612       0.5        1000   zip_vs_point
10109   -     -72.5    rooftop      ambiguous zip3       -          0          1000   zip_vs_point
10001   CT    -72.5    rooftop      ambiguous zip_unique 3612       0.5        1000   state_vs_zip,zip_vs_point
# a state that contradicts one loses, and one that contradicts both leaves no seat
06391   NY    -72.5    rooftop      resolved  point      0904       0.99       1000   state_vs_point
06391   NJ    -72.5    rooftop      ambiguous point      0904       0.5        1000   state_vs_zip,state_vs_point
-       NJ    -72.5    rooftop      ambiguous point      0904       0.5        1000   state_vs_point
# a military address is not where the person votes, wherever it lies; and a false ZIP makes all else doubtful
09001   AE    -73.9    rooftop      needs_voting_residence zip3 -   0          -      -
00000   NY    -73.9    rooftop      unknown_zip none     -          0          -      -
1000    NY    -73.9    rooftop      invalid   none       -          0          -      -
"""

ASSERTED = """
# zip   plus4 state lon   district congress proof            outcome   basis      candidates confidence conflicts
10003   -     NY    -     3612     119      person_confirmed resolved  asserted   3612       0.99       -
10003   -     NY    -     3612     119      geocoder         resolved  asserted   3612       0.97       -
-       -     NY    -     3612     119      person_confirmed resolved  asserted   3612       0.99       -
# on another map, or nowhere: it does not count
10003   -     NY    -     3612     118      person_confirmed ambiguous zip_split  3613,3612  0.7        -
10003   -     NY    -     3699     119      person_confirmed ambiguous zip_split  3613,3612  0.7        -
10003   0001  NY    -     3613     118      person_confirmed resolved  zip9       3612       0.98       -
# against weaker evidence
10001   -     NY    -     3613     119      person_confirmed resolved  asserted   3613       0.99       zip_vs_asserted
10003   0001  NY    -     3613     119      person_confirmed resolved  asserted   3613       0.99       plus4_vs_asserted
10003   -     NY    -74.1 3613     119      person_confirmed resolved  asserted   3613       0.99       point_vs_asserted
10003   -     NY    -73.9 3613     119      person_confirmed resolved  asserted   3613       0.99       -
10003   0001  NY    -73.9 -        -        -                resolved  zip9       3612       0.98       point_vs_plus4
06391   -     NY    -     0904     119      geocoder         resolved  asserted   0904       0.97       state_vs_asserted
# in a state that the ZIP does not reach
10001   -     NY    -     0904     119      person_confirmed ambiguous zip_unique 3612       0.5        zip_vs_asserted
-       -     NJ    -     0904     119      person_confirmed ambiguous asserted   0904       0.5        state_vs_asserted
# only the person can say where somebody in the forces votes
09001   -     AE    -     3612     119      person_confirmed resolved  asserted   3612       0.99       -
09001   -     NY    -     3612     119      person_confirmed resolved  asserted   3612       0.99       -
09001   -     NJ    -     3612     119      person_confirmed ambiguous asserted   3612       0.5        state_vs_asserted
09001   -     AE    -     3612     119      geocoder         needs_voting_residence zip3 -   0          -
96960   -     MH    -     3612     119      person_confirmed no_representation zip3 -        0          -
"""


@pytest.fixture(scope="module")
def plan() -> Plan:
    boxes = (("3612", -75.0, -74.0), ("3613", -74.0, -73.0), ("0904", -73.0, -72.0), ("5600", -108.0, -106.0))
    return made.only_plan(
        made.plan(
            119,
            SHARES,
            weight_kind="population",
            plus4=[
                ("10003", 0, 500, "3612"),
                ("10003", 501, 1000, "3613"),
                ("10001", 1, 1, "3613"),
                ("10002", 0, 9, "0904"),
                ("10108", 0, 9, "3612"),
                ("06391", 0, 9, "0904"),
                ("09001", 0, 9, "3612"),
            ],
            zip_points=[
                ("10108", 41.0, -73.5),
                ("10109", 41.0, -72.5),
                ("10001", 41.0, -73.5),
                ("82699", 41.0, -107.0),
            ],
            shapes=[made.box(name, 40.0, west, 42.0, east) for name, west, east in boxes],
        )
    )


def rows(table: str) -> list[list[str]]:
    return [line.split() for line in table.strip().splitlines() if not line.startswith("#")]


def text(cell: str) -> str:
    return "" if cell == "-" else cell


def point(lon: str, accuracy: str = "rooftop") -> Point | None:
    return None if lon == "-" else Point(41.0, float(lon), accuracy)  # type: ignore[arg-type]


def check(answer: Resolution, expected: list[str], conflicts: str) -> None:
    outcome, basis, candidates, confidence = expected
    found = ",".join(map(geoid, answer.candidates)) or "-"
    assert (answer.outcome, answer.basis, found) == (outcome, basis, candidates)
    assert answer.confidence == pytest.approx(float(confidence))
    assert ",".join(answer.conflicts) == text(conflicts)
    assert answer.house_seats == (answer.candidates if outcome == "resolved" else ())
    unseated = any(reason.startswith("state_contradicts") or "another" in reason for reason in answer.reasons)
    certain = len(answer.states) == 1 and answer.outcome not in ("needs_voting_residence", "no_representation")
    assert len(answer.senate_seats) == (2 if certain and not unseated else 0)


@pytest.mark.parametrize("row", rows(ZIPS), ids=" ".join)
def test_a_zip_with_weights(plan: Plan, row: list[str]) -> None:
    zip5, state, *expected, weights, conflicts = row
    answer = resolve(plan, Question(zip5, None, text(state) or None))
    check(answer, expected, conflicts)
    assert answer.weights == pytest.approx([float(share) for share in text(weights).split(",") if share])
    assert answer.weight_kind == ("population" if answer.weights else "none")


@pytest.mark.parametrize("row", rows(PLUS4), ids=" ".join)
def test_a_zip_with_its_four_further_digits(plan: Plan, row: list[str]) -> None:
    zip5, plus4, state, *expected, conflicts = row
    question = Question(zip5, plus4, text(state) or None)
    answer = resolve(plan, question)
    check(answer, expected, conflicts)
    assert answer is resolve(plan, question)
    assert ("plus4_not_covered" in answer.reasons) == (answer.basis == "zip_split")


@pytest.mark.parametrize("row", rows(POINTS), ids=" ".join)
def test_a_point(plan: Plan, row: list[str]) -> None:
    zip5, state, lon, accuracy, *expected, margin, conflicts = row
    answer = resolve(plan, Question(text(zip5), None, text(state) or None, point(lon, accuracy)))
    check(answer, expected, conflicts)
    assert answer.margin_m == (None if margin == "-" else pytest.approx(int(margin), abs=1))
    assert ("centroid_ignored" in answer.reasons) == (accuracy == "centroid")
    assert ("near_border" in answer.reasons) == (margin == "42" and accuracy != "rooftop")


@pytest.mark.parametrize("row", rows(ASSERTED), ids=" ".join)
def test_a_district_that_was_looked_up_before(plan: Plan, row: list[str]) -> None:
    zip5, plus4, state, lon, district, congress, proof, *expected, conflicts = row
    asserted = None if district == "-" else Asserted(district, int(congress), proof)  # type: ignore[arg-type]
    question = Question(text(zip5), text(plus4) or None, text(state) or None, point(lon), asserted)
    answer = resolve(plan, question)
    check(answer, expected, conflicts)
    assert ("other_congress" in answer.reasons) == (congress == "118")
    assert ("asserted_unknown" in answer.reasons) == (district == "3699")


def test_shares_of_land_are_never_more_than_likely() -> None:
    plan = made.only_plan(made.plan(119, {"10002": {"3613": 0.99, "3612": 0.01}}, weight_kind="land"))
    answer = resolve(plan, Question("10002"))
    assert (answer.basis, answer.confidence, answer.weights) == ("zip_split", 0.9, (0.99, 0.01))
    assert answer.weight_kind == "land"
