"""How alerts write a gap that is filled in for each letter, and which of Postbag's names each one is: two tables of data.

``SYNTAXES`` are the marks around a name, by the programs that use them; ``MEANINGS`` the names inside, which are much the
same everywhere once case, underscores and words such as "your" or "insert here" are taken off. A name that is in neither
table is never guessed: it becomes a question.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Syntax:
    """One way to mark a field. ``pattern`` has one group, the name; each part of it is bounded, so that no text is slow.

    ``certain``: whatever is marked so is a field. Otherwise only a name that the tables know makes it one, since people
    write brackets, braces and signs for other reasons. ``recipient``: the name is one of the recipient's. ``used_by`` is the
    source: the programs whose pages and exports have it.
    """

    name: str
    pattern: str
    used_by: str
    certain: bool = True
    recipient: bool = False


SYNTAXES: Final = (
    Syntax("s_tag", r"\[\[S\d{1,3}:([^\[\]:\n]{1,80})(?::[^\[\]\n]{0,80})?\]\]",
           "Luminate Online (Convio): `[[S1:first_name]]` is the person's; a default stands after a second colon"),
    Syntax("double_bracket", r"\[\[([^\[\]\n]{1,80})\]\]",
           "Salsa, `[[First_Name]]`; New/Mode; other tags of Luminate Online"),
    Syntax("bracket", r"\[([^\[\]]{1,80})\]",
           "Luminate Online's own pages, `[Decision Maker]`; One Click Politics, `[firstname,fallback=]`; alerts written by"
           " hand"),
    Syntax("double_brace", r"\{\{-?([^{}\[\]\n]{1,120})-?\}\}",
           "EveryAction and NGP VAN, `{{FirstName}}`; Action Network, `{{ first_name }}`; ActionKit, `{{ user.first_name }}`;"
           " Quorum, Phone2Action and Capitol Canary", certain=False),
    Syntax("double_percent", r"%%([A-Za-z][\w .-]{0,60})%%", "NGP VAN, Salsa and older mailing programs, `%%first_name%%`"),
    Syntax("star_bar", r"\*\|([^|*\n]{1,60})\|\*", "Mailchimp, `*|FNAME|*`, in alerts that were pasted from mail"),
    Syntax("user_data", r"\{user_data~([^{}~\n]{1,60})(?:~[^{}\n]{0,60})?\}",
           "Engaging Networks: the person's, `{user_data~First Name}`"),
    Syntax("contact_data", r"\{contact_data~([^{}~\n]{1,60})(?:~[^{}\n]{0,60})?\}",
           "Engaging Networks: the recipient's, `{contact_data~lastName}`", recipient=True),
    Syntax("angle", r"<<([^<>\n]{1,60})>>", "Mail merge, `<<First Name>>`"),
    Syntax("guillemets", r"«([^«»\n]{1,60})»",
           "Mail merge, `«First Name»`; quotation marks of other languages", certain=False),
    Syntax("brace", r"\{([A-Za-z][^{}\n]{1,60})\}", "Older mailing programs, `{first_name}`", certain=False),
    Syntax("one_angle", r"<([A-Za-z][^<>\n]{1,60})>", "Alerts written by hand, `<Your Name>`", certain=False),
    Syntax("parenthesis", r"\(((?i:your|insert|enter|add)\b[^()\n]{1,60})\)",
           "Alerts written by hand, `(your name)`", certain=False),
    Syntax("blank", r"(_{3,200})", "Alerts written by hand: a gap to fill in, `_____`"),
)  # fmt: skip
"""Those of Luminate Online, Engaging Networks, Salsa, One Click Politics and ActionKit are as their makers or users document
them; of the others, only the marks are known to be theirs, and the names inside are held against the same tables.
"""

MEANINGS: Final[dict[str, str]] = {
    **dict.fromkeys(("name", "full name", "name full", "first and last name", "first last", "first name last name",
                     "first and last", "signature", "sign name", "first name and last name", "full names",
                     "title first name last name", "prefix first name last name", "first middle last"), "{{ your_name }}"),
    **dict.fromkeys(("first name", "firstname", "first", "fname", "given name", "preferred name", "first or informal name",
                     "informal name", "nickname"), "{{ first_name }}"),
    **dict.fromkeys(("last name", "lastname", "last", "lname", "surname", "family name"), "{{ last_name }}"),
    **dict.fromkeys(("city", "town", "city town", "city or town", "city town name", "city name", "hometown", "town city",
                     "town or city", "home city", "address city", "municipality"), "{{ city }}"),
    **dict.fromkeys(("state", "stateprov", "state name", "state province", "home state", "home stateprov", "address state",
                     "state or territory", "state code", "state abbreviation"), "{{ state }}"),
    **dict.fromkeys(("city state", "city and state", "town state", "city town state", "hometown state"),
                    "{{ city }}, {{ state }}"),
    **dict.fromkeys(("district", "congressional district", "district number", "congressional district number", "cd"),
                    "{{ district }}"),
    **dict.fromkeys(("message", "personal message", "personal story", "story", "story comments", "own words", "words",
                     "comments", "personal comments", "personal note", "personal reason", "personal experience", "comment",
                     "own story", "own message", "own personal story", "own personal message"), "{{ message }}"),
    **dict.fromkeys(("organization", "organization name", "organisation", "name of organization", "org name", "group name"),
                    "{{ organization }}"),
}  # fmt: skip
"""Names of the person's own fields, as ``words`` leaves them, and what stands for each in a template."""

