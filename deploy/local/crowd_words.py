"""What invented people are made of: names, streets, mail domains and sentences.

Nobody here exists. The names are the kinds that forms handle badly: accents, apostrophes, hyphens, particles, a single
name, right-to-left and East Asian scripts, surnames that look like code. Mail goes to the domains that are reserved for
examples (RFC 2606), and to no other. The lists may grow, but a changed list changes what a seed gives.
"""
# ruff: noqa: RUF001 - letters that look like others are what people's names are written with

from __future__ import annotations

from typing import Final

Names = tuple[tuple[str, ...], tuple[str, ...]]

_ENGLISH: Final[Names] = (
    ("Ada", "Ben", "Clara", "Dov", "Ellen", "Frank", "Grace", "Hugh", "Iris", "Joan", "Kit", "Lena", "Max", "O"),
    ("Ashdown", "Bell", "Carver", "Dale", "Easton", "Fields", "Gray", "Hale", "Jessop Jr.", "Kerr III", "Null"),
)
_MARKED: Final[Names] = (
    ("Siobhán", "Anne-Marie", "D’Arcy", "Jean-Luc", "Renée", "Ma'ayan", "Zoë", "Mary Jo", "Shanté", "J.P."),
    ("O'Brien", "D’Angelo", "Smith-Jones", "MacDonald", "van der Berg", "de la Cruz", "St. John", "O’Neil-Khoury"),
)
_EUROPEAN: Final[Names] = (
    ("José", "Łukasz", "Søren", "Jürgen", "Aïcha", "Gülşen", "Đorđe", "Íñigo", "Åsa", "Václav"),
    ("Núñez", "Wiśniewski", "Ødegård", "Weiß", "Çelik", "Ștefănescu", "Þórsdóttir", "Muñoz Vélez", "Dvořák", "Nguyễn"),
)
_SINGLE: Final[Names] = (("Suparman", "Lakshmi", "Wahyuni", "Tenzin", "Ravindran", "Mg"), ("",))
_ARABIC: Final[Names] = (("ليلى", "يوسف", "مريم", "سامر", "هدى"), ("الحلبي", "خوري", "عبد الرحمن", "حمصي"))
_HEBREW: Final[Names] = (("נעמי", "יעל", "דוד", "מרים"), ("כהן", "בן-דוד", "שפירא"))
_CHINESE: Final[Names] = (("小明", "丽华", "家豪", "美玲"), ("王", "李", "歐陽", "陈"))
_JAPANESE: Final[Names] = (("さくら", "健太", "ゆき", "ケン"), ("田中", "小鳥遊", "佐々木", "渡邊"))
_KOREAN: Final[Names] = (("민준", "서연", "하윤"), ("김", "박", "남궁"))
_OTHER: Final[Names] = (("Дарья", "Олексій", "Νίκος", "प्रिया", "ศิริพร"), ("Ковальчук", "Παππάς", "शर्मा", "Соловьёва"))

NAMES: Final[tuple[Names, ...]] = (
    *(_ENGLISH,) * 10,
    *(_MARKED,) * 4,
    *(_EUROPEAN,) * 5,
    *(_SINGLE, _ARABIC, _HEBREW, _CHINESE, _JAPANESE, _KOREAN, _OTHER),
)
"""Given and family names, in as many tickets as their share of the crowd."""

PREFIXES: Final = ("", "", "", "", "", "Ms.", "Mr.", "Mx.", "Dr.", "Rev.")

STREETS: Final = (
    "Sparrow Lane", "Old Mill Road", "Lantern Street", "Calle Ámbar", "Fiddler's Court", "N. 3½ Street", "Quarry Hill",
    "Bayou Teal Drive", "Maplewood Ave.", "Route 9W", "Pūʻōlo Way", "St. Swithin's Terrace",
)  # fmt: skip

SECOND_LINES: Final = ("", "", "", "Apt. 3-B", "#12", "Unit ½", "c/o the Bookshop")

HANDLES: Final = ("quiet.otter", "blue_heron", "tin-drum", "paper.boat", "north+star", "x", "O.Marsh", "green.lamp")

DOMAINS: Final = ("example.org", "example.net", "example.com")

OPENINGS: Final = (
    "My grandmother came from Aleppo, and I still have her letters.",
    "I am a nurse, and what was done to hospitals there keeps me awake.",
    "I served overseas, and I know what it means when nobody answers for a crime.",
    "My students asked me why nothing happens. I had no answer for them.",
    "Our parish has taken in two families; their son is still missing.",
    "I have never written to Congress before.",
)

MIDDLES: Final = (
    "A court that hears the witnesses would be a beginning.",
    'They told me: "tell them what you saw" – so I am telling you.',
    "Please do not let this be one more thing that everyone knew & no one stopped.",
    "I don't ask for revenge.\nI ask for a judge.",
    "حقّنا في العدالة لا يسقط بالتقادم. (Our right to justice does not expire.)",
    "It costs < 1 % of what silence costs; that is the only arithmetic I trust.",
    "I type {{ braces }} and <angles> for a living, and even I know that this is not a technical question. 🕊️",
)

CLOSINGS: Final = ("Thank you for reading this.", "I will be watching how you vote.", "Please write back.", "")
