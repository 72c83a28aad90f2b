"""Reads everything that a recipe names, each file with its importer, into the plain contents that the compiler takes.

Nothing is decided here but what goes together: pairs of several tables are merged, weights replace land, and each file leaves
a note for the manifest. What the importers counted and left out is kept, so that a person can see it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from services.resolve.importers.blocks import read_blocks
from services.resolve.importers.cases import drawn_cases, read_cases
from services.resolve.importers.census import read_census
from services.resolve.importers.errors import ImportRefused
from services.resolve.importers.found import Found, Progress, sha256_of
from services.resolve.importers.geojson import read_geojson
from services.resolve.importers.legislators import read_legislators
from services.resolve.importers.pairs import read_pairs
from services.resolve.importers.plus4 import read_plus4
from services.resolve.importers.recipe import Geometry, PlanRecipe, Recipe, RosterRecipe, SourceFile, Zips
from services.resolve.importers.shapefile import read_shapefile
from services.resolve.importers.shares import apply_weights, merge, unmatched
from services.resolve.importers.sources import Sources, find_sources
from services.resolve.importers.weights import read_weights
from services.resolve.importers.zip_points import read_zip_points
from services.resolve.reference.contents import (
    Contents,
    Golden,
    PlanContents,
    Plus4Range,
    Roster,
    Shape,
    Source,
    ZipPoint,
    ZipTable,
)

Tell = Callable[[str, int, int], object]
"""Called with what is being done, how much of it is done, and how much there is in all."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Gathered:
    """The contents, and what a person should know of them, a sentence each."""

    contents: Contents
    remarks: tuple[str, ...]


@dataclass(slots=True)
class _Desk:
    """What is collected while one recipe is read."""

    sources: Sources
    tell: Tell
    notes: list[Source] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def progress(self, file: Path) -> Progress:
        def told(done: int, total: int) -> None:
            self.tell(file.name, done, total)

        return told

    def keep(self, source: SourceFile, read: tuple[T, Found]) -> T:
        """What an importer made of a file, and its note put away."""
        made, found = read
        self.notes.append(self.sources.note(source, found))
        return made


def gather(recipe: Recipe, file: Path, tell: Tell) -> Gathered:
    """Everything that the recipe in ``file`` names, imported.

    Raises:
        ImportRefused: a source is missing, is another one than it should be, or cannot be understood.
        OSError: one cannot be read.
    """
    desk = _Desk(find_sources(recipe, file), tell)
    plans = [_plan(desk, plan) for plan in recipe.plans]
    roster = None if recipe.roster is None else _roster(desk, recipe.roster, file)
    golden: list[Golden] = []
    for source in recipe.golden:
        for path in desk.sources.of(source):
            golden += read_cases(path)
    for number, plan in enumerate(plans):
        tell("golden cases", number, len(plans))
        drawn = drawn_cases(plan, recipe.automatic)
        golden += drawn
        _remark_on_points(desk, plan, drawn)
    tell("golden cases", len(plans), len(plans))
    return Gathered(Contents(plans, roster, golden, desk.notes), tuple(desk.remarks))


def _plan(desk: _Desk, plan: PlanRecipe) -> PlanContents:
    return PlanContents(
        plan=plan.name,
        congress=plan.congress,
        valid_from=plan.since,
        valid_to=plan.until,
        zips=_zips(desk, plan),
        plus4=[] if plan.plus4 is None else _plus4(desk, plan.plus4),
        zip_points=[] if plan.points is None else _points(desk, plan.points),
        shapes=[shape for source in plan.geometry for shape in _shapes(desk, plan, source)],
    )


def _zips(desk: _Desk, plan: PlanRecipe) -> ZipTable:
    if not plan.zips:
        return ZipTable({})
    tables = [_table(desk, plan, source, path) for source in plan.zips for path in desk.sources.of(source)]
    weights = _weights(desk, plan)
    where = desk.sources.of(plan.zips[0])[0]
    try:
        # Weights replace whatever the tables have: of land here and of people there would not add up.
        bare = [ZipTable(table.zips) for table in tables] if weights and len(tables) > 1 else tables
        table = merge(*bare) if len(bare) > 1 else bare[0]
        if weights is None:
            return table
        differ = unmatched(table, weights)
        desk.remarks.append(
            f"{plan.name}: of the weights, {len(differ.added)} pairs were not in the table and were added, "
            f"{len(differ.at_zero)} pairs of the table have nobody, {len(differ.unweighted)} ZIPs have no weights, "
            f"{len(differ.left_out)} ZIPs are not in the table and were left out"
        )
        return apply_weights(table, weights)
    except ValueError as error:
        raise ImportRefused(where, str(error), "Correct the recipe") from None


