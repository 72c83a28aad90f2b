"""Compiles contents into one reference file, and keeps it only when the file itself has answered its golden cases.

Everything that is found wrong with the data is refused here, by name, while a person is looking: a wrong file sends letters
to people who do not represent the writer. The same contents make the same bytes. The file is written beside its target and
renamed over it, so that nobody ever sees half of one. Never in a worker.
"""

from __future__ import annotations

import io
import os
import tempfile
from array import array
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, Final

from services.resolve.reference import plus4, roster
from services.resolve.reference.checks import pack_golden
from services.resolve.reference.container import FORMAT, Section, open_container, write_container
from services.resolve.reference.contents import Contents, PlanContents, Roster, Source
from services.resolve.reference.grid import Grid
from services.resolve.reference.gridding import grid_sections
from services.resolve.reference.ground import Ground, load_ground
from services.resolve.reference.manifest import Manifest, PlanNote, RosterNote, SourceNote
from services.resolve.reference.pairs import checked_table, locate, note_of, pack_pairs
from services.resolve.reference.reference import GOLDEN, GROUND, MANIFEST, ROSTER, opened
from services.resolve.tables import InvalidReferenceError

Progress = Callable[[int, int], None]


def silent(done: int, total: int) -> None:
    """The progress that nobody watches."""


def compile_reference(
    contents: Contents,
    target: Path | IO[bytes],
    *,
    ground: Ground | None = None,
    built_at: datetime | None = None,
    progress: Progress = silent,
) -> Manifest:
    """Compile ``contents`` to a file at a path (or into an empty, writable stream), and say what is in it.

    Args:
        contents: What importers made.
        target: A path is replaced at once or not at all.
        ground: Seats and prefixes; None for those that ship with the project.
        built_at: Goes into the manifest, and so into the file's version; None keeps it reproducible.
        progress: Called with (done, total) while lines are cut into a grid, plan by plan.

    Raises:
        InvalidReferenceError: the contents contradict themselves or the law's totals, or the compiled file does not answer
            its golden cases; the text says where.
        OSError: the target cannot be written.
    """
    sections, manifest = _sections(contents, ground or load_ground(), built_at, progress)
    if not isinstance(target, Path):
        stream = io.BytesIO()
        write_container(stream, sections)
        _prove(stream.getvalue())
        target.write(stream.getvalue())
        return manifest
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    beside = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            write_container(file, sections)
            file.flush()
            os.fsync(file.fileno())
        _prove(beside)
        beside.chmod(0o644)  # as any file would be; temporary ones are their owner's alone
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
    return manifest


def _prove(source: Path | bytes) -> None:
    reference = opened(open_container(source))
    try:
        wrong = reference.verify()
    finally:
        reference.close()
    if wrong:
        raise InvalidReferenceError("the compiled file is not kept:\n" + "\n".join(wrong))


def _sections(
    contents: Contents, ground: Ground, built_at: datetime | None, progress: Progress
) -> tuple[dict[str, Section], Manifest]:
    if not contents.plans:
        raise InvalidReferenceError("there is no map to compile")
    if strange := {case.plan for case in contents.golden} - {plan.plan for plan in contents.plans}:
        raise InvalidReferenceError(f"a golden case is of {min(strange)}, which is not compiled")
    sections: dict[str, Section] = {}
    notes: list[PlanNote] = []
    for plan in contents.plans:
        if any(note.id == plan.plan for note in notes):
            raise InvalidReferenceError(f"{plan.plan} is there twice")
        parts, note = _plan(plan, ground, progress)
        sections |= {f"{plan.plan}/{name}": part for name, part in parts.items()}
        notes.append(note)
    manifest = Manifest(
        format=FORMAT,
        plans=tuple(notes),
        roster=_roster_note(contents.roster),
        sources=tuple(map(_source_note, contents.sources)),
        counts={
            "plans": len(notes),
            "seats": len(ground.seats),
            "prefixes": len(ground.prefixes),
            "golden": len(contents.golden),
            **{name: sum(getattr(note.counts, name) for note in notes) for name in _SUMMED},
        },
        built_at=built_at,
    )
    sections[MANIFEST] = manifest.model_dump_json().encode()
    sections[GROUND] = ground.pack()
    sections[ROSTER] = roster.pack(contents.roster)
    sections[GOLDEN] = pack_golden(contents.golden)
    return sections, manifest


_SUMMED: Final = ("districts", "zips", "pairs", "plus4_ranges", "zip_points", "shapes")


def _plan(plan: PlanContents, ground: Ground, progress: Progress) -> tuple[dict[str, Section], PlanNote]:
    checked_table(plan, ground)
    geoids = _geoids(plan, ground)
    indices = {geoid: index for index, geoid in enumerate(geoids)}
    parts: dict[str, Section] = {
        "districts": array("H", map(int, geoids)),
        **pack_pairs(plan.zips, indices),
        **plus4.packed(plan.plan, plan.plus4, indices),
    }
    grid = None
    if plan.shapes:
        cut = grid_sections(plan.shapes, geoids, progress)
        parts |= {f"grid/{name}": part for name, part in cut.items()}
        grid = Grid({name: memoryview(part) for name, part in cut.items()})
    parts |= locate(plan, ground, geoids, grid)
    return parts, note_of(plan, ground, parts)


def _geoids(plan: PlanContents, ground: Ground) -> Sequence[str]:
    """The districts that anything in the plan is about, in their order. Raises for one that does not exist."""
    named = {geoid for shares in plan.zips.zips.values() for geoid in shares}
    named |= {one.geoid for one in plan.plus4} | {shape.geoid for shape in plan.shapes}
    if strange := named - set(ground.by_geoid):
        raise InvalidReferenceError(f"{plan.plan}: there is no district {min(strange)[:12]}")
    return sorted(named)


def _roster_note(known: Roster | None) -> RosterNote | None:
    if known is None:
        return None
    return RosterNote(terms=len(known.terms), published_on=known.published_on, complete_since=known.complete_since)


def _source_note(source: Source) -> SourceNote:
    return SourceNote(
        name=source.name,
        kind=source.kind,
        sha256=source.sha256,
        rows=source.rows,
        url=source.url,
        published_on=source.published_on,
        licence=source.licence,
        counts=dict(source.counts),
    )
