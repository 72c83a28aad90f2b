"""Places that are given by hand: nothing is said to be missing that lies there."""

from __future__ import annotations

import json

from tests.unit.ground import Ground
from tests.unit.settling_desk import Operators
from tests.unit.test_cli_dead import bury_many, settlements


def test_a_place_that_lies_there_and_is_not_reached_or_not_let_through_is_not_said_to_be_missing(
    ground: Ground, operators: Operators
) -> None:
    bury_many(ground, 4)
    some = operators.run("dead", "replay", "0/0", "0/1", "1/1", "--limit", "1", "--yes")
    assert (some.exit_code, "Nothing lies" in some.stdout) == (0, False)
    other = operators.run("dead", "replay", "0/1", "--reason", "not_json", "--yes", "--json")
    found = json.loads(other.stdout)
    assert (other.exit_code, found["missing"], found["done"]) == (1, [], 0)
    assert found["cannot"] == {"the filters leave it out": 1}
    assert [key for key, _, _ in settlements(ground)] == ["0/0"]
