"""Districts' areas are read as their publishers publish them, by every name that their attributes have ever had."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.resolve.importers.found import Found
from services.resolve.importers.geojson import read_geojson
from services.resolve.importers.geometry import geometry_kind, read_shapes
from services.resolve.importers.shapefile import read_shapefile
from services.resolve.reference.contents import Shape
from tests.unit.real_data import data, needs_data
from tests.unit.real_maps import COMPOSITE, grid_of
from tests.unit.shape_files import EAST, WEST, feature, parts_of, written, zipped

TIGER_118 = {
    "08": (8, 0, 63_773),
    "09": (5, 1, 21_352),
    "10": (1, 0, 5_344),
    "15": (2, 0, 7_486),
    "25": (9, 0, 42_880),
    "44": (2, 0, 5_438),
    "49": (4, 0, 60_714),
}
"""By state: districts, areas that are in none (Long Island Sound), corners of the districts."""


def geoids(read: tuple[list[Shape], Found]) -> list[str]:
    return [shape.geoid for shape in read[0]]


@needs_data
@pytest.mark.parametrize("state", TIGER_118)
def test_tiger_files_of_the_118th_are_read_whole(state: str) -> None:
    path = data(f"tl_2022_{state}_cd118.zip")
    districts, undefined, corners = TIGER_118[state]
    totals = {"districts": districts, "undefined": undefined, "corners": corners, "rows": districts + undefined}
    shapes, found = read_shapefile(path, congress=118, expect=totals)
    assert geometry_kind(path) == found.kind == "shapefile"
    assert found.congress == 118
    assert {shape.resolution_m for shape in shapes} == {10.0}
    assert {shape.geoid[:2] for shape in shapes} == {state}
    assert len(shapes) == districts
    # Each district's own interior point is in it: the Census Bureau publishes one with every area.
    grid = grid_of(shapes, geoids((shapes, found)))
    for geoid, lat, lon in interior_points(path):
        assert grid.find(lat, lon) == (geoids((shapes, found)).index(geoid) if geoid[2:] != "ZZ" else -1)


def interior_points(path: Path) -> list[tuple[str, float, float]]:
    import shapefile  # type: ignore[import-untyped]

    with shapefile.Reader(str(path)) as reader:
        rows = [record.as_dict() for record in reader.iterRecords()]
    return [(row["GEOID20"], float(row["INTPTLAT20"]), float(row["INTPTLON20"])) for row in rows]


@needs_data
def test_the_composite_is_read_with_how_coarse_each_state_is() -> None:
    path = data(COMPOSITE)
    shapes, found = read_geojson(path, congress=119, resolution_m=30.0)
    assert geometry_kind(path) == found.kind == "geojson"
    assert (found.congress, found.rows, found.counts) == (
        119,
        437,
        {"districts": 437, "undefined": 0, "corners": 557_153},
    )
    coarse = [shape for shape in shapes if shape.resolution_m == 2000.0]
    assert (len(coarse), {shape.resolution_m for shape in shapes}) == (159, {30.0, 2000.0})
    assert {"0200", "1198", "7298", "5600"} <= {shape.geoid for shape in shapes}
    assert {shape.resolution_m for shape in read_geojson(path)[0]} == {1.0, 2000.0}  # as it says of itself


@pytest.mark.parametrize(
    "row",
    [
        pytest.param({"STATEFP20": "09", "CD118FP": "01", "GEOID20": "0901"}, id="TIGER 2022"),
        pytest.param({"STATEFP": "09", "CD118FP": "01", "GEOID": "0901", "GEOIDFQ": "5001800US0901"}, id="TIGER 2024"),
        pytest.param({"STATEFP": "09", "CD118FP": "01", "AFFGEOID": "5001800US0901"}, id="cartographic, older"),
        pytest.param({"CD118FP": "01", "GEOIDFQ": "5001800US0901"}, id="only the long GEOID"),
        pytest.param({"STATEFP": "09", "CD118FP": "01"}, id="only the codes"),
        pytest.param({"CD118FP": "01", "GEOID": "0901"}, id="only the GEOID"),
    ],
)
def test_every_vintage_of_attributes_names_the_district_and_the_congress(tmp_path: Path, row: dict[str, str]) -> None:
    for read in (
        read_shapefile(zipped(tmp_path, parts_of([row], [[WEST]]))),
        read_geojson(written(tmp_path, feature(row, WEST)), resolution_m=10.0),
    ):
        assert (geoids(read), read[1].congress) == (["0901"], 118)


@pytest.mark.parametrize(
    ("state", "code", "geoid"),
    [("56", "00", "5600"), ("11", "98", "1198"), ("72", "98", "7298"), ("06", "52", "0652")],
)
def test_only_seats_and_delegates_keep_their_codes(tmp_path: Path, state: str, code: str, geoid: str) -> None:
    rows = [{"STATEFP": state, "CD119FP": code, "GEOID": state + code}]
    assert geoids(read_shapefile(zipped(tmp_path, parts_of(rows, [[WEST]])))) == [geoid]


def test_water_in_no_district_is_left_out_and_counted(tmp_path: Path) -> None:
    rows = [
        {"STATEFP": "09", "CD119FP": "01", "GEOID": "0901"},
        {"STATEFP": "09", "CD119FP": "ZZ", "GEOID": "09ZZ"},
    ]
    shapes, found = read_shapefile(zipped(tmp_path, parts_of(rows, [[WEST], [EAST]])))
    assert [shape.geoid for shape in shapes] == ["0901"]
    assert (found.rows, found.counts["undefined"]) == (2, 1)


def test_free_names_are_read_through_a_mapping(tmp_path: Path) -> None:
    rows = [{"DISTRICT": "District 1", "NAME": "first"}, {"DISTRICT": "2", "NAME": "second"}]
    path = zipped(tmp_path, parts_of(rows, [[WEST], [EAST]]), "enacted plan")
    free = {"state": "CT", "district": "DISTRICT"}
    read = read_shapefile(path, congress=119, resolution_m=10.0, attributes=free)
    assert (geoids(read), read[1].congress) == (["0901", "0902"], 119)
    path = written(tmp_path, feature({"st": "09", "d": 1}, WEST), feature({"st": "09", "d": 2.0}, EAST))
    read = read_geojson(path, resolution_m=10.0, attributes={"state": "st", "district": "d"})
    assert (geoids(read), read[1].congress) == (["0901", "0902"], None)


def test_an_older_map_is_taken_for_a_new_congress_only_if_the_district_is_mapped_by_hand(tmp_path: Path) -> None:
    rows = [{"STATEFP": "09", "CD118FP": "01"}]
    path = zipped(tmp_path, parts_of(rows, [[WEST]]))
    with pytest.raises(ValueError, match="Congress 118, not of 119"):
        read_shapefile(path, congress=119)
    read = read_shapefile(path, congress=119, attributes={"state": "STATEFP", "district": "CD118FP"})
    assert (geoids(read), read[1].congress) == (["0901"], 119)


@pytest.mark.parametrize(
    ("name", "metres"),
    [
        ("tl_2024_09_cd119", 10),
        ("cb_2024_us_cd119_500k", 100),
        ("cb_2024_us_cd119_5m", 500),
        ("cb_2024_us_cd119_20m", 2000),
    ],
)
def test_a_products_name_tells_how_exact_its_lines_are_also_inside_a_renamed_archive(
    tmp_path: Path, name: str, metres: float
) -> None:
    for path in (zipped(tmp_path, parts_of(), name), zipped(tmp_path, parts_of(), "map", inside=f"folder/{name}")):
        assert {shape.resolution_m for shape in read_shapefile(path)[0]} == {metres}
        assert {shape.resolution_m for shape in read_shapefile(path, resolution_m=42.0)[0]} == {42.0}
    one = feature({"GEOID": "0901"}, WEST)
    assert read_geojson(written(tmp_path, one, name=f"{name}.json"))[0][0].resolution_m == metres


def test_an_areas_own_resolution_counts_where_it_is_coarser(tmp_path: Path) -> None:
    fine = feature({"GEOID": "0901", "res_m": 1}, WEST)
    coarse = feature({"GEOID": "0902", "res_m": 2000}, EAST)
    path = written(tmp_path, fine, coarse, packed=True)
    assert [shape.resolution_m for shape in read_geojson(path)[0]] == [1, 2000]
    assert [shape.resolution_m for shape in read_geojson(path, resolution_m=30.0)[0]] == [30, 2000]


def test_holes_and_parts_arrive_as_rings_with_their_corners_unchanged(tmp_path: Path) -> None:
    hole = [(-72.6, 41.4), (-72.4, 41.4), (-72.4, 41.6), (-72.6, 41.6), (-72.6, 41.4)]
    row = {"CD119FP": "01", "GEOID": "0901"}
    packed = zipped(tmp_path, parts_of([row], [[WEST, hole, EAST]]))
    both = feature(row, WEST, hole)
    both["geometry"] = {"type": "MultiPolygon", "coordinates": [both["geometry"]["coordinates"], [EAST]]}
    for shapes, _ in (read_shapefile(packed), read_geojson(written(tmp_path, both), resolution_m=10.0)):
        assert sorted(map(sorted, map(set, shapes[0].rings))) == sorted(map(sorted, map(set, (WEST, hole, EAST))))
        grid = grid_of(shapes, ["0901"])
        assert [grid.find(41.5, lon) for lon in (-72.9, -72.5, -72.0, -71.5)] == [0, -1, 0, 0]


def test_a_file_is_told_by_its_content_whatever_its_name(tmp_path: Path) -> None:
    packed = zipped(tmp_path, parts_of())
    plain = written(tmp_path, feature({"GEOID": "0901"}, WEST), crs=None)
    gz = written(tmp_path, feature({"GEOID": "0901"}, WEST), packed=True, name="b")
    page = tmp_path / "page.zip"
    page.write_text("<!DOCTYPE html><title>Not found</title>")
    other = tmp_path / "legislators.geojson"
    other.write_text('[{"id": {"bioguide": "X000000"}, "type": "rep"}]')
    assert [geometry_kind(path) for path in (packed.rename(tmp_path / "a.csv"), plain, gz, page, other)] == [
        "shapefile",
        "geojson",
        "geojson",
        "unknown",
        "unknown",
    ]
    assert geoids(read_shapes(tmp_path / "a.csv", congress=119)) == ["0901", "0902"]
    assert geoids(read_shapes(gz, resolution_m=10.0)) == ["0901"]
    with pytest.raises(ValueError, match="neither a zipped shapefile nor GeoJSON"):
        read_shapes(page)
