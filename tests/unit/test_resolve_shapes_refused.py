"""What would make a map that answers wrongly is refused by name, with the fault and the remedy; damage never gets through."""

from __future__ import annotations

import gzip
import json
import random
import zipfile
from pathlib import Path
from typing import Any

import pytest

from services.resolve.importers import geojson, shapefile
from services.resolve.importers.errors import ImportRefused
from services.resolve.importers.geojson import read_geojson
from services.resolve.importers.shapefile import read_shapefile
from tests.unit.shape_files import ALBERS, CENSUS, EAST, WEST, feature, parts_of, written, zipped

GEO = {"GEOID": "0901"}


def refused(path: Path, **options: Any) -> str:
    """What a person reads; it always begins with the file and ends with a remedy."""
    read = read_shapefile if path.suffix == ".zip" else read_geojson
    with pytest.raises(ImportRefused) as caught:
        read(path, **options)
    assert str(caught.value).startswith(f"{path}: ")
    assert caught.value.remedy
    return caught.value.problem


@pytest.mark.parametrize("missing", [".shp", ".shx", ".dbf", ".prj"])
def test_a_shapefile_without_one_of_its_parts(tmp_path: Path, missing: str) -> None:
    parts = parts_of()
    del parts[missing]
    assert missing in refused(zipped(tmp_path, parts))


def test_archives_that_are_no_map(tmp_path: Path) -> None:
    path = zipped(tmp_path, parts_of())
    cut = tmp_path / "cut.zip"
    cut.write_bytes(path.read_bytes()[:-30])
    assert "no zip archive" in refused(cut)
    two = zipped(tmp_path, parts_of() | {"_b" + ending: part for ending, part in parts_of().items()}, "two")
    assert "2 shapefiles" in refused(two)
    assert "0 shapefiles" in refused(zipped(tmp_path, {".txt": b"read me"}, "none"))


@pytest.mark.parametrize("length", [0, 50, 100, 250, -2])
def test_a_shapefile_that_is_cut_off(tmp_path: Path, length: int) -> None:
    parts = parts_of()
    assert "cut off" in refused(zipped(tmp_path, parts | {".shp": parts[".shp"][:length]}))


@pytest.mark.parametrize("name", ["../../etc/cron.d/x", "/etc/passwd", "..\\..\\x", "C:\\x", "a/../../b"])
def test_names_that_lead_out_of_the_archive(tmp_path: Path, name: str) -> None:
    path = zipped(tmp_path, parts_of())
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(name, "x")
    assert "outside" in refused(path)


def test_bombs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = zipped(tmp_path, parts_of() | {".xml": b"\0" * (20 << 20)})
    assert "unpack to 20 MB" in refused(bomb)
    monkeypatch.setattr(shapefile, "MOST_BYTES", 1000)
    assert "more than any map" in refused(zipped(tmp_path, parts_of()))
    monkeypatch.setattr(geojson, "MOST_BYTES", 1000)
    path = tmp_path / "bomb.geojson"
    path.write_bytes(gzip.compress(b" " * 100_000))
    assert "more than any map" in refused(path)


def test_other_coordinates_than_degrees(tmp_path: Path) -> None:
    assert "NAD 83 or WGS 84" in refused(zipped(tmp_path, parts_of(crs=ALBERS)))
    metres = [[(2_000_000.0 + x, 700_000.0 + y) for x, y in ring] for ring in (WEST, EAST)]
    assert "degrees" in refused(zipped(tmp_path, parts_of(areas=[[ring] for ring in metres])))
    for name in ("urn:ogc:def:crs:EPSG::3857", "EPSG:5070", 4326, None):
        path = written(tmp_path, feature(GEO, WEST), crs={"type": "name", "properties": {"name": name}})
        assert "crs" in refused(path, resolution_m=10.0)


@pytest.mark.parametrize(
    "name",
    [
        "urn:ogc:def:crs:EPSG::4269",
        "urn:ogc:def:crs:EPSG::4326",
        "EPSG:4326",
        "urn:ogc:def:crs:OGC:1.3:CRS84",
        "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
    ],
)
def test_degrees_by_any_of_their_names_are_taken(tmp_path: Path, name: str) -> None:
    path = written(tmp_path, feature(GEO, WEST), crs={"type": "name", "properties": {"name": name}})
    assert read_geojson(path, resolution_m=10.0)[1].rows == 1


