"""``postbag reports read``: mails that came back, onto the letters that they are about.

All sources are read before anything is published, so that a wrong path changes nothing. Mails are counted by kind and, where
nobody can tell what they are, named by their place; nothing of a mail is ever shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import click
from rich.console import Console

from services.cli.output import console, print_json, print_table
from services.cli.reports.mails import Mail, mails
from services.cli.reports.publishing import offices, put, report
from services.cli.reports.sorting import KINDS, Kind, sort
from services.deliver.channels.cwc.ack_patterns import load_patterns
from services.deliver.channels.cwc.settings import CwcSettings
from services.pipeline.kafka_reader import KafkaReader
from services.pipeline.publisher import Publisher
from services.pipeline.settings import KafkaSettings, load

if TYPE_CHECKING:
    from schemas.report import Report
    from services.deliver.found import Found

_NAMED: Final = 20
"""Places that are shown; JSON has all of them."""

_MEANINGS: Final[dict[Kind, str]] = {
    "bounced": "the mail of a letter was not delivered",
    "delivered": "the mail of a letter was delivered, beyond doubt",
    "refused": "an office refused a message that its intake had taken",
    "acknowledged": "an office has a message",
    "delayed": "the far side still tries",
    "automatic": "notes that a person is away, and the like",
    "unrecognised": "none of these",
    "unreadable": "no mail at all, or one that cannot be parsed",
}


@dataclass(slots=True)
class Reading:
    """What came of all mails. ``found`` has one word on each letter and channel, by the letter's id and the channel."""

    kinds: Counter[Kind] = field(default_factory=Counter)
    found: dict[tuple[str, str], Found] = field(default_factory=dict)
    reports: list[Report] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    places: dict[str, list[str]] = field(default_factory=lambda: {"unrecognised": [], "unreadable": []})
    failed: list[str] = field(default_factory=list)

    def as_json(self, *, published: bool) -> dict[str, Any]:
        return {
            "mails": self.kinds.total(),
            "kinds": {kind: self.kinds[kind] for kind in KINDS},
            "reports": [one.model_dump(mode="json") for one in self.reports],
            "published": published,
            "unknown_letters": self.unknown,
            "failed": self.failed,
            **self.places,
        }


@click.command()
@click.argument("sources", metavar="PATH...", nargs=-1, required=True)
@click.option("--dry-run", is_flag=True, help="Do all but publish.")
@click.option(
    "--keep-going",
    is_flag=True,
    help="Read what can be read and publish that; still ends with 1 if a PATH could not be.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON: the counts, each report, each place.")
def read(sources: tuple[str, ...], dry_run: bool, keep_going: bool, as_json: bool) -> None:
    """Read mails that came back (bounces, offices' acknowledgements) onto the letters that they are about.

    PATH is a file with one mail, a mbox, a Maildir, a folder of .eml files, or - for standard input. What is read twice
    changes nothing. Mails are not moved, and nothing of them is shown. Ends with 1 if a PATH could not be read.
    """
    reading = Reading()
    with _progress(quiet=as_json) as tell:
        _read(reading, sources, keep_going, tell)
    _place(reading)
    publishes = bool(reading.reports) and not dry_run
    if publishes:
        publisher = Publisher(load(KafkaSettings))
        put(publisher, reading.reports, datetime.now(UTC))
        publisher.close()
    if as_json:
        print_json(reading.as_json(published=publishes))
    else:
        _show(reading, dry_run=dry_run)
    if reading.failed:
        raise SystemExit(1)


@click.group()
def reports() -> None:
    """What comes back for letters after their offices took them."""


reports.add_command(read)


def _read(reading: Reading, sources: tuple[str, ...], keep_going: bool, tell: Any) -> None:
    patterns, now = load_patterns(load(CwcSettings).cwc_ack_patterns), datetime.now(UTC)
    for source in sources:
        try:
            for mail in mails(source):
                _take(reading, mail, patterns, now)
                tell(reading.kinds.total())
        except OSError as error:
            why = f"{source}: {error.strerror or 'cannot be read'}"
            if not keep_going:
                raise click.ClickException(f"{why}. Nothing was published; --keep-going reads the others.") from None
            reading.failed.append(why)


def _take(reading: Reading, mail: Mail, patterns: Any, now: datetime) -> None:
    one = sort(mail.raw, patterns, now)
    reading.kinds[one.kind] += 1
    if one.kind in reading.places:
        reading.places[one.kind].append(mail.place)
    if one.found:
        key = (one.found.letter_id, one.found.channel)
        reading.found[key] = max(one.found, reading.found.get(key, one.found), key=_weight)


def _weight(found: Found) -> tuple[bool, datetime]:
    """Of two words on a letter a refusal holds, since it is final, and of two alike the later."""
    return found.says == "refused", found.reported_at


def _place(reading: Reading) -> None:
    """Reports of all that was found, their offices from the ledger where the mail did not tell."""
    known: dict[str, str] = {}
    wanting = [one.letter_id for one in reading.found.values() if one.office is None]
    if wanting:
        reader = KafkaReader(load(KafkaSettings))
        known = offices(reader, wanting)
        reader.close()
    for one in reading.found.values():
        office = one.office or known.get(one.letter_id)
        if office is None:
            reading.unknown.append(one.letter_id)
        else:
            reading.reports.append(report(one, office))


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Any]:
    """How many mails have been read, on a terminal; the output itself stays as it is."""
    shown = Console(stderr=True, highlight=False)
    if quiet or not shown.is_terminal:
        yield lambda _: None
        return
    with shown.status("Reading mails") as status:
        yield lambda count: status.update(f"Reading mails: {count:,}") if count % 100 == 0 else None


def _show(reading: Reading, *, dry_run: bool) -> None:
    kinds = [(kind, f"{reading.kinds[kind]:,}", _MEANINGS[kind]) for kind in KINDS if reading.kinds[kind]]
    print_table(f"Mails: {reading.kinds.total():,}", ("kind", "count", "meaning"), kinds)
    reasons = Counter((one.says, one.reason) for one in reading.reports)
    if reasons:
        rows = [(f"{says}: {reason}", f"{count:,}") for (says, reason), count in sorted(reasons.items())]
        print_table("Reports", ("what they say", "count"), rows)
    for what, places in (*reading.places.items(), ("could not be read", reading.failed)):
        for place in places[:_NAMED]:
            console.print(f"{what}: {place}", markup=False, soft_wrap=True)
        if len(places) > _NAMED:
            console.print(f"{what}: {len(places) - _NAMED:,} more (--json has all)")
    if reading.unknown:
        console.print(f"{len(reading.unknown):,} letters are not in the ledger; nothing is reported of them.")
    does = "Would publish" if dry_run else "Published"
    console.print(f"{does} {len(reading.reports):,} report{'' if len(reading.reports) == 1 else 's'}.", style="bold")
