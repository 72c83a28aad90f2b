"""What an alert lets one suppose of its stance, its topics and its organization: proposals with their place, never decided.

An office counts letters by topic and by stance, so a wrong guess is worse than none. Words are counted in one pass over the
text; what is proposed are comments in the campaign's file.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemas.campaign import Topic
    from services.render.importing.draft import Lines

KEYWORDS: Final[dict[Topic, str]] = {
    "Agriculture and Food": "farm farms farmer farmers agriculture crop crops food hunger snap livestock",
    "Animals": "animal animals wildlife horses dogs cruelty species puppy",
    "Armed Forces and National Security": "military troops defense pentagon army navy war nuclear weapons veterans",
    "Arts, Culture, Religion": "arts artists museum museums culture humanities religious church library libraries",
    "Civil Rights and Liberties, Minority Issues": "discrimination equality voting privacy liberties lgbtq racial rights",
    "Commerce": "consumer consumers business businesses antitrust monopoly retailers",
    "Congress": "lobbying filibuster congressional ethics",
    "Crime and Law Enforcement": "crime police policing prison prisons sentencing gun guns firearm firearms trafficking",
    "Economics and Public Finance": "budget deficit debt appropriations economy inflation",
    "Education": "school schools students teachers education college colleges university tuition",
    "Emergency Management": "disaster disasters fema hurricane wildfire wildfires flood flooding",
    "Energy": "energy oil gas coal solar wind electricity pipeline drilling renewable",
    "Environmental Protection": "climate pollution environment environmental emissions toxic clean conservation epa",
    "Families": "families family child children childcare adoption foster parents",
    "Finance and Financial Sector": "bank banks banking loans credit lender lenders mortgage securities cryptocurrency",
    "Foreign Trade and International Finance": "trade tariff tariffs imports exports sanctions",
    "Government Operations and Politics": "election elections government census postal transparency corruption",
    "Health": "health healthcare hospital hospitals patients medicare medicaid drug drugs medicine disease vaccine vaccines",
    "Housing and Community Development": "housing rent renters tenants homeless homelessness eviction",
    "Immigration": "immigrant immigrants immigration refugee refugees asylum deportation border visa",
    "International Affairs": "international foreign diplomacy treaty humanitarian genocide atrocities ambassador nations",
    "Labor and Employment": "workers wage wages union unions labor overtime employment jobs workplace",
    "Law": "court courts judge judges judicial justice lawsuit",
    "Native Americans": "tribal tribes tribe indigenous reservation",
    "Public Lands and Natural Resources": "parks park forest forests wilderness monument lands mining",
    "Science, Technology, Communications": "science research internet broadband technology nasa data",
    "Social Sciences and History": "history historic historical archives",
    "Social Welfare": "welfare poverty disability tanf ssi benefits",
    "Sports and Recreation": "sports athletes recreation hunting fishing stadium",
    "Taxation": "tax taxes irs taxpayers taxpayer deduction",
    "Transportation and Public Works": "transit highway highways rail railroad airline airlines bridges roads trains bicycle",
    "Water Resources Development": "water river rivers dam dams wetlands lake lakes drinking",
}  # fmt: skip
"""Words in lower case that speak for a topic; the topics are those that congressional offices sort by."""

_TOPICS_OF: Final[dict[str, list[Topic]]] = {}
for _topic, _words in KEYWORDS.items():
    for _word in _words.split():
        _TOPICS_OF.setdefault(_word, []).append(_topic)
_MOST_TOPICS: Final = 3

_STANCES: Final[tuple[tuple[Literal["pro", "con"], re.Pattern[str]], ...]] = (
    (
        "con",
        re.compile(
            r"\b(oppos(?:e|ing)|vote (?:no|against)|reject|block|defeat|stop|repeal|vote down|say no to)\b",
            re.IGNORECASE,
        ),
    ),
    ("pro", re.compile(r"\b(support(?:ing)?|co-?sponsor|vote (?:yes|for|in favor)|pass|enact)\b", re.IGNORECASE)),
)
_NAME = (
    r"((?:[A-Z0-9][\w&.'\u2019-]{0,30})(?: (?:(?:of|for|and|the|in|on|to|&) ){0,2}[A-Z0-9][\w&'\u2019-]{0,30}){0,9})"
)
_ORGANIZATIONS: Final = (
    (
        "the notice of copyright",
        re.compile(
            r"(?:©|\([cC]\)|[Cc]opyright)(?: ©| \([cC]\))?(?: \d{4}(?: ?[\u2013-] ?\d{4})?)?,?(?: by)? " + _NAME
        ),
    ),
    ("who paid", re.compile(r"[Pp]aid for by (?:the )?" + _NAME)),
    (
        "what the letter says",
        re.compile(r"\b(?:supporter|member|friend|volunteer|activist|advocate)s? (?:of|with|for) (?:the )?" + _NAME),
    ),
)


def stances(lines: Lines) -> dict[Literal["pro", "con"], tuple[str, int]]:
    """The stances that words speak for, with the first such word and its line; both, where an alert asks for both."""
    found: dict[Literal["pro", "con"], tuple[str, int]] = {}
    for line in lines:
        for stance, pattern in _STANCES:
            match = pattern.search(line.text) if stance not in found else None
            if match:
                found[stance] = (match[0], line.number)
    return found


def topics(lines: Lines) -> list[tuple[Topic, list[str]]]:
    """Up to three topics, the likeliest first, each with the words that speak for it; one word said once is none."""
    said: Counter[str] = Counter(
        word for line in lines for word in re.findall(r"[a-z]+", line.text.casefold()) if word in _TOPICS_OF
    )
    score: Counter[Topic] = Counter()
    for word, times in said.items():
        for topic in _TOPICS_OF[word]:
            score[topic] += min(times, 3)
    best = [topic for topic, points in score.most_common(_MOST_TOPICS) if points > 1]
    return [(topic, [word for word, _ in said.most_common() if topic in _TOPICS_OF[word]][:4]) for topic in best]


def organizations(lines: Lines) -> Iterator[tuple[str, str, int]]:
    """Names that may be the organization's: the name, what speaks for it, and its line; each name once."""
    known: set[str] = set()
    for line in lines:
        if line.kind == "site" and line.text and line.text not in known:
            known.add(line.text)
            yield line.text, "the name of the site", line.number
        for why, pattern in _ORGANIZATIONS:
            match = pattern.search(line.text[:5_000])
            name = re.sub(r"(?i)[. ]*(all rights reserved.*)?$", "", match[1], count=1) if match else ""
            if name and name not in known:
                known.add(name)
                yield name, why, line.number
