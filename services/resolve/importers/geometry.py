"""Tells what a file of districts' areas is by its content, and reads it as that.

Files are renamed, and servers answer with error pages under the right name. What is neither a zipped shapefile nor GeoJSON is
``unknown``; what to do about it is a person's decision.
"""

from __future__ import annotations

import gzip
import re
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

from services.resolve.importers.errors import ImportRefused
from services.resolve.importers.found import Found, Progress, silent
from services.resolve.importers.geojson import read_geojson
from services.resolve.importers.shapefile import read_shapefile
from services.resolve.reference.contents import Shape

Kind = Literal["shapefile", "geojson", "unknown"]

_HEAD: Final = 1 << 16
_FEATURES: Final = re.compile(rb"""^(\xef\xbb\xbf)?\s*\{.*?"type"\s*:\s*"Feature(Collection)?\"""", re.DOTALL)


def geometry_kind(path: Path) -> Kind:
    """What a file holds. Raises ``OSError`` if it cannot be read."""
    if zipfile.is_zipfile(path):
        try:
            with zipfile.ZipFile(path) as archive:
                return "shapefile" if any(name.lower().endswith(".shp") for name in archive.namelist()) else "unknown"
        except zipfile.BadZipFile:
            return "unknown"
    with path.open("rb") as plain:
        head = plain.read(_HEAD)
    if head.startswith(b"\x1f\x8b"):
        try:
            with gzip.open(path) as packed:
                head = packed.read(_HEAD)
        except (gzip.BadGzipFile, EOFError, zlib.error):
            return "unknown"
    return "geojson" if _FEATURES.match(head) else "unknown"


def read_shapes(
    path: Path,
    *,
    congress: int | None = None,
    resolution_m: float | None = None,
    attributes: Mapping[str, str] | None = None,
    expect: Mapping[str, int] | None = None,
    progress: Progress = silent,
) -> tuple[list[Shape], Found]:
    """The districts in a file of either kind: see ``read_shapefile`` and ``read_geojson``, also for what is raised."""
    match geometry_kind(path):
        case "shapefile":
            read = read_shapefile
        case "geojson":
            read = read_geojson
        case _:
            raise ImportRefused(
                path,
                "it is neither a zipped shapefile nor GeoJSON",
                "Name the file that is meant; zip the .shp, .shx, .dbf and .prj of a shapefile together",
            )
    return read(
        path, congress=congress, resolution_m=resolution_m, attributes=attributes, expect=expect, progress=progress
    )
