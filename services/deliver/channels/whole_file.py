"""Writes a file that appears whole or not at all: what a channel calls written must never be found as a half."""

from __future__ import annotations

import os


def write_whole(path: str, content: bytes) -> None:
    """All of ``content`` or none of it, for its owner alone to read; it is not on the disk yet. Raises OSError.

    Paths are plain strings, because this runs for every letter.
    """
    part = f"{path}.part"
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        left = memoryview(content)
        while left:  # a disk that fills up takes a part, and says so only when it is given the rest
            left = left[os.write(handle, left) :]
    finally:
        os.close(handle)
    os.replace(part, path)  # noqa: PTH105 - ditto
