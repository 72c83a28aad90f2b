"""Who an alert is addressed to: the person's own members of Congress, or somebody that only a list of the campaign reaches.

Offices that follow from where a person lives are targets at once. A governor, a mayor, a member of a state's legislature or
anybody by name is not reached by a name: that is asked, with a list as the proposal, and never mapped to somebody near it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from services.render.importing.draft import Question
from services.render.importing.kinds import LONGEST, boilerplate, chrome
from services.render.importing.naming import slug_of

if TYPE_CHECKING:
    from services.render.importing.draft import Line, Lines

_OWN = r"(?:(?:all )?(?:of )?(?:your|my|our|the|both)\s)?(?:two\s)?(?:(?:u\.?\s?s\.?|united states|federal|congressional)\s)?"
_HOUSE: Final = re.compile(
    _OWN + r"(?:(?:house )?representatives?|(?:house )?reps?\.?|congress(?:man|woman|person|member)"
    r"|members? of the (?:u\.?s\.? )?house(?: of representatives)?"
    r"|house of representatives|house members?|house)(?: \(u\.?s\.? house\))?", re.IGNORECASE)  # fmt: skip
_SENATE: Final = re.compile(
    _OWN + r"(?:senators?|sens\.?|members? of the (?:u\.?s\.? )?senate"
    r"|senate)(?: \(u\.?s\.? senate\))?", re.IGNORECASE)  # fmt: skip
_BOTH: Final = re.compile(
    _OWN + r"(?:members? of congress|congress|legislators in congress|lawmakers in congress|congressional delegation"
    r"|(?:elected )?officials in congress|delegation in congress|federal legislators"
    r"|congressional representatives)", re.IGNORECASE)  # fmt: skip
_INTRO: Final = re.compile(
    r"(?:recipients?|targets?|decision[- ]makers?|message recipients?|(?:this|your|the) (?:message|letter|e-?mail"
    r"|action) (?:will )?(?:be sent|goes?|go) to"
    r"|send (?:this|your|a) (?:message|letter|e-?mail) to|(?:deliver|send|addressed|sent|write|e-?mail) to|contact"
    r"|to)\s?(?:the following)?\s?(?::|$)\s?(.{0,180})",
    re.IGNORECASE,
)
_SURE: Final = re.compile(r"recipient|target|decision|(?:this|your|the) (?:message|letter|e-?mail)", re.IGNORECASE)
"""Headings below which nothing but recipients stands."""
_OTHER: Final = re.compile(
    r"(?:your |the |u\.?s\.? |governor |mayor )?(?:governor|mayor|president|vice president|attorney general"
    r"|secretary|commissioner|sheriff|city council"
    r"|county (?:commission|board)|school board|state (?:representative|senator|legislator|assembly|senate|house)"
    r"|assembly ?member|white house|ceo)s?\b.{0,60}"
    r"|(?:(?:your|my) )?state(?:'s|\u2019s)? (?:representative|senator|legislator|legislature|delegate|lawmaker"
    r"|assembly|senate|house)s?\b.{0,60}"
    r"|(?:gov|sec|pres|sen|rep|representative|senator|congress(?:man|woman)|governor|mayor|president|secretary"
    r"|administrator|chair(?:man|woman)?|director|delegate"
    r"|the honorable|hon)\.? \S.{1,80}",
    re.IGNORECASE,
)
_APART: Final = re.compile(r"\s?[,;/]\s?(?:and )?|\s(?:and|&|\+)\s(?=\S)", re.IGNORECASE)
_BULLET: Final = re.compile(r"(?:[•·‣▪◦*☐☑✓✔\u2013—-]|\[[ xX]?\]|\(?\d{1,2}[.)])\s?")
_MOST_ASKED: Final = 20
_CONGRESS: Final = ("your_representative", "your_senators")


@dataclass(slots=True)
class Targets:
    """``names`` are targets of a campaign with the line of each; ``others`` what only a list reaches.

    ``lines`` are the numbers of all of these, and of the ``headings`` above them.
    """

    names: dict[str, int] = field(default_factory=dict)
    others: list[Line] = field(default_factory=list)
    lines: set[int] = field(default_factory=set)
    headings: set[int] = field(default_factory=set)


def read_targets(lines: Lines) -> Targets:
    """Who ``lines``, all but the letter's, say that it goes to."""
    found = Targets()
    introduced = 0  # lines that still belong to a heading such as "Recipients"
    for line in lines:
        text = bare(line.text)
        if not text:
            continue
        intro = _INTRO.fullmatch(text) if len(text) <= LONGEST else None
        if intro and not intro[1]:
            found.lines.add(line.number)
            found.headings.add(line.number)
            introduced = _MOST_ASKED
        elif intro and (_take(found, line, intro[1], named=True) or _SURE.match(text)):
            introduced = 0
            if line.number not in found.lines:
                found.lines.add(line.number)
                found.others.append(replace(line, text=intro[1]))
        elif _take(found, line, text, named=introduced > 0) and introduced:
            introduced -= 1
        elif line.number not in found.lines:
            introduced = 0
    return found


def bare(text: str) -> str:
    """``text`` without the bullet before it."""
    return _BULLET.sub("", text, count=1) if _BULLET.match(text) else text


def _take(found: Targets, line: Line, text: str, *, named: bool) -> bool:
    """Add what ``text`` names, if it names recipients and nothing else. ``named``: it stands where recipients are named."""
    text = text.strip(" .:*")
    if not text or len(text) > LONGEST or boilerplate(text) or (named and chrome(text)):
        return False
    whole = _offices(text)
    parts = [whole] if whole else [_offices(part) for part in _APART.split(text)]
    if not all(parts):
        return _take_other(found, line, text, named=named)
    for names in parts:
        for name in names:
            found.names.setdefault(name, line.number)
    found.lines.add(line.number)
    return True


def _take_other(found: Targets, line: Line, text: str, *, named: bool) -> bool:
    """Somebody whom only a list reaches. Elsewhere than in a list of recipients only an item that names an office is one."""
    item = line.kind == "item" or bare(line.text) != line.text
    if len(text.split()) > 12 or not (named or item) or not (named or _OTHER.fullmatch(text)):
        return False
    if named and not item and not _OTHER.fullmatch(text):
        return False
    found.others.append(replace(line, text=text))
    found.lines.add(line.number)
    return True


def _offices(text: str) -> tuple[str, ...]:
    """The targets that one phrase names; none where it names something else."""
    if _BOTH.fullmatch(text):
        return _CONGRESS
    if _HOUSE.fullmatch(text):
        return _CONGRESS[:1]
    return _CONGRESS[1:] if _SENATE.fullmatch(text) else ()


def questions(found: Targets) -> list[Question]:
    """What the file must still be told of its targets, but for their being none at all."""
    asked: list[Question] = []
    for line in found.others[:_MOST_ASKED]:
        name = slug_of(bare(line.text)) or "recipients"
        text = (
            f"“{bare(line.text)[:80]}” is reached by no name that Postbag knows. Name a seat such as SNY01 if it is"
            f" one, or keep a"
            " list of recipients (docs/campaigns.md, Lists), or take this question away to leave them out."
        )
        proposals = (f"- list:{name}   # and below lists: {name}: {name}.csv",)
        asked.append(Question("targets", text, line.number, required=True, proposals=proposals))
    return asked
