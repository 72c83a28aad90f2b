"""`postbag print`: what waits is told, bound in the order of the manifest and counted, and gone once it was handed in."""

from __future__ import annotations

import fcntl
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import pypdf
import pypdfium2  # type: ignore[import-untyped]
import pytest
from click.testing import CliRunner, Result

from services.cli.__main__ import postbag
from services.cli.printing import binding
from tests.unit import made
from tests.unit.print_made import DAY, NOON, letter, pdf, print_all, table


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two offices with letters of a day that is long over; those of HNY13 tell their order and have one and two pages."""
    monkeypatch.setenv("POSTBAG_PRINT_DIR", str(tmp_path))
    papers = [pdf("canary third", 9), pdf("canary first"), pdf("canary second", 9)]
    print_all(tmp_path, [*(letter(number, paper) for number, paper in zip((3, 1, 2), papers, strict=True)),
                         letter(9, office="SNY01")])  # fmt: skip
    return tmp_path


def run(*words: str, ends: int = 0) -> Result:
    result = CliRunner().invoke(postbag, ["print", *words])
    assert result.exit_code == ends, result.output
    assert not re.search("Maria|Canaryville|10027", result.output), "names stay in the manifests"
    return result


def listed(*words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run("list", "--json", *words).stdout)
    return found


def texts(path: Path) -> list[str]:
    """Each page's text; PDFium must find as many pages."""
    pages = [page.extract_text() for page in pypdf.PdfReader(path, strict=True).pages]
    document = pypdfium2.PdfDocument(path.read_bytes())
    assert len(document) == len(pages)
    document.close()
    return pages


def bound(folder: Path, number: int = 1, office: str = "HNY13") -> Path:
    return folder / office / f"{DAY}-batch-{number}.pdf"


def test_a_user_without_a_name_is_asked_for_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 10001")

    monkeypatch.setattr("getpass.getuser", nobody)
    run("bind", "--day", DAY)
    assert "Say who handed it in, with --by." in run("done", "--day", DAY, ends=2).stderr
    assert len(listed()) == 2, "nothing is marked"
    run("done", "--day", DAY, "--by", "Ada Example")
    assert listed() == []


def test_a_folder_that_is_named_by_no_day_of_the_calendar_is_passed_over(folder: Path) -> None:
    before = listed()
    for name in ("2026-02-30", "2026-13-01", "0000-00-00"):
        (folder / "HNY13" / name).mkdir()
    assert listed() == before


def test_what_waits_is_listed_by_office_and_day_without_a_name(folder: Path) -> None:
    shown = run("list").stdout
    assert re.search(rf"HNY13\s+{DAY}\s+3\s+7\s+not bound\n", shown.replace(" \n", "\n"))
    assert [(one["office"], one["letters"], one["pages"], one["over"]) for one in listed()] == [
        ("HNY13", 3, 7, True), ("SNY01", 1, 1, True),
    ]  # fmt: skip
    assert [one["office"] for one in listed("--office", "SNY01")] == ["SNY01"]
    assert listed("--day", "2026-03-05") == []


def test_the_letters_are_bound_in_the_order_of_the_manifest_behind_a_cover_that_counts_them(folder: Path) -> None:
    run("bind")
    cover, *pages = texts(bound(folder))
    assert cover.split("\n") == ["Letters to HNY13", f"{DAY}, batch 1", "3 letters, 7 pages"]
    assert len(pages) == 7
    assert [word for page in pages for word in re.findall("third|first|second", page)] == ["third", "first", "second"]
    assert [row["letter_id"] for row in table(folder)] == [made.identity(number) for number in (3, 1, 2)]
    assert len(texts(bound(folder, office="SNY01"))) == 2
    for path in folder.rglob("*-batch-*"):
        assert path.stat().st_mode & 0o077 == 0
    assert [one["batches"][0]["letters"] for one in listed()] == [3, 1]


def test_on_both_sides_of_the_sheet_no_letter_begins_behind_another(folder: Path) -> None:
    run("bind", "--duplex", "--office", "HNY13")
    pages = texts(bound(folder))
    starts = [number for number, text in enumerate(pages) if re.search("third|first|second", text)]
    assert len(starts) == 3
    assert all(number % 2 == 0 for number in (*starts, len(pages)))
    assert "7 pages" in pages[0], "blank ones are not counted"


def test_binding_again_gives_the_same_file_and_takes_in_what_came_since(folder: Path) -> None:
    run("bind", "--office", "HNY13")
    before = bound(folder).read_bytes()
    run("bind", "--office", "HNY13")
    assert bound(folder).read_bytes() == before
    print_all(folder, [letter(4)])
    run("bind", "--office", "HNY13")
    assert "4 letters" in texts(bound(folder))[0]
    assert not list(folder.rglob("*.part"))


def test_a_day_with_many_letters_becomes_several_files_and_none_is_left_over(folder: Path) -> None:
    run("bind", "--most", "2", "--office", "HNY13")
    counts = [texts(bound(folder, number))[0].split("\n")[-1] for number in (1, 2)]
    assert counts == ["2 letters, 4 pages", "1 letter, 3 pages"]
    run("bind", "--office", "HNY13")
    assert [path.name for path in sorted(folder.rglob("HNY13/*-batch-*"))] == [
        f"{DAY}-batch-1.json",
        f"{DAY}-batch-1.pdf",
    ]


