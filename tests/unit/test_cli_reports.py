"""``postbag reports read``: mails from wherever they lie become reports on their partition; nothing of them is shown."""

from __future__ import annotations

import io
import json
import mailbox
import re
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5
from zlib import crc32

import pytest
from click.testing import CliRunner, Result

from schemas.ledger import Entry, LedgerWritten
from schemas.report import LetterReported, Report
from schemas.topics import ALL, LEDGER, REPORTS, Topic
from schemas.wire import read, write
from services.cli.__main__ import postbag
from services.cli.reports import command, mails
from services.cli.reports.sorting import KINDS
from services.deliver.channels.smtp.dsn import REASONS
from services.pipeline.memory import MemoryBroker, MemoryReader
from tests.unit import made
from tests.unit.returned_mail import LETTER, away, notification, prose

OTHER = str(uuid5(UUID(int=0), "another letter"))
ELSEWHERE = "bounces@postbag.example"
NO_OFFICE = notification(to=ELSEWHERE)
JUNK = b"From: x@x.example\nSubject: Cheap canaries\n\nBuy a canary.\n"


class _Publisher:
    """Puts records on the broker in memory, as ``services.pipeline.publisher`` puts them on a real one."""

    def __init__(self, broker: MemoryBroker) -> None:
        self._broker, self._held = broker, list[tuple[str, int, bytes, bytes]]()

    def publish(self, topic: Topic, key: bytes, value: bytes, place_by: bytes) -> None:
        self._held.append((topic.name, crc32(place_by) % self._broker.count(topic.name), key, value))

    def flush(self) -> None:
        for record in self._held:
            self._broker.append(*record)
        self._held.clear()

    def close(self) -> None:
        assert self._held == []


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> MemoryBroker:
    there = MemoryBroker(ALL)
    monkeypatch.setattr(command, "KafkaReader", lambda _: MemoryReader(there))
    monkeypatch.setattr(command, "Publisher", lambda _: _Publisher(there))
    return there


def run(*arguments: object, **options: Any) -> Result:
    result = CliRunner().invoke(postbag, ["reports", "read", *map(str, arguments)], **options)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert "canary" not in result.output.lower()
    return result


def told(*arguments: object, **options: Any) -> dict[str, Any]:
    result = run(*arguments, "--json", **options)
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def published(broker: MemoryBroker) -> list[Report]:
    return [read(LetterReported, record.value).data for record in broker.records(REPORTS)]


def enter(broker: MemoryBroker, letter: str, office: str) -> None:
    entry = Entry(letter_id=letter, submission_id=made.identity(1), campaign="open", office=office, state="accepted",
                  channel="smtp", attempts=1, accepted_at=made.NOW)  # fmt: skip
    event = LedgerWritten(id=letter, source="/postbag/deliver", time=made.NOW, data=entry)
    broker.publish(LEDGER, letter.encode(), write(event))


def file(folder: Path, raw: bytes, name: str = "mail.eml") -> Path:
    path = folder / name
    path.write_bytes(raw)
    return path


def test_a_bounce_becomes_a_report_under_its_letters_id_on_its_offices_partition(
    broker: MemoryBroker, tmp_path: Path
) -> None:
    result = run(file(tmp_path, notification()))
    assert result.exit_code == 0
    assert "refused: bounced_no_mailbox" in result.stdout
    assert result.stdout.endswith("Published 1 report.\n")
    (record,) = broker.records(REPORTS)
    assert (record.key, record.partition) == (LETTER.encode(), crc32(b"HNY13") % broker.count(REPORTS.name))
    (report,) = published(broker)
    assert (report.letter_id, report.office, report.channel) == (LETTER, "HNY13", "smtp")
    assert (report.says, report.reason) == ("refused", "bounced_no_mailbox")


def test_an_office_that_the_mail_does_not_tell_is_looked_up_in_the_ledger(broker: MemoryBroker, tmp_path: Path) -> None:
    enter(broker, LETTER, "SNY01")
    broker.append(LEDGER.name, 0, LETTER.encode(), b"garbage")
    assert told(file(tmp_path, NO_OFFICE))["unknown_letters"] == []
    assert [report.office for report in published(broker)] == ["SNY01"]


def test_an_office_that_an_acknowledgement_names_is_not_taken_for_the_letters(
    broker: MemoryBroker, tmp_path: Path
) -> None:
    enter(broker, LETTER, "HNY13")
    said = f"Message {UUID(LETTER).hex} was rejected, the address is outside the district.\n\nYour office is HNY12.\n"
    run(file(tmp_path, f"From: <noreply@house.gov>\nSubject: Your message\n\n{said}".encode()))
    (report,) = published(broker)
    assert (report.office, report.channel, report.says) == ("HNY13", "cwc-house", "refused")


def test_a_letter_that_nobody_knows_is_not_reported(broker: MemoryBroker, tmp_path: Path) -> None:
    enter(broker, OTHER, "SNY01")
    said = told(file(tmp_path, NO_OFFICE))
    assert (said["unknown_letters"], said["reports"], said["published"]) == ([LETTER], [], False)
    assert published(broker) == []
    assert "1 letters are not in the ledger" in run(tmp_path / "mail.eml").stdout


