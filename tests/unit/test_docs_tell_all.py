"""The pages written by hand leave nothing out: every reason of a dead letter, every field and name of a campaign."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Final, get_args

from schemas.campaign import Ambiguity, Bill, CampaignFile, RequiredField, SeatPolicy, Topic
from schemas.ledger import State
from schemas.recipient import RecipientChannel, TargetName
from schemas.resolved import Outcome, Purpose
from schemas.topics import ACCEPTED
from schemas.wire import UnreadableReason
from services.cli.controls.options import CHANNELS
from services.cli.recipients import COLUMNS
from services.ingest import codes
from services.pipeline.broker import Partition
from services.pipeline.dead import LARGEST, dead_letter, unreadable_headers
from services.pipeline.errors import CannotRead
from services.pipeline.outcomes import DeadLetter
from services.resolve.policy import _NARROWER_NEEDS, _NEEDS
from tests.unit import made
from tests.unit.render_bench import context, seat

ROOT: Final = Path(__file__).parents[2]
UNREADABLE: Final = set(get_args(UnreadableReason))
ANYWHERE: Final = {"handler_raised", "killed_worker", "unparseable"}
"""Reasons of the runtime, under which every stage may park a record."""

HOLDING: Final = ("policy.py", "handler.py", "verdicts.py")
"""Where a reason to hold a submission is named."""


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text("utf-8")


def rows(name: str, heading: str) -> dict[str, list[str]]:
    """The rows of the first table under a heading: the other cells by the first."""
    section = page(name).split(f"\n## {heading}\n")[1].split("\n## ")[0]
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line.startswith("| `")
    ]
    return {first: rest for first, *rest in cells}


def reasons_in_code() -> set[str]:
    """Every reason that a ``DeadLetter`` is made with in the services, and the runtime's own for what has no bytes."""
    found: set[str] = set()
    for path in (ROOT / "services").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "DeadLetter"):
                continue
            reason = node.args[0]
            if isinstance(reason, ast.Constant):
                found.add(str(reason.value))
            else:  # the reason of an Unreadable: another way to name one would hide it from this test
                assert ast.unparse(reason) == "error.reason", f"{path}:{reason.lineno}"
                found |= UNREADABLE
    headers = dict(unreadable_headers(CannotRead(Partition("accepted", 0), 1), "resolve"))
    return found | {headers["postbag-dead-reason"].decode()}


def test_dead_letters_has_every_reason_and_no_other() -> None:
    assert {reason.strip("`") for reason in rows("dead-letters.md", "Reasons")} == reasons_in_code()


def test_dead_letters_names_the_stages_and_says_what_it_means_and_what_to_do() -> None:
    for quoted, (stages, meaning, remedy) in rows("dead-letters.md", "Reasons").items():
        reason = quoted.strip("`")
        assert meaning.endswith(".")
        assert remedy.endswith(".")
        if reason in UNREADABLE:
            assert (stages == "all") == (reason in codes.DEAD), "intake has its own list of what it cannot take"
            assert stages in ("all", "resolve, render, deliver")
        else:
            assert stages == ("all" if reason in ANYWHERE else "render")


def test_dead_letters_has_every_header() -> None:
    too_large = made.record(ACCEPTED, b"x" * LARGEST)
    _, _, headers = dead_letter(too_large, DeadLetter("too_large"), "resolve")
    written = {name for name, _ in (*headers, *unreadable_headers(CannotRead(Partition("accepted", 0), 1), "resolve"))}
    told = {name for cell in rows("dead-letters.md", "Headers") for name in re.findall(r"`([a-z-]+)`", cell)}
    assert told == written


def test_architecture_has_every_state_of_the_ledger() -> None:
    assert {state.strip("`") for state in rows("architecture.md", "Deliver")} == set(get_args(State))


def test_controls_has_every_channel_that_can_be_paused() -> None:
    assert set(get_args(RecipientChannel)) < set(CHANNELS)
    assert all(f"`{channel}`" in page("controls.md") for channel in CHANNELS)


def test_campaigns_has_every_field_and_says_which_are_required() -> None:
    told = {name.strip("`"): cells[0] for name, cells in rows("campaigns.md", "Fields").items()}
    assert told == {name: "yes" if field.is_required() else "no" for name, field in CampaignFile.model_fields.items()}


def test_campaigns_has_every_value_of_the_closed_sets() -> None:
    text = page("campaigns.md")
    types = get_args(Bill.model_fields["type"].annotation)
    sets = (TargetName, RequiredField, Purpose, Ambiguity, SeatPolicy, RecipientChannel)
    values = [value for closed in sets for value in get_args(closed)]
    for value in (*values, *Bill.model_fields, *types, "pro", "con"):
        assert f"`{value}`" in text, value
    listed = text.split("as congressional offices name them: ")[1].split(".\n")[0]
    assert " ".join(listed.split()).split("; ") == list(get_args(Topic))


def test_campaigns_has_every_column_of_a_list_and_what_each_default_is() -> None:
    assert {name.strip("`") for name in rows("campaigns.md", "Lists")} == set(COLUMNS)
    for name, cells in rows("campaigns.md", "Fields").items():
        default = CampaignFile.model_fields[name.strip("`")].default
        if isinstance(default, (str, float)):
            assert f"Without it, {f'`{default}`' if isinstance(default, str) else default}." in cells[-1]


def test_campaigns_has_every_reason_to_hold_and_every_need() -> None:
    told = rows("campaigns.md", "Districts in doubt and empty seats")
    source = "".join((ROOT / "services" / "resolve" / name).read_text("utf-8") for name in HOLDING)
    others = {reason.strip("`") for reason in told} - set(get_args(Outcome))
    assert {reason for reason in others if f'"{reason}"' not in source} == set(), "nothing is held for that"
    assert {reason.strip("`") for reason in told} - others == set(get_args(Outcome)) - {"resolved"}
    needs = {need for found in (*_NEEDS.values(), *_NARROWER_NEEDS.values()) for need in found}
    assert {need for *_, cell in told.values() for need in re.findall(r"`([a-z0-9_]+)`", cell)} == needs


def test_campaigns_has_every_name_that_a_template_knows_and_no_other() -> None:
    told = rows("campaigns.md", "Templates")
    assert [name.strip("`") for name in told] == list(context(made.submission(), "HNY13"))


def test_the_examples_of_the_names_are_what_a_template_gets() -> None:
    person = made.constituent(prefix="Dr.", first_name="Maria", last_name="Lopez", city="Cambridge", state="MA")
    values = context(made.submission(person, message="My sister lives there."), "HMA07", seat=seat("HMA07"))
    shown = {name.strip("`"): cells[-1] for name, cells in rows("campaigns.md", "Templates").items()}
    assert shown == values
