"""People whose every word is a canary, each on the way to another end: taken, refused, held, parked, paused, in doubt.

What is sent is what frontends send, well and badly; who runs the services, and looks for what got out, is the test.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid5

from click.testing import CliRunner

from deploy.local.crowd_places import Home, places
from deploy.local.office_control import OfficeControl
from schemas.campaign import CampaignPublished
from schemas.topics import ACCEPTED, CAMPAIGNS, DEAD, HELD, LETTERS, REJECTED, RESOLVED, SUBMISSIONS
from schemas.wire import write
from services.cli.__main__ import postbag
from services.pipeline.errors import PostbagError
from tests.badinput import desk
from tests.integration.harness import canaries, verbs
from tests.integration.harness.corner import PROJECT, Corner
from tests.integration.harness.offices import delivery, ledger, office
from tests.integration.harness.processes import Started, eventually

SERVICES: Final = ("ingest", "resolve", "render", "deliver", "observe")
TAKEN, SUPPRESSED, RETRIED, DOUBTFUL, REFUSED, PAUSED, BROKEN, HELD_BACK, SPLIT, MISMATCHED = range(1, 11)
HOMES: Final = {
    number: home
    for number, home in enumerate({one.office: one for one in places().one_seat if one.state}.values(), start=1)
    if number <= HELD_BACK
}
AMBIGUOUS: Final = next(home for home in places().split_zip if home.state)
OFFICES: Final = {number: str(home.office) for number, home in HOMES.items()}
ZIPS: Final = frozenset(home.zip5 for home in (*HOMES.values(), AMBIGUOUS))


def identity(number: int) -> str:
    return str(uuid5(UUID(int=77), str(number)))


class Drill:
    """The corner in which they are sent on their way."""

    def __init__(self, corner: Corner) -> None:
        self.corner = corner
        self._ran = set[verbs.Path]()
        self.said: dict[str, str] = {}
        """All that any command said, by how it was called."""
        campaign = corner.publish_campaign()
        broken = {"slug": "broken-letter", "letter": 'Dear {{ decision_maker }},\n\n{{ {"a": 1}[your_name] }}\n'}
        event = CampaignPublished(
            id="broken-letter", source="/postbag/cli", time=datetime.now(UTC), data=campaign.model_copy(update=broken)
        )
        corner.publish(CAMPAIGNS, [(b"broken-letter", write(event))])
        self.campaign = campaign.slug

    def send(self, number: int, home: Home, form: str = "structured", **changes: Any) -> None:
        """To one partition for each person, so that what is sent first comes first."""
        changes.setdefault("campaign", self.campaign)
        person = changes.pop("person", number)
        fields = canaries.fields(home, person, **changes)
        record = desk.sent(form, fields, identity(number))
        headers = [(name, value) for name, value in record.headers if value is not None]
        self.corner.produce(SUBMISSIONS, [(record.key, record.value, headers)], partition=person % 4)

    def submit_everybody(self) -> None:
        """One person for each thing that can become of one."""
        forms = sorted(desk.FORMS)
        for number in (TAKEN, RETRIED, DOUBTFUL, REFUSED, PAUSED):
            self.send(number, HOMES[number], forms[number % 3])
        self.send(SUPPRESSED, HOMES[TAKEN], person=TAKEN)
        self.send(BROKEN, HOMES[BROKEN], campaign="broken-letter")
        self.send(SPLIT, AMBIGUOUS)
        self.send(MISMATCHED, AMBIGUOUS)
        record = desk.completed("bare", {"line1": canaries.OTHER_STREET}, identity(SPLIT), self.campaign)
        self.corner.produce(SUBMISSIONS, [(record.key, record.value, [])], partition=SPLIT % 4)
        self._send_the_rejected()
        self._send_garbage()

    def _send_the_rejected(self) -> None:
        home = HOMES[TAKEN]
        wrong: list[dict[str, Any]] = [
            {"campaign": "quorvanda-zyxwinter"},
            {"constituent.email": "Quorvanda at canarymail"},
            {"constituent.phone": canaries.WORDS, "constituent.first_name": ""},
            {"Quorvanda Zyxwinter": canaries.STREET},
            {"constituent.address": canaries.STREET},
            {"edited_letter": canaries.WORDS},
        ]
        for number, changes in enumerate(wrong, start=20):
            for form in sorted(desk.FORMS):
                fields = canaries.fields(home, number) | {"campaign": self.campaign} | changes
                record = desk.sent(form, fields, identity(number * 10 + len(form)))
                headers = [(name, value) for name, value in record.headers if value is not None]
                self.corner.produce(SUBMISSIONS, [(record.key, record.value, headers)])

    def _send_garbage(self) -> None:
        text = f'{{"Quorvanda": "{canaries.STREET}", "id": "{canaries.PERSON["email"]}"'
        for topic in (SUBMISSIONS, ACCEPTED, RESOLVED, LETTERS):
            garbage = [text.encode(), text.encode() + b"}", b"\xff" + text.encode()]
            self.corner.produce(
                topic, [(identity(90 + number).encode(), one, []) for number, one in enumerate(garbage)]
            )

    def postbag(self, *arguments: str, ends: tuple[int, ...] = (0,)) -> str:
        """Run a command as an operator would, and keep what it said; the same verb again runs in this process, for speed."""
        environment = self.corner.environment(state_dir=self.corner.folder / "operator")
        verb = next(path for path, _ in verbs.leaves() if path == arguments[: len(path)])
        ended, out, err = (_run_here if verb in self._ran else _run)(arguments, environment)
        self._ran.add(verb)
        assert out + err, f"postbag {' '.join(arguments)} said nothing"
        assert "Traceback" not in err, err
        assert ended in ends, f"postbag {' '.join(arguments)} ended with {ended}: {out}{err}"
        self.said[" ".join(arguments)] = out + err
        return out

    def states(self) -> set[str]:
        return {entry["state"] for entry in ledger(self.corner)}


def _run(arguments: Sequence[str], environment: Mapping[str, str]) -> tuple[int, str, str]:
    """How a command ended, and what it wrote."""
    done = subprocess.run(
        (sys.executable, "-m", "services.cli", *arguments),
        env={**os.environ, **environment}, cwd=PROJECT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


def _run_here(arguments: Sequence[str], environment: Mapping[str, str]) -> tuple[int, str, str]:
    done = CliRunner().invoke(postbag, [*arguments], env=dict(environment))
    if isinstance(done.exception, PostbagError):
        return done.exception.exit_code, done.stdout, str(done.exception)
    error = "" if done.exception is None or isinstance(done.exception, SystemExit) else "Traceback: "
    return done.exit_code, done.stdout, f"{done.stderr}{error}{done.exception or ''}"


def misbehave(control: OfficeControl) -> None:
    """Each office as its one person's letter needs it."""
    control.refuse(OFFICES[RETRIED], 503, retry_after="600")
    control.reset(OFFICES[DOUBTFUL], "after_accepting")
    control.refuse(OFFICES[REFUSED], 410)


