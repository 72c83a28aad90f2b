"""Canaries: words of made-up people that occur nowhere else, and a search that finds them in whatever form they got out.

A person's name may leak as it is, in capitals, escaped in JSON or in a URL, or as base64; each form is looked for. Numbers
are looked for in company only: four digits alone would be found in any log.
"""

from __future__ import annotations

import base64
from typing import Any, Final
from urllib.parse import quote

from deploy.local.crowd_places import Home

PLUS4: Final = "8391"
PERSON: Final[dict[str, Any]] = {
    "first_name": "Quorvanda Şehrazat",
    "last_name": "Zyxwinter-O'Thrum",
    "email": "quorvanda.zyxwinter@canarymail.example",
    "phone": "(212) 555-0147",
}
STREET: Final = "8417 Wibblethorpe Lane"
FLAT: Final = "Obsidianne 3"
OTHER_STREET: Final = "12 Marzipanwick Row"
WORDS: Final = "They burned my vermilionlantern, and nobody asked why."
_WORDS: Final = (
    "quorvanda", "şehrazat", "ehrazat", "zyxwinter", "thrum", "canarymail", "555-0147", "5550147", "wibblethorpe",
    "obsidianne", "marzipanwick", "vermilionlantern",
)  # fmt: skip


def fields(home: Home, number: int = 1, **changes: Any) -> dict[str, Any]:
    """Person ``number``, living in ``home``: dotted paths of a submission, every one of them a canary."""
    person = {f"constituent.{name}": value for name, value in PERSON.items()}
    person["constituent.email"] = f"{number}.{PERSON['email']}"
    person["constituent.address"] = {
        "line1": STREET, "line2": FLAT, "city": home.city, "state": home.state, "zip": f"{home.zip5}-{PLUS4}",
    }  # fmt: skip
    return person | {"message": WORDS} | changes


def found(text: bytes | str, zips: frozenset[str] = frozenset()) -> list[str]:
    """The canaries in ``text``, each as it was found; ``zips`` are the ZIPs whose ZIP+4 would be one."""
    raw = text.encode() if isinstance(text, str) else text
    lower = raw.decode("utf-8", "replace").lower()
    numbers = [f"{zip5}{dash}{PLUS4}" for zip5 in zips for dash in ("-", "", " ", '","plus4":"')]
    return [form for form in (*_FORMS, *numbers) if form in (lower if form == form.lower() else raw.decode("latin-1"))]


def _forms(word: str) -> list[str]:
    """The word, and what it looks like escaped, quoted or in base64 at each of the three places it can begin."""
    raw = word.encode()
    coded = [base64.b64encode(b"\0" * shift + raw).decode() for shift in range(3)]
    middles = [text[(0, 2, 3)[shift] : -4] for shift, text in enumerate(coded)]
    return [word, word.encode("ascii", "backslashreplace").decode(), quote(word).lower(), raw.hex(), *middles]


_CAPITALS: Final = ("Quorvanda", "Zyxwinter", "Wibblethorpe")
_FORMS: Final = tuple(dict.fromkeys(form for word in (*_WORDS, *_CAPITALS) for form in _forms(word) if len(form) >= 5))
