"""The pages of ``doctor`` and ``where`` leave nothing out: every check, every right, every state that the commands tell."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Final

from schemas.topics import ALL, TIERS, Topic
from services.cli.doctor.machine import SERVICES
from services.cli.doctor.roles import ROLES
from tests.unit.test_docs_tell_all import ROOT, page, rows

DOCTOR: Final = Path("services/cli/doctor")


def checks_in_code() -> set[str]:
    """Every check that a finding is made for; what is told of several services or places ends with an ellipsis."""
    found = set()
    for path in (ROOT / DOCTOR).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in ("ok", "warn", "fail")
            ):
                check = node.args[0]
                found |= {str(check.value)} if isinstance(check, ast.Constant) else set()
            elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "check":
                found.add(re.sub(r"\{.*\}", "…", ast.unparse(node.value).strip("f'")))
    return found


def listed(topics: tuple[Topic, ...]) -> str:
    if set(topics) == set(ALL):
        return "all"
    names = dict.fromkeys("every tier" if topic in TIERS else f"`{topic.name}`" for topic in topics)
    return ", ".join(names) or "nothing"


def test_the_page_of_the_doctor_has_every_check_and_no_other() -> None:
    assert {check.strip("`") for check in rows("doctor.md", "Checks")} == checks_in_code()
    assert "settings of …" in checks_in_code()


def test_the_rights_on_the_page_are_those_that_a_role_is_held_to() -> None:
    told = {role.strip("`"): cells for role, cells in rows("doctor.md", "Rights").items()}
    assert told == {role: [listed(needs.reads), listed(needs.writes)] for role, needs in ROLES.items()}
    assert set(SERVICES) < set(ROLES)


def test_the_page_of_where_has_every_state_of_a_submission() -> None:
    source = (ROOT / "services/cli/where/trail.py").read_text("utf-8")
    states = {state.strip("`") for state in rows("where.md", "States")}
    assert states == {"pending", "rejected", "held", "dead", "discarded", "letters"}
    assert all(f'"{state}"' in source for state in states)
    assert "--reveal" in page("where.md")
