"""A recipe: the YAML file that says which published files a reference file is made of, and for which plans.

It is all that a build depends on, so that the same recipe and the same sources give the same file anywhere: nothing is read
from the environment. A field that nobody knows is refused, since it is likely a slip. The fields are explained in
docs/refdata.md; files are named relative to the recipe.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path, PurePosixPath
from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from schemas.fields import PlanId, Sha256, StateCode
from services.resolve.geoids import FIPS_BY_STATE
from services.resolve.importers.errors import ImportRefused
from services.resolve.importers.strict_yaml import as_json

FIPS: Final = "{fips}"
"""Stands for a state's FIPS code in ``file`` and ``url``: one source for each state."""


Weighs = Literal["population", "land"]
"""What a column is a share of that is only called weight, share or afact."""


class _AsWritten(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", hide_input_in_errors=True, allow_inf_nan=False)


class SourceFile(_AsWritten):
    """One published file, or a family of them: ``file`` may hold ``{fips}``, or ``*`` where there is no ``url``.

    ``expect`` are totals that must be met (``rows``, ``zips``, ``pairs``, …), as the importer counts them.
    """

    file: Annotated[str, Field(min_length=1, max_length=500)]
    url: Annotated[str, Field(pattern=r"^https?://", max_length=500)] | None = None
    sha256: Sha256 | None = None
    licence: Annotated[str, Field(max_length=200)] = ""
    published_on: date | None = None
    states: tuple[StateCode, ...] = ()
    expect: dict[str, int] = {}

    @model_validator(mode="after")
    def _is_of_one_mind(self) -> SourceFile:
        many = "*" in self.file or FIPS in self.file
        if "*" in str(PurePosixPath(self.file).parent):
            raise ValueError("* stands for part of a file's name, not of a folder's")
        if self.url is not None:
            where = PurePosixPath(self.file)
            if "*" in self.file or where.is_absolute() or ".." in where.parts:
                raise ValueError("a file that is fetched from a url has one plain name below the recipe's folder")
            if (FIPS in self.file) != (FIPS in self.url):
                raise ValueError(f"file and url must both have {FIPS}, or neither")
        if self.sha256 and many:
            raise ValueError("a checksum belongs to one file, not to a family of them")
        if self.states and FIPS not in self.file:
            raise ValueError(f"states choose what {FIPS} stands for, and the file has none")
        if strange := [state for state in self.states if state not in FIPS_BY_STATE]:
            raise ValueError(f"{strange[0]} has no seat in Congress and no FIPS code here")
        return self


class Zips(SourceFile):
    """Which districts each ZIP touches: the Census Bureau's relationship file, or simple pairs."""

    format: Literal["relationship", "pairs"]
    weighs: Weighs | None = None


class Weights(SourceFile):
    """How much of each ZIP lies in each district: any table of shares, of people or of land."""

    weighs: Weighs | None = None


class Blocks(_AsWritten):
    """The Census blocks, from which weights by population follow: of districts, of people, of ZIPs."""

    equivalency: SourceFile
    population: SourceFile
    zips: SourceFile


class Geometry(SourceFile):
    """Districts' areas: a shapefile (zip) or GeoJSON. ``attributes`` maps what a publisher calls things his own way."""

    format: Literal["shapefile", "geojson"]
    resolution_m: Annotated[float, Field(gt=0, le=5000)] | None = None
    attributes: dict[str, str] = {}


class PlanRecipe(_AsWritten):
    """One map of districts and what is known by it. Its validity follows from the Congress unless given."""

    congress: Annotated[int, Field(ge=100, le=199)]
    plan: PlanId | None = None
    valid_from: AwareDatetime | None = None
    valid_to: AwareDatetime | None = None
    zips: tuple[Zips, ...] = ()
    weights: Weights | None = None
    blocks: Blocks | None = None
    plus4: SourceFile | None = None
    points: SourceFile | None = None
    geometry: tuple[Geometry, ...] = ()

    @model_validator(mode="after")
    def _is_of_one_mind(self) -> PlanRecipe:
        if not self.zips and not self.geometry:
            raise ValueError("a map without zips and without geometry can answer nothing")
        if not self.zips and (self.weights or self.blocks):
            raise ValueError("weights are of ZIPs, and there are no zips")
        if self.weights and self.blocks:
            raise ValueError("weights and blocks both say how people are spread: give one of them")
        if self.since >= self.until:
            raise ValueError("valid_from must be before valid_to")
        return self

    @property
    def name(self) -> str:
        return self.plan or f"us-cd-{self.congress}"

    @property
    def since(self) -> datetime:
        return self.valid_from or seated(self.congress)

    @property
    def until(self) -> datetime:
        return self.valid_to or seated(self.congress + 1)


class RosterRecipe(_AsWritten):
    """Who holds the seats. ``published_on`` is the day on which the list was known to be right."""

    current: SourceFile
    historical: SourceFile | None = None
    published_on: date | None = None


class Automatic(_AsWritten):
    """How many golden cases are drawn from the data itself, so that the compiled file proves that it holds them."""

    unique: Annotated[int, Field(ge=0, le=5000)] = 200
    split: Annotated[int, Field(ge=0, le=5000)] = 200
    points: bool = True


class Recipe(_AsWritten):
    """Everything that a build depends on."""

    plans: Annotated[tuple[PlanRecipe, ...], Field(min_length=1)]
    roster: RosterRecipe | None = None
    golden: tuple[SourceFile, ...] = ()
    automatic: Automatic = Automatic()

    @model_validator(mode="after")
    def _names_each_plan_once(self) -> Recipe:
        names = [plan.name for plan in self.plans]
        if twice := [name for name in names if names.count(name) > 1]:
            raise ValueError(f"{twice[0]} stands here twice: a map that a court changed needs a name of its own")
        return self


@dataclass(frozen=True, slots=True)
class Wanted:
    """One file that a recipe needs: where in the recipe, which file below its folder, and the address to fetch it from."""

    place: str
    file: str
    url: str | None
    source: SourceFile


def seated(congress: int) -> datetime:
    """When a Congress begins to sit: noon Eastern of 3 January (U.S. Constitution, amendment XX, section 1)."""
    return datetime(1789 + 2 * (congress - 1), 1, 3, 17, tzinfo=UTC)


def read_recipe(file: Path) -> Recipe:
    """The recipe in a YAML file. Raises ``ImportRefused`` with every fault and its place, ``OSError`` if unreadable."""
    try:
        return Recipe.model_validate_json(as_json(file))
    except ValidationError as error:
        found = error.errors()
        faults = "".join(
            f"\n  {'.'.join(map(str, fault['loc'])) or 'recipe'}: {fault['msg']}"
            for fault in found
            if not _is_only_the_whole(fault, found)
        )
        raise ImportRefused(file, f"is not a recipe:{faults}", "The fields are explained in docs/refdata.md") from None


def wanted(recipe: Recipe) -> Iterator[Wanted]:
    """Every file that the recipe names, families of states one by one; ``*`` is left as it is."""
    for place, source in _sources(recipe, ""):
        if FIPS in source.file:
            for state in source.states or FIPS_BY_STATE:
                fips = FIPS_BY_STATE[state]
                url = source.url and source.url.replace(FIPS, fips)
                yield Wanted(f"{place} ({state})", source.file.replace(FIPS, fips), url, source)
        else:
            yield Wanted(place, source.file, source.url, source)


def _sources(part: BaseModel, place: str) -> Iterator[tuple[str, SourceFile]]:
    for name in type(part).model_fields:
        value = getattr(part, name)
        for number, one in enumerate(value if isinstance(value, tuple) else (value,)):
            where = f"{place}{name}.{number}" if isinstance(value, tuple) else f"{place}{name}"
            if isinstance(one, SourceFile):
                yield where, one
            elif isinstance(one, BaseModel):
                yield from _sources(one, f"{where}.")


def _is_only_the_whole(fault: ErrorDetails, found: Iterable[ErrorDetails]) -> bool:
    """Whether a fault is of a list that is empty only because its parts are at fault, which are told."""
    where = fault["loc"]
    return fault["type"] == "too_short" and any(
        other["loc"][: len(where)] == where and other is not fault for other in found
    )