def test_another_congress_or_two_of_them(tmp_path: Path) -> None:
    path = zipped(tmp_path, parts_of())
    assert "Congress 119, not of 120" in refused(path, congress=120)
    both = [{**row, "CD118FP": "01"} for row in CENSUS]
    assert "[118, 119]" in refused(zipped(tmp_path, parts_of(both), "both"))


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ([{"NAME": "a"}, {"NAME": "b"}], "no attribute names the district"),
        ([{"CD119FP": "01"}, {"CD119FP": "02"}], "no attribute names the district"),
        ([{"GEOID": "0901"}, {"GEOID": "0901"}], "stands in it twice"),
        ([{"GEOID": "0901"}, {"GEOID": "0999"}], "no district 99"),
        ([{"GEOID": "0901"}, {"GEOID": ""}], "name nothing"),
        ([{"GEOID": "09001000100"}, {"GEOID": "09001000200"}], "four digits"),
        ([{"STATEFP": "09", "CD119FP": "02", "GEOID": "0901"}] * 2, "name 0901 and 0902"),
        ([{"GEOID": "09ZZ"}] * 2, "no district"),
    ],
)
def test_areas_that_are_no_districts(tmp_path: Path, rows: list[dict[str, str]], problem: str) -> None:
    assert problem in refused(zipped(tmp_path, parts_of(rows)))
    features = [feature(row, ring) for row, ring in zip(rows, (WEST, EAST), strict=True)]
    assert problem in refused(written(tmp_path, *features), resolution_m=10.0)


def test_a_mapping_of_what_is_not_there(tmp_path: Path) -> None:
    path = zipped(tmp_path, parts_of())
    assert "no attribute DISTRICT" in refused(path, attributes={"state": "CT", "district": "DISTRICT"})
    assert "attributes map name" in refused(path, attributes={"name": "GEOID"})


def test_lines_of_which_nobody_says_how_exact_they_are(tmp_path: Path) -> None:
    assert "how exact" in refused(zipped(tmp_path, parts_of(), "enacted"))
    assert "how exact" in refused(
        written(tmp_path, feature({**GEO, "res_m": 1}, WEST), feature({"GEOID": "0902"}, EAST))
    )
    for strange in (-1, 0, "30", True, 1e9):
        assert "metres" in refused(written(tmp_path, feature({**GEO, "res_m": strange}, WEST)))


def test_other_totals_than_expected(tmp_path: Path) -> None:
    assert "2 districts, not 5" in refused(zipped(tmp_path, parts_of()), expect={"districts": 5})


def test_shapes_that_are_no_areas(tmp_path: Path) -> None:
    assert "points or lines" in refused(zipped(tmp_path, parts_of(points=True)))
    flat = [[(-73.0, 41.0), (-72.0, 41.0), (-73.0, 41.0)]]
    assert "no area" in refused(written(tmp_path, feature(GEO, *flat)), resolution_m=10.0)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>",
        b"[]",
        b'{"type": "FeatureCollection"}',
        b'{"type": "FeatureCollection", "features": []}',
        b'{"type": "FeatureCollection", "features": [1]}',
        b'{"type": "FeatureCollection", "features": [{"properties": null}]}',
        b'{"type": "FeatureCollection", "features": [{"properties": {"GEOID": "0901"}, "geometry": null}]}',
        b"[" * 200_000,
        b"\xff\xfe{\0}\0",
        b"\x1f\x8bnot packed at all",
        gzip.compress(b'{"type": "FeatureCollection"}', mtime=0)[:-9],
    ],
)
def test_what_is_no_geojson(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "map.geojson"
    path.write_bytes(content)
    assert refused(path, resolution_m=10.0)


@pytest.mark.parametrize("corner", ["NaN", "Infinity", "1e999", '"a"', "null", "[1]", "9" * 400])
def test_coordinates_that_are_no_numbers(tmp_path: Path, corner: str) -> None:
    path = written(tmp_path, feature(GEO, WEST))
    path.write_text(path.read_text().replace("[-73, 41]", f"[{corner}, 41]", 1))
    assert refused(path, resolution_m=10.0)


def test_damage_anywhere_is_refused_or_changes_no_district(tmp_path: Path) -> None:
    """Every part of a shapefile with bytes changed, cut or repeated: it is refused, or it names the same two districts."""
    pick = random.Random(7)
    for number in range(400):
        parts = parts_of()
        ending = pick.choice([".shp", ".shx", ".dbf", ".prj"])
        broken = bytearray(parts[ending])
        for _ in range(pick.randint(1, 4)):
            broken[pick.randrange(len(broken))] = pick.randrange(256)
        if number % 5 == 0:
            del broken[pick.randrange(len(broken)) :]
        try:
            shapes, _ = read_shapefile(zipped(tmp_path, parts | {ending: bytes(broken)}))
        except ImportRefused as error:
            assert "tl_2024_09_cd119.zip" in str(error)  # noqa: PT017 - either outcome is right
        else:
            assert {shape.geoid for shape in shapes} <= {f"09{code:02}" for code in range(1, 6)}


def test_damaged_geojson_never_raises_anything_else(tmp_path: Path) -> None:
    pick = random.Random(8)
    text = json.dumps({"type": "FeatureCollection", "features": [feature(GEO, WEST), feature({"GEOID": "0902"}, EAST)]})
    path = tmp_path / "map.geojson"
    for _ in range(400):
        broken = list(text)
        for _ in range(pick.randint(1, 3)):
            broken[pick.randrange(len(broken))] = pick.choice('{}[]",:0-e. n')
        path.write_text("".join(broken))
        try:
            shapes, _ = read_geojson(path, resolution_m=10.0)
        except ImportRefused as error:
            assert "map.geojson" in str(error)  # noqa: PT017 - either outcome is right
        else:
            assert 1 <= len(shapes) <= 2
