"""Both parts of a mail say what the letter says, to independent parsers, and nothing from elsewhere is in it."""

from __future__ import annotations

import email
import re
from datetime import date
from email import policy
from html.parser import HTMLParser
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.letter import Addressee, Parts
from services.ingest.codes import Refused
from services.ingest.text import body as as_taken_in
from services.ingest.text import line as line_as_taken_in
from services.render.forms import Facts
from services.render.forms.mail import MailForm
from tests.unit import made
from tests.unit.render_bench import resolved, seat, written

TYPED: Final = st.text(st.characters(codec="utf-8"), max_size=300)
HOSTILE: Final = (
    "</p></body><script>alert(1)</script>",
    "<!-- --><img src=https://x.example/a.png onerror=alert(1)>",
    "&lt;b&gt; &amp; &#60; &notit;",
    "]]> <![CDATA[ <?php ?>",
    "{{ 7*7 }} {% for x in y %} {# #} ${7*7} %s {0}",
    '" onmouseover="alert(1)" \'',
    "https://example.org/?a=1&b=2 www.example.org x@example.org",
    "مرحبا بالعالم\n\nשלום\nעולם",  # noqa: RUF001 - Hebrew
    "क्ष\u200dमा 👨\u200d👩\u200d👧 نمی\u200cخواهم",  # noqa: RUF001 - Persian
    "a  b\n c\n\n\nd\n\n\n\ne\n",
    "\u202eabc\u202c\u2066d\u2069",
    "tab\tand\x0bcontrol\x07",
    "one\n\n--=_postbag--\n\n.\n\nFrom here on",
    "x" * 1_200,
)


class Read(HTMLParser):
    """Text by paragraph, as a reader's program shows it: an element for each line break, raw line ends are none."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.paragraphs: list[str] = []
        self.title = ""
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == [], "every element is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "p":
            self.paragraphs.append("")
        if tag == "br":
            self.paragraphs[-1] += "\n"
        elif tag != "meta":
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        where = self._open[-1] if self._open else ""
        if where == "p":
            assert "\n" not in data
            self.paragraphs[-1] += data
        elif where == "title":
            self.title += data
        elif where != "style":
            assert not data.strip()

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_pi(self, data: str) -> None:
        raise AssertionError(data)


def parsed(mail: str) -> tuple[str, str, str]:
    """Subject, plain text and HTML, as the standard library's parser reads them off the wire."""
    assert not re.search(r"(?<!\r)\n|\r(?!\n)", mail), "only whole line ends"
    assert max(map(len, mail.encode().split(b"\r\n"))) <= 998, "longer lines no server has to take (RFC 5322, 2.1.1)"
    found = email.message_from_bytes(mail.encode(), policy=policy.SMTP)
    assert (found.get_content_type(), found.defects) == ("multipart/alternative", [])
    plain, rich = found.iter_parts()
    assert (plain.get_content_type(), rich.get_content_type()) == ("text/plain", "text/html")
    text, html = (str(part.get_content()).replace("\r\n", "\n") for part in (plain, rich))
    return str(found["Subject"]), text.removesuffix("\n"), html


def html(body: str, subject: str = "A subject", locale: str = "en-US") -> str:
    return parsed(whole(body, subject, locale))[2]


def whole(body: str, subject: str = "A subject", locale: str = "en-US") -> str:
    return MailForm().make(
        Facts(
            "id", "HNY13", made.campaign("open"), made.constituent(), Addressee(role="senator", salutation="Senator"),
            Parts(), subject, body, locale, date(2026, 11, 22),
        )
    )  # fmt: skip


def mail(**submission: Any) -> tuple[str, Read]:
    """Body, and the HTML as it was read, of a letter that went all the way from the submission's event."""
    (letter,) = written(
        resolved(seat("HNY13"), **submission),
        letter="I live in {{ city }}.",
        salutation="Dear {{ decision_maker }},",
        closing="Sincerely,\n{{ your_name }}",
        subject="From {{ your_name }}",
        forms=("mail",),
    )
    assert letter.mail is not None
    subject, text, rich = parsed(letter.mail)
    assert text == letter.body, "the plain text is the letter, and can be read on its own"
    assert subject.split() == re.sub(r"[\x00-\x1f]", " ", letter.subject).split()
    return letter.body, Read(rich)


