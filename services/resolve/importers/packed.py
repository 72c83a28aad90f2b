"""Opens a published file whether it is plain or packed in a zip archive, as the Census Bureau and GeoNames pack theirs.

A spreadsheet is an archive too, and is not taken for one here. An archive that is cut off or damaged is refused by name,
also when the damage shows only while its content is read.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from services.resolve.importers.errors import ImportRefused

_AGAIN = "Download it again"
_TEXT = (".txt", ".csv", ".tsv", ".dat")


def is_spreadsheet(path: Path) -> bool:
    """Whether the file is a workbook of the Office Open XML kind (xlsx), by its content."""
    return zipfile.is_zipfile(path) and "[Content_Types].xml" in _names(path)


def members(path: Path) -> list[str]:
    """The text files in a zip archive, by name, read-me files left out; empty for a plain file."""
    if not zipfile.is_zipfile(path):
        return []
    texts = [name for name in _names(path) if name.casefold().endswith(_TEXT)]
    return sorted(name for name in texts if not Path(name).name.casefold().startswith(("readme", ".", "__")))


@contextmanager
def open_member(path: Path, member: str | None) -> Iterator[tuple[IO[bytes], int, str]]:
    """The content, its size in bytes, and the name of the member read (empty for a plain file).

    Raises:
        ImportRefused: an archive without one text file to choose, or damaged.
        OSError: the file cannot be read.
    """
    if not zipfile.is_zipfile(path):
        with path.open("rb") as plain:
            if plain.read(2) == b"PK":
                raise ImportRefused(path, "the zip archive is cut off or damaged", _AGAIN)
            plain.seek(0)
            yield plain, path.stat().st_size, ""
        return
    chosen = member or _only(path)
    try:
        with zipfile.ZipFile(path) as archive, archive.open(chosen) as content:
            yield content, archive.getinfo(chosen).file_size, chosen
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise ImportRefused(path, f"the zip archive cannot be read ({type(error).__name__})", _AGAIN) from None


def _only(path: Path) -> str:
    found = members(path)
    if len(found) == 1:
        return found[0]
    has = f"has {len(found)} text files" if found else "has no text file"
    raise ImportRefused(
        path, f"the zip archive {has}, where one is wanted", "Unpack it and name the file that is meant"
    )


def _names(path: Path) -> list[str]:
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.namelist()
    except zipfile.BadZipFile:
        raise ImportRefused(path, "the zip archive is cut off or damaged", _AGAIN) from None