def test_mails_are_counted_by_kind_and_only_what_nobody_can_tell_is_named(broker: MemoryBroker, tmp_path: Path) -> None:
    for number, raw in enumerate((notification(), notification(action="delayed"), away(), JUNK, b"", b"\n\nno mail")):
        file(tmp_path, raw, f"{number}.eml")
    said = told(tmp_path)
    kinds = {kind: count for kind, count in said["kinds"].items() if count}
    assert kinds == {"bounced": 1, "delayed": 1, "automatic": 1, "unrecognised": 1, "unreadable": 2}
    assert said["mails"] == 6
    assert said["unrecognised"] == [str(tmp_path / "3.eml")]
    assert said["unreadable"] == [str(tmp_path / "4.eml"), str(tmp_path / "5.eml")]
    assert f"unrecognised: {tmp_path / '3.eml'}" in run(tmp_path).stdout


def test_a_dry_run_does_all_but_publish(broker: MemoryBroker, tmp_path: Path) -> None:
    assert run(file(tmp_path, notification()), "--dry-run").stdout.endswith("Would publish 1 report.\n")
    said = told(tmp_path / "mail.eml", "--dry-run")
    assert (said["published"], [one["reason"] for one in said["reports"]]) == (False, ["bounced_no_mailbox"])
    assert published(broker) == []


def test_a_mbox_a_maildir_and_standard_input_hold_the_same_mails(broker: MemoryBroker, tmp_path: Path) -> None:
    raws = (notification(), JUNK, prose(), away())
    maildir, mbox = mailbox.Maildir(tmp_path / "maildir"), mailbox.mbox(tmp_path / "mbox")
    for raw in raws:
        maildir.add(raw)
        mbox.add(raw)
    mbox.close()
    wanted = {"bounced": 2, "unrecognised": 1, "automatic": 1}
    lines = (tmp_path / "mbox").read_bytes()
    for said in (told(tmp_path / "maildir"), told(tmp_path / "mbox"), told("-", input=lines)):
        assert {kind: count for kind, count in said["kinds"].items() if count} == wanted
    assert told("-", input=lines)["unrecognised"] == ["standard input, mail 2"]
    assert told("-", input=notification())["kinds"]["bounced"] == 1


def test_a_mail_that_somebody_moves_meanwhile_stops_nothing(
    broker: MemoryBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    maildir = mailbox.Maildir(tmp_path / "maildir")
    first, second = sorted(tmp_path / "maildir/new" / maildir.add(raw) for raw in (notification(), JUNK))
    opened = Path.open

    def open_and_move(path: Path, *how: Any) -> Any:
        if path == first:  # as a mail program does that somebody looks into the folder with
            first.rename(tmp_path / "maildir/cur" / f"{first.name}:2,S")
            second.unlink()
        return opened(path, *how)

    monkeypatch.setattr(Path, "open", open_and_move)
    assert told(tmp_path / "maildir")["mails"] == 1


def test_mails_of_a_mbox_are_divided_after_empty_lines_only() -> None:
    mbox = b"Subject: 1\n\ntext\nFrom here on\n\nFrom b\r\nSubject: 2\r\n\r\nx\r\n\r\nFrom c\n\n"
    one, two, three = mails._of_mbox(io.BytesIO(mbox))
    assert (one, two, three) == (b"Subject: 1\n\ntext\nFrom here on\n\n", b"Subject: 2\r\n\r\nx\r\n\r\n", b"\n")


def test_of_a_huge_mail_only_the_beginning_is_kept(broker: MemoryBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mails, "MOST_BYTES", 5_000)
    huge = notification(returned="x" * 70 + "\n") + b"filler\n" * 50_000
    kept = list(mails._of_mbox(io.BytesIO(huge + b"\nFrom b\n" + JUNK)))
    assert [len(one) <= 5_000 for one in kept] == [True, True]
    assert told("-", input=b"From a\n" + huge)["kinds"]["bounced"] == 1


def test_two_words_on_one_letter_become_one_report_and_a_refusal_holds(broker: MemoryBroker, tmp_path: Path) -> None:
    delivered = notification(action="delivered", status="2.1.5", diagnostic="")
    for number, raw in enumerate((delivered, notification(), notification(status="5.2.2"), delivered)):
        file(tmp_path, raw, f"{number}.eml")
    (report,) = told(tmp_path)["reports"]
    assert report["says"] == "refused"
    assert len(published(broker)) == 1


def test_a_source_that_cannot_be_read_stops_it_before_anything_is_published(
    broker: MemoryBroker, tmp_path: Path
) -> None:
    good = file(tmp_path, notification())
    result = run(good, tmp_path / "none.eml")
    assert result.exit_code == 1
    assert "none.eml: No such file or directory. Nothing was published; --keep-going reads the others." in result.stderr
    assert published(broker) == []
    result = run(tmp_path / "none.eml", good, "--keep-going", "--json")
    said = json.loads(result.stdout)
    assert (result.exit_code, len(said["failed"]), said["published"]) == (1, 1, True)
    assert len(published(broker)) == 1


def test_nothing_to_read_is_a_wrong_call() -> None:
    assert run().exit_code == 2


def test_the_page_on_reports_has_every_kind_and_every_reason() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reports.md").read_text("utf-8")
    told = set(re.findall(r"^\| `([a-z_]+)` \|", page, re.MULTILINE))
    assert told == {*KINDS, *REASONS}