def _table(desk: _Desk, plan: PlanRecipe, source: Zips, path: Path) -> ZipTable:
    progress, expect = desk.progress(path), _expected(source)
    with _known_totals(path):
        if source.format == "relationship":
            read = read_census(path, congress=plan.congress, expect=expect, progress=progress)
        else:
            weighs, congress = source.weighs, plan.congress
            read = read_pairs(path, weight_kind=weighs, congress=congress, expect=expect, progress=progress)
    return desk.keep(source, read)


def _weights(desk: _Desk, plan: PlanRecipe) -> ZipTable | None:
    if plan.weights is not None:
        source, path = plan.weights, desk.sources.one(plan.weights)
        with _known_totals(path):
            read = read_weights(
                path,
                weight_kind=source.weighs,
                congress=plan.congress,
                expect=_expected(source),
                progress=desk.progress(path),
            )
        return desk.keep(source, read)
    if plan.blocks is None:
        return None
    parts = (plan.blocks.equivalency, plan.blocks.population, plan.blocks.zips)
    districts, people, zips = map(desk.sources.one, parts)
    table, found = read_blocks(districts, people, zips, congress=plan.congress, progress=desk.progress(people))
    desk.notes += map(desk.sources.note, parts, found)
    return table


def _plus4(desk: _Desk, source: SourceFile) -> list[Plus4Range]:
    path = desk.sources.one(source)
    with _known_totals(path):
        return desk.keep(source, read_plus4(path, expect=_expected(source), progress=desk.progress(path)))


def _points(desk: _Desk, source: SourceFile) -> list[ZipPoint]:
    path = desk.sources.one(source)
    with _known_totals(path):
        return desk.keep(source, read_zip_points(path, expect=_expected(source), progress=desk.progress(path)))


def _shapes(desk: _Desk, plan: PlanRecipe, source: Geometry) -> list[Shape]:
    read = read_shapefile if source.format == "shapefile" else read_geojson
    shapes: list[Shape] = []
    for path in desk.sources.of(source):
        with _known_totals(path):
            shapes += desk.keep(
                source,
                read(
                    path,
                    congress=plan.congress,
                    resolution_m=source.resolution_m,
                    attributes=source.attributes or None,
                    expect=_expected(source),
                    progress=desk.progress(path),
                ),
            )
    return shapes


def _roster(desk: _Desk, recipe: RosterRecipe, file: Path) -> Roster:
    current = desk.sources.one(recipe.current)
    historical = None if recipe.historical is None else desk.sources.one(recipe.historical)
    day = recipe.published_on or desk.sources.day(recipe.current, current)
    if day is None:
        raise ImportRefused(
            file,
            f"does not say on which day {current.name} was right, and it was not pulled",
            "Give roster.published_on: without it nobody can tell a vacant seat from an old list",
        )
    desk.tell(current.name, 0, 1)
    found = read_legislators(current, historical, published_on=day)
    desk.tell(current.name, 1, 1)
    for source, path in ((recipe.current, current), (recipe.historical, historical)):
        if source is not None and path is not None:
            counts = dict(found.counts) if path == current else {}
            note = Found(path, "legislators", sha256_of(path), found.counts["people"], None, counts)
            desk.notes.append(replace(desk.sources.note(source, note), published_on=day))
    return found.roster


def _remark_on_points(desk: _Desk, plan: PlanContents, drawn: Sequence[Golden]) -> None:
    areas = {shape.geoid for shape in plan.shapes}
    proven = {case.geoids[0] for case in drawn if "point" in case.question}
    if left := sorted(areas - proven) if proven else []:
        first = ", ".join(left[:10]) + (", …" if len(left) > 10 else "")
        desk.remarks.append(
            f"{plan.plan}: {len(left)} of {len(areas)} districts are too narrow, for lines as coarse as theirs, to have a "
            f"golden point ({first})"
        )


def _expected(source: SourceFile) -> dict[str, int] | None:
    return source.expect or None


@contextmanager
def _known_totals(path: Path) -> Iterator[None]:
    """A recipe may expect totals that no importer counts."""
    try:
        yield
    except KeyError as error:
        raise ImportRefused(path, f"nobody counts {error.args[0]} in it", "Correct expect in the recipe") from None
