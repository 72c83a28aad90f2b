"""The few words that the page itself adds to a letter, in the campaign's language: its date and its page numbers.

A language that is not in the tables gets figures alone (2026-11-22, 1 / 2), which nobody misreads; nothing here guesses.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

_MONTHS: Final[Mapping[str, str]] = {
    "en": "January February March April May June July August September October November December",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "pl": "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
    "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "uk": "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",
    "el": "Ιανουαρίου Φεβρουαρίου Μαρτίου Απριλίου Μαΐου Ιουνίου Ιουλίου Αυγούστου Σεπτεμβρίου Οκτωβρίου Νοεμβρίου "
          "Δεκεμβρίου",
    "ht": "janvye fevriye mas avril me jen jiyè out septanm oktòb novanm desanm",
    "tl": "Enero Pebrero Marso Abril Mayo Hunyo Hulyo Agosto Setyembre Oktubre Nobyembre Disyembre",
    "ar": "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
    "he": "ינואר פברואר מרץ אפריל מאי יוני יולי אוגוסט ספטמבר אוקטובר נובמבר דצמבר",
    "hi": "जनवरी फ़रवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर अक्तूबर नवंबर दिसंबर",
}  # fmt: skip
"""Months as they stand in a date, so in the genitive where a language has one."""

_DATES: Final[Mapping[str, str]] = {
    "en": "{day} {month} {year}",
    "en-US": "{month} {day}, {year}",
    "es": "{day} de {month} de {year}",
    "de": "{day}. {month} {year}",
    "pt": "{day} de {month} de {year}",
    "ru": "{day} {month} {year} г.",  # noqa: RUF001 - the Cyrillic letter
    "uk": "{day} {month} {year} р.",  # noqa: RUF001 - the Cyrillic letter
    "tl": "{month} {day}, {year}",
    "he": "{day} ב{month} {year}",
    "zh": "{year}年{number}月{day}日",
    "ja": "{year}年{number}月{day}日",
    "ko": "{year}년 {number}월 {day}일",
    "vi": "ngày {day} tháng {number} năm {year}",
}
_PAGES: Final[Mapping[str, str]] = {
    "en": "Page {page} of {pages}",
    "es": "Página {page} de {pages}",
    "fr": "Page {page} sur {pages}",
    "de": "Seite {page} von {pages}",
    "pt": "Página {page} de {pages}",
    "it": "Pagina {page} di {pages}",
    "nl": "Pagina {page} van {pages}",
    "pl": "Strona {page} z {pages}",
    "zh": "第 {page} 页，共 {pages} 页",  # noqa: RUF001 - the Chinese comma
    "ko": "{pages}쪽 중 {page}쪽",
    "vi": "Trang {page} / {pages}",
}
_RIGHT_TO_LEFT: Final = frozenset({"ar", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})


def date_line(day: date, locale: str) -> str:
    """``day`` as a letter has it: ``November 22, 2026`` in ``en-US``."""
    language = locale.partition("-")[0]
    pattern = _DATES.get(locale) or _DATES.get(language) or ("{day} {month} {year}" if language in _MONTHS else None)
    if pattern is None:
        return day.isoformat()
    month = _MONTHS[language].split()[day.month - 1] if language in _MONTHS else ""
    number = "1er" if language == "fr" and day.day == 1 else str(day.day)
    return pattern.format(day=number, month=month, number=day.month, year=day.year)


def page_line(locale: str) -> str:
    """How pages are numbered, with ``{page}`` and ``{pages}`` where the figures go: ``Page {page} of {pages}``."""
    return _PAGES.get(locale.partition("-")[0], "{page} / {pages}")


def is_right_to_left(locale: str) -> bool:
    """Whether the language of ``locale`` is written from right to left."""
    return locale.partition("-")[0] in _RIGHT_TO_LEFT
