"""The preview is the letter as it will be sent, in a page that runs nothing, fetches nothing and mixes up nothing."""

from __future__ import annotations

import base64
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from lxml import etree

from services.cli.campaign.words import why
from tests.unit.campaign_desk import campaign_file, run


class Page(HTMLParser):
    """What a browser would take from the page: elements with their attributes, and the text of those of a class."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: dict[str, str] = {}
        self._open: list[str] = []
        self.feed(document)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.elements.append((tag, given))
        if tag == "div" and "xml" in self._open and not given.get("class"):
            self.text["xml"] = self.text.get("xml", "") + "\n"
        if tag in ("div", "style", "ul", "title"):
            self._open.append(given.get("class") or tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("div", "style", "ul", "title"):
            self._open.pop()

    def handle_data(self, data: str) -> None:
        for name in set(self._open):
            self.text[name] = self.text.get(name, "") + data

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def preview(folder: Path, *options: str, **changes: object) -> tuple[str, Page]:
    """What the terminal says, and the page."""
    result = run("preview", campaign_file(folder, **changes), "--out", folder / "out", *options)
    assert result.exit_code == 0, result.stderr
    (written,) = (folder / "out").glob("*.html")
    return result.stdout, Page(written.read_text("utf-8"))


def test_the_page_has_the_mail_the_xml_and_the_printed_page(tmp_path: Path) -> None:
    said, page = preview(tmp_path, "--office", "HNY12", "--forms", "mail,cwc,paper")
    (frame,) = page.named("iframe")
    assert frame["sandbox"] is None, "no permission is given back"
    assert "My sister is a nurse" in (frame["srcdoc"] or "")
    document = page.text["xml"].replace("\xa0", "")
    assert etree.fromstring(document.strip().encode()).findtext("Recipient/MemberOffice") == "HNY12"
    (image,) = page.named("img")
    assert base64.b64decode((image["src"] or "").removeprefix("data:image/png;base64,")).startswith(b"\x89PNG")
    (pdf,) = (tmp_path / "out").glob("*.pdf")
    assert pdf.read_bytes().startswith(b"%PDF-")
    assert "Dear Representative,\n" in said
    assert "<MemberOffice>HNY12</MemberOffice>" in said
    assert str(pdf) in said


@pytest.mark.parametrize(
    "person", ["markup-typed", "template-typed", "dots-typed", "right-to-left", "edited", "long-name"]
)
def test_nothing_that_anybody_types_becomes_part_of_the_page(tmp_path: Path, person: str) -> None:
    _, page = preview(tmp_path, "--constituent", person)
    known = {
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "header",
        "p",
        "h1",
        "dl",
        "div",
        "dt",
        "dd",
        "small",
        "ul",
        "li",
    }
    known |= {"main", "section", "h2", "span", "iframe", "h3", "mark", "b", "i", "wbr", "footer"}
    assert {tag for tag, _ in page.elements} <= known
    assert all(not name.startswith("on") for _, attributes in page.elements for name in attributes)


def test_nothing_is_fetched_and_nothing_runs(tmp_path: Path) -> None:
    preview(tmp_path, "--forms", "mail,cwc,paper")
    (written,) = (tmp_path / "out").glob("*.html")
    text = written.read_text("utf-8")
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in text
    assert "<script" not in text
    assert re.findall(r"(?:src|href|action)=\"(?!data:image/png;base64,)", text) == []
    assert re.findall(r"url\(|@import|https?://", text) == []


def test_what_a_form_cannot_be_made_of_is_said_in_words(tmp_path: Path) -> None:
    said, page = preview(tmp_path, "--constituent", "one-name")
    sentence = "The message for congressional intake cannot be made: the prefix is missing (prefix_missing)."
    assert sentence in said
    assert sentence in page.text["notes"]


def test_a_campaign_s_own_words_and_a_person_s_are_told_apart(tmp_path: Path) -> None:
    _, page = preview(tmp_path)
    assert len(page.named("mark")) == 3, "two paragraphs, and the key"
    (tmp_path / "plain").mkdir()
    _, page = preview(tmp_path / "plain", "--constituent", "plain")
    assert page.named("mark") == []


def test_a_program_gets_the_letter_and_where_the_page_is(tmp_path: Path) -> None:
    said = json.loads(run("preview", campaign_file(tmp_path), "--out", tmp_path, "--office", "SNY01", "--json").stdout)
    assert Path(said["page"]).is_file()
    assert (said["letter"]["office"], said["letter"]["campaign_version"]) == ("SNY01", 1)
    assert said["notes"] == ["A made-up sender stands in: POSTBAG_CWC_AGENT and 4 more must be set where render runs."]


def test_a_made_up_person_writes_to_the_office_that_represents_that_person(tmp_path: Path) -> None:
    said, _ = preview(tmp_path, targets=["your_representative"])
    assert "To: HNY13" in said


def test_a_text_campaign_shows_its_text(tmp_path: Path) -> None:
    said, page = preview(tmp_path, forms=None)
    assert page.named("iframe") == []
    assert "Please tell me where you stand." in page.text["text"]
    assert "Congressional intake" not in said


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        (("--office", "HNY13"), "HNY13 is not written to by this campaign, which has 3 offices, such as HNY12."),
        (("--constituent", "nobody"), "there is no nobody: choose of plain, with-words"),
    ],
)
def test_an_office_or_a_person_that_there_is_not_is_refused(
    tmp_path: Path, options: tuple[str, str], fault: str
) -> None:
    result = run("preview", campaign_file(tmp_path), "--out", tmp_path, *options)
    assert result.exit_code in (1, 2)
    assert fault in " ".join(result.stderr.split())


def test_reasons_are_words() -> None:
    assert why("prefix_missing") == "the prefix is missing"
    assert why("own_words_too_short") == "what the person wrote is too short"
    assert why("no_such_intake") == "this recipient has no congressional intake"
    assert why("something_new") == "something new"
