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
from services.resolve.reference.manifest import Manifest, shrinkage
from services.resolve.reference.reference import open_reference
from services.resolve.reload import CURRENT, FORCE

SUFFIX: Final = ".postbag-ref"


def current(folder: Path) -> Path | None:
    """The file in use, or None where none was ever activated. Raises ``ImportRefused`` if ``CURRENT`` names none."""
    try:
        name = ((folder / CURRENT).read_text("utf-8").split() or [""])[0]
    except FileNotFoundError:
        return None
    if Path(name).name != name or not (folder / name).is_file():
        raise ImportRefused(
            folder / CURRENT, "names no file of this folder", "Point it at one with `postbag refdata activate`"
        )
    return folder / name


def activate(file: Path, *, force: bool = False) -> Path | None:
    """Make ``file`` the one in use in its folder; the one that was before, or None. It must have been verified.

    ``force`` tells the workers, who compare for themselves, to take it even though it has lost something.

    Raises:
        ImportRefused: the file's name has blanks, which ``CURRENT`` cannot tell from what follows it.
    """
    if len(file.name.split()) != 1:
        raise ImportRefused(file, "has blanks in its name", "Rename it")
    before: Path | None = None
    with suppress(ImportRefused):  # a CURRENT that names nothing is what this repairs
        before = current(file.parent)
    write_atomically(file.parent / CURRENT, f"{file.name}{f' {FORCE}' if force else ''}\n".encode())
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


def compare(old: Path, new: Manifest) -> list[str]:
    """What ``new`` has lost against the file ``old``, a sentence each. Raises as ``open_reference`` does."""
    reference = open_reference(old)
    try:
        return shrinkage(reference.manifest, new)
    finally:
        reference.close()


def refuse_if_lost(file: Path, lost: list[str], *, force: bool) -> None:
    """Raises ``ImportRefused`` where something is lost and nobody insists."""
    if lost and not force:
        told = "".join(f"\n  {one}" for one in lost)
        raise ImportRefused(
            file,
            f"stays in use, because the new file has lost something against it:{told}",
            "Find out why; if it is right, insist with --force",
        )
