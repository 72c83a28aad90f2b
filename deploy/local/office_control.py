"""Tells a local office what to do and asks what it has: the Python side of its ``/control`` and ``/report``.

Plain calls over the standard library's HTTP client, so that a test or a demo needs no event loop for it. Each call is a
connection of its own: an office that is killed and started again in between is no special case.
"""

from __future__ import annotations

import http.client
import json
import time
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import urlsplit

from deploy.local.office_book import LetterTo
from deploy.local.office_faults import (
    ALL_OFFICES,
    Command,
    Drip,
    Fault,
    Forget,
    Hang,
    Redirect,
    Refuse,
    Reset,
    ResetWhen,
    Slow,
)

CALL_S: Final = 10.0


class OfficeError(RuntimeError):
    """The office did not do as it was told, or did not start."""


class OfficeControl:
    """A running office at ``base_url``, such as ``http://127.0.0.1:8025``.

    The methods named like faults set one for ``office``: an id, or ``*`` for all. The keywords ``share`` (0 to 1, drawn
    from ``seed``) and ``times`` limit how many requests it meets. Calls raise ``OSError`` when nothing answers and
    ``OfficeError`` when the office objects.
    """

    def __init__(self, base_url: str) -> None:
        parts = urlsplit(base_url)
        if parts.scheme != "http" or not parts.hostname or not parts.port:
            raise ValueError(f"{base_url!r} is not like http://127.0.0.1:8025")
        self.base_url = base_url.rstrip("/")
        self._host, self._port = parts.hostname, parts.port

    @classmethod
    def announced(cls, announce: Path, within_s: float = 30.0) -> Self:
        """The office that writes its port to ``announce``, waited for. Raises OfficeError if it does not in time."""
        deadline = time.monotonic() + within_s
        while not announce.exists():
            if time.monotonic() >= deadline:
                raise OfficeError(f"No office announced itself in {announce} within {within_s:g} s.")
            time.sleep(0.02)
        return cls(f"http://127.0.0.1:{int(announce.read_text('utf-8'))}")

    @property
    def letters_url(self) -> str:
        """Where letters are posted, with ``{office}`` to fill in."""
        return f"{self.base_url}/offices/{{office}}/letters"

    def slow(self, office: str, seconds: float, **limits: Any) -> None:
        """Wait before accepting and answering."""
        self.tell(office, Slow(seconds=seconds, **limits))

    def refuse(self, office: str, status: int, retry_after: str | None = None, **limits: Any) -> None:
        """Answer ``status`` (400 to 599), with ``retry_after`` as the header's value, as it is."""
        self.tell(office, Refuse(status=status, retry_after=retry_after, **limits))

    def hang(self, office: str, seconds: float, *, accept: bool = False, **limits: Any) -> None:
        """Read the letter and never answer; cut the connection after ``seconds``."""
        self.tell(office, Hang(seconds=seconds, accept=accept, **limits))

    def reset(self, office: str, when: ResetWhen, **limits: Any) -> None:
        """Cut the connection; ``after_accepting`` is "accepted, but said nothing"."""
        self.tell(office, Reset(when=when, **limits))

    def drip(self, office: str, interval: float = 1.0, **limits: Any) -> None:
        """Accept, and answer a byte every ``interval`` seconds."""
        self.tell(office, Drip(interval=interval, **limits))

    def redirect(self, office: str, location: str, **limits: Any) -> None:
        """Point elsewhere (307) instead of accepting."""
        self.tell(office, Redirect(location=location, **limits))

    def forget(self, office: str, **limits: Any) -> None:
        """Accept again what was accepted before: the office keeps no ids."""
        self.tell(office, Forget(**limits))

    def clear(self, office: str = ALL_OFFICES) -> None:
        """Behave again: this office, or all."""
        self.tell(office, None)

    def tell(self, office: str, fault: Fault | None) -> None:
        """Set a fault, or with None clear those of the office."""
        self._call("PUT", "/control", Command(office=office, fault=fault).model_dump_json(exclude_none=True))

    def faults(self) -> dict[str, list[dict[str, Any]]]:
        """The faults that stand, by office, each with its ``hits``."""
        return self._call("GET", "/control")

    def report(self) -> dict[str, Any]:
        """The books: accepted, offers, duplicates_offered, accepted_twice, changed_body, malformed, per_office."""
        return self._call("GET", "/report")

    def letter(self, letter_id: str) -> dict[str, Any] | None:
        """The offers of one letter by office, or None if it was never offered."""
        found = self._call("GET", f"/letters/{letter_id}", missing_ok=True)
        return None if found.get("code") == "letter_unknown" else found

    def accepted(self) -> list[tuple[LetterTo, str]]:
        """Every acceptance with its receipt; a letter accepted twice is there twice."""
        found = self._call("GET", "/letters")["accepted"]
        return [(LetterTo(letter_id, office), receipt) for letter_id, office, receipt in found]

    def is_healthy(self) -> bool:
        """Whether it answers now."""
        try:
            return bool(self._call("GET", "/healthz")["ok"])
        except (OSError, OfficeError):
            return False

    def _call(self, method: str, path: str, body: str | None = None, *, missing_ok: bool = False) -> dict[str, Any]:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=CALL_S)
        try:
            connection.request(method, path, body, {"Connection": "close"})
            response = connection.getresponse()
            text = response.read()
        except http.client.HTTPException as error:
            raise OfficeError(f"{method} {path}: {type(error).__name__}") from error
        finally:
            connection.close()
        if response.status != 200 and not (missing_ok and response.status == 404):
            raise OfficeError(f"{method} {path}: {response.status} {text.decode(errors='replace')}")
        found: dict[str, Any] = json.loads(text)
        return found
