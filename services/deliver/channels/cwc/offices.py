"""Which offices take part, as the chamber lists them: kept in memory, with the last good copy on disk.

Taking part is voluntary in the Senate, and a letter to an office that does not is better routed elsewhere at once. The list
is only a help: without one, every office counts as taking part and the intake itself refuses. It is asked for beside an
attempt and never before one, and a list that cannot be right (empty, cut off, less than half of the last) changes nothing.
"""

from __future__ import annotations

import json
import logging
import os
import re
from asyncio import Task, create_task, to_thread, wait
from collections.abc import Callable, Iterator
from time import time
from typing import TYPE_CHECKING, Any, Final

from services.deliver.answers import Answer
from services.deliver.channels.cwc.intake import MOST_BYTES_OF_OFFICES
from services.deliver.channels.cwc.plain_xml import NotPlainXml, texts

if TYPE_CHECKING:
    from pathlib import Path

    from services.deliver.channels.cwc.intake import Intake, Said
    from services.deliver.channels.cwc.settings import Chamber

log = logging.getLogger(__name__)

OFFICE: Final = {"house": re.compile(r"H[A-Z]{2}[0-9]{2}"), "senate": re.compile(r"S[A-Z]{2}0[123]")}
_AGAIN_AFTER_FAILURE: Final = 900.0
_SECONDS: Final = 30.0
_SHRUNK: Final = 0.5


class NoOffices(ValueError):
    """An answer that is no list of offices. The message is a code."""


def read_offices(raw: bytes, chamber: Chamber) -> frozenset[str]:
    """The chamber's offices in a list in JSON or XML: every text in it that is an office's code as a whole.

    Raises:
        NoOffices: it is neither, or names no office of this chamber.
    """
    try:
        found = _in_xml(raw) if raw.lstrip().startswith((b"<", b"\xef\xbb\xbf<")) else _in_json(json.loads(raw))
        offices = frozenset(text for text in map(str.strip, found) if OFFICE[chamber].fullmatch(text))
    except (ValueError, RecursionError):
        raise NoOffices("unreadable") from None
    if not offices:
        raise NoOffices("empty")
    return offices


def _in_xml(raw: bytes) -> Iterator[str]:
    try:
        return iter([text for _, text in texts(raw)])
    except NotPlainXml:
        raise NoOffices("unreadable") from None


def _in_json(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _in_json(one)


class ActiveOffices:
    """The list of one chamber, in one mode. ``path`` is its copy's place; ``hours`` how old it may become.

    A copy from a time that is yet to come was written by another clock: it is in use, and due.
    """

    def __init__(self, path: Path, chamber: Chamber, hours: float, now: Callable[[], float] = time) -> None:
        self._path, self._chamber, self._seconds, self._now = path, chamber, hours * 3600, now
        self._offices: frozenset[str] | None = None
        self._fetched_at = self._asked_at = float("-inf")
        self._under_way: Task[None] | None = None
        self._told = False
        self._load()

    def takes_part(self, office: str) -> bool:
        """Whether letters to ``office`` can go this way, as far as is known.

        An office that an old list has not is written to until that list has been asked for: only an attempt has it asked
        for, and where all letters are for that office there would never be one.
        """
        if self._offices is None:
            if not self._told:
                self._told = True
                log.warning("cwc_offices_unknown", extra={"chamber": self._chamber})
            return True
        return office in self._offices or self._due(self._now())

    def keep_fresh(self, intake: Intake) -> None:
        """Ask for the list in the background where it is due; returns at once. Needs a running event loop."""
        now = self._now()
        if self._due(now) and intake.has("offices"):
            self._asked_at = now
            self._under_way = create_task(self._refresh(intake), name="cwc-offices")

    def _due(self, now: float) -> bool:
        """Whether the list should be asked for: it is old, and was not asked for lately."""
        fresh = self._offices is not None and 0 <= now - self._fetched_at < self._seconds
        asked_lately = 0 <= now - self._asked_at < _AGAIN_AFTER_FAILURE
        return not (fresh or asked_lately or self._under_way)

    async def settled(self) -> None:
        """Wait until nothing is under way any more."""
        if self._under_way:
            await self._under_way

    async def stop(self) -> None:
        """Give up what is under way."""
        if self._under_way:
            self._under_way.cancel()
            await wait([self._under_way])

    async def _refresh(self, intake: Intake) -> None:
        try:
            said = await intake.ask("offices", None, _SECONDS, MOST_BYTES_OF_OFFICES)
            self._offices, self._fetched_at = self._believed(said), self._now()
            log.info("cwc_offices_read", extra={"chamber": self._chamber, "offices": len(self._offices)})
            await to_thread(self._save)
        except NoOffices as error:
            log.warning("cwc_offices_not_read", extra={"chamber": self._chamber, "why": str(error)})
        except OSError:
            log.warning("cwc_offices_not_kept", extra={"chamber": self._chamber, "file": str(self._path)})
        finally:
            self._under_way = None

    def _believed(self, said: Said | Answer) -> frozenset[str]:
        """Raises NoOffices: there is no list in it, or none that can be right."""
        if isinstance(said, Answer):
            raise NoOffices(said.reason)
        if said.status != 200 or not said.whole:
            raise NoOffices("too_long" if said.status == 200 else f"status_{said.status}")
        offices = read_offices(said.body, self._chamber)
        if self._offices and len(offices) < len(self._offices) * _SHRUNK:
            raise NoOffices("shrunk")
        return offices

    def _save(self) -> None:
        """In place at once, so that a reader sees all of it or the former one. Raises OSError."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        kept = {"fetched_at": self._fetched_at, "offices": sorted(self._offices or ())}
        draft.write_text(json.dumps(kept), "utf-8")
        draft.replace(self._path)

    def _load(self) -> None:
        try:
            kept = json.loads(self._path.read_bytes())
            self._offices = read_offices(json.dumps(kept["offices"]).encode(), self._chamber)
            self._fetched_at = float(kept["fetched_at"])
        except FileNotFoundError:
            return
        except (OSError, ValueError, KeyError, TypeError):
            self._offices = None
            log.warning("cwc_offices_copy_damaged", extra={"chamber": self._chamber, "file": str(self._path)})
