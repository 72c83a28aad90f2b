"""Builds a reference file from a recipe and takes it into use, if it is good and has lost nothing against the one before.

The file is compiled beside, proves itself there, and is then renamed to its version's name; only after that does ``CURRENT``
name it. Whatever stops a build on the way, the file that was in use stays in use.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.resolve.importers.gather import Tell, gather
from services.resolve.importers.recipe import read_recipe
from services.resolve.importers.shelf import SUFFIX, activate, compare, current, refuse_if_lost
from services.resolve.reference.compiler import compile_reference
from services.resolve.reference.manifest import Manifest
from services.resolve.reference.reference import open_reference
from services.resolve.tables import InvalidReferenceError

_DAY: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Built:
    """What was built. ``lost`` is what it has lost against ``before``, empty unless it was forced; ``size`` in bytes."""

    file: Path
    version: str
    size: int
    manifest: Manifest
    before: Path | None
    lost: tuple[str, ...]
    active: bool
    remarks: tuple[str, ...]


def build(recipe_file: Path, out: Path, *, force: bool, use: bool, tell: Tell) -> Built:
    """Build what the recipe in ``recipe_file`` describes.

    Args:
        recipe_file: The recipe, with its sources beside it.
        out: A folder, in which the file gets its version's name and ``CURRENT`` is to name it; or a file that ends in
            ``.postbag-ref``, which is just written.
        force: Keep and use it even if it has lost something against the one in use.
        use: Whether ``CURRENT`` is to name it.
        tell: Called as it goes on.

    Raises:
        ImportRefused: a source is refused, or the new file has shrunk.
        InvalidReferenceError: the compiled file does not prove itself.
        OSError: something cannot be read or written.
    """
    gathered = gather(read_recipe(recipe_file), recipe_file, tell)
    into_folder = out.suffix != SUFFIX
    folder = out if into_folder else out.parent
    folder.mkdir(parents=True, exist_ok=True)
    _sweep(folder)
    with _beside(folder) as made:
        compile_reference(gathered.contents, made, progress=lambda done, total: _tell_cutting(tell, done, total))
        reference = open_reference(made)
        version, size, manifest = reference.version, reference.size, reference.manifest
        reference.close()
        before, lost = _compared(manifest, current(folder) if into_folder else out, force=force)
        target = folder / f"{version}{SUFFIX}" if into_folder else out
        made.replace(target)
    active = into_folder and use
    if active:
        activate(target, force=bool(lost))
    return Built(target, version, size, manifest, before, tuple(lost), active, gathered.remarks)


def _compared(new: Manifest, old: Path | None, *, force: bool) -> tuple[Path | None, list[str]]:
    """The file that the new one replaces, and what is lost with it."""
    if old is None or not old.is_file():
        return None, []
    try:
        lost = compare(old, new)
    except InvalidReferenceError as error:
        lost = [f"nothing can be compared: {error}"]
    refuse_if_lost(old, lost, force=force)
    return old, lost


def _tell_cutting(tell: Tell, done: int, total: int) -> None:
    tell("cutting lines into a grid", done, total)


@contextmanager
def _beside(folder: Path) -> Iterator[Path]:
    """A name for a file that is being made, under which nothing stays behind."""
    made = folder / f".building-{os.getpid()}{SUFFIX}"
    try:
        yield made
    finally:
        made.unlink(missing_ok=True)


def _sweep(folder: Path) -> None:
    """Remove what builds that were killed have left behind, more than a day ago: another may be under way."""
    for left in folder.glob(f".*building-*{SUFFIX}*"):
        if left.stat().st_mtime < time.time() - _DAY:
            left.unlink(missing_ok=True)
