"""Letters to both chambers, through a real deliver worker, to local intakes that cut connections after they have accepted.

The Senate knows an id that it has seen, so its letters are sent again and accepted once; of the House nobody says so, and its
letters end in doubt and are never sent twice. What no chamber takes goes to the outbox, and the key is in no log.
"""

from __future__ import annotations

import json
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import pytest

from deploy.local.office_faults import Command, Fault, Refuse, Reset
from schemas.letter import Letter, Unfit
from schemas.topics import LETTERS
from schemas.wire import write
from tests.integration.harness.corner import Corner
from tests.integration.harness.offices import drain, final_states, ledger
from tests.integration.harness.processes import Started, eventually
from tests.unit import made
from tests.unit.cwc_documents import form
from tests.unit.cwc_documents import letter as facts

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]

EACH: Final = 24
HOUSE: Final = ("HNY13", "HCA01", "HTX02", "HAK00")
SENATE: Final = ("SNY01", "SCA03", "STX02", "SAK03")
KEY: Final = "canary-key+/=&?"
OFFICES: Final = """
offices:
  - {match: "H*", channels: [cwc-house, outbox], rate: 50, burst: 50, concurrency: 8}
  - {match: "S*", channels: [cwc-senate, outbox], rate: 50, burst: 50, concurrency: 8}
channels: {cwc-house: {rate: 200}, cwc-senate: {rate: 200}}
"""


@dataclass(frozen=True, slots=True)
class Intake:
    """A local intake that runs as a process."""

    url: str
    process: Started

    def tell(self, call: str, fault: Fault | None) -> None:
        command = Command(office="*", fault=fault).model_dump_json(exclude_none=True).encode()
        urllib.request.urlopen(urllib.request.Request(f"{self.url}/control/{call}", command, method="PUT")).close()

    def ask(self, path: str) -> Any:
        with urllib.request.urlopen(f"{self.url}/{path}") as answer:
            return json.load(answer)


@contextmanager
def intake(folder: Path, chamber: str) -> Iterator[Intake]:
    (folder / "key").write_text(KEY)
    announce = folder / f"{chamber}.port"
    given = ("--chamber", chamber, "--folder", folder / chamber, "--announce", announce, "--key-file", folder / "key")
    command = (sys.executable, "-m", "deploy.local.cwc_intake", *map(str, given))
    with Started(command, {}, folder / f"{chamber}.log") as process:
        process.await_event("listening")
        yield Intake(f"http://127.0.0.1:{announce.read_text().strip()}", process)


def letters() -> list[Letter]:
    """As many to each chamber, and two of people whom no chamber takes."""
    found, now = [], datetime.now(UTC)
    for number in range(1, 2 * EACH + 1):
        chamber = "house" if number <= EACH else "senate"
        office = (HOUSE if chamber == "house" else SENATE)[number % 4]
        identity = made.identity(number)
        document = form().make(facts(chamber, letter_id=identity, office=office))  # type: ignore[arg-type]
        found.append(made.letter(number, office=office, cwc=document, accepted_at=now))
    for number, office in ((101, "HNY13"), (102, "SNY01")):
        unfit = (Unfit(form="cwc", reason="state_not_taken"),)
        found.append(made.letter(number, office=office, unfit=unfit, accepted_at=now))
    return found


def test_each_letter_reaches_its_chamber_once_or_is_left_to_a_person(corner: Corner) -> None:
    (corner.folder / "offices.yaml").write_text(OFFICES)
    with ExitStack() as stack:
        house = stack.enter_context(intake(corner.folder, "house"))
        senate = stack.enter_context(intake(corner.folder, "senate"))
        for one in (house, senate):
            one.tell("message", Reset(when="after_accepting", share=0.4, seed=7))
            one.tell("validate", Refuse(status=503, retry_after="1", times=1))
        key_file = corner.folder / "key"
        worker = stack.enter_context(
            corner.start(
                "deliver", channel="outbox", offices=corner.folder / "offices.yaml", outbox_dir=corner.folder / "outbox",
                cwc_house_test_url=house.url, cwc_senate_test_url=senate.url, cwc_house_key_file=key_file,
                cwc_senate_key_file=key_file, retry_delays="[0.2, 0.5, 1, 2, 4, 8]", log_level="DEBUG",
            )
        )  # fmt: skip
        worker.await_event("running")
        sent = letters()
        corner.publish(LETTERS, ((one.office.encode(), write(made.rendered(one))) for one in sent))
        ended = {"accepted", "in_doubt", "refused", "expired"}
        assert eventually(
            lambda: (
                len(final_states(corner)) == len(sent)
                and all(entry["state"] in ended for entry in final_states(corner).values())
            ),
            90,
        ), worker.tail()
        states = final_states(corner)
        books = {"H": house.ask("report"), "S": senate.ask("report")}
        drain(worker)
        told = worker.text()

    by_chamber = {chamber: [states[one.letter_id] for one in sent[:-2] if one.office[0] == chamber] for chamber in "HS"}
    assert [entry["channel"] for entry in by_chamber["H"]] == ["cwc-house"] * EACH
    assert {entry["state"] for entry in by_chamber["S"]} == {"accepted"}
    assert {entry["answer"] for entry in by_chamber["S"]} == {201, 409}
    assert {entry["state"] for entry in by_chamber["H"]} == {"accepted", "in_doubt"}
    assert {entry["reason"] for entry in by_chamber["H"] if entry["state"] == "in_doubt"} == {"connection_lost"}
    for chamber, report in books.items():
        assert (report["accepted"], report["accepted_twice"], report["changed_body"]) == (EACH, 0, 0), chamber
        assert report["malformed"] == {}
    assert books["H"]["duplicates_offered"] == 0
    assert books["S"]["duplicates_offered"] > 0
    assert [(states[one.letter_id]["channel"], states[one.letter_id]["state"]) for one in sent[-2:]] == [
        ("outbox", "accepted")
    ] * 2
    assert any("cwc" in entry["channel"] for entry in ledger(corner))
    assert [spelling for spelling in (KEY, quote(KEY, safe=""), "canary-key", "apikey") if spelling in told] == []
