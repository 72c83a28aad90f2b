"""Dead letters put back and discarded: as they came, each once, whatever happens on the way; on a broker in memory."""

from __future__ import annotations

import json
from typing import Final

import pytest

from schemas.settlement import DeadSettled
from schemas.topics import ACCEPTED, DEAD, DEAD_SETTLED, LETTERS, RESOLVED, SUBMISSIONS, TIERS
from schemas.wire import read
from services.cli.pace import Pace
from services.pipeline.broker import Partition
from services.pipeline.dead import dead_letter, retry_headers, unreadable_headers
from services.pipeline.errors import BrokerFailed, CannotRead
from services.pipeline.memory import MemoryRecord
from services.pipeline.outcomes import DeadLetter, RetryAt
from tests.unit import made
from tests.unit.ground import Ground
from tests.unit.settling_desk import MemorySettler, Operators

MANY: Final = 250


def park(ground: Ground, record: MemoryRecord, reason: str = "handler_raised", stage: str = "resolve") -> MemoryRecord:
    """As the stage's writer does it; the record in ``dead``."""
    key, value, headers = dead_letter(record, DeadLetter(reason), stage)
    ground.append(DEAD.name, record.partition, key, value, [*headers])
    return ground.log(DEAD.name, record.partition)[-1]


def bury_many(ground: Ground, count: int = MANY) -> list[bytes]:
    """As many of ``accepted``, in both partitions; their values."""
    for number in range(count):
        ground.append(ACCEPTED.name, number % 2, b"%d" % number, b'{"number":%d}' % number)
    records = ground.records(ACCEPTED)
    for record in records:
        park(ground, record)
    return [record.value or b"" for record in records]


