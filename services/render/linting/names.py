"""The names that a letter's templates know, and what other systems call the same: for telling what was meant.

The names themselves are those of ``services.render.letters``; here is who has none of something.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import Final

from services.render.letters import NAMES

EMPTY_FOR: Final[Mapping[str, str]] = {
    "last_name": "a person with one name",
    "message": "a person who added no words",
    "district": "a senator, a state's only district, or a list's recipient",
    "state": "a list's recipient",
    "decision_maker_name": "an office that nobody is known to hold",
}
"""The names that are nothing for somebody, and for whom."""

FILTERS: Final = ("upper", "lower", "title", "capitalize", "trim", "default")
"""Filters that make text of text, and no more of it."""

_ALIASES: Final[Mapping[str, str]] = {
    "decision_maker": "decisionmaker decisionmakername official officialname electedofficial legislator legislatorname "
    "target targetname recipient recipientname representative representativename senator senatorname member",
    "your_name": "yourname name fullname signature supportername constituentname activistname sendername",
    "first_name": "firstname fname givenname first yourfirstname",
    "last_name": "lastname lname surname familyname last yourlastname",
    "city": "town yourcity hometown",
    "state": "yourstate stateabbreviation",
    "district": "congressionaldistrict yourdistrict",
    "organization": "organizationname orgname org",
    "message": "personalmessage yourmessage comment comments yourcomments yourstory personalnote",
}
_MEANT: Final = {
    alias: name for name, aliases in _ALIASES.items() for alias in (*aliases.split(), name.replace("_", ""))
}
_NOT_IN_A_LETTER: Final = frozenset(
    ("address", "street", "streetaddress", "address1", "zip", "zipcode", "postalcode", "email", "emailaddress", "phone",
     "phonenumber")
)  # fmt: skip
_PREFIXES: Final = re.compile(
    r"^(contact|supporter|activist|user|constituent|s1|cons|person|advocate|donor|recipient)[.:_ ]"
)


def meant(word: str) -> str:
    """The name that somebody meant who wrote ``word``, in whatever way; empty where that cannot be told."""
    bare = _bare(word)
    close = difflib.get_close_matches(word.strip().lower(), sorted(NAMES), 1, 0.75)
    return _MEANT.get(bare, "") or (close[0] if close else "")


def is_field(word: str) -> bool:
    """Whether ``word`` is what some system calls a field about a person."""
    return _bare(word) in _MEANT or _bare(word) in _NOT_IN_A_LETTER


def instead(word: str) -> str:
    """What to write in place of the field ``word``, as a sentence."""
    if name := meant(word):
        return f"Write {{{{ {name} }}}}."
    if _bare(word) in _NOT_IN_A_LETTER:
        return "Take it out: the office gets the person's address with the letter."
    return f"Take it out, or write one of {', '.join(sorted(NAMES))} between {{{{ and }}}}."


def _bare(word: str) -> str:
    plain = _PREFIXES.sub("", word.strip().lower())
    return re.sub(r"[^a-z0-9]", "", plain)
