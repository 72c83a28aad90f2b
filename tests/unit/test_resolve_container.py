"""A reference file is refused with what is wrong whatever happened to its bytes, and equal contents are equal bytes."""

from __future__ import annotations

import hashlib
import io
import json
import math
import re
import struct
from array import array
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.resolve.lookup import resolve_zip
from services.resolve.reference.container import FORMAT, MAGIC, open_container, write_container
from services.resolve.reference.contents import ZipPoint
from services.resolve.reference.reference import open_reference, opened
from services.resolve.tables import InvalidReferenceError
from tests.unit import reference_made as made

PLAN = made.plan(
    119,
    {"10027": {"3613": 1.0}, "02139": {"2507": 0.6, "2505": 0.4}, "30165": {"0103": 0.1, "1314": 0.9}},
    weight_kind="population",
    plus4=[("02139", 0, 99, "2507"), ("02139", 200, 300, "2505")],
)
FILE = made.compiled(made.contents(PLAN))
MAPPED = made.compiled(
    made.contents(
        replace(
            PLAN,
            shapes=[made.box("3613", 40.0, -74.0, 42.0, -73.0)],
            zip_points=[ZipPoint("10108", 41.0, -73.5)],
        )
    )
)
HEADER = 64
many = settings(max_examples=300, deadline=None)


def sealed(body: bytes, table: int, number: int = FORMAT, magic: bytes = MAGIC) -> bytes:
    """A file whose checksum is right, whatever is in it."""
    head = struct.pack("<8sIIQ32s8x", magic, number, table, HEADER + len(body), hashlib.sha256(body).digest())
    return head + body


def table_length(raw: bytes = FILE) -> int:
    return int(struct.unpack_from("<I", raw, 12)[0])


def places(raw: bytes, beginning: str) -> st.SearchStrategy[int]:
    """Where the bytes are of a section whose name begins so, each section as likely as another."""
    data = HEADER + table_length(raw)
    rows = [row for row in json.loads(raw[HEADER:data]) if row[0].startswith(beginning) and row[3]]
    return st.sampled_from(rows).flatmap(lambda row: st.integers(data + row[2], data + row[2] + row[3] - 1))


Changes = list[tuple[int, bytes]]


def changes(raw: bytes, beginning: str) -> st.SearchStrategy[Changes]:
    return st.lists(st.tuples(places(raw, beginning), st.binary(min_size=1, max_size=8)), min_size=1, max_size=4)


def changed(raw: bytes, pieces: Changes) -> bytes:
    """The file with other content here and there, under a checksum that is right."""
    damaged = bytearray(raw)
    for place, piece in pieces:
        damaged[place : place + len(piece)] = piece
    return sealed(bytes(damaged[HEADER : len(raw)]), table_length(raw))


def refused(raw: bytes) -> str:
    with pytest.raises(InvalidReferenceError) as caught:
        opened(open_container(raw))
    return str(caught.value)


def test_the_same_contents_make_the_same_bytes() -> None:
    there = made.plan(119, {"10027": {"3613": 0.5, "3612": 0.5}, "02139": {"2505": 1.0}}, weight_kind="land")
    back = made.plan(119, {"02139": {"2505": 1.0}, "10027": {"3612": 0.5, "3613": 0.5}}, weight_kind="land")
    assert made.compiled(made.contents(there)) == made.compiled(made.contents(back))
    other = made.plan(119, {"02139": {"2505": 1.0}, "10027": {"3612": 0.4, "3613": 0.6}}, weight_kind="land")
    assert made.compiled(made.contents(other)) != made.compiled(made.contents(there))


def test_a_file_comes_back_typed_and_where_it_lies(tmp_path: Path) -> None:
    path = tmp_path / "x.ref"
    with path.open("w+b") as file:
        version = write_container(file, {"b": array("d", [1.5, math.inf]), "a": b"abc", "none": array("I")})
    found = open_container(path)
    assert (found.version, found.size, list(found)) == (version, path.stat().st_size, ["a", "b", "none"])
    assert found.raw("a") == b"abc"
    assert found.section("b", "d").tolist() == [1.5, math.inf]
    assert len(found.section("none", "I")) == 0
    assert path.read_bytes().find(struct.pack("<d", 1.5)) % 8 == 0
    for name, code in (("b", "f"), ("c", "d")):
        with pytest.raises(InvalidReferenceError, match=f"no section {name} of type {code}"):
            found.section(name, code)
    view = found.section("b", "d")
    found.close()
    with pytest.raises(ValueError, match="released"):
        view[0]


def test_only_types_of_one_size_everywhere_are_written() -> None:
    with pytest.raises(ValueError, match="section wide: 'L' is no portable type"):
        write_container(io.BytesIO(), {"wide": array("L", [1])})


