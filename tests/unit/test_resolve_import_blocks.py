"""People of each ZIP and district from the Census blocks: three files, joined, each person counted once."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from services.resolve.importers.block_index import BlockIndex
from services.resolve.importers.blocks import read_blocks
from services.resolve.importers.errors import ImportRefused
from services.resolve.importers.kinds import kind
from tests.unit.made_tables import write_lines, zipped

ROME, CEDAR, LAKE = "131150001001000", "010190002001000", "131150001001001"
EMPTY, SOUND, NOWHERE = "010190002001001", "090010003001000", "131150001009999"
DISTRICTS = [
    f"{ROME},14",
    f"{LAKE},14",
    f"{CEDAR},03",
    f"{EMPTY},03",
    f"{SOUND},ZZ",
    "110010001001000,98",
    "560010001001000,00",
]
ZIPS = [
    f"{ROME},30165",
    f"{LAKE},30161",
    f"{CEDAR},30165",
    f"{EMPTY},30161",
    f"{SOUND},06001",
    f"{NOWHERE},",
    "110010001001000,20001",
]
PEOPLE = [f"{ROME},970", f"{LAKE},50", f"{CEDAR},30", f"{EMPTY},0", f"{SOUND},0", f"{NOWHERE},3", "110010001001000,8"]
RELATION = (
    "OID_ZCTA5_20|GEOID_ZCTA5_20|NAMELSAD_ZCTA5_20|"
    "OID_TABBLOCK_20|GEOID_TABBLOCK_20|NAMELSAD_TABBLOCK_20|AREALAND_PART|AREAWATER_PART"
)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path, Path]:
    return (
        write_lines(tmp_path / "NationalCD119.txt", ["GEOID,CD119", *DISTRICTS]),
        write_lines(tmp_path / "people.csv", ["block,population", *PEOPLE]),
        write_lines(tmp_path / "zips.csv", ["block,zcta", *ZIPS]),
    )


def test_people_are_counted_where_their_block_lies(files: tuple[Path, Path, Path]) -> None:
    table, (districts, people, zips) = read_blocks(*files)
    assert table.weight_kind == "population"
    assert table.zips == {
        "20001": {"1198": 1.0},
        "30161": {"0103": 0.0, "1314": 1.0},  # land of Alabama's district, and nobody on it
        "30165": {"0103": 0.03, "1314": 0.97},
    }
    assert (districts.congress, dict(districts.counts)) == (119, {"undefined": 1, "blocks": 6, "geoids": 4})
    assert dict(zips.counts) == {"without_zip": 1, "without_district": 1, "blocks": 5, "pairs": 5}
    assert dict(people.counts) == {"people": 1061, "people_left_out": 3}
    assert [kind(path) for path in files] == ["block_districts", "block_people", "block_zips"]


def test_the_published_layouts_say_the_same(tmp_path: Path, files: tuple[Path, Path, Path]) -> None:
    """The 118th's header has a space, states have files of their own, and the relationship file has pipes."""
    spaced = zipped(
        tmp_path / "cd118.zip",
        National_CD118_txt=["GEOID, CDFP", *DISTRICTS],
        GA_13_CD118_txt=["BLOCKID,CD118", *(row for row in DISTRICTS if row.startswith("13"))],
    )
    states = zipped(
        tmp_path / "states.zip",
        GA_txt=["BLOCKID,CD118", *(row for row in DISTRICTS if row.startswith("13"))],
        rest_csv=["BLOCKID,CD118", *(row for row in DISTRICTS if not row.startswith("13"))],
    )
    pipes = [f"1|{zip5}|ZCTA|2|{block}|Block|10|0" for block, zip5 in (row.split(",") for row in ZIPS)]
    relation = write_lines(tmp_path / "tab20_zcta520_tabblock20_natl.txt", [RELATION, *pipes], bom=True, end="\r\n")
    census = [
        "GEO_ID,NAME,P1_001N",
        "Geography,Name,Total",
        *(f"1000000US{row.replace(',', ',Block,')}" for row in PEOPLE),
    ]
    people = write_lines(tmp_path / "decennial.csv", census)
    wanted = read_blocks(*files)[0]
    assert read_blocks(spaced, people, relation)[0] == wanted
    made, (districts, _, _) = read_blocks(states, people, relation)
    assert (made, districts.congress) == (wanted, 118)


def test_districts_of_another_congress_are_refused(files: tuple[Path, Path, Path]) -> None:
    with pytest.raises(ImportRefused, match="it is for Congress 119, not 118"):
        read_blocks(*files, congress=118)


def test_files_of_two_censuses_do_not_fit(tmp_path: Path, files: tuple[Path, Path, Path]) -> None:
    other = write_lines(tmp_path / "people2010.csv", ["block,pop", f"{ROME},9", "131150001002000,1"])
    with pytest.raises(ImportRefused, match=r"people2010\.csv: 1 of 10 people live in blocks without.*one census"):
        read_blocks(files[0], other, files[2])


def test_a_block_in_two_districts_or_two_zips_is_refused_and_one_said_twice_is_not(
    tmp_path: Path, files: tuple[Path, Path, Path]
) -> None:
    twice = write_lines(tmp_path / "twice.txt", ["GEOID,CDFP", *DISTRICTS, DISTRICTS[0]])
    assert read_blocks(twice, *files[1:])[0] == read_blocks(*files)[0]
    torn = write_lines(tmp_path / "torn.txt", ["GEOID,CDFP", *DISTRICTS, f"{ROME},11"])
    with pytest.raises(ImportRefused, match=f"block {ROME} is in two districts"):
        read_blocks(torn, *files[1:])
    torn = write_lines(tmp_path / "torn.csv", ["block,zcta", *ZIPS, f"{ROME},30161"])
    with pytest.raises(ImportRefused, match=f"block {ROME} is in two ZIPs"):
        read_blocks(files[0], files[1], torn)


def test_a_block_that_lost_its_zero_is_refused(tmp_path: Path, files: tuple[Path, Path, Path]) -> None:
    lost = write_lines(tmp_path / "lost.txt", ["GEOID,CDFP", f"{CEDAR[1:]},03"])
    with pytest.raises(ImportRefused, match=r"line 2, column geoid: a block has 14 characters.*leading zeros"):
        read_blocks(lost, *files[1:])


def test_the_index_finds_what_a_dictionary_finds() -> None:
    chance = random.Random(4)
    wanted = {f"{chance.choice(['01001', '13115', '72153'])}{chance.randrange(10**10):010}": n for n in range(2000)}
    index = BlockIndex()
    for block, value in wanted.items():
        index.add(block, value)
    assert index.close() == ""
    assert len(index) == len(wanted)
    assert all(index.get(block) == value for block, value in wanted.items())
    assert all(index.get(f"{int(block) + 1:015}") == wanted.get(f"{int(block) + 1:015}", -1) for block in wanted)
    assert index.get("560010000000000") == -1
