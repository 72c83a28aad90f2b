"""What operators order is obeyed by workers that run: pause, resume and cancel, by the commands, against a real broker.

A paused office's letters wait, no attempt is made or counted, and the other offices' go out meanwhile. What was cancelled
while it waited never reaches an office, even where the pause that held it is ended afterwards.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from typing import Any

import pytest

from tests.integration.harness import offices
from tests.integration.harness.corner import PROJECT, Corner
from tests.integration.harness.people import CAMPAIGN
from tests.integration.harness.processes import eventually

pytestmark = pytest.mark.integration

PAUSED, OTHER = "HCA01", "HNY02"
PROMISED_SECONDS = 5.0


def postbag(corner: Corner, *arguments: str) -> dict[str, Any]:
    """Run a command as an operator would; what it printed as JSON."""
    command = (sys.executable, "-m", "services.cli", *arguments, "--json")
    environment = {**os.environ, **corner.environment()}
    done = subprocess.run(
        command, env=environment, cwd=PROJECT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def entered(corner: Corner, first: int, count: int) -> Counter[tuple[str, str, int]]:
    """How many of ``count`` letters from number ``first`` on are in which state, at which office, after how many attempts."""
    wanted = {one.data.letter_id for one in offices.letters(count, [PAUSED, OTHER], first)}
    return Counter(
        (entry["office"], entry["state"], entry["attempts"])
        for letter, entry in offices.final_states(corner).items()
        if letter in wanted
    )


def test_a_pause_holds_an_office_while_others_go_on_and_what_is_cancelled_is_never_sent(corner: Corner) -> None:
    with offices.office(corner.folder) as control, corner.start("deliver", **offices.delivery(control)) as worker:
        worker.await_event("assigned")
        postbag(corner, "pause", "--office", PAUSED, "--reason", "it asked us to wait")
        worker.await_event("control_taken_up", timeout=PROMISED_SECONDS)
        offices.post(corner, offices.letters(100, [PAUSED, OTHER]))
        held = {(OTHER, "accepted", 1): 50, (PAUSED, "held", 0): 50}
        assert eventually(lambda: entered(corner, 0, 100) == held, 30), entered(corner, 0, 100)
        assert {to.office for to, _ in control.accepted()} == {OTHER}

        postbag(corner, "resume", "--office", PAUSED)
        worker.await_event("control_ended", timeout=PROMISED_SECONDS)
        sent = {(OTHER, "accepted", 1): 50, (PAUSED, "accepted", 1): 50}
        assert eventually(lambda: entered(corner, 0, 100) == sent, 30), entered(corner, 0, 100)

        postbag(corner, "pause", "--all", "--reason", "a wrong letter")
        worker.await_event("control_taken_up", timeout=PROMISED_SECONDS, count=2)
        offices.post(corner, offices.letters(40, [PAUSED, OTHER], first=100))
        assert eventually(lambda: entered(corner, 100, 40).total() == 40, 30), entered(corner, 100, 40)
        postbag(corner, "cancel", "--campaign", CAMPAIGN, "--anyway", "--yes", "--reason", "the letter was wrong")
        cancelled = {(PAUSED, "cancelled", 0): 20, (OTHER, "cancelled", 0): 20}
        assert eventually(lambda: entered(corner, 100, 40) == cancelled, 30), entered(corner, 100, 40)
        postbag(corner, "resume", "--all")
        worker.await_event("control_ended", timeout=PROMISED_SECONDS, count=2)
        assert len(control.accepted()) == 100, "what was cancelled was sent"
