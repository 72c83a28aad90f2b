"""Looks at the installation again and again, apart from the screen: however long a look takes, a key is answered at once.

The looking is done in a thread of its own, which owns its file and its connections. What it finds is handed over whole; a
look that fails leaves the one before, with what the trouble is.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Protocol

from services.observe.survey import Surveyor
from services.pipeline.errors import PostbagError, SettingsRefused

if TYPE_CHECKING:
    from services.observe.seen import Survey
    from services.observe.settings import ObserveSettings

_NOTES: Final = "top"
"""Not the observer's own: both may run, and each counts for itself."""


class Looks(Protocol):
    """Who looks; ``Surveyor`` does."""

    def look(self, beat: Callable[[], None] = ...) -> Survey: ...
    def close(self) -> None: ...


def open_surveyor(settings: ObserveSettings) -> Surveyor:
    """With notes of its own in the state folder, so that the next `top` goes on from them; without any where another `top`
    has them, or the folder is not to be written.
    """
    try:
        return Surveyor(settings, _NOTES)
    except SettingsRefused:
        return Surveyor(settings, None)


class Watching:
    """Looks every ``interval`` seconds, from ``start`` until ``stop``. ``pages`` tells how far the look in hand has come."""

    def __init__(self, open_looks: Callable[[], Looks], interval: float) -> None:
        self._open, self._interval = open_looks, interval
        self._stopping, self._looked = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._watch, name="top", daemon=True)
        self.survey: Survey | None = None
        self.trouble = ""
        self.pages = 0

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self, seconds: float = 1.0) -> None:
        """End it; a look that does not end within ``seconds`` is left to end with the process."""
        self._stopping.set()
        self._thread.join(seconds)

    def wait(self, seconds: float) -> bool:
        """Whether a look ended within so many seconds, since the last that was waited for."""
        ended = self._looked.wait(seconds)
        self._looked.clear()
        return ended

    def _watch(self) -> None:
        looks: Looks | None = None
        while not self._stopping.is_set():
            self.pages = 0
            try:
                looks = looks or self._open()
                self.survey, self.trouble = looks.look(self._beat), ""
            except (PostbagError, sqlite3.Error) as error:
                self.trouble = str(error)
            except _Stopped:
                break
            except Exception as error:  # noqa: BLE001 - a screen that stands still and does not say so is worse
                self.trouble = f"the look ended with {type(error).__name__}"
                _close(looks)
                looks = None
            self._looked.set()
            self._stopping.wait(self._interval)
        _close(looks)

    def _beat(self) -> None:
        self.pages += 1
        if self._stopping.is_set():
            raise _Stopped


def _close(looks: Looks | None) -> None:
    with suppress(Exception):
        if looks is not None:
            looks.close()


class _Stopped(Exception):
    """It was told to stop in the middle of a look."""
