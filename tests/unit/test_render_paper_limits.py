"""What cannot be printed as it was written is refused with a code, soon, and without a word of the letter."""

from __future__ import annotations

import base64
import subprocess
import sys
from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder  # type: ignore[import-untyped]
from fontTools.pens.ttGlyphPen import TTGlyphPen  # type: ignore[import-untyped]

from schemas.letter import Letter
from services.pipeline.errors import SettingsRefused
from services.render.forms import Unfit
from services.render.forms.paper import PaperForm, PaperSettings, paper_form
from services.render.forms.paper.form import MOST_BYTES, MOST_LINES
from services.render.forms.paper.press import Press
from tests.unit.paper_made import by_pypdf, facts, form

EMOJI = "\N{GRINNING FACE}"


@pytest.mark.parametrize(
    "part",
    [
        {"subject": f"a{EMOJI}"},
        {"first_name": EMOJI},
        {"salutation": f"Dear {EMOJI},"},
        {"closing": EMOJI},
        {"lines": (EMOJI,)},
    ],
    ids=lambda part: next(iter(part)),
)
def test_a_character_that_no_font_has_is_refused_wherever_it_stands(part: dict[str, str]) -> None:
    with pytest.raises(Unfit) as refused:
        form().make(facts("Please open it.", **part))
    assert refused.value.reason == "glyph_missing"


@pytest.mark.parametrize("character", [EMOJI, "\ue000", "\U000e0100x\U0001f3fd", "ꆈ", "\x01"])
def test_nothing_is_printed_as_an_empty_box(character: str) -> None:
    with pytest.raises(Unfit, match=r"\Aglyph_missing\Z"):
        form().pdf(facts(f"before {character} after"))


def test_the_refusal_tells_nothing_of_the_letter() -> None:
    with pytest.raises(Unfit) as refused:
        form().pdf(facts(f"secretword{EMOJI}"))
    assert refused.value.args == ("glyph_missing",)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


def test_the_missing_characters_can_be_named_to_a_campaigner() -> None:
    assert form().missing(facts(f"→ ✔ é {EMOJI} 世 ꆈ", subject="ok")) == (EMOJI, "ꆈ")
    assert form().missing(facts("→ ✔ é 世 ქართული Հայերեն ᏣᎳᎩ √")) == ()


def test_an_operators_own_fonts_add_characters(tmp_path: Path) -> None:
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    pen.lineTo((500, 0))
    pen.lineTo((500, 500))
    pen.closePath()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "grin"])
    builder.setupCharacterMap({ord(EMOJI): "grin"})
    builder.setupGlyf({".notdef": TTGlyphPen(None).glyph(), "grin": pen.glyph()})
    builder.setupHorizontalMetrics({".notdef": (500, 0), "grin": (500, 0)})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "House Signs", "styleName": "Regular", "psName": "HouseSigns-Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.save(tmp_path / "signs.ttf")
    own = paper_form(PaperSettings(fonts_dir=tmp_path))
    assert EMOJI in by_pypdf(own.pdf(facts(f"a {EMOJI} b")))[0]


def test_a_folder_of_fonts_that_is_not_there_is_refused_by_its_variable(tmp_path: Path) -> None:
    with pytest.raises(SettingsRefused, match="POSTBAG_FONTS_DIR"):
        paper_form(PaperSettings(fonts_dir=tmp_path / "none"))


def test_without_the_extra_a_campaign_that_asks_for_paper_is_refused_and_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(SettingsRefused, match=r"extra `paper`: pip install 'postbag\[paper\]'"):
        paper_form(PaperSettings())


def test_without_its_fonts_the_extra_counts_as_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.render.forms.paper.press.folders", tuple)
    with pytest.raises(SettingsRefused, match="fonts of the extra"):
        paper_form(PaperSettings())


def test_a_worker_that_prints_nothing_never_loads_the_typesetter() -> None:
    program = "import sys, services.render.__main__, services.render.forms.paper; print('typst' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.strip() == "False"


def test_a_letter_in_too_many_different_characters_is_too_large() -> None:
    with pytest.raises(Unfit) as refused:
        form().make(facts("".join(map(chr, range(0x4E00, 0x4E00 + 8_000)))))
    assert refused.value.reason == "paper_too_large"


def test_a_letter_of_countless_lines_is_too_large_without_being_set() -> None:
    class Untouchable(Press):
        def __init__(self) -> None:
            pass

    with pytest.raises(Unfit) as refused:
        PaperForm(Untouchable()).make(facts("x\n" * (MOST_LINES + 1)))
    assert refused.value.reason == "paper_too_large"


LONGEST = {
    "latin": "river access " * 1_900,
    "cyrillic": "мост " * 4_900,
    "han": "字" * 24_000,
    "arabic": "سلام " * 4_900,
    "lines": "x\n" * 1_900,
    "long words": "abcdefghijklmnopqrstuvwxyz " * 900,
    "marks": ("a" + "\u0301" * 8) * 2_000,
    "two directions": "abc אבג " * 3_000,
}


@pytest.mark.parametrize("text", LONGEST.values(), ids=LONGEST)
def test_the_longest_letters_fit_into_their_event(text: str) -> None:
    """In bounded time, too: the figures are in docs/forms.md, and far below what ends a test."""
    made = form().make(facts(text[:24_800]))
    most = Letter.model_json_schema()["properties"]["paper"]["anyOf"][0]["maxLength"]
    assert most >= 4 * ((MOST_BYTES + 2) // 3)
    assert len(base64.b64decode(made, validate=True)) <= MOST_BYTES


def test_a_letter_that_is_too_large_with_tags_goes_without_them() -> None:
    plain, heavy = (form().pdf(facts(text)) for text in ("سلام " * 10, "أكتب إليكم بصفتي أحد ناخبيكم " * 500))
    assert b"pdfuaid" in plain
    assert b"pdfuaid" not in heavy
    assert len(heavy) <= MOST_BYTES
