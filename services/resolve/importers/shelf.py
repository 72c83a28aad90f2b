"""A folder of reference files, of which ``CURRENT`` names the one in use: how a new one is taken up, an old one taken back.

``CURRENT`` is a text file with a file's name and is replaced by renaming, so that a worker reads the old name or the new one
and never half of either. Files are named by their version and never change once they are there.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from services.resolve.importers.errors import ImportRefused

CURRENT: Final = "CURRENT"
SUFFIX: Final = ".postbag-ref"


def current(folder: Path) -> Path | None:
    """The file in use, or None where none was ever activated. Raises ``ImportRefused`` if ``CURRENT`` names none."""
    try:
        name = (folder / CURRENT).read_text("utf-8").strip()
    except FileNotFoundError:
        return None
    if Path(name).name != name or not (folder / name).is_file():
        raise ImportRefused(
            folder / CURRENT, "names no file of this folder", "Point it at one with `postbag refdata activate`"
        )
    return folder / name


def activate(file: Path) -> Path | None:
    """Make ``file`` the one in use in its folder; the one that was before, or None. It must have been verified."""
    folder = file.resolve().parent
    before: Path | None = None
    with suppress(ImportRefused):  # a CURRENT that names nothing is what this repairs
        before = current(folder)
    write_atomically(folder / CURRENT, f"{file.name}\n".encode())
    return before


def write_atomically(target: Path, content: bytes) -> None:
    """Replace ``target`` as a whole, on the disk before it has the name."""
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def choose(place: Path) -> Path:
    """The file that is meant: the one named, or the one in use in a folder.

    Raises:
        ImportRefused: there is no such file, or none is in use in the folder.
    """
    if not place.is_dir():
        if not place.is_file():
            raise ImportRefused(place, "is not there", "Build one with `postbag refdata build`")
        return place
    found = current(place)
    if found is None:
        raise ImportRefused(place, "has no reference file in use", "Build one with `postbag refdata build`")
    return found
