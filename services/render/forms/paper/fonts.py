"""Which fonts letters are set in, and in which order they are asked for a character.

Fonts come from packages (the extra ``paper``) and from the operator's own folder, never from the machine: the same letter
must look the same wherever it is made. The Han characters that China, Japan and Korea share are drawn differently in each,
so whose font comes first follows the campaign's language and then what else stands in the letter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Final

PACKAGES: Final = (
    "fontpkg_noto_serif",
    "fontpkg_noto_sans",
    "justmytype_intl_rtl",
    "justmytype_intl_south_asia",
    "justmytype_intl_sea",
    "justmytype_intl_africa",
    "justmytype_intl_cjk",
)
"""Packages of the extra ``paper`` that hold fonts. They are only looked for in the import path, not imported."""

_FIRST: Final = ("Noto Serif", "Noto Sans")
_CJK: Final = {"zh": "Noto Sans SC", "tw": "Noto Sans TC", "ja": "Noto Sans JP", "ko": "Noto Sans KR"}
_LAST: Final = ("Libertinus Serif", "New Computer Modern", "New Computer Modern Math", "DejaVu Sans Mono")
"""Fonts inside the typesetter itself: mathematics and signs, and some alphabets in a face made for programs."""

_TRADITIONAL: Final = frozenset({"zh-TW", "zh-HK", "zh-MO"})
_KANA: Final = re.compile("[\u3041-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9d]")
_HANGUL: Final = re.compile("[\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3]")


def folders() -> tuple[Path, ...]:
    """Where the installed packages keep their fonts; a package that is not there is left out."""
    places = (find_spec(package) for package in PACKAGES)
    return tuple(Path(spec.origin).parent for spec in places if spec is not None and spec.origin is not None)


def order(present: Iterable[str], language: str) -> tuple[str, ...]:
    """The families of ``present`` in the order in which they are asked; ``language`` is one that ``cjk_language`` gives.

    The letter's own face first, then the other scripts in alphabetical order with one font for Han before its sisters,
    then the operator's fonts, and the typesetter's own where nothing else will do.
    """
    han = [_CJK[language], *(family for family in _CJK.values() if family != _CJK[language])]
    known = set(present)
    noto = sorted(family for family in known if family.startswith("Noto ") and family not in {*_FIRST, *han})
    others = sorted(known - {*_FIRST, *han, *noto, *_LAST})
    return tuple(family for family in (*_FIRST, *noto, *han, *others, *_LAST) if family in known)


def cjk_language(locale: str, text: str) -> str:
    """Whose Han characters are drawn: ``zh``, ``tw``, ``ja`` or ``ko``.

    The campaign's language says it, where it is one of these. In any other campaign kana in the letter mean Japanese and
    hangul Korean; Han characters alone, a name perhaps, are drawn as in China, whose font has the most of them.
    """
    language = locale.partition("-")[0]
    if language in ("ja", "ko"):
        return language
    if language == "zh":
        return "tw" if locale in _TRADITIONAL else "zh"
    if text.isascii():
        return "zh"
    if _KANA.search(text):
        return "ja"
    return "ko" if _HANGUL.search(text) else "zh"
