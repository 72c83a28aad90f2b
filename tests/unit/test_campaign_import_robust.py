"""Whatever is pasted is read: an import tells how, loses no word of the letter, and runs nothing of it."""

from __future__ import annotations

import random
import re
from datetime import date
from pathlib import Path
from typing import Final, get_args

import annotated_types
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import StringConstraints

from schemas.campaign import CampaignFile
from services.cli.campaign import load_campaign
from services.render.importing.alert import Given, read_alert
from services.render.importing.asking import LIMITS
from services.render.importing.draft import Draft
from services.render.importing.layout import file_of
from services.render.importing.paragraphs import laid_out, markdown
from services.render.importing.reading import read_source
from tests.unit.alert_pages import ALERTS

TODAY: Final = Given(date(2026, 11, 22), slug="a-slug", organization="Example")
FIELDS: Final = ("slug", "organization", "headline", "narrative", "subject", "salutation", "letter", "closing")


def written(draft: Draft) -> dict[str, object]:
    """What a YAML reader finds in the draft's file; it is held to be the draft's own fields."""
    found: dict[str, object] = yaml.safe_load(file_of(draft, "alert.txt"))
    for name in FIELDS:
        value = found.get(name)
        assert (str(value).removesuffix("\n") if value is not None else None) == getattr(draft, name)
    return found


@given(st.binary(max_size=400))
def test_any_bytes_are_read(raw: bytes) -> None:
    written(read_alert(raw, TODAY))


PIECES: Final = (
    "Dear [Decision Maker],", "Dear friend,", "Sincerely,", "[Your Name]", "Subject:", "Subject: x", "Message:",
    "*Required fields", "First Name*", "  • Your Senators", "To: the Mayor", "Recipients", "[[?x::y::", "[[S1:first_name]]",
    "{{ x }}", "{% raw %}", "H.R. 1", "<p>", "</p>", "<br>", "<li>", "<!--", "<script>", "©  2024",
    "Skip to content", "- item", "# head",
    "\t", "", "Posted: 13/13/2024", "a paragraph of words", "\u202e", "\x00", "é", "\ud7ff", "🙂", "---",
    "...", "? x", "| y", "key: value", "'", '"', "\\", "%%a%%",
)  # fmt: skip
BETWEEN: Final = st.sampled_from(("\n", "\r\n", "\n\n", " "))


@given(
    st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=30)), max_size=25),
    BETWEEN,
)
def test_any_mixture_of_an_alerts_parts_is_read(parts: list[str], between: str) -> None:
    written(read_alert(between.join(parts).encode("utf-8", "surrogatepass"), TODAY))


@given(st.integers(0, len(ALERTS) - 1), st.integers(0, 2**32), st.integers(1, 8))
def test_a_damaged_alert_is_read(which: int, seed: int, cuts: int) -> None:
    lines, chance = ALERTS[which].text.splitlines(keepends=True), random.Random(seed)
    for _ in range(cuts):
        at = chance.randrange(len(lines))
        lines[at : at + chance.randrange(3)] = [
            line[: chance.randrange(1, len(line) + 1)] for line in lines[at : at + 1]
        ]
    written(read_alert("".join(lines).encode(), TODAY))


WORD: Final = st.from_regex(r"\A[a-zà-öø-ÿа-яα-ω]{4,12}\Z")
SENTENCE: Final = st.lists(WORD, min_size=5, max_size=30).map(lambda words: " ".join(words) + ".")


CLOSING: Final = st.sampled_from(("[Your Name]", "Sincerely,\n[Your Name]", "Regards,\n\n[First Name]", ""))


@settings(max_examples=60)
@given(st.lists(SENTENCE, min_size=1, max_size=6), CLOSING, st.booleans(), st.booleans())
def test_the_letters_text_survives(paragraphs: list[str], closing: str, page: bool, form: bool) -> None:
    letter = "\n\n".join(["Dear [Decision Maker],", *paragraphs, closing]).strip()
    text = f"A headline\n\nA narrative of some words.\n\nRecipients\n* Your Senators\n\nA subject\n\n{letter}\n"
    text += "\nFirst Name*\nEmail*\n\nSend Message\n" if form else ""
    if page:
        text = "".join(f"<p>{part}</p>".replace("\n", "<br>") for part in text.split("\n\n"))
    draft = read_alert(text.encode(), TODAY)
    found = " ".join((draft.salutation or "", draft.letter or "", draft.closing or ""))
    assert re.findall(
        r"\w{4,}", found.replace("decision_maker", "").replace("your_name", "").replace("first_name", "")
    ) == [word for part in ("Dear", *paragraphs, closing.partition("[")[0]) for word in re.findall(r"\w{4,}", part)]
    assert draft.letter == "\n\n".join(paragraphs)
    assert (draft.subject, draft.headline, draft.targets) == ("A subject", "A headline", ("your_senators",))


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("utf-8", "Read as UTF-8."),
        ("utf-8-sig", "Read as UTF-8-SIG."),
        ("utf-16", "Read as UTF-16."),
        ("utf-32", "Read as UTF-32."),
        ("cp1252", "It is not UTF-8 (line 1) and was read as Windows-1252. Look at its accents and quotes."),
    ],
)
def test_the_encoding_is_found_and_told(encoding: str, said: str) -> None:
    draft = read_alert("Señor “Niño” — très tôt\n\nWhy it matters.\n".encode(encoding), TODAY)
    assert draft.headline == "Señor “Niño” — très tôt"
    assert said in draft.notes


