"""Writes a file that appears whole or not at all: what a channel calls written must never be found as a half.

A power cut can keep a file's name and lose what was written, since nothing is on the disk before the batch's one sync. So a
name alone is never taken for a file that was written.
"""

from __future__ import annotations

import os


def is_whole(path: str, size: int) -> bool:
    """Whether the file is there with all of its ``size`` bytes. Raises OSError where nobody can tell."""
    try:
        return os.stat(path).st_size == size  # noqa: PTH116 - a plain string: this runs for every letter
    except FileNotFoundError:
        return False


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
    if not is_whole(path, len(content)):  # a worker that was replaced may wake up, and begin the same file once more
        raise OSError("another worker has begun it anew")