def everything_happened(drill: Drill) -> bool:
    """Whether every person ended, or waits, where they should."""
    states = {"accepted", "retrying", "in_doubt", "refused", "held", "suppressed"}
    dead = [dict(record.headers)["postbag-dead-stage"] for record in drill.corner.read(DEAD)]
    return (
        states <= drill.states()
        and {stage: dead.count(stage) for stage in set(dead)}
        == {b"ingest": 3, b"resolve": 3, b"render": 4, b"deliver": 3}
        and len(drill.corner.read(REJECTED)) >= 15
        and len(drill.corner.read(HELD)) >= 3
    )


@contextmanager
def drilling(corner: Corner, **of_all: Any) -> Iterator[tuple[Drill, dict[str, Started]]]:
    """The whole pipeline with everybody where they belong; ``of_all`` are settings of all services."""
    drill = Drill(corner)
    with ExitStack() as stack:
        control = stack.enter_context(office(corner.folder))
        misbehave(control)
        drill.postbag("pause", "--office", OFFICES[PAUSED], "--reason", "asked us to wait", "--anyway")
        settings = delivery(control, webhook_idempotent=False, short_retries=0)
        workers = {}
        for service in SERVICES:
            of_it: dict[str, Any] = settings if service == "deliver" else {}
            workers[service] = stack.enter_context(corner.start(service, **of_it, **of_all))
        drill.submit_everybody()
        assert eventually(lambda: everything_happened(drill), 120), (
            drill.states(),
            [dict(record.headers) for record in corner.read(DEAD)],
            len(corner.read(REJECTED)),
            len(corner.read(HELD)),
        )
        yield drill, workers
