"""Points of ZIPs from GeoNames, the gazetteer and simple tables; and every table is told by its content."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.resolve.importers.errors import ImportRefused
from services.resolve.importers.kinds import kind, read_zip_table
from services.resolve.importers.zip_points import read_zip_points
from services.resolve.reference.contents import ZipPoint
from tests.unit.made_tables import census_file, write_lines, zipped
from tests.unit.test_resolve_import_census import PARTS

GEONAMES = [
    'US\t99553\t"Akutan\tAlaska\tAK\tAleutians East\t013\t\t\t54.143\t-165.7854\t1',  # a quote that is no quote
    "US\t73301\tAustin\tTexas\tTX\tTravis\t453\t\t\t30.3264\t-97.7713\t4",
    "CA\tM5V\tToronto\tOntario\tON\tToronto\t\t\t\t43.64\t-79.39\t6",
    "AS\t96799\tPago Pago\tAmerican Samoa\tAS\t\t\t\t\t-14.27\t-170.7\t1",
]


def test_geonames_file_is_read_without_a_header_plain_or_packed(tmp_path: Path) -> None:
    wanted = [
        ZipPoint("73301", 30.3264, -97.7713),
        ZipPoint("96799", -14.27, -170.7),
        ZipPoint("99553", 54.143, -165.7854),
    ]
    plain = write_lines(tmp_path / "US.txt", GEONAMES)
    packed = zipped(tmp_path / "US.zip", US_txt=GEONAMES, readme_txt=["This work is licensed"])
    for path in (plain, packed):
        points, found = read_zip_points(path)
        assert points == wanted
        assert (found.rows, found.counts["foreign"], kind(path)) == (4, 1, "zip_points")


@pytest.mark.parametrize(
    "header",
    ["zip,lat,lon", "Postal Code,Latitude,Longitude", "ZCTA5,INTPTLAT,INTPTLONG", "zipcode,y,x", "zip5,lat,lng"],
)
def test_headers_of_many_hands_are_known(tmp_path: Path, header: str) -> None:
    path = write_lines(
        tmp_path / "points.csv", [header, "96960,7.1,171.2", "10001,40.75,-73.99", "10002,,", "10001,1,-70"]
    )
    points, found = read_zip_points(path)
    assert points == [ZipPoint("10001", 40.75, -73.99), ZipPoint("96960", 7.1, 171.2)]
    assert (found.counts["without_point"], found.counts["repeated"]) == (1, 1)


def test_the_gazetteer_pads_its_last_column(tmp_path: Path) -> None:
    lines = ["GEOID\tALAND\tINTPTLAT\tINTPTLONG                    ", "00601\t5\t 18.180555\t -66.749961       "]
    assert read_zip_points(write_lines(tmp_path / "gaz.txt", lines))[0] == [ZipPoint("00601", 18.180555, -66.749961)]


@pytest.mark.parametrize("row", ["10001,-73.99,40.75", "10001,40.75,73.99", "10001,0,0", "10001,nan,-73"])
def test_points_that_lie_abroad_are_refused(tmp_path: Path, row: str) -> None:
    with pytest.raises(ImportRefused, match=r"line 2: 1 points lie outside the United States.*negative") as refused:
        read_zip_points(write_lines(tmp_path / "points.csv", ["zip,lat,lon", row]))
    assert "40.75" not in str(refused.value)


def test_a_point_that_is_no_number_is_refused_without_being_quoted(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="line 2, column lat: this is no number of degrees") as refused:
        read_zip_points(write_lines(tmp_path / "points.csv", ["zip,lat,lon", "10001,40 N,-73.99"]))
    assert "40 N" not in str(refused.value)


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        (["state_fips,state_abbr,zcta,cd"], "pairs"),
        (["zcta,state,cd,geoid,source"], "pairs"),
        (["zip,geoid,population"], "pairs"),
        (["zcta,state,cd119,stab,ZIPName,pop20,afact"], "geocorr"),
        (["ZIP,CD,RES_RATIO,BUS_RATIO,OTH_RATIO,TOT_RATIO"], "hud"),
        (["zipcode,plus4low,plus4high,district_id,district_state"], "plus4"),
        (["GEOID,CDFP"], "block_districts"),
        (["BLOCKID,CD118"], "block_districts"),
        (["GEOID20,POP20"], "block_people"),
        (["GEOID_ZCTA5_20|GEOID_TABBLOCK_20|AREALAND_PART"], "block_zips"),
        (["zip,lat,lon"], "zip_points"),
        (["name,colour"], "unknown"),
        (["<html>"], "unknown"),
        ([], "unknown"),
    ],
)
def test_a_table_is_told_by_its_header(tmp_path: Path, lines: list[str], wanted: str) -> None:
    assert kind(write_lines(tmp_path / "misleading_name.xlsx", lines)) == wanted


def test_any_zip_table_is_read_by_what_it_is(tmp_path: Path) -> None:
    census = census_file(tmp_path / "a", PARTS)
    assert kind(census) == "relationship"
    assert read_zip_table(census, congress=119)[0].weight_kind == "land"
    assert read_zip_table(write_lines(tmp_path / "b", ["zip,geoid", "10001,3612"]))[1].kind == "pairs"
    with pytest.raises(ImportRefused, match="its content is zip_points, no table of ZIPs"):
        read_zip_table(write_lines(tmp_path / "c", ["zip,lat,lon", "10001,40,-73"]))
