"""A pasted alert becomes a campaign, the campaign letters, and the letters XML that congressional intake's rules accept.

The commands are those that a campaigner types, the four services are real, and so is the broker. A new version is taken up
while they run, each letter records the version that made it, and a closed campaign refuses with its date.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final
from uuid import UUID, uuid5

import pytest
import yaml
from click.testing import CliRunner

from deploy.local.crowd_places import Home, places
from schemas.accepted import Rejected, SubmissionRejected
from schemas.letter import Letter, LetterRendered
from schemas.topics import DEAD, HELD, LETTERS, REJECTED, SUBMISSIONS
from schemas.wire import read
from services.cli.__main__ import postbag
from services.render.forms.cwc import HOUSE, faults
from tests.integration.harness.corner import Corner
from tests.integration.harness.offices import delivery, final_states, office, states
from tests.integration.harness.processes import Started, eventually
from tests.unit.real_data import FOLDER

ALERT: Final = FOLDER.parent / "seed" / "action-alert.txt"
pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not ALERT.is_file(), reason="the seed alert is not here: ../shared/seed/action-alert.txt"),
]
SENDER: Final = {
    "cwc_agent": "Example Sender",
    "cwc_ack_email": "answers@example.org",
    "cwc_contact_name": "Example Contact",
    "cwc_contact_email": "contact@example.org",
    "cwc_contact_phone": "202-555-0143",
}
_NAMESPACE: Final = UUID("4e1c5f6e-6f0a-4a4e-9a51-0b7f6f1c9d55")
SECONDS: Final = 10.0
"""How soon a running worker must have a new version: workers look every other second."""


def homes() -> list[Home]:
    """One home in each of many states, at large, the District's and Puerto Rico's among them."""
    by_state = {home.state: home for home in places().one_seat if home.state}
    return list(by_state.values())


def submission(number: int, home: Home, campaign: str) -> tuple[bytes, bytes]:
    """As a frontend writes it: bare JSON."""
    identity = str(uuid5(_NAMESPACE, str(number)))
    address = {"line1": f"{number + 1} Elm Street", "city": home.city, "state": home.state, "zip": home.zip5}
    person = {"prefix": "Ms.", "first_name": "Noor", "last_name": f"Haddad {number}"}
    contact = {"email": f"noor{number}@example.org", "address": address}
    sent = {"id": identity, "source": "web-1", "campaign": campaign, "constituent": person | contact}
    words = {"message": "My sister is a nurse & {{7*7}} <b>there</b>."} if number % 2 else {}
    return identity.encode(), json.dumps(sent | words).encode()


class Campaigner:
    """Types commands about the campaign in ``file``; their environment is the corner's."""

    def __init__(self, corner: Corner) -> None:
        self.file = corner.folder / "alert.yaml"
        self._environment = corner.environment()

    def types(self, *words: object, code: int = 0) -> str:
        """What the command prints, which must end with ``code``."""
        result = CliRunner().invoke(postbag, ["campaign", *map(str, words)], env=self._environment)
        assert result.exit_code == code, f"{words}: {result.output}"
        return result.stdout

    def answers(self, **answers: Any) -> str:
        """Fills in the file; returns the campaign's slug."""
        fields: dict[str, Any] = yaml.safe_load(self.file.read_text("utf-8")) | answers
        self.file.write_text(yaml.safe_dump(fields, allow_unicode=True, sort_keys=False), encoding="utf-8")
        return str(fields["slug"])


@contextmanager
def services(corner: Corner) -> Iterator[dict[str, Started]]:
    """The four of them, at work, and an office that they post to."""
    with ExitStack() as stack:
        control = stack.enter_context(office(corner.folder))
        started = {
            "ingest": stack.enter_context(corner.start("ingest")),
            "resolve": stack.enter_context(corner.start("resolve")),
            "render": stack.enter_context(corner.start("render", **SENDER)),
            "deliver": stack.enter_context(corner.start("deliver", **delivery(control))),
        }
        for worker in started.values():
            worker.await_event("running")
        yield started


def letters(corner: Corner) -> list[Letter]:
    return [read(LetterRendered, record.value).data for record in corner.read(LETTERS)]


def knows(worker: Started, version: int) -> Callable[[], bool]:
    return lambda: any(event["version"] == version for event in worker.events("campaign_taken_up"))


def test_an_imported_alert_reaches_cwc_xml_changes_while_running_and_ends(corner: Corner) -> None:
    campaigner = Campaigner(corner)
    campaigner.types("import", ALERT, "--out", campaigner.file, code=3)
    bill = {"congress": 113, "type": "hres", "number": 229}
    slug = campaigner.answers(
        organization="Example Coalition", topics=["International Affairs"], bill=bill, stance="pro", forms=["cwc"],
        required_fields=["prefix", "last_name", "address.state"],
    )  # fmt: skip
    checked = json.loads(campaigner.types("check", campaigner.file, "--json"))
    assert (checked["errors"], checked["reach"]) == ([], {"text": 441, "cwc": 441})
    campaigner.types("publish", campaigner.file)

    people = homes()
    assert len(people) > 30
    with services(corner) as workers:
        corner.publish(SUBMISSIONS, (submission(number, home, slug) for number, home in enumerate(people)))
        assert eventually(lambda: states(corner)["accepted"] == len(people), 60), states(corner)
        made = letters(corner)
        assert sorted(letter.office for letter in made) == sorted(str(home.office) for home in people)
        assert set(final_states(corner)) == {letter.letter_id for letter in made}
        for letter in made:
            assert letter.unfit == ()
            assert letter.cwc is not None
            assert faults(letter.cwc, HOUSE) == [], letter.office
            assert f"<DeliveryId>{letter.letter_id.replace('-', '')}</DeliveryId>" in letter.cwc
            assert f"<MemberOffice>{letter.office}</MemberOffice>" in letter.cwc
            assert (letter.campaign_version, "{{7*7}} &lt;b&gt;" in letter.cwc) == (1, "{{7*7}} <b>" in letter.body)

        campaigner.answers(version=2, subject="Refer Syria to the Court")
        campaigner.types("publish", campaigner.file)
        assert all(eventually(knows(worker, 2), SECONDS) for name, worker in workers.items() if name != "deliver")
        later = range(len(people), len(people) + 3)
        corner.publish(SUBMISSIONS, (submission(number, people[number - len(people)], slug) for number in later))
        assert eventually(lambda: states(corner)["accepted"] == len(people) + 3, 30), states(corner)
        by_version = {(letter.campaign_version, letter.subject) for letter in letters(corner)}
        assert by_version == {(1, made[0].subject), (2, "Refer Syria to the Court")}

        closed = json.loads(campaigner.types("close", slug, "--json"))
        assert eventually(knows(workers["ingest"], 3), SECONDS)
        corner.publish(SUBMISSIONS, [submission(len(people) + 3, people[0], slug)])
        assert eventually(lambda: len(corner.read(REJECTED)) == 1, 30)
    (record,) = corner.read(REJECTED)
    refused: Rejected = read(SubmissionRejected, record.value).data
    assert [(fault.field, fault.code) for fault in refused.faults] == [("campaign", "campaign_closed")]
    assert refused.closes is not None
    assert refused.closes.isoformat().replace("+00:00", "Z") == closed["closes"]
    assert corner.read(DEAD) == corner.read(HELD) == []
    assert [one["state"] for one in json.loads(campaigner.types("list", "--json"))] == ["closed"]
