"""Makes small files in the formats of their publishers, with made-up values."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

CENSUS = (
    "OID_CD{n}_20|GEOID_CD{n}_20|NAMELSAD_CD{n}_20|AREALAND_CD{n}_20|AREAWATER_CD{n}_20|MTFCC_CD{n}_20|FUNCSTAT_CD{n}_20|"
    "OID_ZCTA5_20|GEOID_ZCTA5_20|NAMELSAD_ZCTA5_20|AREALAND_ZCTA5_20|AREAWATER_ZCTA5_20|MTFCC_ZCTA5_20|CLASSFP_ZCTA5_20|"
    "FUNCSTAT_ZCTA5_20|AREALAND_PART|AREAWATER_PART"
)
Part = tuple[str, str, int]
"""GEOID of the district, ZIP (may be empty), square metres of land."""


def census_lines(parts: Iterable[Part], congress: int = 119) -> list[str]:
    """The relationship file's header and rows; each district's land is the sum of its parts, as in the real one."""
    parts = list(parts)
    whole = {geoid: sum(land for other, _, land in parts if other == geoid) for geoid, _, _ in parts}
    rows = [
        f"1|{geoid}|District|{whole[geoid]}|50|G5200|N|{zip5 and '2'}|{zip5}|{zip5 and 'ZCTA5'}|||G6350|B5|S|{land}|7"
        for geoid, zip5, land in parts
    ]
    return [CENSUS.format(n=congress), *rows]


def write_lines(path: Path, lines: Sequence[str], *, bom: bool = False, end: str = "\n", ended: bool = True) -> Path:
    text = end.join(lines) + (end if ended else "")
    path.write_bytes(text.encode("utf-8-sig" if bom else "utf-8"))
    return path


def census_file(path: Path, parts: Iterable[Part], congress: int = 119) -> Path:
    """As published: with a byte-order mark."""
    return write_lines(path, census_lines(parts, congress), bom=True)


def zipped(path: Path, **members: Sequence[str]) -> Path:
    """An archive with one text file for each keyword, ``_`` in it standing for a dot."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, lines in members.items():
            archive.writestr(name.replace("_", "."), "\n".join(lines) + "\n")
    return path
