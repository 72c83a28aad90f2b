"""How a letter begins and ends: lines that greet an official, and lines that take leave and sign.

An alert in a mail greets its reader before the letter in it greets an official, so that greetings are weighed: by titles
and by fields that name the recipient, against words such as "friend". A sentence is never a greeting or a leave.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from services.render.importing.draft import Line
from services.render.importing.merge_fields import meaning
from services.render.importing.templating import convert, has_field, only_fields

if TYPE_CHECKING:
    from services.render.importing.draft import Lines

_DEAR: Final = re.compile(r"(?:dear|estimad[oa]s?|to whom|to (?:my|the|our))\b.{0,120}", re.IGNORECASE)
_HELLO: Final = re.compile(
    r"(?:hello|hi|greetings|good (?:morning|afternoon|day|evening)|attn|attention|(?:the )?honorable|hon\."
    r"|esteemed)\b.{0,120}",
    re.IGNORECASE,
)
_TITLED: Final = re.compile(
    r"(?:u\.?s\.? )?(?:senators?|representatives?|congress(?:man|woman|member)|members? of congress|legislators?"
    r"|governor|mayor|president|secretary|(?:sen|rep|gov)\.)\b.{0,80}[,:]",
    re.IGNORECASE,
)
_OFFICIAL: Final = re.compile(
    r"\b(?:senators?|representatives?|congress\w{0,8}|legislators?|officials?|governor|mayor|president|honorable"
    r"|secretary|administrator"
    r"|commissioners?|chair\w{0,6}|council\w{0,7}|sir|madam|leaders?|whom|lawmakers?|delegates?|assembly\w{0,6}"
    r"|director|members? of|rep|sen|board"
    r"|speaker|senador\w{0,2}|representante)\b", re.IGNORECASE)  # fmt: skip
_READER: Final = re.compile(
    r"\b(?:friends?|supporters?|members?(?! of)|advocates?|activists?|colleagues?|neighbou?rs?|everyone|everybody"
    r"|folks|volunteers?|readers?|patriots?|all(?:y|ies)?"
    r"|fellow|there)\b", re.IGNORECASE)  # fmt: skip
_RUN_ON: Final = re.compile(
    r"(dear\b(?:[^,:.!?]|\b(?:rep|sen|mr|mrs|ms|dr|gov|hon)\.){1,80}[,:])\s+(\S.{20,})", re.IGNORECASE
)
_LEAVE: Final = re.compile(
    r"(?:closing\s?:\s?)?"
    r"(?:(?:yours |very |most )?(?:sincerely|truly|respectfully|faithfully|cordially|gratefully|warmly"
    r"|hopefully)(?: yours| submitted)?"
    r"|very truly yours|sincerely and respectfully|(?:with )?(?:my )?(?:best |kind |warm |warmest |kindest "
    r"|deepest )?(?:regards|wishes)|all the best|best|yours"
    r"|in (?:solidarity|peace|hope|service|gratitude|unity|faith)|with (?:respect|gratitude|thanks|hope|appreciation"
    r"|concern|great concern)"
    r"|(?:your|a) (?:concerned |faithful |loyal )?(?:constituent|citizen|voter)|signed|atentamente)\s?[,.;:!\u2013—-]?",
    re.IGNORECASE,
)
_THANKS: Final = re.compile(
    r"(?:many )?(?:thanks|thank you)(?: (?:so|very) much)?(?: for (?:your|the) .{1,60}| in advance)?\s?[,\u2013—-]",
    re.IGNORECASE,
)
_NAMES: Final = frozenset(("{{ your_name }}", "{{ first_name }}", "{{ last_name }}"))
_OPENS: Final = "[{%*<«("


def split_greeting(line: Line) -> tuple[Line, Line | None]:
    """A line that greets and goes on with the letter, as two; any other as it is."""
    found = _RUN_ON.fullmatch(line.text[:20_000]) if line.text[:4].casefold() == "dear" else None
    if found is None:
        return line, None
    return Line(line.number, found[1], line.kind), Line(line.number, line.text[found.start(2) :], line.kind)


def weight(line: Line) -> int | None:
    """How likely ``line`` greets an official: from 0 up it may, below 0 it greets the readers; None: it is no greeting."""
    text = split_greeting(line)[0].text
    if not text or len(text) > 150:
        return None
    ended = text[-1] in ",:;!\u2013—-"
    dear = bool(_DEAR.fullmatch(text)) and (
        ended or (text[:4].casefold() == "dear" and len(text) <= 60 and text[-1] not in ".?")
    )
    if not dear and not (ended and (_HELLO.fullmatch(text) or _TITLED.fullmatch(text) or text[0] in _OPENS)):
        return None
    points = 2 if _OFFICIAL.search(text) else 0
    if has_field(text):
        put = convert((line,), "salutation", greeting=True)
        if not dear and text[0] in _OPENS and put.text.rstrip(" ,:;") != "{{ decision_maker }}":
            return None
        theirs = [value for _, value in put.fields if value == "{{ decision_maker }}"]
        own = convert((line,), "salutation").fields
        points += -3 if own and all(value == "{{ first_name }}" for _, value in own) else 3 if theirs else 0
    if _READER.search(text) and not points:
        points -= 3
    return points if dear or points > 0 else None


def takes_leave(lines: Lines, at: int) -> bool:
    """Whether the letter's closing begins with the line ``at``."""
    text = lines[at].text
    if not text or len(text) > 100:
        return False
    if _LEAVE.fullmatch(text) or signs(text):
        return True
    leave, comma, name = text.partition(",")
    if comma and _LEAVE.fullmatch(leave) and signs(name.strip()):
        return True
    below = next((line.text for line in lines[at + 1 : at + 4] if line.text), "")
    return bool(_THANKS.fullmatch(text)) and signs(placeholder(below))


def signs(text: str) -> bool:
    """Whether a line is nothing but fields, the person's name among them."""
    return bool(_NAMES & set(only_fields(text) or ()))


def placeholder(text: str) -> str:
    """A line under a letter that says "Your Name" without brackets, as a field; any other as it is."""
    if not text or len(text) > 60 or has_field(text):
        return text
    what = meaning(text)
    return f"[{text}]" if what.text or what.advice else text
