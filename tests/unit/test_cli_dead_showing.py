"""What is shown of dead letters: enough to find and to judge them, and nothing of a person unless it is asked for."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from schemas.topics import DEAD, LETTERS, RESOLVED, SUBMISSIONS, TIERS
from services.cli.masking import masked
from tests.unit import made
from tests.unit.ground import Ground
from tests.unit.schema_examples import ENVELOPES, full
from tests.unit.settling_desk import Operators
from tests.unit.test_cli_dead import park

CANARY = "canary"
PERSONAL = {
    "line1", "line2", "city", "state", "zip", "zip5", "plus4", "lat", "lon", "geoid", "prefix", "first_name", "last_name",
    "email", "phone", "message", "edited_letter", "subject", "body", "fingerprint", "candidates",
}  # fmt: skip


@pytest.fixture
def ground() -> Ground:
    """One dead letter of each stage; all that the person typed holds the canary."""
    ground = Ground()
    ground.append(
        SUBMISSIONS.name, 1, b"canary key", b'{"canary": "canary" ', [("x-canary", b"canary"), ("ce_id", b"canary")]
    )
    park(ground, ground.log(SUBMISSIONS.name, 1)[0], "not_json", "ingest")
    ground.resolve(1)
    park(ground, ground.log(RESOLVED.name, 0)[0], "template_failed", "render")
    ground.render(2)
    park(ground, ground.log(LETTERS.name, 0)[0], "handler_raised", "deliver")
    park(ground, ground.wait(3, TIERS[0]), "killed_worker", "deliver")
    return ground


def places(operators: Operators, *options: str) -> list[str]:
    found = json.loads(operators.run("dead", "list", "--json", *options).stdout)
    assert found["total"] == len(found["dead"]) == sum(one["count"] for one in found["counts"])
    return [one["place"] for one in found["dead"]]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), ["0/0", "0/1", "0/2", "1/0"]),
        (("--stage", "deliver"), ["0/1", "0/2"]),
        (("--stage", "deliver", "--reason", "killed_worker"), ["0/2"]),
        (("--reason", "not_json", "--reason", "template_failed"), ["0/0", "1/0"]),
        (("--topic", "letters"), ["0/1"]),
        (("--campaign", "open"), ["0/0", "0/1", "0/2"]),
        (("--campaign", "shut"), []),
        (("--id", made.identity(1)), ["0/0"]),
        (("--id", made.identity(3)), ["0/2"]),
        (("--id", "canary"), ["1/0"]),
        (("--since", "1h"), ["0/0", "0/1", "0/2", "1/0"]),
        (("--since", "2999-01-01T00:00:00Z"), []),
        (("--until", "1h"), []),
    ],
)
def test_filters_must_all_fit(operators: Operators, options: tuple[str, ...], expected: list[str]) -> None:
    assert places(operators, *options) == expected


def test_what_is_settled_is_shown_only_if_asked_for(operators: Operators) -> None:
    operators.run("dead", "replay", "0/1", "--yes")
    assert places(operators) == ["0/0", "0/2", "1/0"]
    assert places(operators, "--settled") == ["0/0", "0/1", "0/2", "1/0"]
    shown = json.loads(operators.run("dead", "show", "0/1", "--json").stdout)
    assert shown["settled"] == "replayed"
    assert datetime.fromisoformat(shown["settled_at"]).date() == datetime.now(UTC).date()


def test_a_time_without_a_zone_and_a_place_that_is_none_are_slips(operators: Operators) -> None:
    for arguments in (("list", "--since", "2026-01-01T00:00:00"), ("list", "--since", "soon"), ("show", "0")):
        assert operators.run("dead", *arguments).exit_code == 2
    missing = operators.run("dead", "show", "1/5")
    assert (missing.exit_code, missing.stdout) == (1, "")
    assert "nothing lies at 1/5 in dead" in missing.stderr
    assert operators.run("dead", "show", "9/0").exit_code == 1


def test_nothing_of_a_person_is_shown_unless_asked_for(ground: Ground, operators: Operators) -> None:
    every = [f"{record.partition}/{record.offset}" for record in ground.records(DEAD)]
    commands = [("list",), ("list", "--settled"), ("replay", "--all", "--dry-run"), *(("show", one) for one in every)]
    for command in commands:
        for options in ((), ("--json",)):
            result = operators.run("dead", *command, *options)
            assert result.exit_code == 0
            assert CANARY not in result.output.lower(), command
    for place in every:
        assert CANARY in operators.run("dead", "show", place, "--reveal").stdout.lower()
        assert CANARY in operators.run("dead", "show", place, "--reveal", "--json").stdout.lower()


def test_what_is_shown_tells_where_it_came_from_and_what_it_is(operators: Operators) -> None:
    shown = json.loads(operators.run("dead", "show", "0/1", "--json").stdout)
    assert (shown["stage"], shown["reason"], shown["source"]) == ("deliver", "handler_raised", "letters[0]@0")
    assert (shown["key"], shown["can_be_replayed"], shown["settled"]) == ("HNY13", True, None)
    assert shown["value"]["data"]["office"] == "HNY13"
    assert shown["value"]["data"]["letter_id"] == made.identity(2)
    assert shown["value"]["data"]["constituent"]["first_name"] == "(5 characters)"
    text = operators.run("dead", "show", "0/1").stdout
    assert "letters[0]@0" in text
    assert "--reveal shows it" in text


def test_control_characters_never_reach_the_terminal(ground: Ground, operators: Operators) -> None:
    ground.append(SUBMISSIONS.name, 0, b"\x1b[2J", '{"id": "\x1b[2J\u202e"'.encode(), [("\x1b[2J", b"\x1b[2J")])
    park(ground, ground.log(SUBMISSIONS.name, 0)[-1], "not_json\x1b[2J", "ingest")
    for arguments in (("list",), ("show", "0/3"), ("show", "0/3", "--reveal"), ("show", "0/3", "--reveal", "--json")):
        said = operators.run("dead", *arguments).stdout
        assert "\x1b" not in said
        assert "\u202e" not in said


@pytest.mark.parametrize("name", ENVELOPES)
def test_of_every_event_the_personal_fields_are_masked_and_the_shape_is_kept(name: str) -> None:
    document = full(name)
    shown = masked(document)
    assert shown.keys() == document.keys()

    def look(part: object, seen: object, field: str = "") -> None:
        if isinstance(part, dict) and isinstance(seen, dict):
            for key, value in part.items():
                look(value, seen[key], key)
        elif isinstance(part, list) and isinstance(seen, list):
            for value, other in zip(part, seen, strict=True):
                look(value, other, field)
        elif field in PERSONAL and not isinstance(part, bool):
            assert str(seen).startswith("("), field

    if "campaign.published" not in name:  # which is no person's
        look(document, shown)


@pytest.mark.parametrize("name", ENVELOPES)
def test_what_is_typed_into_any_field_shows_only_where_it_has_the_form_of_that_field(name: str) -> None:
    def spoil(part: object) -> object:
        if isinstance(part, dict):
            return {**{key: spoil(value) for key, value in part.items()}, "Maria Canary": "Maria Canary"}
        return [spoil(value) for value in part] if isinstance(part, list) else "Maria Canary"

    assert CANARY not in json.dumps(masked(spoil(full(name)))).lower()