def copies(ground: Ground, count: int = MANY) -> list[bytes]:
    """What was added to ``accepted`` since it held ``count`` records, half of them in each partition."""
    return [record.value or b"" for part in (0, 1) for record in ground.log(ACCEPTED.name, part)[count // 2 :]]


def settlements(ground: Ground) -> list[tuple[str, str, str | None]]:
    """Key, action and note of each."""
    found: list[tuple[str, str, str | None]] = []
    for record in ground.records(DEAD_SETTLED):
        data = read(DeadSettled, record.value).data
        key = (record.key or b"").decode()
        assert (key, record.partition) == (f"{data.partition}/{data.offset}", data.partition)
        found.append((key, data.action, data.note))
    return found


@pytest.mark.parametrize(("key", "value"), [(b"k", b"\x00\xff"), (None, b"v"), (b"k", None), (b"", b"")])
def test_what_is_put_back_is_what_had_come(
    ground: Ground, operators: Operators, key: bytes | None, value: bytes | None
) -> None:
    headers: list[tuple[str, bytes | None]] = [("x", b"\xff"), ("x", b""), ("postbag-dead-reason", b"forged")]
    ground.append(SUBMISSIONS.name, 1, key, value, headers)
    park(ground, ground.log(SUBMISSIONS.name, 1)[0], "not_json", "ingest")
    assert operators.run("dead", "replay", "1/0", "--yes").exit_code == 0
    _, again = ground.log(SUBMISSIONS.name, 1)
    assert (again.key, again.value, again.headers) == (key, value, headers)
    assert settlements(ground) == [("1/0", "replayed", None)]


def test_a_letter_goes_back_into_its_tier_with_its_count_of_attempts(ground: Ground, operators: Operators) -> None:
    """Without it deliver would take the letter for one whose record is elsewhere."""
    letter = made.letter_record(made.letter(1))
    waits = retry_headers(letter, RetryAt(TIERS[1], 5.0, 3, 1.0, "busy"))
    ground.append(TIERS[1].name, 0, letter.key, letter.value, [*waits])
    park(ground, ground.log(TIERS[1].name, 0)[0], "killed_worker", "deliver")
    operators.run("dead", "replay", "--topic", TIERS[1].name, "--yes")
    _, again = ground.log(TIERS[1].name, 0)
    assert again.headers == waits
    assert ("postbag-attempts", b"3") in again.headers
    assert ground.records(LETTERS) == []


def test_put_back_again_and_again_it_comes_once(ground: Ground, operators: Operators) -> None:
    values = bury_many(ground)
    first = operators.run("dead", "replay", "--all", "--yes", "--json", "--note", "mended in 1.4")
    assert json.loads(first.stdout)["done"] == MANY
    again = operators.run("dead", "replay", "--all", "--yes")
    assert "Put back 0." in again.stdout
    assert f"{MANY} of those chosen were replayed before" in again.stdout
    assert copies(ground) == values
    assert len(operators.settlers) == 1, "with nothing to do nobody is fenced"
    assert {note for _, _, note in settlements(ground)} == {"mended in 1.4"}
    sizes = [len(portion) for portion in operators.settlers[0].portions]
    assert sizes == [200, 200, 100], "a hundred at once, each with its settlement"


@pytest.mark.parametrize("portions", [0, 1, 2])
def test_what_was_broken_off_is_taken_up_where_it_stood(ground: Ground, operators: Operators, portions: int) -> None:
    values = bury_many(ground)
    operators.settler = lambda: MemorySettler(ground, last=portions)
    broken = operators.run("dead", "replay", "--all", "--yes")
    assert isinstance(broken.exception, BrokerFailed)
    assert operators.settlers[0].closed
    assert len(copies(ground)) == portions * 100
    rest = json.loads(operators.run("dead", "replay", "--all", "--yes", "--json").stdout)
    assert (rest["done"], rest["settled_before"].get("replayed", 0)) == (MANY - portions * 100, portions * 100)
    assert sorted(copies(ground)) == sorted(values)


def test_what_another_operator_settled_while_this_one_was_asked_is_left_alone(
    ground: Ground, operators: Operators
) -> None:
    values = bury_many(ground)

    def others_first() -> MemorySettler:
        operators.run("dead", "replay", "--all", "--limit", "120", "--yes")
        return MemorySettler(ground)

    operators.settler = others_first
    result = operators.run("dead", "replay", "--all", "--yes", "--json")
    found = json.loads(result.stdout)
    assert (found["total"], found["done"], found["settled_by_others"]) == (MANY, MANY - 120, 120)
    assert sorted(copies(ground)) == sorted(values)


def test_what_dies_while_others_are_put_back_was_not_asked_about(ground: Ground, operators: Operators) -> None:
    """It died again at once, and would go round for ever."""
    values = bury_many(ground)

    def dies_again() -> None:
        for part in (0, 1):
            park(ground, ground.log(ACCEPTED.name, part)[-1])

    def once_more() -> MemorySettler:
        dies_again()  # after the count, and before the first is put back
        return MemorySettler(ground, before=dies_again)

    operators.settler = once_more
    operators.run("dead", "replay", "--all", "--yes")
    assert sorted(copies(ground)) == sorted(values)


@pytest.mark.parametrize("answer", ["n\n", ""])
def test_without_a_yes_nothing_is_done(ground: Ground, operators: Operators, answer: str) -> None:
    bury_many(ground, 2)
    for command in (["replay"], ["discard", "--note", "x"]):
        asked = operators.run("dead", *command, "--all", input=answer)
        assert asked.exit_code == 1
        assert "2 dead letters?" in asked.stderr
        tried = operators.run("dead", *command, "--all", "--dry-run")
        assert tried.exit_code == 0
        assert "Would" in tried.stdout
    assert (len(ground.records(ACCEPTED)), settlements(ground), operators.settlers) == (2, [], [])


def test_a_dry_run_counts_and_shows_samples_to_programs(ground: Ground, operators: Operators) -> None:
    bury_many(ground, 20)
    found = json.loads(operators.run("dead", "replay", "--all", "--dry-run", "--json").stdout)
    assert (found["total"], found["done"], found["dry_run"]) == (20, 0, True)
    assert found["counts"] == [{"stage": "resolve", "reason": "handler_raised", "topic": "accepted", "count": 20}]
    assert [one["place"] for one in found["samples"]] == [f"0/{offset}" for offset in range(5)]


@pytest.mark.parametrize("command", [("replay",), ("discard", "--note", "x")])
def test_a_command_that_does_not_say_which_is_a_slip(
    ground: Ground, operators: Operators, command: tuple[str, ...]
) -> None:
    bury_many(ground, 2)
    assert operators.run("dead", *command, "--yes").exit_code == 2
    assert operators.run("dead", *command, "--yes", "elsewhere").exit_code == 2
    assert operators.run("dead", "discard", "--all", "--yes").exit_code == 2, "without a reason"
    assert settlements(ground) == []


def test_what_cannot_be_put_back_is_said_and_can_be_discarded(ground: Ground, operators: Operators) -> None:
    bury_many(ground, 2)
    broken = unreadable_headers(CannotRead(Partition(ACCEPTED.name, 0), 7), "resolve")
    ground.append(DEAD.name, 0, None, b"", [*broken])
    park(ground, MemoryRecord("somebody.elses", 0, 0, 1, b"k", b"v", []))
    park(ground, MemoryRecord(ACCEPTED.name, 0, 9, 1, b"k", bytes(8 << 20), []), "too_large")
    park(ground, MemoryRecord(ACCEPTED.name, 0, 9, 1, b"k", b"v", [])._replace(partition=0), "not_json")
    ground.append(DEAD.name, 0, b"k", b"v", [("postbag-source-topic", b"accepted")])
    result = operators.run("dead", "replay", "--all", "--yes", "--json")
    found = json.loads(result.stdout)
    assert (result.exit_code, found["done"]) == (1, 3)
    assert found["cannot"] == {
        "its bytes are not in dead": 3, "its topic or partition is none of this installation's": 1,
    }  # fmt: skip
    discarded = operators.run("dead", "discard", "--all", "--yes", "--note", "gone with the disk", "--json")
    assert json.loads(discarded.stdout)["done"] == 3
    assert [note for _, action, note in settlements(ground) if action == "discarded"] == ["gone with the disk"] * 3
    assert len(ground.records(ACCEPTED)) == 2 + 3


def test_a_place_where_nothing_lies_is_named(ground: Ground, operators: Operators) -> None:
    bury_many(ground, 2)
    result = operators.run("dead", "replay", "0/0", "1/77", "--yes")
    assert result.exit_code == 1
    assert "Nothing lies at 1/77 in dead." in result.stdout
    assert [key for key, _, _ in settlements(ground)] == ["0/0"]


def test_discarded_is_for_good(ground: Ground, operators: Operators) -> None:
    bury_many(ground, 2)
    assert operators.run("dead", "discard", "0/0", "--note", "a test of theirs", "--yes").exit_code == 0
    assert operators.run("dead", "replay", "--all", "--yes").exit_code == 0
    assert settlements(ground) == [("0/0", "discarded", "a test of theirs"), ("1/0", "replayed", None)]
    assert [len(ground.log(ACCEPTED.name, part)) for part in (0, 1)] == [1, 2]


def test_the_pace_is_held_and_idle_time_is_not_made_up_for() -> None:
    now, rests = 100.0, list[float]()

    def rest(seconds: float) -> None:
        nonlocal now
        rests.append(seconds)
        now += seconds

    pace = Pace(50, lambda: now, rest)
    assert pace.portion == 50
    pace.keep(50)
    pace.keep(25)
    now += 60
    pace.keep(10)
    assert rests == pytest.approx([1.0, 0.5, 0.2])
    assert Pace(5_000).portion == 100


def test_portions_are_bounded_in_bytes(ground: Ground, operators: Operators) -> None:
    for _ in range(3):
        ground.append(RESOLVED.name, 0, b"k", bytes(3 << 20))
        park(ground, ground.log(RESOLVED.name, 0)[-1], "too_large", "render")
    operators.run("dead", "replay", "--all", "--yes")
    assert [len(portion) for portion in operators.settlers[0].portions] == [2, 2, 2]
