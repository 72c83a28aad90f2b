"""Works out how many people of each ZIP live in each district, from the Census blocks: nothing is more exact than that.

Three files are joined by block: the district of each (the Census Bureau's block equivalency file), its ZIP area (its
relationship file of areas and blocks) and its people (any table). Blocks are never cut, so every person is counted once.
Files of two censuses have different blocks, and do not fit: that is refused rather than half counted.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, Generic, TypeVar

from services.resolve.importers import codes
from services.resolve.importers.block_index import BlockIndex
from services.resolve.importers.delimited import open_text
from services.resolve.importers.errors import ImportRefused
from services.resolve.importers.found import Found, Progress, check_congress, sha256_of, silent
from services.resolve.importers.packed import members
from services.resolve.importers.shares import Parts
from services.resolve.importers.table import Table
from services.resolve.reference.contents import ZipTable

BLOCKS: Final = (
    "geoid_tabblock_20", "block",
    "blockid", "block_geoid", "geoid20", "geoid", "geocode", "geo_id", "tabblock20", "blockid20",
)  # fmt: skip
DISTRICTS: Final = r"cdfp|cd\d{2,3}(fp)?|district|cd"
PEOPLE: Final = ("population", "pop", "pop20", "pop100", "p1_001n", "p0010001", "total_population")
_SAME: Final = "Take three files of one census and of the same states: another census has other blocks"
_MOST_LOST: Final = 0.01
_BLOCK: Final = re.compile(r"(?:\d{7}US)?(\d{15})", re.ASCII)
_Named = TypeVar("_Named")


def read_blocks(
    districts: Path, people: Path, zips: Path, *, congress: int | None = None, progress: Progress = silent
) -> tuple[ZipTable, tuple[Found, Found, Found]]:
    """The shares of each ZIP's people, and what was found in each of the three files.

    A district that has land in a ZIP but nobody living there is kept with the share 0. Memory: about 150 MB for the whole
    country (8 bytes a block, twice), whatever the files' size.

    Args:
        districts: ``GEOID,CDFP`` or ``BLOCKID,CDxxx``: the nation's file or a state's, plain or the archive with all.
        people: A column for the block and one for its people; see ``BLOCKS`` and ``PEOPLE``.
        zips: The relationship file of ZIP areas and blocks, or any table with a column for each.
        congress: Refuse districts of another one, where their column (``CD118``) names it.
        progress: Called with bytes read and in all, of one file after the other: districts, ZIPs, people.

    Raises:
        ImportRefused: a column or value is not as it should be, a block is in two districts or two ZIPs, or more than 1 %
            of the people live in blocks that the other files lack.
        OSError: a file cannot be read.
    """
    in_district, geoids, of_districts = _read_districts(districts, progress)
    check_congress(of_districts, congress)
    in_pair, pairs, of_zips = _read_zips(zips, in_district, geoids, progress)
    parts = Parts()
    of_people = _count_people(people, in_pair, pairs, parts, progress)
    return parts.table("population"), (of_districts, of_people, of_zips)


def _read_districts(path: Path, progress: Progress) -> tuple[BlockIndex, list[str], Found]:
    index, geoids, counts = BlockIndex(), _Numbers[str](), {"undefined": 0}
    rows, congress = 0, None
    for member in _national_or_all(path):
        with open_text(path, member=member, progress=progress) as table:
            block_at = table.need("the block", *BLOCKS)
            named = table.like(DISTRICTS)
            district_at = named[0][0] if named else table.need("the district", "cdfp")
            if number := re.search(r"\d{3}", table.columns[district_at]):
                congress = int(number[0])
            for line, row in table.rows:
                rows += 1
                block = _block(table, line, block_at, row[block_at])
                geoid = codes.geoid(table, line, district_at, block[:2], row[district_at])
                if geoid:
                    index.add(block, geoids.of(geoid))
                else:
                    counts["undefined"] += 1
    _close(path, index, "districts")
    counts |= {"blocks": len(index), "geoids": len(geoids.names())}
    return index, geoids.names(), Found(path, "block_districts", sha256_of(path), rows, congress, counts)


def _read_zips(
    path: Path, in_district: BlockIndex, geoids: list[str], progress: Progress
) -> tuple[BlockIndex, list[tuple[str, str]], Found]:
    """The pair of ZIP and district in which each block is, as a number into the list of them."""
    index, pairs = BlockIndex(), _Numbers[tuple[str, str]]()
    rows, counts = 0, {"without_zip": 0, "without_district": 0}
    with open_text(path, progress=progress) as table:
        block_at, zip_at = table.need("the block", *BLOCKS), table.need("the ZIP", *codes.ZIP_COLUMNS)
        for line, row in table.rows:
            rows += 1
            if not row[zip_at].strip() or not row[block_at].strip():
                counts["without_zip"] += 1
                continue
            block = _block(table, line, block_at, row[block_at])
            district = in_district.get(block)
            if district < 0:
                counts["without_district"] += 1
                continue
            index.add(block, pairs.of((codes.zip5(table, line, zip_at, row[zip_at]), geoids[district])))
    _close(path, index, "ZIPs")
    counts |= {"blocks": len(index), "pairs": len(pairs.names())}
    return index, pairs.names(), Found(path, "block_zips", sha256_of(path), rows, None, counts)


def _count_people(
    path: Path, in_pair: BlockIndex, pairs: list[tuple[str, str]], parts: Parts, progress: Progress
) -> Found:
    rows, everybody, counted = 0, 0, 0
    sums = [0] * len(pairs)
    with open_text(path, progress=progress) as table:
        block_at, people_at = table.need("the block", *BLOCKS), table.need("its people", *PEOPLE)
        for line, row in table.rows:
            if line == 2 and not row[people_at].strip().isdecimal() and not _BLOCK.fullmatch(row[block_at].strip()):
                continue  # a second header, in words
            rows += 1
            people = int(codes.amount(table, line, people_at, row[people_at]) or 0)
            pair = in_pair.get(_block(table, line, block_at, row[block_at]))
            everybody += people
            if pair >= 0:
                sums[pair] += people
                counted += people
    if everybody - counted > _MOST_LOST * everybody or not counted:
        raise ImportRefused(
            path, f"{everybody - counted} of {everybody} people live in blocks without ZIP or district", _SAME
        )
    for (zip5, geoid), amount in zip(pairs, sums, strict=True):
        parts.add(zip5, geoid, float(amount))
    counts = {"people": everybody, "people_left_out": everybody - counted}
    return Found(path, "block_people", sha256_of(path), rows, None, counts)


def _block(table: Table, line: int, column: int, text: str) -> str:
    """The fifteen digits of a block, without the prefix that the Census Bureau's tables put before them."""
    found = _BLOCK.fullmatch(text.strip())
    if found:
        return found[1]
    raise table.refuse(line, f"a block has {len(text.strip())} characters, not fifteen digits", codes.AS_TEXT, column)


class _Numbers(Generic[_Named]):
    """Gives names numbers from 0 up, in the order in which they come."""

    def __init__(self) -> None:
        self._numbers: dict[_Named, int] = {}

    def of(self, name: _Named) -> int:
        return self._numbers.setdefault(name, len(self._numbers))

    def names(self) -> list[_Named]:
        return list(self._numbers)


def _national_or_all(path: Path) -> list[str | None]:
    """In an archive: the nation's file if there is one, since the states' say the same again; otherwise all of them."""
    found = members(path)
    national = [name for name in found if re.match(r"(?i)nat|us(_|\b)", Path(name).name)]
    return [*(national[:1] or found)] or [None]


def _close(path: Path, index: BlockIndex, what: str) -> None:
    if twice := index.close():
        raise ImportRefused(path, f"block {twice} is in two {what}", "Take one file, of one Congress and one census")
    if not len(index):
        raise ImportRefused(path, f"it says of no block in which of the {what} it is", _SAME)
