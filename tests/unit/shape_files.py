"""Shapefiles and GeoJSON made up for tests: two districts of Connecticut side by side, and what is wrong with them."""

from __future__ import annotations

import gzip
import json
import zipfile
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

NAD_83 = (
    'GEOGCS["GCS_North_American_1983",DATUM["D_North_American_1983",SPHEROID["GRS_1980",6378137,298.257222101]],'
    'PRIMEM["Greenwich",0],UNIT["Degree",0.017453292519943295]]'
)
ALBERS = f'PROJCS["NAD_1983_Albers",{NAD_83},PROJECTION["Albers"]]'

Corners = Sequence[tuple[float, float]]

WEST: Corners = [(-73, 41), (-73, 42), (-72, 42), (-72, 41), (-73, 41)]
EAST: Corners = [(-72, 41), (-72, 42), (-71, 42), (-71, 41), (-72, 41)]

CENSUS: Sequence[Mapping[str, str]] = [
    {"STATEFP": "09", "CD119FP": "01", "GEOID": "0901"},
    {"STATEFP": "09", "CD119FP": "02", "GEOID": "0902"},
]


def parts_of(
    rows: Sequence[Mapping[str, str]] = CENSUS,
    areas: Sequence[Sequence[Corners]] = ([WEST], [EAST]),
    crs: str = NAD_83,
    *,
    points: bool = False,
) -> dict[str, bytes]:
    """The four parts of a shapefile by their endings."""
    import shapefile  # type: ignore[import-untyped]

    made = {ending: BytesIO() for ending in (".shp", ".shx", ".dbf")}
    kind = shapefile.POINT if points else shapefile.POLYGON
    with shapefile.Writer(shp=made[".shp"], shx=made[".shx"], dbf=made[".dbf"], shapeType=kind) as writer:
        for name in rows[0]:
            writer.field(name, "C", size=40)
        for row, rings in zip(rows, areas, strict=True):
            if points:
                writer.point(*rings[0][0])
            else:
                writer.poly([list(ring) for ring in rings])
            writer.record(*row.values())
    return {ending: file.getvalue() for ending, file in made.items()} | {".prj": crs.encode()}


def zipped(folder: Path, parts: Mapping[str, bytes], name: str = "tl_2024_09_cd119", inside: str | None = None) -> Path:
    """An archive with these parts; ``inside`` is what the parts are called if not as the archive."""
    path = folder / f"{name}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for ending, content in parts.items():
            archive.writestr((inside or name) + ending, content)
    return path


def feature(properties: Mapping[str, Any], *rings: Corners) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": dict(properties),
        "geometry": {"type": "Polygon", "coordinates": [list(map(list, ring)) for ring in rings]},
    }


def written(folder: Path, *features: Any, packed: bool = False, name: str = "map.geojson", **more: Any) -> Path:
    """A feature collection with these features and further members."""
    path = folder / name
    text = json.dumps({"type": "FeatureCollection", **more, "features": list(features)}).encode()
    path.write_bytes(gzip.compress(text) if packed else text)
    return path
