"""What a line of an action alert is, by its words: navigation, a button, a label of a form, the name of a section.

These are tables of patterns, each matched against a whole short line, so that a sentence of a letter is never taken for a
button; longer lines are text whatever they say. Every repetition in them is bounded or over one kind of character.
"""

from __future__ import annotations

import re
from typing import Final

LONGEST: Final = 200
"""Characters of the longest line that may be anything but text."""

_SITE = (
    r"home|menu|search|donate( now)?|log ?in|sign ?in|sign ?up|join( us| now)?|about( us)?|contact( us)?|news(room)?"
    r"|press|careers"
    r"|blog|events|resources|take action|action (center|alert|network)|get involved|issues|our work|shop|subscribe"
    r"|give|español"
)
_KICKER = (
    r"((action|legislative|advocacy|urgent)[ -](alert|network|update|needed)|urgent( action)?|alert|call to action"
    r"|breaking)[!:]?"
)
_SHARE = (
    r"(share|tweet|print|e-?mail|forward|post)( this)?( page| alert| action| story)?( (to|with) (your |a )?friends?)?"
    r"( on (facebook|twitter|x|linkedin|bluesky|social media))?|tell (your |a )?friends?"
    r"|facebook|twitter|linkedin|instagram|youtube|pinterest|whatsapp|reddit|bluesky|threads|tiktok|copy link"
    r"|printer[- ]friendly( version)?"
)
_BUTTON = (
    r"(send|submit|sign|edit|preview|continue|next|back|reset|cancel|close|clear|act|speak out)( (now|it|on))?"
    r"|(send|submit|edit|preview) (my |your |this |the )?(message|letter|e-?mail|action)s?( now)?"
    r"|take action( now| today)?|add (my|your) name|sign (the )?(petition|letter)|click here( to .{1,60})?|read more"
    r"|learn more"
)
_FOOTER = (
    r"(©|\(c\)|copyright\b).*|.{0,150}\ball rights reserved\.?|paid for by .*|powered by .*|privacy( policy| notice)?"
    r"|terms( of (use|service))?( (&|and) conditions)?|accessibility|site ?map|unsubscribe.*|(we use "
    r"|this site uses )?cookies.*"
    r"|view (this )?(e-?mail )?(in|as) (your |a )?(browser|web page).*|\d+ U\.?S\.?C\.? .{0,20}"
)
_CONSENT = (
    r"remember me.*|.{0,60}keep me (updated|informed|posted).*|opt[- ]in.*|yes,? (please )?(send|sign|keep|add|i('"
    r"|\u2019)d like).*"
    r"|by (submitting|clicking|signing|providing|entering) .*|(send|receive) (me )?(e-?mail|text"
    r"|mobile)( message)?s? .{0,60}updates.*"
    r"|not .{1,40}\? click here\.?"
)
BOILERPLATE: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), why)
    for pattern, why in (
        (r"skip (to|navigation).{0,40}", "a link for screen readers"),
        (_KICKER, "a word above the headline"),
        (_SITE, "navigation"),
        (rf"home\s?[>»\u203a/|→].*|({_SITE})(\s?[>»\u203a|•·→]\s?.{{1,40}}){{1,9}}", "navigation"),
        (rf"({_SHARE})([ |•·,]{{1,3}}({_SHARE})){{0,9}}", "a link to share or print"),
        (rf"({_BUTTON})[!.]?", "a button"),
        (_FOOTER, "a footer"),
        (_CONSENT, "a form's small print"),
    )
)
_COPYRIGHT: Final = re.compile(_FOOTER.split(r"|\d", maxsplit=1)[0], re.IGNORECASE)

LEGEND: Final = re.compile(
    r"(\(?\*\)? ?[=:-]? ?)(a |indicates |denotes |marks )?(a )?(required|mandatory)( fields?| information)?\.?"
    r"|required( fields?| information)?( (is|are))?( (marked|indicated|shown|denoted))?( (with"
    r"|by))?( an?)?( asterisk)? ?\(?\*\)?\.?"
    r"|fields? (marked|with) .{0,20}(\*|asterisk).{0,10} (is|are) required\.?|\(?\*?\)? ?required fields?:?"
    r"|all fields (are )?required\.?",
    re.IGNORECASE,
)
"""The line of a form that explains its marks, or names what is required."""

SECTION: Final = re.compile(
    r"((your|contact|personal) (information|details|info)|recipients?|(your )?(message|letter|e-?mail)( (body|text))?"
    r"|(compose|edit|personalize|customize|write|review)( (your|the|a))? (message|letter|e-?mail|subject).{0,60}"
    r"|(the )?(sample|suggested|draft|model|template|form) (letter|message|text|e-?mail)s?|(letter|message"
    r"|e-?mail) (body|text|template)"
    r"|dear .{0,20}appears? .{0,40}|send (this|your|a) (message|letter|e-?mail)s?( (now|today))?|step \d+.{0,60}"
    r"|enter your (information|details|address).{0,60}|fill (out|in) .{0,60}form.{0,60}|(complete|use) the form .{0,60}"
    r"|compose message|delivery method"
    r"|issue area|sender information|message recipients|\(?(please |feel free to )?edit .{0,60}"
    r"|(additional )?comments|(your |message |letter |e-?mail )?subject( line)?)\s?\*?\s?:?",
    re.IGNORECASE,
)
"""The name of a part of a page or a form."""

LETTER_BEGINS: Final = re.compile(
    r"((your |sample |suggested |draft |model |template |the )?(message|letter|e-?mail)( (body|text|template))?"
    r"|(compose|edit|personalize|customize|review)( (your|the|a))? (message|letter|e-?mail))\s?\*?\s?:?",
    re.IGNORECASE,
)
"""A line after which the letter stands, where it greets nobody."""

SUBJECT: Final = re.compile(
    r"(?:(?:your |message |e-?mail |letter |suggested |the )?subject(?: line)?\s?(?:\*"
    r"|\(required\))?\s?(?:[:\u2013—-]|$)|re\s?:)\s*(.*)",
    re.IGNORECASE,
)
"""A labelled subject; its group is the subject, empty where it stands in the next line."""


def boilerplate(text: str) -> str:
    """What a line is that belongs to the page and not to the campaign; nothing where it is something else."""
    if not text or len(text) > LONGEST:
        return ""
    shown = text[1:-1] if text[0] == "[" and text[-1] == "]" else text
    return next((why for pattern, why in BOILERPLATE if pattern.fullmatch(shown)), "")


def chrome(text: str) -> str:
    """What a line is that belongs to a form or a page, the names of sections included; nothing for text."""
    found = boilerplate(text)
    if found or len(text) > LONGEST:
        return found
    if LEGEND.fullmatch(text):
        return "a form's legend"
    return "the name of a section" if SECTION.fullmatch(text) else ""
