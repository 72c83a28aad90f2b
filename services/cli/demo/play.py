"""The demo's course: publish the campaign, send the crowd, kill something on the way, wait, and compare.

What came out is held against three independent accounts: the books (from the topics), what the crowd says should become
of each submission, and what the office says it received. Any difference is a fault.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from deploy.local.crowd_books import expectations
from deploy.local.office_control import OfficeControl
from schemas.letter import Letter, LetterRendered
from schemas.topics import LETTERS, SUBMISSIONS
from schemas.wire import read
from services.cli.books import OPEN, Books, balance
from services.cli.campaign import publish_campaign
from services.cli.demo.nemesis import Nemesis
from services.cli.output import console, progress
from services.pipeline.admin import Topics
from services.pipeline.kafka_reader import KafkaReader
from services.pipeline.publisher import Publisher
from services.pipeline.settings import KafkaSettings, load

if TYPE_CHECKING:
    from deploy.local.crowd import Sent
    from deploy.local.supervise import Supervisor
    from schemas.campaign import Campaign
    from services.cli.demo.theatre import Theatre


@dataclass(frozen=True, slots=True)
class Script:
    """What is played: the crowd and the seed that it was made from, its pace (submissions a second), chaos or not."""

    campaign: Campaign
    sent: list[Sent]
    seed: int
    rate: int
    chaos: bool
    timeout: float


@dataclass(slots=True)
class Outcome:
    """What a demo found. No ``faults`` means that all accounts agree."""

    books: Books
    seed: int
    office: dict[str, Any] = field(default_factory=dict)
    letter: Letter | None = None
    deeds: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    seconds: float = 0.0


def play(theatre: Theatre, script: Script) -> Outcome:
    """The whole course, on an open theatre."""
    settings = load(KafkaSettings, kafka_bootstrap_servers=theatre.servers, topic_prefix=theatre.prefix)
    topics = Topics(settings)
    topics.apply()
    topics.close()
    publisher = Publisher(settings)
    publish_campaign(publisher, script.campaign)
    if theatre.channel == "webhook":
        make_difficult(OfficeControl(theatre.office_url))
    started = monotonic()
    deeds: list[str] = []

    def note(deed: str) -> None:
        deeds.append(deed)
        console.print(f"  ! {deed}", style="bold red", markup=False)

    with theatre.services() as workers:
        console.print(f"The services run. Sending {len(script.sent):,} submissions, {script.rate} a second.")
        nemesis = None
        if script.chaos:
            nemesis = Nemesis(workers, theatre.broker, script.seed, note)
            nemesis.start()
        _send(publisher, script, None if nemesis else workers, note)
        if nemesis:
            nemesis.join()
        books = _settle(settings, len(script.sent), started + script.timeout)
    outcome = Outcome(books, script.seed, letter=_one_letter(settings), deeds=deeds, faults=list(books.faults))
    if theatre.channel == "webhook":
        outcome.office = OfficeControl(theatre.office_url).report()
    _compare(outcome, script, theatre)
    outcome.seconds = monotonic() - started
    return outcome


def make_difficult(control: OfficeControl) -> None:
    """Offices fail like offices: now and then one is busy, and one of them takes letters and says nothing."""
    control.refuse("*", status=503, share=0.02)
    control.reset("HNY12", when="after_accepting", share=0.2)


def _send(publisher: Publisher, script: Script, workers: Supervisor | None, note: Any) -> None:
    """Send the crowd at its pace; with ``workers``, kill one of them in the middle."""
    started = monotonic()
    with progress("sending", len(script.sent)) as advance:
        for number, one in enumerate(script.sent, start=1):
            ahead = number / script.rate - (monotonic() - started)
            if ahead > 0:
                sleep(ahead)
            publisher.publish(SUBMISSIONS, one.key, one.value, list(one.headers))
            if workers and number == len(script.sent) // 2:
                workers.kill("resolve")
                note("killed resolve in the middle of its work; its successor goes on from the last commit")
            advance(number)
        publisher.close(deadline=120)


def _settle(settings: KafkaSettings, records: int, until: float) -> Books:
    """Read the books until nothing is under way, or time is up."""
    reader = KafkaReader(settings)
    with progress("settling", records) as advance:
        while True:
            books = balance(reader)
            under_way = books.submissions["pending"] + sum(books.letters[state] for state in OPEN)
            advance(max(0, books.records - under_way))
            if (books.settled and books.records >= records) or monotonic() > until:
                reader.close()
                return books
            sleep(0.5)


def _compare(outcome: Outcome, script: Script, theatre: Theatre) -> None:
    """Hold the books against what the crowd expects and what the office received."""
    books, faults = outcome.books, outcome.faults
    if not books.settled:
        faults.append("time was up before everything was settled")
    expected = expectations(script.seed, len(script.sent), script.campaign.slug)
    wrong = Counter(expected.differences(books.states).values())
    faults.extend(f"{count} submissions should be {should} and are {found}" for (should, found), count in wrong.items())
    if books.records == len(script.sent) and books.submissions["repeat"] != expected.counts["repeat"]:
        faults.append(
            f"{expected.counts['repeat']} records repeat another, and {books.submissions['repeat']} were seen to"
        )
    if books.letters["accepted"] + books.letters["refused"] != expected.letters:
        faults.append(f"{expected.letters} letters should be delivered, and {books.letters['accepted']} are")
    if theatre.channel == "webhook":
        received, twice = outcome.office["accepted"], outcome.office["accepted_twice"]
        if received != books.letters["accepted"]:
            faults.append(f"the office accepted {received} letters, and the ledger says {books.letters['accepted']}")
        if twice:
            faults.append(f"the office accepted {twice} letters twice")
        if outcome.office["changed_body"]:
            faults.append(f"the office saw {outcome.office['changed_body']} letters change between two attempts")
    else:
        files = sum(1 for _ in (theatre.home / "outbox").glob("*/*.json"))
        if files != books.letters["accepted"]:
            faults.append(f"the outbox has {files} letters, and the ledger says {books.letters['accepted']}")


def _one_letter(settings: KafkaSettings) -> Letter | None:
    """A letter to show: one with the person's own words in it, if there is any."""
    reader = KafkaReader(settings)
    try:
        letters = (
            read(LetterRendered, record.value).data
            for partition in range(reader.partitions(LETTERS))
            for record in reader.read(LETTERS, partition, 0)
        )
        return next(letters, None)
    finally:
        reader.close()