def test_broken_utf_16_is_read_as_far_as_it_goes() -> None:
    draft = read_alert("A headline".encode("utf-16") + b"\x00", TODAY)
    assert draft.headline == "A headline\N{REPLACEMENT CHARACTER}"
    assert any("Some bytes are not UTF-16" in note for note in draft.notes)


def test_line_ends_of_all_kinds_are_lines_and_invisible_characters_are_dropped() -> None:
    source = read_source("one\r\ntwo\rthree\x85four\u2028five\u200b \u202esix\x07\xa0seven\ufffe".encode())
    assert [line.text for line in source.lines] == ["one", "two", "three", "four", "five six seven"]
    assert [line.number for line in source.lines] == [1, 2, 3, 4, 5]
    assert source.notes == (
        "1 characters that turn the direction of writing were dropped.",
        "3 characters that cannot be seen were dropped.",
    )


def test_letters_are_composed_and_otherwise_as_typed() -> None:
    assert read_source("Zoe\u0308 ﬁ Ⅷ “a” ‘b’ — c…\n".encode()).lines[0].text == "Zoë ﬁ Ⅷ “a” ‘b’ — c…"  # noqa: RUF001


def test_what_is_too_long_for_a_campaign_is_kept_and_asked_about() -> None:
    draft = read_alert(
        b"A headline\n\nWhy.\n\n* Your Senators\n\nSubject: x\n\nDear Senator,\n\n" + b"word " * 3_000, TODAY
    )
    (question,) = (question for question in draft.questions if question.required)
    assert question.text == "It has 14,999 characters, and 10,000 is the most. Shorten it."
    assert draft.letter is not None
    assert len(draft.letter.split()) == 3_000


def test_the_limits_are_those_of_the_schema() -> None:
    for name, most in LIMITS.items():
        field = CampaignFile.model_fields[name]
        said = [*field.metadata, *get_args(field.annotation)]
        lengths = {
            getattr(one, "max_length", None)
            for one in said
            if isinstance(one, (StringConstraints, annotated_types.MaxLen))
        }
        lengths |= {
            two.max_length
            for one in said
            for two in getattr(one, "__metadata__", ())
            if isinstance(two, StringConstraints)
        }
        assert lengths - {None} == {most}, name


def test_nothing_of_an_alert_is_run(tmp_path: Path) -> None:
    text = "A headline\n\nWhy: !!python/object/apply:os.getcwd []\n\n* Your Senators\n\nSubject: {{ 7*7 }}\n\n"
    text += "Dear Senator,\n\n&anchor *alias !!tag {{ ''.__class__ }} {% include '/etc/hostname' %} "
    text += "<script>alert(1)</script>\n\n"
    text += "Best,\n[Name]\n"
    (tmp_path / "campaign.yaml").write_text(file_of(read_alert(text.encode(), TODAY), "alert.txt"), "utf-8")
    found = load_campaign(tmp_path / "campaign.yaml")
    assert found.narrative == "Why: !!python/object/apply:os.getcwd \\[]\n"
    assert found.subject == "{{ '{{' }} 7*7 }}"
    assert "{{ '{%' }} include '/etc/hostname' %} <script>alert(1)</script>" in found.letter


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("a\nb", "a\nb"),
        ("x" * 60 + "\n" + "y" * 60 + "\nz", "x" * 60 + " " + "y" * 60 + " z"),
        ("x" * 60 + "\n1. y", "x" * 60 + "\n1. y"),
        ("x" * 200 + "\n" + "y" * 200, "x" * 200 + "\n\n" + "y" * 200),
        ("\n\na\n\n\n\nb\n", "a\n\nb"),
    ],
)
def test_broken_lines_are_joined_and_paragraphs_stand_apart(typed: str, shown: str) -> None:
    assert laid_out(typed) == shown


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("2 * 3 [x] <b> `c` a_b _c_ \\", "2 \\* 3 \\[x] \\<b> \\`c\\` a_b \\_c\\_ \\\\"),
        ("• one\n* two\n- three", "- one\n- two\n\\- three"),
        ("# no head\n> no quote\n===", "\\# no head\n\\> no quote\n\\==="),
        ("1. first\n2024 was", "1. first\n2024 was"),
    ],
)
def test_the_narrative_shows_as_it_was_typed(typed: str, shown: str) -> None:
    assert markdown(typed) == shown
