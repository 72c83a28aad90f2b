"""From what mails say to reports on their topic: the office of each letter, and the partition that its office's worker reads.

Many mails do not tell the office; the ledger does, and one pass over it finds all that are wanted. A letter that the ledger
does not know is none of ours, and nothing is published about it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from schemas.ledger import LedgerWritten
from schemas.report import LetterReported, Report
from schemas.topics import LEDGER, REPORTS
from schemas.wire import Unreadable, read, write
from services.cli.shelf import Shelf

if TYPE_CHECKING:
    from services.deliver.found import Found
    from services.pipeline.broker import Reader
    from services.pipeline.publisher import Publisher


def offices(reader: Reader, letters: Iterable[str]) -> dict[str, str]:
    """The office of each of ``letters`` that the ledger knows; memory is as large as what is asked, not as the ledger."""
    wanted, known = {letter.encode() for letter in letters}, dict[str, str]()
    for record in Shelf(reader).records(LEDGER) if wanted else ():
        if record.key in wanted and record.value is not None:
            try:
                entry = read(LedgerWritten, record.value).data
            except Unreadable:
                continue
            known[entry.letter_id] = entry.office
    return known


def report(found: Found, office: str) -> Report:
    """What is published. Raises ``pydantic.ValidationError`` where a reader found what is no report."""
    return Report(
        letter_id=found.letter_id,
        office=office,
        channel=found.channel,
        says=found.says,
        reason=found.reason,
        reported_at=found.reported_at,
    )


def put(publisher: Publisher, reports: Iterable[Report], now: datetime) -> None:
    """Publish ``reports`` and wait until they are acknowledged. Raises ``BrokerFailed``."""
    for one in reports:
        name = f"{one.letter_id}/{one.channel}/{one.says}"
        event = LetterReported(id=name, source="/postbag/cli", time=now, data=one)
        publisher.publish(REPORTS, one.letter_id.encode(), write(event), place_by=one.office.encode())
    publisher.flush()
