"""Fetches the public sources of a recipe into a folder, and keeps in ``pulled.json`` what came, from where and when.

A source that is there and unchanged is not fetched again; one that fails does not stop the others. ``pulled.json`` is how a
build knows that nobody changed a file since, and how old a source is whose recipe does not say.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from pydantic import AwareDatetime, BaseModel, ConfigDict, TypeAdapter, ValidationError

from services.resolve.importers.errors import ImportRefused
from services.resolve.importers.fetch import Fetched, Limits, fetch
from services.resolve.importers.found import sha256_of
from services.resolve.importers.recipe import Recipe, Wanted, wanted

LOCK: Final = "pulled.json"
AT_ONCE: Final = 4
"""Requests at a time: the publishers are public services."""


class Pulled(BaseModel):
    """What ``pulled.json`` says of one file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str
    sha256: str
    size: int
    etag: str = ""
    last_modified: str = ""
    fetched_at: AwareDatetime

    @property
    def published_on(self) -> date:
        """The day that the server gave for it, or else that on which it was fetched."""
        try:
            return parsedate_to_datetime(self.last_modified).astimezone(UTC).date()
        except ValueError:
            return self.fetched_at.astimezone(UTC).date()


_LOCK = TypeAdapter(dict[str, Pulled])


@dataclass(frozen=True, slots=True)
class Report:
    """What became of each file, and of those that failed a sentence each."""

    fetched: tuple[str, ...]
    kept: tuple[str, ...]
    faults: tuple[str, ...]
    by_hand: tuple[str, ...]
    """Files that have no address in the recipe and are not there: somebody must put them there."""


def pull(
    recipe: Recipe,
    folder: Path,
    *,
    base_url: str | None = None,
    limits: Limits | None = None,
    tell: Callable[[int], object] = int,
) -> Report:
    """Fetch what the recipe gives an address for into ``folder``.

    Args:
        recipe: What is wanted.
        folder: Where to; it is created.
        base_url: A mirror, taken instead of each address's scheme and host.
        limits: How long and how much at most.
        tell: Called with the number of files that are done.

    Raises:
        ImportRefused: ``pulled.json`` cannot be understood.
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    known = read_lock(folder)
    every = tuple(wanted(recipe))
    tasks = {one.file: one for one in every if one.url is not None}
    fetched: list[str] = []
    kept: list[str] = []
    faults: list[str] = []
    with ThreadPoolExecutor(AT_ONCE, "refdata-pull") as pool:
        futures = {
            pool.submit(_one, task, folder, known.get(name), base_url, limits or Limits()): name
            for name, task in tasks.items()
        }
        try:
            for done, future in enumerate(as_completed(futures), start=1):
                name = futures[future]
                try:
                    got, is_new = future.result()
                except ImportRefused as error:
                    faults.append(f"{tasks[name].place}: {error}")
                else:
                    (fetched if is_new else kept).append(name)
                    known[name] = got
                    _write_lock(folder, known)
                tell(done)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return Report(tuple(sorted(fetched)), tuple(sorted(kept)), tuple(sorted(faults)), _by_hand(every, folder))


def read_lock(folder: Path) -> dict[str, Pulled]:
    """What was pulled into ``folder``, by file name. Raises ``ImportRefused`` if its ``pulled.json`` is none."""
    file = folder / LOCK
    try:
        return _LOCK.validate_json(file.read_bytes())
    except FileNotFoundError:
        return {}
    except ValidationError:
        raise ImportRefused(file, "is not what `postbag refdata pull` writes", "Delete it and pull again") from None


def _one(task: Wanted, folder: Path, known: Pulled | None, base_url: str | None, limits: Limits) -> tuple[Pulled, bool]:
    """What is now there, and whether it is new."""
    target = folder / task.file
    target.parent.mkdir(parents=True, exist_ok=True)
    pinned = task.source.sha256
    there = sha256_of(target) if target.is_file() else None
    unchanged = known if known and there == known.sha256 and task.url == known.url else None
    if there and there == pinned:
        return unchanged or _entry(task, Fetched(there, target.stat().st_size, "", "")), False
    before = None if pinned else unchanged
    got = fetch(_address(task.url or "", base_url), target, _as_fetched(before), pinned, limits)
    if before and (got is None or got.sha256 == before.sha256):
        return before, False
    if got is None:
        raise ImportRefused(target, "its server says that nothing changed, and was not asked", "Try again later")
    return _entry(task, got), True


def _entry(task: Wanted, got: Fetched) -> Pulled:
    return Pulled(url=task.url or "", fetched_at=datetime.now(UTC).replace(microsecond=0), **asdict(got))


def _as_fetched(known: Pulled | None) -> Fetched | None:
    return None if known is None else Fetched(known.sha256, known.size, known.etag, known.last_modified)


def _address(url: str, base_url: str | None) -> str:
    if base_url is None:
        return url
    parts = urlsplit(url)
    return base_url.rstrip("/") + parts.path + (f"?{parts.query}" if parts.query else "")


def _by_hand(every: Iterable[Wanted], folder: Path) -> tuple[str, ...]:
    missing = (one for one in every if one.url is None and not any(folder.glob(one.file)))
    return tuple(f"{one.place}: {one.file}" for one in missing)


def _write_lock(folder: Path, known: Mapping[str, Pulled]) -> None:
    """Replaced as a whole: whoever reads it finds the old one or the new one."""
    text = json.dumps(_LOCK.dump_python(dict(sorted(known.items())), mode="json"), indent=2)
    part = folder / f".{LOCK}.{os.getpid()}.part"
    part.write_text(f"{text}\n", encoding="utf-8")
    part.replace(folder / LOCK)
