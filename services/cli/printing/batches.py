"""What lies in the print folder: for each office and day the letters, the batches they were bound into, what was handed in.

A batch is a small file beside its PDF, written last, with the ids of its letters: letters that no handed-in batch names wait.
So whatever was interrupted can be done again, and a letter that comes late is never taken for handed in. These files hold
ids, numbers and the operator's name, and nothing of a person.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Final

import click
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from schemas.fields import LetterId
from services.deliver.channels.printing.days import manifest_of
from services.deliver.channels.printing.manifest import Row, rows

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Batch(BaseModel):
    """``pages`` without the cover; None where some letter's are not known. ``bound_at`` is absent where no PDF was made."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    number: Annotated[int, Field(ge=1)]
    letters: tuple[LetterId, ...]
    pages: int | None = None
    bound_at: datetime | None = None
    handed_in_at: datetime | None = None
    handed_in_by: str = ""


@dataclass(frozen=True, slots=True)
class OfficeDay:
    """An office's letters of a day, in the order of their manifest. ``unlisted`` counts files that no row speaks of."""

    office: str
    day: date
    folder: Path
    letters: tuple[Row, ...]
    unlisted: int
    batches: tuple[Batch, ...]

    @property
    def bound(self) -> tuple[Batch, ...]:
        """The batches that are not handed in."""
        return tuple(batch for batch in self.batches if batch.handed_in_at is None)

    def waiting(self) -> tuple[Row, ...]:
        """The letters that are not handed in."""
        gone = {letter for batch in self.batches if batch.handed_in_at for letter in batch.letters}
        return tuple(row for row in self.letters if row.letter_id not in gone)

    def unbound(self) -> tuple[Row, ...]:
        """The letters that are in no batch."""
        inside = {letter for batch in self.batches for letter in batch.letters}
        return tuple(row for row in self.letters if row.letter_id not in inside)

    def file(self, number: int, suffix: str) -> Path:
        """Where a batch's file is: beside the day's folder, as the manifest."""
        return self.folder.with_name(f"{self.folder.name}-batch-{number}.{suffix}")


def read_days(root: Path, office: str | None, day: date | None) -> list[OfficeDay]:
    """Every office and day, or the named ones, by office and day. Raises OSError and ``click.ClickException``."""
    if not root.is_dir():
        raise click.ClickException(f"{root} is no folder: POSTBAG_PRINT_DIR or --dir says where the letters are.")
    folders = (
        folder
        for folder in sorted(root.glob(f"{office or '*'}/????-??-??"))
        if folder.is_dir() and (of := _day(folder.name)) and day in (None, of)
    )
    return [read_day(folder) for folder in folders]


def _day(name: str) -> date | None:
    """The day that a folder is named by; None where it is no day of the channel's."""
    try:
        return date.fromisoformat(name) if _DAY.fullmatch(name) else None
    except ValueError:  # 2026-02-30
        return None


def read_day(folder: Path) -> OfficeDay:
    """One office's day as it lies. A row without its letter is none. Raises OSError and ``click.ClickException``."""
    there = {entry.stem for entry in folder.iterdir() if entry.suffix == ".pdf"}
    letters = tuple(row for row in rows(manifest_of(folder)) if row.letter_id in there)
    return OfficeDay(
        office=folder.parent.name,
        day=date.fromisoformat(folder.name),
        folder=folder,
        letters=letters,
        unlisted=len(there) - len(letters),
        batches=tuple(sorted(map(_read, folder.parent.glob(f"{folder.name}-batch-*.json")), key=lambda b: b.number)),
    )


def pages(letters: tuple[Row, ...]) -> int | None:
    """Of all together; None where some letter's are not known."""
    each = [row.pages for row in letters]
    return None if None in each else sum(one for one in each if one)


def write_whole(path: Path, content: bytes) -> None:
    """Replace a file as a whole, on the disk before it has the name; only its owner may read it. Raises OSError."""
    part = path.with_name(f"{path.name}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def write_batch(of: OfficeDay, batch: Batch) -> None:
    """Raises OSError."""
    write_whole(of.file(batch.number, "json"), batch.model_dump_json(indent=1).encode() + b"\n")


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Nobody else binds or hands in this office's letters meanwhile. Raises OSError and ``click.ClickException``."""
    handle = os.open(folder.parent, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise click.ClickException(
                f"{folder.parent.name}: another `postbag print` is at work on it. Wait for it."
            ) from None
        yield
    finally:
        os.close(handle)


def _read(path: Path) -> Batch:
    try:
        return Batch.model_validate_json(path.read_bytes())
    except ValidationError:
        raise click.ClickException(
            f"{path} is damaged. Remove it and its PDF if the batch was not handed in; else restore it."
        ) from None
