"""Reads districts' areas from GeoJSON (RFC 7946), plain or packed with gzip, with the Census Bureau's attributes or others.

A file may say of each area how exact its lines are (``res_m``, in metres): composites of several sources do. It is parsed
whole and checked part by part, since anything may be in it.
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from services.resolve.importers.areas import Areas
from services.resolve.importers.attributes import find_attributes, resolution_of
from services.resolve.importers.errors import ImportRefused
from services.resolve.importers.found import Found, Progress, silent
from services.resolve.reference.contents import Ring, Shape

MOST_BYTES: Final = 1 << 30
_AGAIN: Final = "Download it again"
_COARSE: Final = "res_m"
_DEGREES: Final = re.compile(r"(.*[:/])?(EPSG:+(4269|4326)|CRS84|CRS83)", re.IGNORECASE)
_OTHER_CRS: Final = "Convert it first: ogr2ogr -t_srs EPSG:4326"


def read_geojson(
    path: Path,
    *,
    congress: int | None = None,
    resolution_m: float | None = None,
    attributes: Mapping[str, str] | None = None,
    expect: Mapping[str, int] | None = None,
    progress: Progress = silent,
) -> tuple[list[Shape], Found]:
    """The districts in a feature collection, by GEOID; ``ZZ``, water and land in no district, is left out and counted.

    Args:
        path: The file; packed or not is told by its content.
        congress: Refuse a file for another one; and the one it is for, where its attributes do not say.
        resolution_m: How far its lines may be off. An area's own ``res_m`` counts where it is coarser; with neither, the
            product's name does.
        attributes: What the publisher calls ``geoid``, or ``state`` and ``district``.
        expect: Totals that must be met: ``districts``, ``undefined``, ``corners``, ``rows``.
        progress: Called with areas read and in all.

    Raises:
        ImportRefused: it is no such file, not in degrees of NAD 83 or WGS 84, or of another Congress.
        OSError: it cannot be read.
    """
    collection = _parsed(path)
    features = collection.get("features") if collection.get("type") == "FeatureCollection" else None
    if not isinstance(features, list) or not features:
        raise ImportRefused(
            path, "it is no collection of features", "Take GeoJSON with a FeatureCollection of districts"
        )
    _check_crs(path, collection.get("crs"))
    rows = [_properties(path, feature) for feature in features]
    names = dict.fromkeys(name for row in rows for name in row)
    found = find_attributes(path, names, attributes, congress)
    product = collection.get("name")
    if all(_own_resolution(path, row) for row in rows):
        whole = resolution_m or 0.0
    else:
        whole = resolution_of(path, product if isinstance(product, str) else "", resolution_m)
    areas = Areas(path, whole)
    for number, (feature, row) in enumerate(zip(features, rows, strict=True), start=1):
        own = _own_resolution(path, row)
        areas.add(found.geoid_of(row), list(_rings(path, feature.get("geometry"))), max(own, whole))
        progress(number, len(features))
    return areas.found("geojson", found.congress or congress, expect)


def _parsed(path: Path) -> dict[str, Any]:
    """The file's object."""
    content = _content(path)
    try:
        parsed = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise ImportRefused(path, "it is no JSON, or is cut off", _AGAIN) from None
    if not isinstance(parsed, dict):
        raise ImportRefused(path, "it is JSON, but no GeoJSON", "Take GeoJSON with a FeatureCollection of districts")
    return parsed


def _content(path: Path) -> bytes:
    with path.open("rb") as plain:
        packed = plain.read(2) == b"\x1f\x8b"
    try:
        with gzip.open(path) if packed else path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ImportRefused(path, f"what gzip packed cannot be read ({type(error).__name__})", _AGAIN) from None
    if len(content) > MOST_BYTES:
        raise ImportRefused(path, f"it unpacks to more than {MOST_BYTES >> 20} MB, more than any map", _AGAIN)
    return content


def _check_crs(path: Path, crs: object) -> None:
    """Without ``crs`` it is WGS 84 (RFC 7946, section 4); the older form (2008) may name another."""
    if crs is None:
        return
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if not isinstance(name, str) or not _DEGREES.fullmatch(_plain(name)):
        raise ImportRefused(path, "its crs is not longitude and latitude of NAD 83 or WGS 84", _OTHER_CRS)


def _plain(name: str) -> str:
    """A name of a coordinate system without the version that a URN may have: ``urn:ogc:def:crs:OGC:1.3:CRS84``."""
    return re.sub(r"(?i)^urn:ogc:def:crs:(\w+):[\d.]*:", r"\1:", name)


def _properties(path: Path, feature: object) -> dict[str, Any]:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(properties, dict):
        raise ImportRefused(path, "it has an area without properties", "Take the file with its attributes")
    return properties


def _own_resolution(path: Path, row: Mapping[str, Any]) -> float:
    """What an area says of itself, in metres; 0 if nothing."""
    value = row.get(_COARSE)
    if value is None:
        return 0.0
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 100_000:
        raise ImportRefused(path, f"{_COARSE} of an area is no number of metres", "Correct it, or leave it out")
    return float(value)


def _rings(path: Path, geometry: object) -> Iterator[Ring]:
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if not isinstance(geometry, dict) or kind not in ("Polygon", "MultiPolygon"):
        raise ImportRefused(path, "it has points, lines or nothing where an area is wanted", "Take a file of areas")
    try:
        polygons = geometry["coordinates"] if kind == "MultiPolygon" else [geometry["coordinates"]]
        for polygon in polygons:
            for ring in polygon:
                yield [(float(lon), float(lat)) for lon, lat, *_ in ring]
    except (KeyError, TypeError, ValueError, OverflowError):
        raise ImportRefused(path, "the coordinates of an area are not as GeoJSON has them", _AGAIN) from None
