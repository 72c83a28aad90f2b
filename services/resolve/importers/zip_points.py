"""Reads where ZIPs are: a point for each, from GeoNames, the Census gazetteer or any table with latitude and longitude.

A point stands for a ZIP without an area, such as one of post office boxes; the answer that it gives says so. A file whose
points lie mostly outside the United States has its columns swapped or its signs lost, and is refused.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Final

from services.resolve.importers import codes
from services.resolve.importers.delimited import open_text
from services.resolve.importers.errors import ImportRefused
from services.resolve.importers.found import Found, Progress, check_totals, sha256_of, silent
from services.resolve.importers.table import Table
from services.resolve.reference.contents import ZipPoint

GEONAMES: Final = (
    "country", "zip", "place", "state_name", "state", "county_name", "county", "community_name", "community",
    "lat", "lon", "accuracy",
)  # fmt: skip
"""The columns of GeoNames' postal code files, which have no header (source: its readme.txt)."""

_ZIPS: Final = (*codes.ZIP_COLUMNS, "postal_code", "postalcode", "geoid", "geoid20")
_LATITUDES: Final = ("lat", "latitude", "intptlat", "intptlat20", "y")
_LONGITUDES: Final = ("lon", "lng", "long", "longitude", "intptlong", "intptlon", "intptlon20", "x")
_OURS: Final = frozenset({"US", "PR", "GU", "VI", "AS", "MP", "FM", "MH", "PW"})
_MOST_ABROAD: Final = 0.01
_NUMBER: Final = re.compile(r"-?\d+(\.\d+)?")


def read_zip_points(
    path: Path, *, expect: Mapping[str, int] | None = None, progress: Progress = silent
) -> tuple[list[ZipPoint], Found]:
    """The points in order of ZIP. The first of a ZIP that stands there several times counts.

    Counted, and left out: ``repeated`` ZIPs, ``foreign`` rows of other countries, rows ``without_point``, and points
    ``abroad``: outside the box around the states and territories.

    Raises:
        ImportRefused: a column is missing, a value is no number, or more than 1 % of the points lie abroad.
        OSError: it cannot be read.
    """
    points: dict[str, ZipPoint] = {}
    counts, rows, first_abroad = Counter[str](repeated=0, foreign=0, without_point=0, abroad=0), 0, 0
    with open_points(path, progress) as table:
        zip_at, lat_at = table.need("the ZIP", *_ZIPS), table.need("the latitude", *_LATITUDES)
        lon_at, country_at = table.need("the longitude", *_LONGITUDES), table.find("country", "country_code")
        for line, row in table.rows:
            rows += 1
            if country_at is not None and row[country_at].strip().upper() not in _OURS:
                counts["foreign"] += 1
                continue
            zip5 = codes.zip5(table, line, zip_at, row[zip_at])
            lat, lon = _degrees(table, line, lat_at, row[lat_at]), _degrees(table, line, lon_at, row[lon_at])
            if lat is None or lon is None:
                counts["without_point"] += 1
            elif not _in_the_box(lat, lon):
                counts["abroad"] += 1
                first_abroad = first_abroad or line
            elif zip5 in points:
                counts["repeated"] += 1
            else:
                points[zip5] = ZipPoint(zip5, lat, lon)
        if counts["abroad"] > _MOST_ABROAD * rows:
            problem = f"{counts['abroad']} points lie outside the United States, this one first"
            raise table.refuse(first_abroad, problem, "Latitude is north and positive, longitude west and negative")
        if not points:
            raise table.refuse(1, "it has no points of ZIPs", "Download or export the file again")
    found = Found(path, "zip_points", sha256_of(path), rows, None, {"zips": len(points)} | dict(counts))
    check_totals(found, expect)
    return [points[zip5] for zip5 in sorted(points)], found


@contextmanager
def open_points(path: Path, progress: Progress = silent) -> Iterator[Table]:
    """The table of points, with or without a header."""
    columns = GEONAMES if is_geonames(path) else ()
    with open_text(path, columns=columns, progress=progress) as table:
        yield table


def is_geonames(path: Path) -> bool:
    """Whether the first line is a row as GeoNames writes them: twelve values with tabs between, a number for latitude."""
    try:
        with open_text(path, columns=GEONAMES) as table:
            return any(_NUMBER.fullmatch(row[GEONAMES.index("lat")]) for _, row in islice(table.rows, 1))
    except ImportRefused:
        return False


def _degrees(table: Table, line: int, column: int, text: str) -> float | None:
    if not text.strip():
        return None
    try:
        return float(text)
    except ValueError:
        raise table.refuse(line, "this is no number of degrees", "Name the columns as they are meant", column) from None


def _in_the_box(lat: float, lon: float) -> bool:
    """From American Samoa to Alaska, and from Palau across the date line to the Virgin Islands."""
    return -15 <= lat <= 72 and (-180 <= lon <= -64 or 130 <= lon <= 180)