@given(TYPED, TYPED)
def test_any_text_reads_in_html_as_it_does_in_plain_text(body: str, subject: str) -> None:
    body, subject = body.replace("\r", " "), subject.replace("\r", " ")  # which HTML takes for a line end
    found = Read(html(body.replace("\x00", ""), subject.replace("\x00", "")))
    assert "\n\n".join(found.paragraphs) == body.replace("\x00", "")
    assert found.title == subject.replace("\x00", "")


@pytest.mark.parametrize(
    "ends", ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"]
)
@pytest.mark.parametrize("rest", ["Bcc: canary@example.org", "é"])
def test_no_character_of_a_subject_starts_another_header(ends: str, rest: str) -> None:
    headers = whole("Body.", f"Stop{ends}{rest}").partition("\r\n\r\n")[0]
    assert [line.partition(":")[0] for line in headers.split("\r\n")] == ["MIME-Version", "Subject", "Content-Type"]


@pytest.mark.parametrize("typed", HOSTILE)
def test_hostile_words_are_words(typed: str) -> None:
    body, found = mail(
        message=typed, person=made.constituent(first_name=typed.replace("\n", " ")[:200], city="<i>Canary")
    )
    assert typed in body
    assert "\n\n".join(found.paragraphs) == body
    assert {tag for tag, _ in found.tags} == {"html", "head", "meta", "title", "style", "body", "p"} | (
        {"br"} if "\n" in typed or "\n" in body else set()
    )


@given(TYPED, TYPED, TYPED)
def test_what_went_in_at_intake_comes_out_of_the_letter(message: str, first_name: str, edited: str) -> None:
    try:
        taken = {"message": as_taken_in(message), "edited_letter": as_taken_in(edited)}
        name = line_as_taken_in(first_name, 100)
    except Refused:
        return
    submission = {field: text for field, text in taken.items() if text}
    body, found = mail(person=made.constituent(first_name=name or "Maria"), **submission)
    for text in (*submission.values(), name):
        assert text in body
    assert "\n\n".join(found.paragraphs) == body
    assert found.title == " ".join(f"From {name or 'Maria'} Canary".split())


def test_it_is_complete_in_itself_and_asks_for_nothing() -> None:
    text = html("See https://example.org/a and\nanswer.")
    found = Read(text)
    assert text.startswith("<!DOCTYPE html>\n<html lang=")
    assert found.paragraphs == ["See https://example.org/a and\nanswer."]
    asking = {"href", "src", "srcset", "action", "background", "data", "style", "on"}
    assert not any(name in asking or name.startswith("on") for _, attributes in found.tags for name in attributes)
    assert "url(" not in text
    assert "@import" not in text
    assert next(attributes for tag, attributes in found.tags if tag == "meta") == {"charset": "utf-8"}


@pytest.mark.parametrize(
    ("locale", "direction"), [("en-US", None), ("es", None), ("ar", "rtl"), ("he-IL", "rtl"), ("ur", "rtl")]
)
def test_the_language_is_told_and_each_paragraph_finds_its_direction(locale: str, direction: str | None) -> None:
    found = Read(html("مرحبا\n\nHello", locale=locale))
    (_, document), *_ = found.tags
    assert (document["lang"], document.get("dir")) == (locale, direction)
    assert [attributes for tag, attributes in found.tags if tag == "p"] == [{"dir": "auto"}] * 2


def test_the_longest_letter_of_what_must_be_escaped_is_within_the_field() -> None:
    letter = "&<" * 4_000
    (found,) = written(
        resolved(seat("HNY13"), message="&" * 10_000), letter=letter, closing="Bye.", forms=("mail",)
    )  # fmt: skip
    assert found.unfit == ()
    assert len(found.mail or "") > 90_000
