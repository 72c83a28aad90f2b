"""The files that a recipe names, found and checked before anything is read: all there, and each the one that is meant.

A build that would stop after minutes for want of its last file stops at once, and a file that was changed since it was pulled
is refused: what went into a reference file must be what its manifest says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from services.resolve.importers.errors import ImportRefused
from services.resolve.importers.found import Found, sha256_of
from services.resolve.importers.pull import Pulled, read_lock
from services.resolve.importers.recipe import Recipe, SourceFile, Wanted, wanted
from services.resolve.reference.contents import Source


@dataclass(frozen=True, slots=True)
class Sources:
    """Every file of a recipe that is there, by the part of the recipe that names it."""

    folder: Path
    files: Mapping[int, tuple[Path, ...]]
    pulled: Mapping[str, Pulled]

    def of(self, source: SourceFile) -> tuple[Path, ...]:
        """The files of one part of the recipe, in the order of their names."""
        return self.files[id(source)]

    def one(self, source: SourceFile) -> Path:
        """The file of a part that is only one. Raises ``ImportRefused`` where the recipe names a family of them."""
        first, *more = self.of(source)
        if more:
            raise ImportRefused(source.file, "is a family of files where one is needed", "Name one file")
        return first

    def day(self, source: SourceFile, file: Path) -> date | None:
        """The day on which a file was published, as far as the recipe or its server says."""
        entry = self._entry(file)
        return source.published_on or (entry.published_on if entry else None)

    def note(self, source: SourceFile, found: Found) -> Source:
        """What the manifest keeps of a file that was read."""
        entry = self._entry(found.path)
        day = self.day(source, found.path)
        return found.source(url=entry.url if entry else "", published_on=day, licence=source.licence)

    def _entry(self, file: Path) -> Pulled | None:
        return self.pulled.get(file.relative_to(self.folder).as_posix()) if file.is_relative_to(self.folder) else None


def find_sources(recipe: Recipe, file: Path) -> Sources:
    """The files that the recipe in ``file`` names.

    Raises:
        ImportRefused: some are missing (all of them are named), or one has another checksum than it should have.
        OSError: one cannot be read.
    """
    folder = file.parent
    pulled = read_lock(folder)
    found: dict[int, list[Path]] = {}
    missing: list[Wanted] = []
    for one in wanted(recipe):
        paths = _matching(folder, one.file)
        found.setdefault(id(one.source), []).extend(paths)
        if not paths:
            missing.append(one)
        for path in paths:
            _check(path, one, pulled.get(one.file))
    if missing:
        raise ImportRefused(file, _names(missing), _remedy(missing, file))
    return Sources(folder, {key: tuple(paths) for key, paths in found.items()}, pulled)


def _matching(folder: Path, name: str) -> list[Path]:
    if "*" in name:
        return sorted(path for path in (folder / name).parent.glob(Path(name).name) if path.is_file())
    path = folder / name
    if path.is_dir():
        raise ImportRefused(path, "is a folder", "Name the file in it")
    return [path] if path.is_file() else []


def _check(path: Path, one: Wanted, pulled: Pulled | None) -> None:
    pinned = one.source.sha256
    expected = pinned or (pulled.sha256 if pulled else None)
    if expected is None:
        return
    found = sha256_of(path)
    if found != expected:
        who = "the recipe pins" if pinned else "it was pulled with"
        raise ImportRefused(
            path,
            f"has the checksum {found}, and {who} {expected} ({one.place})",
            "Run `postbag refdata pull` again, or correct the checksum in the recipe if the file is right"
            if pinned
            else "Run `postbag refdata pull` again",
        )


def _names(missing: list[Wanted]) -> str:
    told = "".join(f"\n  {one.place}: {one.file}" for one in missing[:10])
    more = f"\n  and {len(missing) - 10} more" if len(missing) > 10 else ""
    return f"these sources are not there:{told}{more}"


def _remedy(missing: list[Wanted], file: Path) -> str:
    if all(one.url for one in missing):
        return f"Fetch them with `postbag refdata pull {file}`"
    return f"Put them there by hand, or give them a url and run `postbag refdata pull {file}`"
