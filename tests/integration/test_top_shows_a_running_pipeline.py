"""`postbag top` beside a real pipeline and without an observer: on a terminal, in a pipe, once, and as JSON."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from deploy.local.crowd import crowd
from deploy.local.supervise import Supervisor
from schemas.topics import SUBMISSIONS
from services.pipeline.publisher import Publisher
from tests.integration.harness.corner import PROJECT, Corner
from tests.integration.harness.offices import delivery, office
from tests.integration.harness.processes import Started, eventually

pytestmark = [pytest.mark.integration, pytest.mark.timeout(240)]

STAGES = ("ingest", "resolve", "render", "deliver")
TOP = (sys.executable, "-m", "services.cli", "top")


class Terminal:
    """`postbag top` on a terminal of its own, eighty columns wide; all that it wrote is in ``text``."""

    def __init__(self, environment: dict[str, str], *arguments: str) -> None:
        self.ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 80, 0, 0))
        self.before = termios.tcgetattr(theirs)
        self.theirs = theirs
        env = {**os.environ, **environment, "TERM": "xterm-256color"}
        env.pop("NO_COLOR", None)
        self.process = subprocess.Popen(
            (*TOP, *arguments), env=env, cwd=PROJECT, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
        )
        self.text = ""
        threading.Thread(target=self._read, daemon=True).start()

    def press(self, key: bytes) -> None:
        os.write(self.ours, key)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.theirs)
        os.close(self.ours)

    def _read(self) -> None:
        try:
            while piece := os.read(self.ours, 65_536):
                self.text += re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", piece.decode("utf-8", "replace"))
        except OSError:
            pass


def once(corner: Corner, *arguments: str) -> str:
    """What it prints and ends."""
    environment = {**os.environ, **corner.environment(), "COLUMNS": "80"}
    done = subprocess.run(
        (*TOP, *arguments), env=environment, cwd=PROJECT, capture_output=True, text=True, timeout=90, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout


def told(corner: Corner, *arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(once(corner, "--json", *arguments))
    return found


def screens(terminal: Terminal, wanted: str) -> Callable[[], bool]:
    return lambda: re.search(wanted, " ".join(terminal.text.split())) is not None


def test_it_shows_the_stages_and_the_books_in_every_form(corner: Corner) -> None:
    campaign = corner.publish_campaign().slug
    people = list(crowd(11, 200, campaign))
    publisher = Publisher(corner.settings)
    with office(corner.folder) as control:
        workers = [*(corner.worker(name) for name in STAGES[:3]), corner.worker("deliver", **delivery(control))]
        with Supervisor(workers, corner.folder / "logs"):
            terminal = Terminal(corner.environment(), "--interval", "0.5")
            try:
                for one in people:
                    publisher.publish(SUBMISSIONS, one.key, one.value, list(one.headers))
                publisher.close()
                assert eventually(lambda: corner.books().settled, 120), corner.books().as_json()
                found = corner.books()
                letters, accepted = sum(found.letters.values()), found.letters["accepted"]
                assert accepted > 50
                line = rf"{campaign[:12]}\S* {letters} {accepted} "
                assert eventually(screens(terminal, line), 30), terminal.text[-4000:]
                assert screens(terminal, r"ingest 1 .* deliver 1 ")(), terminal.text[-4000:]
                terminal.press(b"q")
                assert terminal.process.wait(15) == 0
                assert termios.tcgetattr(terminal.theirs) == terminal.before, "the terminal is as it was"
            finally:
                terminal.close()
            survey = told(corner)
            assert {name: n for name, n in survey["letters"].items() if n} == {
                s: n for s, n in found.letters.items() if n
            }
            assert [(stage["stage"], stage["members"]) for stage in survey["stages"]] == [(one, 1) for one in STAGES]
            assert sum(topic["records"] for topic in survey["topics"]) == 0
            assert told(corner, "--campaign", "another")["letters"] == {}
    text = once(corner, "--once")
    assert max(map(len, text.splitlines())) <= 80
    assert f"{letters} letters, 0 open" in text
    assert "\x1b" not in text


@pytest.fixture
def interruptible() -> Iterator[None]:
    """A shell's background job ignores Ctrl-C, and so does whatever it starts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_in_a_pipe_it_prints_screen_after_screen_until_it_is_interrupted(corner: Corner) -> None:
    with Started((*TOP, "--interval", "0.5"), corner.environment(), corner.folder / "top.log") as piped:
        assert eventually(lambda: piped.text().count("Postbag   ") >= 3, 60), piped.text()
        piped.signal(signal.SIGINT)
        assert piped.wait(20) == 0
        assert "\x1b" not in piped.text()
        assert "Traceback" not in piped.text()
