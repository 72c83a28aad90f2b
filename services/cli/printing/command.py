"""The group ``postbag print`` and its commands: what waits to be carried, bound into one file, and marked as handed in.

They look at the folder that the channel writes to, ask no broker and no worker, and can be run again at any time. What they
say names offices, days and numbers; people's names stay in the manifests.
"""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import wraps
from pathlib import Path
from time import time
from typing import Any

import click

from services.cli.output import console, print_json, progress
from services.cli.printing import binding
from services.cli.printing.batches import Batch, OfficeDay, alone, pages, read_day, read_days, write_batch
from services.cli.printing.showing import as_json, show_days
from services.deliver.channels.printing.days import day_of
from services.deliver.channels.printing.settings import PrintSettings
from services.deliver.zones import zone
from services.pipeline.settings import load


@dataclass(frozen=True, slots=True)
class Asked:
    """Which letters a command is about, and how it speaks."""

    folder: Path
    office: str | None
    day: date | None
    today: date
    zone: str
    json: bool

    def days(self) -> list[OfficeDay]:
        """The days that are meant."""
        return read_days(self.folder, self.office, self.day)

    def is_over(self, day: date) -> bool:
        """Whether no letter is written into that day any more."""
        return day < self.today


def _asked(command: Callable[..., None]) -> Callable[..., None]:
    """The options that all commands share, as an ``Asked``."""

    @click.option("--office", metavar="OFFICE", help="Only this office, such as HNY13.")
    @click.option("--day", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="Only this day, as 2026-11-22.")
    @click.option("--dir", "folder", type=click.Path(path_type=Path, file_okay=False),
                  help="The print channel's folder; by default the one of POSTBAG_PRINT_DIR.")  # fmt: skip
    @click.option("--json", "in_json", is_flag=True, help="Print JSON.")
    @wraps(command)
    def asked(office: str | None, day: datetime | None, folder: Path | None, *, in_json: bool, **options: Any) -> None:
        settings = load(PrintSettings)
        if office and not office.replace("-", "").isalnum():
            raise click.UsageError("--office takes an office's id, such as HNY13.")
        named = settings.print_time_zone
        where = Asked(folder or settings.print_dir, office, day.date() if day else None, day_of(time(), _zone(named)),
                      named, in_json)  # fmt: skip
        with _readable():
            command(where, **options)

    return asked


@click.group("print")
def print_letters() -> None:
    """Letters on paper for an office: what waits to be carried there, bound into one file, marked as handed in."""


@print_letters.command("list")
@click.option("--all", "everything", is_flag=True, help="Also what was handed in, when and by whom.")
@_asked
def list_days(asked: Asked, *, everything: bool) -> None:
    """What waits to be handed in, by office and day."""
    days = [day for day in asked.days() if everything or day.waiting() or day.unlisted]
    if asked.json:
        print_json([as_json(day, over=asked.is_over(day.day)) for day in days])
    else:
        show_days(days, asked.is_over, everything=everything)


@print_letters.command()
@click.option("--now", is_flag=True, help="Also a day that is not over: letters that come later are bound next time.")
@click.option("--duplex", is_flag=True, help="Begin each letter on a sheet of its own when printed on both sides.")
@click.option("--most", type=click.IntRange(1, 10_000), default=1000, show_default=True,
              help="Most letters in one file; a day with more becomes several.")  # fmt: skip
@_asked
def bind(asked: Asked, *, now: bool, duplex: bool, most: int) -> None:
    """Bind the letters that wait into one PDF for each office and day, behind a cover with their number.

    Every letter is held to its manifest. What was bound before and not handed in is bound anew. A day that is not over is
    left out, and refused where --day names it. Ends with 1 if anything was refused.
    """
    binding.pypdf()
    days = asked.days()
    growing = [] if now else [day for day in days if not asked.is_over(day.day) and day.waiting()]
    if growing and asked.day:
        raise click.ClickException(
            f"{asked.day} is not over ({asked.zone}): letters may still come. Wait for tomorrow, or bind what is there "
            "with --now."
        )
    whole = [day for day in days if now or asked.is_over(day.day)]
    bound = _bind([day for day in whole if day.waiting()], most, duplex=duplex, quiet=asked.json)
    if asked.json:
        print_json([as_json(day, over=asked.is_over(day.day)) for day in bound])
    else:
        _tell_bound(bound, len(growing))
    unlisted = sum(day.unlisted for day in whole)
    if unlisted:
        raise click.ClickException(
            f"{unlisted:,} letters have no row in their manifest and were left out; docs/printing.md says why that can be."
        )


