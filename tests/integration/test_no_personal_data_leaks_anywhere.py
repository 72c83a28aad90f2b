"""At DEBUG, with people rejected, held, parked, retried, refused, paused and in doubt, nothing of them gets out.

Their words are in the topics that are there to carry them. They are in no log, no metric, no key or header, no topic declared
free of personal data, no file of a worker's state, no process list, and in nothing that a command says unasked.
"""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from schemas.topics import (
    ACCEPTED,
    ALL,
    DEAD,
    HELD,
    LETTERS,
    RESOLVED,
    SUBMISSIONS,
    TIERS,
    Topic,
)
from tests.integration.harness import canaries, verbs
from tests.integration.harness.corner import Corner
from tests.integration.harness.drill import (
    BROKEN,
    DOUBTFUL,
    MISMATCHED,
    PAUSED,
    REFUSED,
    RETRIED,
    SPLIT,
    SUPPRESSED,
    TAKEN,
    ZIPS,
    Drill,
    drilling,
    identity,
)
from tests.integration.harness.offices import ledger
from tests.integration.harness.processes import Started

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

MAY_FAIL: Final = ("books", "doctor")
"""These end with 1 here, and should: the topics hold garbage, and a cluster's user is anybody."""


@pytest.fixture
def running(corner: Corner) -> Iterator[tuple[Drill, dict[str, Started]]]:
    """The whole pipeline at DEBUG, with everybody where they belong."""
    with drilling(corner, log_level="DEBUG") as drilled:
        yield drilled


def test_the_search_for_canaries_finds_them_in_every_form() -> None:
    for text in (
        "dear ZYXWINTER", '{"name": "\\u015eehrazat"}', "?to=quorvanda.zyxwinter%40canarymail.example", "call +12125550147",
        '"zip5":"02139","plus4":"8391"', "02139-8391", "V2liYmxldGhvcnBl", b"\x00\xffVermilionLantern",
    ):  # fmt: skip
        assert canaries.found(text, frozenset({"02139"})), text
    assert canaries.found('{"port": 8391, "zip": "02139", "campaign": "syria-accountability"}', ZIPS) == []


def test_nothing_of_a_person_gets_out(running: tuple[Drill, dict[str, Started]]) -> None:
    drill, workers = running
    corner = drill.corner
    assert_they_travel(corner)
    leaks = {
        **{f"log of {name}": leaks_in(worker.text()) for name, worker in workers.items()},
        **{f"/metrics of {name}": leaks_in(metrics(worker)) for name, worker in workers.items()},
        **{f"process of {name}": leaks_in(process(worker.pid)) for name, worker in workers.items()},
    }
    drill.postbag("dead", "discard", "--stage", "ingest", "--note", "looked at", "--yes")
    drill.postbag("dead", "replay", "--stage", "render", "--yes")
    for topic in ALL:
        leaks |= in_topic(corner, topic)
    for call in verbs.calls(arguments(drill)):
        drill.postbag(*call, ends=(0, 1) if call[0] in MAY_FAIL else (0,))
    leaks |= {f"postbag {call}": leaks_in(said) for call, said in drill.said.items()}
    files = [path for path in (corner.folder / "state").rglob("*") if path.is_file()]
    files += [path for path in (corner.folder / "operator").rglob("*") if path.is_file()]
    assert {"deliver", "ingest", "resolve"} <= {path.name.partition(".")[2].partition("-")[0] for path in files}
    leaks |= {f"file {path.name}": leaks_in(path.read_bytes()) for path in files}
    assert {where: forms for where, forms in leaks.items() if forms} == {}
    revealed = drill.postbag("where", identity(TAKEN), "--reveal")
    assert canaries.found(revealed), "it was there to be shown"


def leaks_in(text: bytes | str) -> list[str]:
    return canaries.found(text, ZIPS)


def assert_they_travel(corner: Corner) -> None:
    """What is looked for below is there to be found: the topics that carry people carry these."""
    for topic in (SUBMISSIONS, ACCEPTED, RESOLVED, HELD, LETTERS, DEAD):
        assert any(leaks_in(record.value or b"") for record in corner.read(topic)), topic.name
    assert any(leaks_in(record.value or b"") for tier in TIERS for record in corner.read(tier))


def in_topic(corner: Corner, topic: Topic) -> dict[str, list[str]]:
    """Leaks in a topic's keys and headers and, where it is declared free of personal data, in its values."""
    outside, inside = [], []
    for record in corner.read(topic):
        outside.append(record.key or b"")
        outside += [part for name, value in record.headers for part in (name.encode(), value or b"")]
        inside.append(record.value or b"")
    found = {f"keys and headers of {topic.name}": leaks_in(b"\n".join(outside))}
    if not topic.personal_data:
        found[f"values of {topic.name}"] = leaks_in(b"\n".join(inside))
    return found


def metrics(worker: Started) -> str:
    port = worker.await_event("starting")[0]["metrics_port"]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        text: str = answer.read().decode()
    assert "postbag_" in text
    return text


def process(pid: int) -> bytes:
    """What ``ps`` and whoever may read its environment see of a process."""
    texts = [Path(f"/proc/{pid}/{name}").read_bytes() for name in ("cmdline", "environ", "comm")]
    assert b"services." in texts[0]
    return b"\n".join(texts)


def arguments(drill: Drill) -> dict[str, list[list[str]]]:
    """What the commands are given that need something."""
    letters = {entry["state"]: entry["letter_id"] for entry in ledger(drill.corner)}
    people = [TAKEN, SUPPRESSED, RETRIED, DOUBTFUL, REFUSED, PAUSED, BROKEN, SPLIT, MISMATCHED, 204, 216, 246]
    dead = [[f"{one.partition}/{one.offset}"] for one in drill.corner.read(DEAD)]
    receipts = [entry["receipt"] for entry in ledger(drill.corner) if entry.get("receipt")]
    asked = [*map(identity, people), *letters.values(), *receipts[:1]]
    return {
        "where": [[one] for one in asked],
        "dead show": dead,
        "dead replay": [["--all"]],
        "dead discard": [["--all", "--note", "looked at"]],
        "held release": [["--all"]],
        "cancel": [["--campaign", drill.campaign, "--reason", "withdrawn"]],
        "campaign list": [[]],
    }


def test_every_command_is_either_called_here_or_stands_apart_for_a_reason() -> None:
    known = {" ".join(path) for path, _ in verbs.leaves()}
    groups = {" ".join(path[:length]) for path, _ in verbs.leaves() for length in range(1, len(path))}
    assert set(verbs.APART) <= known | groups, "it names a command that is gone"
    needy = {
        " ".join(path)
        for path, command in verbs.leaves()
        if not verbs.is_apart(path) and any(one.required for one in command.params)
    }
    given = {"where", "dead show", "dead discard", "cancel"}
    assert needy == given, "say in `arguments` what it is given here, or in `verbs.APART` why it is not called"
    assert {"books", "controls", "dead list", "doctor", "held list", "top", "topics plan"} <= {
        " ".join(path) for path, _ in verbs.leaves() if not verbs.is_apart(path)
    }
