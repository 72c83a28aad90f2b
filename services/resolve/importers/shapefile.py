"""Reads districts' areas from a shapefile in a zip archive: TIGER/Line, cartographic boundaries, and maps that states draw.

Nothing is unpacked onto the disk. Archives come from the network, so one that is larger than any map, names files elsewhere
or lacks a part is refused, and so is damage of any kind. The library for shapefiles is in the extra ``refdata`` and is
imported only here, and only when one is read.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import Any, Final

from services.resolve.importers.areas import Areas
from services.resolve.importers.attributes import find_attributes, resolution_of
from services.resolve.importers.errors import ImportRefused
from services.resolve.importers.found import Found, Progress, silent
from services.resolve.reference.contents import Ring, Shape

MOST_BYTES: Final = 1 << 30
"""Unpacked: five times the full detail of the whole country."""

_MOST_PACKED: Final = 200
"""No map shrinks to less than a two-hundredth."""

_PARTS: Final = (".shp", ".shx", ".dbf", ".prj")
_POLYGONS: Final = (5, 15, 25)
"""Polygons without and with heights or measures (source: ESRI Shapefile Technical Description, 1998)."""

_AGAIN: Final = "Download it again"
_DEGREES: Final = re.compile(
    rb"""^\s*GEOG(CS|CRS)\[\s*"(GCS_North_American_1983|NAD_?83|GCS_WGS_1984|WGS_?(19)?84)""", re.IGNORECASE
)


def read_shapefile(
    path: Path,
    *,
    congress: int | None = None,
    resolution_m: float | None = None,
    attributes: Mapping[str, str] | None = None,
    expect: Mapping[str, int] | None = None,
    progress: Progress = silent,
) -> tuple[list[Shape], Found]:
    """The districts in a zipped shapefile, by GEOID; ``ZZ``, water and land in no district, is left out and counted.

    Args:
        path: The archive, with exactly one .shp and its .shx, .dbf and .prj.
        congress: Refuse a file for another one.
        resolution_m: How far its lines may be off; else by the product's name.
        attributes: What the publisher calls ``geoid``, or ``state`` and ``district``.
        expect: Totals that must be met: ``districts``, ``undefined``, ``corners``, ``rows``.
        progress: Called with areas read and in all.

    Raises:
        ImportRefused: it is no such archive, damaged, not in degrees of NAD 83 or WGS 84, or of another Congress.
        OSError: it cannot be read.
    """
    parts, product = _unpacked(path)
    _check_crs(path, parts[".prj"])
    _check_length(path, parts[".shp"])
    reader = _opened(path, parts)
    try:
        names = [field.name for field in reader.fields[1:]]
        found = find_attributes(path, names, attributes, congress)
        areas = Areas(path, resolution_of(path, product, resolution_m))
        total = len(reader)
        for number, (values, rings) in enumerate(_areas(path, reader), start=1):
            areas.add(found.geoid_of(values), rings, areas.resolution_m)
            progress(number, total)
    except ImportRefused:
        raise
    except Exception as error:  # noqa: BLE001 - damage makes the library raise whatever it meets
        raise ImportRefused(path, f"the shapefile is damaged ({type(error).__name__})", _AGAIN) from None
    return areas.found("shapefile", found.congress, expect)


def _unpacked(path: Path) -> tuple[dict[str, bytes], str]:
    """The parts of the one shapefile in an archive by their endings, and its name without one."""
    if not zipfile.is_zipfile(path):
        raise ImportRefused(
            path, "it is no zip archive, or is cut off", f"{_AGAIN}, or zip {', '.join(_PARTS)} together"
        )
    try:
        with zipfile.ZipFile(path) as archive:
            infos = _checked(path, archive.infolist())
            stem = _only_stem(path, infos)
            return {ending: archive.read(infos[stem + ending]) for ending in _PARTS}, PurePosixPath(stem).name
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise ImportRefused(path, f"the zip archive cannot be read ({type(error).__name__})", _AGAIN) from None


