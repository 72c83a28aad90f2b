"""One key at a time from a terminal, without Enter; from anything else, none.

The terminal is put back as it was, whatever ends the block.
"""

from __future__ import annotations

import os
import select
import sys
import termios
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import sleep


@contextmanager
def keys() -> Iterator[Callable[[float], str]]:
    """Yields a function that waits up to so many seconds for a key, and returns it, or nothing."""
    if not sys.stdin.isatty():
        yield _none
        return
    number = sys.stdin.fileno()
    before = termios.tcgetattr(number)
    tty.setcbreak(number)
    try:
        yield lambda seconds: _read(number, seconds)
    finally:
        termios.tcsetattr(number, termios.TCSADRAIN, before)


def _none(seconds: float) -> str:
    sleep(seconds)
    return ""


def _read(number: int, seconds: float) -> str:
    ready, _, _ = select.select([number], [], [], seconds)
    return os.read(number, 1).decode("ascii", "replace") if ready else ""