@print_letters.command()
@click.option("--by", metavar="NAME", help="Who handed it in; by default who is logged in.")
@click.option("--unbound", is_flag=True, help="Also letters that are in no bound file: they were printed one by one.")
@_asked
def done(asked: Asked, *, by: str | None, unbound: bool) -> None:
    """Mark what was bound as handed in, so that `list` shows it no more. Needs --day; without --office it is all offices.

    Letters that came after the binding go on waiting. Ends with 1 if there was nothing to mark.
    """
    if asked.day is None:
        raise click.UsageError("Say of which day, with --day.")
    who = by or _logged_in()
    marked: list[OfficeDay] = []
    left = 0
    for seen in asked.days():
        with alone(seen.folder):
            day = read_day(seen.folder)
            batches = _handed_in(day, who, unbound=unbound)
            for batch in batches:
                write_batch(day, batch)
            after = read_day(seen.folder)
        left += len(after.waiting())
        marked += [after] if batches else []
        for batch in [] if asked.json else batches:
            click.echo(f"{day.office} {day.day}, batch {batch.number}: {_counted(batch)} handed in.")
    if asked.json:
        print_json([as_json(day, over=asked.is_over(day.day)) for day in marked])
    if left and not asked.json:
        click.echo(
            f"{left:,} letters of {asked.day} wait still: bind them, or mark those printed singly with --unbound."
        )
    if not marked:
        raise click.ClickException(f"Nothing of {asked.day} is bound and waits. `postbag print list` says what does.")


def _bind(days: list[OfficeDay], most: int, *, duplex: bool, quiet: bool) -> list[OfficeDay]:
    """Each day anew under its lock; the days as they are then."""
    bound, before = [], 0
    console.quiet = quiet
    try:
        with progress("binding", sum(len(day.waiting()) for day in days)) as tell:
            for seen in days:
                with alone(seen.folder):
                    binding.bind(read_day(seen.folder), most, duplex=duplex,
                                 tell=lambda done, before=before: tell(before + done))  # type: ignore[misc]  # fmt: skip
                    bound.append(read_day(seen.folder))
                before += len(seen.waiting())
    finally:
        console.quiet = False
    return bound


def _tell_bound(bound: list[OfficeDay], growing: int) -> None:
    for day in bound:
        for batch in day.bound:
            click.echo(f"{day.file(batch.number, 'pdf')}: {_counted(batch)}")
    if growing:
        click.echo(f"Left out, since the day is not over: {growing:,}. Bind them now with --now.")
    elif not bound:
        click.echo("Nothing to bind.")


def _handed_in(day: OfficeDay, by: str, *, unbound: bool) -> list[Batch]:
    """The batches that are handed in now, not yet written; with ``unbound`` one more of the letters that are in none."""
    now = datetime.now(UTC).replace(microsecond=0)
    mark = {"handed_in_at": now, "handed_in_by": by}
    batches = [batch.model_copy(update=mark) for batch in day.bound]
    rest = day.unbound()
    if unbound and rest:
        number = 1 + max((batch.number for batch in day.batches), default=0)
        batches.append(Batch(number=number, letters=tuple(row.letter_id for row in rest), pages=pages(rest), **mark))
    return batches


def _counted(batch: Batch) -> str:
    return f"{len(batch.letters):,} letters, {'?' if batch.pages is None else f'{batch.pages:,}'} pages"


def _logged_in() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user need have no name; which of the two depends on Python's release
        raise click.UsageError("Say who handed it in, with --by.") from None


def _zone(name: str) -> Any:
    try:
        return zone(name)
    except ValueError as error:
        raise click.ClickException(f"POSTBAG_PRINT_TIME_ZONE {error}.") from None


@contextmanager
def _readable() -> Iterator[None]:
    """A disk's refusal as one sentence."""
    try:
        yield
    except OSError as error:
        raise click.ClickException(f"{error.filename or 'a file'}: {error.strerror or error}") from None