def _checked(path: Path, infos: Sequence[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    """The archive's members with their endings in small letters. Refused before anything is unpacked: see above."""
    size = sum(info.file_size for info in infos)
    packed = sum(info.compress_size for info in infos)
    if size > MOST_BYTES or size > max(packed, 1 << 16) * _MOST_PACKED:
        raise ImportRefused(path, f"it would unpack to {size >> 20} MB, more than any map", _AGAIN)
    for info in infos:
        where = PurePosixPath(info.filename.replace("\\", "/"))
        if where.is_absolute() or ".." in where.parts or ":" in where.parts[0]:
            raise ImportRefused(path, "it names files outside of the archive", "Take it from its publisher")
    return {
        str(PurePosixPath(info.filename).with_suffix(PurePosixPath(info.filename).suffix.lower())): info
        for info in infos
    }


def _only_stem(path: Path, infos: Mapping[str, zipfile.ZipInfo]) -> str:
    stems = [name.removesuffix(".shp") for name in infos if name.endswith(".shp")]
    if len(stems) != 1:
        raise ImportRefused(path, f"it holds {len(stems)} shapefiles (.shp), where one is wanted", "Pack one by itself")
    missing = [ending for ending in _PARTS if stems[0] + ending not in infos]
    if missing:
        raise ImportRefused(
            path, f"the shapefile lacks its {' and '.join(missing)}", f"Zip {', '.join(_PARTS)} together"
        )
    return stems[0]


def _check_crs(path: Path, wkt: bytes) -> None:
    if not _DEGREES.match(wkt.removeprefix(b"\xef\xbb\xbf")):
        raise ImportRefused(
            path,
            "its coordinates are not longitude and latitude of NAD 83 or WGS 84 (.prj)",
            "Convert it first: ogr2ogr -t_srs EPSG:4269",
        )


def _check_length(path: Path, shp: bytes) -> None:
    """A main file says at its byte 24 how long it is, in words of two bytes; the library would only warn."""
    if len(shp) < 100 or int.from_bytes(shp[24:28], "big") * 2 != len(shp):
        raise ImportRefused(path, "the .shp is cut off or damaged", _AGAIN)


def _opened(path: Path, parts: Mapping[str, bytes]) -> Any:
    try:
        import shapefile  # type: ignore[import-untyped]  # noqa: PLC0415 - an extra, wanted by few
    except ImportError:
        remedy = 'Install the extra with pip install "postbag[refdata]"'
        raise ImportRefused(path, "it is a shapefile, which needs pyshp", remedy) from None
    shp, shx, dbf = (BytesIO(parts[ending]) for ending in (".shp", ".shx", ".dbf"))
    try:
        reader = shapefile.Reader(shp=shp, shx=shx, dbf=dbf, encoding="utf-8", encodingErrors="replace")
        kind, shapes, records = reader.shapeType, reader.numShapes, reader.numRecords
    except Exception as error:  # noqa: BLE001 - damage makes the library raise whatever it meets
        raise ImportRefused(path, f"the shapefile is damaged ({type(error).__name__})", _AGAIN) from None
    if kind not in _POLYGONS:
        raise ImportRefused(path, "it has points or lines, not areas", "Take the file of congressional districts")
    if shapes != records:
        raise ImportRefused(path, f"it has {shapes} areas and {records} rows of attributes", _AGAIN)
    return reader


def _areas(path: Path, reader: Any) -> Iterator[tuple[dict[str, object], list[Ring]]]:
    """The attributes and the rings of each area."""
    for both in reader.iterShapeRecords():
        points, parts = both.shape.points, [*both.shape.parts, len(both.shape.points)]
        if parts != sorted(parts) or parts[0] != 0:
            raise ImportRefused(path, "the .shp is cut off or damaged", _AGAIN)
        rings: list[Ring] = [[(point[0], point[1]) for point in points[a:b]] for a, b in pairwise(parts)]
        yield both.record.as_dict(), rings
