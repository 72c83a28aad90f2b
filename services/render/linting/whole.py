"""Faults of a letter as a whole: who greets and who signs, what a form has no room for, and versions that are the same.

What a form refuses is only said here where it follows from the campaign alone; what follows from a person is found by making
the letters (``postbag campaign check``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from schemas.campaign import RequiredField
from services.render.linting.finding import Finding, Source

if TYPE_CHECKING:
    from schemas.campaign import Campaign

_SHORTEST: Final = 6
"""Shortest subject and statement that congressional intake takes (specification: CWC 2.0)."""
_ASKED: Final[Mapping[RequiredField, str]] = {
    "prefix": "a prefix (Ms., Mr., Dr.)",
    "last_name": "a last name",
    "address.state": "the state",
}
"""What congressional intake requires of a person, and a submission need not have (docs/forms.md)."""
_GREETING: Final = re.compile(
    r"^[ \t]*(dear|hello|hi|greetings|good morning|to whom it may concern|(to the )?honorable)\b[^\n.!?]{0,120}[,:]?[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
_SIGN_OFF: Final = re.compile(
    r"^[ \t]*((yours )?(sincerely|truly|faithfully|respectfully|cordially)( yours)?|((best|kind|warm) )?regards"
    r"|best wishes|with respect|respectfully submitted|in solidarity|thank you)[,.]?[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
_NAME: Final = re.compile(r"\{\{-?\s*(your_name|first_name|last_name)\b")
_MESSAGE: Final = re.compile(r"\{[{%][^}]*\bmessage\b")
_ADDRESSEE: Final = re.compile(r"\{\{-?\s*decision_maker\b")
_TITLE: Final = re.compile(
    r"\b(representative|senator|delegate|rep\.|sen\.|congress(?:wo)?man|commissioner)\s+\{\{-?\s*decision_maker\b",
    re.IGNORECASE,
)


def sources(campaign: Campaign) -> list[Source]:
    """Every template of a campaign."""
    found = [Source(("subject",), campaign.subject)]
    if campaign.salutation is not None:
        found.append(Source(("salutation",), campaign.salutation))
    found.append(Source(("letter",), campaign.letter))
    if campaign.closing is not None:
        found.append(Source(("closing",), campaign.closing))
    for number, version in enumerate(campaign.versions):
        if version.subject is not None:
            found.append(Source(("versions", number, "subject"), version.subject))
        found.append(Source(("versions", number, "letter"), version.letter))
    return found


def lint_whole(campaign: Campaign, templates: Sequence[Source]) -> Iterator[Finding]:
    """All faults of the letter as a whole."""
    for source in templates:
        for match in _TITLE.finditer(source.text):
            yield source.error(
                match.start(), "title_twice", f"{match[1]} stands before decision_maker, which has the title already.",
                f"Take {match[1]} out.",
            )  # fmt: skip
        if source.name == "subject":
            yield from _subject(campaign, source)
        elif source.name == "salutation":
            yield from _salutation(source)
        elif source.name == "letter":
            yield from _letter(campaign, source)
        elif not _NAME.search(source.text):
            yield source.warning(
                0, "closing_without_name", "The closing does not name who writes.", "End it with {{ your_name }}."
            )
    yield from _versions(campaign)
    yield from _cwc(campaign)
    if "paper" not in campaign.forms and (
        on_paper := [one.id for one in campaign.recipients if one.channel == "print"]
    ):
        yield Finding(
            ("forms",), 1, 1, "paper_needed", "error",
            f"{on_paper[0]} gets letters by the channel print, which carries the form paper, and the campaign has none.",
            "Add paper to forms.",
        )  # fmt: skip


def _subject(campaign: Campaign, source: Source) -> Iterator[Finding]:
    plain = source.plain.replace("\0", "")
    if (at := source.text.strip("\n").find("\n")) >= 0:
        yield source.error(
            at, "subject_line_break", "A subject is one line.", "Write it on one line, in quotation marks."
        )
    if "cwc" in campaign.forms and not source.code and len(plain.strip()) < _SHORTEST:
        yield source.error(
            0, "too_short", f"Congressional intake takes no subject of less than {_SHORTEST} characters.", "Say more."
        )


def _salutation(source: Source) -> Iterator[Finding]:
    if not _ADDRESSEE.search(source.text):
        yield source.warning(
            0,
            "salutation_without_name",
            "The salutation is the same for every office.",
            "Write Dear {{ decision_maker }},",
        )


def _letter(campaign: Campaign, source: Source) -> Iterator[Finding]:
    cwc = "cwc" in campaign.forms
    greetings = list(_GREETING.finditer(source.text))
    first = len(source.text) - len(source.text.lstrip())
    if greetings and greetings[0].start() <= first and (campaign.salutation is not None or cwc):
        yield source.error(
            first, "greeting_in_letter",
            "The letter begins with a greeting of its own, beside the salutation."
            if campaign.salutation is not None
            else "The letter begins with its greeting, and congressional intake wants the text alone.",
            "Take it out; the field salutation has it.",
        )  # fmt: skip
    for again in greetings:
        if again.start() > first and (campaign.salutation is not None or again is not greetings[0]):
            yield source.error(
                again.start(), "greeting_twice", "The letter greets a second time.", "Leave one greeting."
            )
    if campaign.closing is not None or cwc:
        yield from _signature(source, cwc=cwc)
    in_parts = campaign.salutation is not None or campaign.closing is not None
    if not in_parts and not _MESSAGE.search(source.text):
        required = "message" in campaign.required_fields
        yield (source.error if required else source.warning)(
            0, "message_not_placed", "The person's own words would not be in the letter.",
            "Write {% if message %}, {{ message }} and {% endif %} where they belong, each on a line.",
        )  # fmt: skip
    if len(source.plain.strip("\0 \n")) < _SHORTEST:
        yield source.error(0, "too_short", "The letter has no text of its own.", "Write what everyone says.")


def _signature(source: Source, *, cwc: bool) -> Iterator[Finding]:
    remedy = "Take it out; the field closing has it."
    for match in _SIGN_OFF.finditer(source.text):
        if source.text.count("\n", match.end()) <= 5:  # at the foot; further up it is a sentence
            yield source.error(
                match.start(), "signature_in_letter", "The letter is signed here, beside the closing.", remedy
            )
    for match in _NAME.finditer(source.text):
        yield (source.error if cwc else source.warning)(
            match.start(), "name_in_letter",
            f"{match[1]} stands in the letter's text, "
            + ("which congressional intake wants without names." if cwc else "beside the closing."),
            remedy,
        )  # fmt: skip


def _versions(campaign: Campaign) -> Iterator[Finding]:
    versions = campaign.versions
    for number, version in enumerate(versions):
        texts = [campaign.letter, *(other.letter for other in versions[:number])]
        if version.letter in texts and version.subject in (None, campaign.subject):
            yield Finding(
                ("versions", number, "letter"),
                1,
                1,
                "same_version",
                "warning",
                "The same text stands in another version.",
                "Change one.",
            )


def _cwc(campaign: Campaign) -> Iterator[Finding]:
    """What congressional intake wants of a campaign, whoever writes."""
    if "cwc" not in campaign.forms:
        return
    for name in ("salutation", "closing"):
        if getattr(campaign, name) is None:
            yield Finding(
                ("forms",), 1, 1, "not_apart", "error",
                f"The form cwc takes the letter's text without its {name}, and the campaign has no field {name}.",
                f"Move it from letter to {name}.",
            )  # fmt: skip
    if not campaign.topics:
        yield Finding(
            ("forms",), 1, 1, "topics_needed", "error", "The form cwc sorts by topics, and the campaign has none.",
            "Name one or more under topics (docs/campaigns.md lists them).",
        )  # fmt: skip
    for name, called in _ASKED.items():
        if name not in campaign.required_fields:
            yield Finding(
                ("required_fields",), 1, 1, "not_required", "warning",
                f"The form cwc needs {called}, and not everyone is asked for it: who gives none has no such letter.",
                f"Add {name}.",
            )  # fmt: skip