def test_what_was_handed_in_waits_no_more_and_what_comes_later_is_a_batch_of_its_own(folder: Path) -> None:
    run("bind")
    assert (
        "batch 1: 3 letters, 7 pages handed in." in run("done", "--day", DAY, "--office", "HNY13", "--by", "Ada").stdout
    )
    assert [one["office"] for one in listed()] == ["SNY01"]
    (done, _) = listed("--all")
    assert (done["letters"], done["batches"][0]["handed_in_by"]) == (0, "Ada")
    assert "handed in" in run("list", "--all").stdout
    first = bound(folder).read_bytes()
    print_all(folder, [letter(4)])
    run("bind")
    assert bound(folder).read_bytes() == first, "what was carried away stays as it was"
    assert texts(bound(folder, 2))[0].split("\n")[1:] == [f"{DAY}, batch 2", "1 letter, 1 page"]
    run("done", "--day", DAY)
    assert run("list").stdout == "Nothing waits to be handed in.\n"
    run("done", "--day", DAY, ends=1)


def test_a_letter_that_came_after_the_binding_is_not_marked_with_it(folder: Path) -> None:
    run("bind", "--office", "HNY13")
    print_all(folder, [letter(4)])
    assert "1 letters" in run("done", "--day", DAY, "--office", "HNY13").stdout
    assert [(one["office"], one["letters"]) for one in listed("--office", "HNY13")] == [("HNY13", 1)]


def test_letters_that_were_printed_one_by_one_are_marked_only_if_that_is_said(folder: Path) -> None:
    run("done", "--day", DAY, ends=1)
    run("done", "--day", DAY, "--unbound")
    assert listed() == []
    run("done", ends=2)


def test_a_day_that_is_not_over_is_left_out_refused_if_named_and_bound_if_insisted(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.cli.printing.command.time", NOON.timestamp)
    assert "not over: 2" in run("bind").stdout
    assert f"{DAY} is not over (America/New_York)" in run("bind", "--day", DAY, ends=1).stderr
    assert not list(folder.rglob("*-batch-*"))
    assert "day not over" in run("list").stdout
    run("bind", "--now")
    assert len(list(folder.rglob("*-batch-1.pdf"))) == 2


def test_a_letter_that_was_changed_or_has_other_pages_than_its_row_is_not_bound(folder: Path) -> None:
    path = folder / "SNY01" / DAY / f"{made.identity(9)}.pdf"
    path.write_bytes(pdf("canary another"))
    assert "was changed" in run("bind", "--office", "SNY01", ends=1).stderr
    path.write_bytes(pdf())
    manifest = folder / "SNY01" / f"{DAY}.csv"
    manifest.write_bytes(manifest.read_bytes().replace(b'"1","', b'"2","'))
    assert "has 1 pages, and 2 by the manifest" in run("bind", "--office", "SNY01", ends=1).stderr
    assert not list(folder.rglob("*-batch-*"))


def test_a_row_that_stands_twice_or_has_lost_its_letter_is_no_letter(folder: Path) -> None:
    manifest = folder / "HNY13" / f"{DAY}.csv"
    manifest.write_bytes(manifest.read_bytes() + manifest.read_bytes().split(b"\r\n")[1] + b"\r\n")
    (folder / "HNY13" / DAY / f"{made.identity(2)}.pdf").unlink()
    assert [one["letters"] for one in listed("--office", "HNY13")] == [2]
    run("bind", "--office", "HNY13")
    assert "2 letters, 4 pages" in texts(bound(folder))[0]


def test_letters_without_a_row_are_told_of_and_never_left_out_in_silence(folder: Path) -> None:
    (folder / "SNY01" / f"{DAY}.csv").unlink()
    assert "not in the manifest" in run("list").stdout
    assert "1 letters have no row" in run("bind", ends=1).stderr
    assert bound(folder).exists()


def interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_binding_that_broke_off_leaves_letters_that_wait(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("bind", "--office", "HNY13")
    with monkeypatch.context() as patch:
        patch.setattr(binding, "write_batch", interrupted)
        assert CliRunner().invoke(postbag, ["print", "bind", "--office", "HNY13"]).exit_code == 1
    assert [one["unbound"] for one in listed("--office", "HNY13")] == [3], "a PDF without its batch is no batch"
    run("done", "--day", DAY, "--office", "HNY13", ends=1)
    run("bind", "--office", "HNY13")
    run("done", "--day", DAY, "--office", "HNY13")


def test_two_at_once_do_not_bind_the_same_office(folder: Path) -> None:
    handle = os.open(folder / "HNY13", os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    assert "another `postbag print`" in run("bind", ends=1).stderr
    os.close(handle)
    run("bind")


def test_without_the_extra_it_says_which_one_to_install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pypdf", None)
    assert "pip install 'postbag[binding]'" in run("bind", ends=1).stderr
    run("list")
    run("done", "--day", DAY, "--unbound")


def test_a_wrong_folder_office_or_batch_is_one_sentence(folder: Path) -> None:
    assert "is no folder" in run("list", "--dir", str(folder / "nowhere"), ends=1).stderr
    run("list", "--office", "../..", ends=2)
    (folder / "HNY13" / f"{DAY}-batch-1.json").write_text('{"number": "Maria"}')
    assert "is damaged" in run("list", ends=1).stderr
