"""Logs as one JSON object a line on standard output: for machines first, and safe to keep.

An event name, closed-set fields, ids. An exception is logged as its type and the places it passed, and its text only
where Postbag wrote it (``PostbagError``), because other texts can hold what a person typed. The Kafka client is held at
WARNING, since below that it logs keys and values.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Any, Final

from services.pipeline.errors import PostbagError

_STANDARD: Final = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


class JsonFormatter(logging.Formatter):
    """One line a record; every value is JSON-escaped, so that no input can forge a line."""

    def __init__(self, service: str, slot: str) -> None:
        super().__init__()
        self._fixed = {"service": service, "slot": slot}

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON, times in UTC (RFC 3339)."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "event": record.getMessage(),
            **self._fixed,
        }
        line.update((name, value) for name, value in record.__dict__.items() if name not in _STANDARD)
        if record.exc_info and record.exc_info[1]:
            line.update(_exception(record.exc_info[1]))
        return json.dumps(line, default=str)


class _ClientFilter(logging.Filter):
    """The Kafka client's own words can quote bytes of a record: keep where it spoke, and drop what it said."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = record.msg if isinstance(record.msg, str) else type(record.msg).__name__
        record.args, record.exc_info = (), None
        return True


def configure(service: str, slot: str, level: str) -> None:
    """Send everything to standard output as JSON. A line that cannot be written (a full disk) is lost; the work goes on."""
    logging.raiseExceptions = False
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter(service, slot))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    quiet_client(handler)


def quiet_client(handler: logging.Handler | None = None) -> None:
    """Hold the Kafka client's log at WARNING, whatever the level elsewhere, and its records free of arguments."""
    client = logging.getLogger("kafka")
    client.setLevel(logging.WARNING)
    if handler:
        safe = logging.StreamHandler(sys.stdout)
        safe.setFormatter(handler.formatter)
        safe.addFilter(_ClientFilter())
        client.handlers[:] = [safe]
        client.propagate = False


def _exception(error: BaseException) -> dict[str, Any]:
    frames = traceback.extract_tb(error.__traceback__)
    known: dict[str, Any] = {
        "error_type": type(error).__name__,
        "at": [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in frames[-6:]],
    }
    if isinstance(error, PostbagError):
        known["error"] = str(error)
    return known