_BY_ADDRESS: Final = "Every channel carries the person's address beside the text: leave it out."
_BY_CONTACT: Final = "Every channel carries how to reach the person beside the text: leave it out."

UNAVAILABLE: Final[dict[str, str]] = {
    **dict.fromkeys(("zip", "zipcode", "zip code", "postal code", "postcode", "home zip", "zip postal code",
                     "zip4", "address", "street", "street address", "mailing address", "home address", "full address",
                     "address 1", "address1", "address line 1", "street1", "home street1", "address 2", "apt", "county",
                     "country", "postal", "address city state zip", "postal address"), _BY_ADDRESS),
    **dict.fromkeys(("city state zip", "city state zip code", "city state and zip", "city state and zip code"),
                    "{{ city }}, {{ state }} is what templates know. " + _BY_ADDRESS),
    **dict.fromkeys(("email", "email address", "e mail", "mail", "phone", "phone number", "telephone", "mobile",
                     "cell phone", "phone email", "home primary email", "contact information", "contact info"), _BY_CONTACT),
    **dict.fromkeys(("date", "today", "today date", "todays date", "current date"),
                    "Letters on paper are dated by themselves: leave it out."),
    **dict.fromkeys(("title", "prefix", "name prefix"),
                    "{{ your_name }} begins with it where the person gave one: leave it out."),
}  # fmt: skip
"""Names that are known, and that a letter's template does not have: what to do instead."""

_RECIPIENT = """decision maker makers representative representatives senator senators legislator legislators lawmaker
    lawmakers recipient recipients target targets official officials elected congressman congresswoman congressperson
    congressmember congress rep sen addressee policymaker honorable governor mayor councilmember"""
_GENERIC = "recipient target legislator official addressee"
_OF_A_NAME = """member of and or the title name last first full salutation prefix surname lastname firstname fname lname
    greeting formal public a an hon"""
_FILLER = """your my insert enter here type add please the supporter user contact constituent advocate sender activist person
    cons signer write include put if you tell share field data will be inserted filled in automatically appear appears"""

RECIPIENT: Final = frozenset(_RECIPIENT.split())
"""A name with one of these words in it is the recipient's."""

GENERIC: Final = frozenset(_GENERIC.split())
OF_A_NAME: Final = frozenset(_OF_A_NAME.split())
FILLER: Final = frozenset(_FILLER.split())
"""Words that say nothing of what a field is."""

_DEFAULT: Final = re.compile(r"\s{0,9}(?:\||,\s{0,9}fallback=)")
_HUMP: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_WORD: Final = re.compile(r"[^\W_]+")

LITERAL: Final = re.compile(
    r"\W{0,80}|\d{1,80}|.|sic|emphasis added|emphasis mine|emphasis in original|redacted|citation needed",
    re.IGNORECASE | re.DOTALL,
)
"""What people put into brackets that is no field: omissions, footnotes, a changed letter, remarks on a quotation."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a field stands for. ``text`` is None where Postbag has no name for it; ``advice`` then says more, if anything."""

    text: str | None
    advice: str = ""


def words(name: str) -> list[str]:
    """The words of a field's name in lower case, without a default value, and with "FirstName" taken apart."""
    name = _HUMP.sub(" ", _DEFAULT.split(name, maxsplit=1)[0])
    return [word for word in _WORD.findall(name.casefold()) if word != "s"]


def meaning(name: str, *, recipient: bool = False, greeting: bool = False) -> Meaning:
    """What the field ``name`` stands for. ``recipient``: it says itself that it is one of the recipient's.

    ``greeting``: it stands in the line that greets the recipient, where a bare name or title is theirs and not the person's.
    """
    said = [word for word in words(name) if word not in ("your", "my")]
    rest = [word for word in said if word not in RECIPIENT]
    if recipient or len(rest) < len(said):
        if all(word in OF_A_NAME or word in FILLER for word in rest):
            return Meaning("{{ decision_maker }}")
        theirs = " ".join(rest)
        if theirs in ("state", "district") and (recipient or said[0] in GENERIC):
            return Meaning("{{ %s }}" % theirs)  # noqa: UP031 - braces
        return Meaning(None)
    own = [word for word in said if word not in FILLER]
    if greeting and own and all(word in OF_A_NAME for word in own):
        return Meaning("{{ decision_maker }}")
    phrase = " ".join(own)
    return Meaning(MEANINGS.get(phrase), UNAVAILABLE.get(phrase, ""))