@pytest.mark.parametrize(
    ("raw", "complaint"),
    [
        (b"", "this is no reference file"),
        (b"PK\x03\x04" + FILE, "this is no reference file"),
        (FILE[:40], "this is no reference file"),
        (FILE[:-1], f"has {len(FILE) - 1} bytes of {len(FILE)}"),
        (FILE + b"\0", f"has {len(FILE) + 1} bytes of {len(FILE)}"),
        (FILE[:-9] + bytes([FILE[-9] ^ 1]) + FILE[-8:], "is damaged"),
        (FILE[:16] + bytes(8) + FILE[24:], f"{len(FILE)} bytes of 0"),
        (sealed(FILE[HEADER:], table_length(), FORMAT + 1), f"has format {FORMAT + 1}.*: update Postbag"),
        (sealed(FILE[HEADER:], table_length(), 0), "has format 0.*build it again"),
        (sealed(b"", 0), "table of sections is not one"),
        (sealed(b"[]      ", 8), "no section manifest"),
        (sealed(b"[" * 9992, 9992), "table of sections is not one"),
    ],
)
def test_a_file_that_is_none_is_refused_with_what_is_wrong_and_what_to_do(
    tmp_path: Path, raw: bytes, complaint: str
) -> None:
    text = refused(raw)
    assert re.search(complaint, text)
    assert re.search("build it again with `postbag refdata build`|update Postbag", text)
    path = tmp_path / "x.ref"
    path.write_bytes(raw)
    with pytest.raises(InvalidReferenceError) as caught:
        open_reference(path)
    assert str(caught.value) == text


def test_a_file_that_is_not_there_or_is_a_folder_is_the_systems_error(tmp_path: Path) -> None:
    for path in (tmp_path / "none.ref", tmp_path):
        with pytest.raises(OSError, match=re.escape(path.name)):
            open_reference(path)


@pytest.mark.parametrize(
    "row",
    [
        ["x", "I", 0, 6],
        ["x", "I", 4, 4],
        ["x", "I", 0, 1 << 70],
        ["x", "I", 1 << 70, 4],
        ["x", "I", -8, 4],
        ["x", "I", 0, -8],
        ["x", "I", 0.0, 4],
        ["x", "I", True, 4],
        ["x", "P", 0, 8],
        ["x", "", 0, 0],
        ["x", None, 0, 0],
        ["x", ["I"], 0, 0],
        [["x"], "I", 0, 4],
        [7, "I", 0, 4],
        ["x", "I", 0],
        {},
        None,
    ],
)
def test_a_table_of_sections_that_cannot_be_is_refused(row: object) -> None:
    rows = [row, ["y", "B", 0, 4]]
    table = json.dumps(rows).encode()
    table += b" " * (-len(table) % 8)
    assert "table of sections is not one" in refused(sealed(table + bytes(16), len(table)))
    assert "table of sections is not one" in refused(sealed(b'[["x","B",0,0],["x","B",0,0]]   ', 32))


@many
@given(st.binary(max_size=400))
def test_no_bytes_crash_the_reader(raw: bytes) -> None:
    refused(raw)
    refused(FILE[:HEADER] + raw)
    refused(sealed(raw, min(len(raw), 8)))


@many
@given(st.integers(0, len(FILE) - 1), st.integers(1, 255), st.integers(0, len(FILE)))
def test_any_damage_and_any_cut_is_noticed(place: int, change: int, cut: int) -> None:
    damaged = bytearray(FILE)
    damaged[place] ^= change
    if HEADER - 8 <= place < HEADER:  # bytes that mean nothing yet
        assert opened(open_container(bytes(damaged))).verify() == []
    else:
        refused(bytes(damaged))
    if cut < len(FILE):
        refused(FILE[:cut])


in_the_table = st.lists(st.tuples(st.integers(HEADER, HEADER + table_length()), st.binary(min_size=1)))


@settings(max_examples=800, deadline=None)
@given(changes(FILE, "") | changes(FILE, "us-cd-119/") | in_the_table)
def test_wrong_content_under_a_right_checksum_is_refused_or_answers_without_a_crash(pieces: Changes) -> None:
    try:
        reference = opened(open_container(changed(FILE, pieces)))
        problems = reference.verify()
    except InvalidReferenceError:
        return
    assert isinstance(problems, list)
    for plan in reference.plans:
        for zip5 in ("10027", "02139", "30165", "10108", "99999", "00000", *plan.zips):
            for state in (None, "NY", "GA", "XX"):
                resolve_zip(plan, zip5, None, state)
                resolve_zip(plan, zip5, "0050", state)


@many
@given(changes(MAPPED, "us-cd-119/grid/meta") | changes(MAPPED, "us-cd-119/zip_points"))
def test_a_grid_that_is_none_or_points_to_no_district_is_refused(pieces: Changes) -> None:
    try:
        (plan,) = opened(open_container(changed(MAPPED, pieces))).plans
    except InvalidReferenceError:
        return
    for zip5 in ("10108", "10027", "99999"):
        resolve_zip(plan, zip5, None, None)
