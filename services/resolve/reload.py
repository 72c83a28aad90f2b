"""The reference file in use, and the change to another one while the worker runs.

A thread of its own looks now and then whether the file, or what CURRENT names, is another one. It opens and checks the new
one, and only what is whole, answers its golden cases and has not shrunk is offered to the stage, which takes it between two
batches: one assignment. A file that is refused changes nothing. The reference before stays open, so that going back is
as quick. Nothing here may hold up the loop: the checksum is taken without the interpreter's lock, and during the other steps
the loop gets the lock back ten times as soon as usual.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from services.pipeline.errors import SettingsRefused
from services.resolve.reference.manifest import shrinkage
from services.resolve.reference.reference import Reference, open_reference
from services.resolve.tables import InvalidReferenceError

log = logging.getLogger(__name__)

CURRENT: Final = "CURRENT"
"""The text file in a folder that names the file to use: its name alone, or its name, a blank and ``force``."""

FORCE: Final = "force"
"""Beside the name: take the file even if it has lost more than a build may lose. Damage is never taken."""

_SWITCH_SECONDS: Final = 0.0005
"""For how long a check may keep the loop waiting for the interpreter; Python's default is 0.005."""

Result = Literal["taken_up", "taken_back", "refused"]


@dataclass(frozen=True, slots=True)
class Place:
    """A file as it was found: another inode, size or time is another file. ``force`` is for what it may have lost."""

    path: Path
    inode: int
    size: int
    changed_ns: int
    force: bool = False

    @property
    def content(self) -> tuple[Path, int, int, int]:
        """What makes it another file."""
        return self.path, self.inode, self.size, self.changed_ns


@dataclass(frozen=True, slots=True)
class Opened:
    """A reference and where it came from."""

    place: Place
    reference: Reference


class References:
    """Follows ``setting`` (``POSTBAG_REFERENCE``). ``take`` is for the loop's thread; everything else happens in its own.

    ``on_result`` is told what became of each new file, in the one or the other.
    """

    def __init__(self, setting: str, seconds: float, on_result: Callable[[Result], None] = lambda _: None) -> None:
        """Open what is named now. Raises ``SettingsRefused`` where that is missing or bad: there is nothing to go on with."""
        self._seconds, self._on_result = seconds, on_result
        self._root = Path(setting) if setting else None
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._offered: Opened | None = None
        self._before: Opened | None = None
        self._refused: Place | str = ""
        self._using = self._first()
        self._seen: Place | str = self._using.place
        self._thread = threading.Thread(target=self._follow, name="reference", daemon=True)

    @property
    def current(self) -> Reference:
        """The reference in use."""
        return self._using.reference

    def start(self) -> None:
        """Begin to look for another file, if there is one to look for."""
        if self._root is not None:
            self._thread.start()

    def take(self) -> bool:
        """Between two batches: use what was offered since, if anything was. Returns whether the reference is another one."""
        with self._lock:
            offered, self._offered = self._offered, None
            if offered is None:
                return False
            dropped, self._before, self._using = self._before, self._using, offered
        if dropped is not None and dropped.reference is not offered.reference:
            dropped.reference.close()
        back = dropped is not None and dropped.reference is offered.reference
        self._say("taken_back" if back else "taken_up", offered.place, version=offered.reference.version)
        return True

    def close(self) -> None:
        """Stop looking, and let go of the files."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(self._seconds + 1)
        for opened in {id(one): one for one in (self._offered, self._before, self._using) if one}.values():
            opened.reference.close()

    def look(self) -> None:
        """One look; the thread's own, and the tests'. Acts on what two looks in a row found the same: copying takes time."""
        found = self._find()
        still, self._seen = found == self._seen, found
        with self._lock:
            using = self._offered or self._using
            before = self._before if self._offered is None else self._using
        if isinstance(found, str):
            if still:
                self._refuse(found, found)
        elif found.content == using.place.content:
            return
        elif before is not None and found.content == before.place.content:
            self._offer(before)
        elif still and found != self._refused:
            self._check(found, using.reference)

    def _follow(self) -> None:
        wait = self._seconds
        while not self._stop.wait(wait):
            seen = self._seen
            try:
                self.look()
            except Exception as error:  # noqa: BLE001 - whatever is wrong with a file, the one in use is not to blame
                self._refuse(self._seen, type(error).__name__)
            # Something is new: see soon whether it stands still.
            wait = self._seconds if self._seen == seen else min(1.0, self._seconds)

    def _check(self, place: Place, using: Reference) -> None:
        """Open a file and offer it, or refuse it with the first thing that is wrong."""
        with _yielding():
            try:
                reference = open_reference(place.path)
            except (OSError, InvalidReferenceError) as error:
                self._refuse(place, _said(error))
                return
            faults = reference.verify()
            if not faults and not place.force:
                faults = shrinkage(using.manifest, reference.manifest)
        if faults:
            reference.close()
            self._refuse(place, f"{faults[0]}" + (f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""))
            return
        self._offer(Opened(place, reference))

    def _offer(self, opened: Opened) -> None:
        with self._lock:
            # Pointed back before the other one was taken: what is in use stays.
            passed_over, self._offered = self._offered, None if opened is self._using else opened
            kept = passed_over is self._before
        if passed_over is not None and not kept:
            passed_over.reference.close()
        self._refused = ""

    def _refuse(self, place: Place | str, why: str) -> None:
        """Say so once; the same file is looked at again only after it has changed."""
        if place == self._refused:
            return
        self._refused = place
        name = place.path.name if isinstance(place, Place) else CURRENT
        log.error("reference_refused", extra={"file": name, "why": why, "in_use": self.current.version})
        self._on_result("refused")

    def _say(self, result: Result, place: Place, **more: str) -> None:
        log.info("reference_%s", result, extra={"file": place.path.name, **more})
        self._on_result(result)

    def _first(self) -> Opened:
        if self._root is None:
            return Opened(Place(Path("sample"), 0, 0, 0), open_reference(None))
        found = self._find()
        if isinstance(found, str):
            raise self._refusal(found)
        try:
            reference = open_reference(found.path)
        except (OSError, InvalidReferenceError) as error:
            raise self._refusal(_said(error)) from None
        if faults := reference.verify():
            raise self._refusal(faults[0])
        log.info("reference_opened", extra={"file": found.path.name, "version": reference.version})
        return Opened(found, reference)

    def _refusal(self, why: str) -> SettingsRefused:
        return SettingsRefused(
            f"POSTBAG_REFERENCE: {self._root} cannot be used: {why}. Build a file with `postbag refdata build` and name"
            f" it, or a folder whose {CURRENT} names it; empty means the sample that ships with Postbag"
        )

    def _find(self) -> Place | str:
        """The file that is meant now, or what is wrong."""
        root = self._root or Path()
        try:
            if not root.is_dir():
                return _as_found(root, force=False)
            name, *rest = (root / CURRENT).read_text("utf-8").split() or [""]
            if not name or Path(name).name != name or rest not in ([], [FORCE]):
                return f"{CURRENT} does not name a file of its folder"
            return _as_found(root / name, force=bool(rest))
        except (OSError, UnicodeDecodeError) as error:
            return _said(error)


def _said(error: Exception) -> str:
    """What is wrong, in one line and without a path."""
    return (isinstance(error, OSError) and error.strerror) or str(error)


@contextmanager
def _yielding() -> Iterator[None]:
    """Lets other threads have the interpreter sooner than usual."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)


def _as_found(path: Path, *, force: bool) -> Place:
    found = path.stat()
    return Place(path, found.st_ino, found.st_size, found.st_mtime_ns, force)
