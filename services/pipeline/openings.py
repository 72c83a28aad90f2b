"""How often a worker slot has opened its producer: the count of starts that outlives the process.

Each start of a worker opens one transactional producer, and nothing but a start does, since the loop never repairs a client
in place. The file holds a number and nothing else. It is for the metrics alone: no failure of it may keep a worker from
its work.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from pathlib import Path

log = logging.getLogger(__name__)


def count_opening(path: Path) -> int:
    """One more than the file at ``path`` says, which says so from now on; a missing or damaged file says 0."""
    opened = 1
    with suppress(OSError, ValueError):
        opened += max(0, int(path.read_bytes()))
    fresh = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_text(str(opened))
        fresh.replace(path)
    except OSError as error:
        log.warning("opening_not_counted", extra={"error_type": type(error).__name__})
    return opened
