"""A campaign's templates, compiled once: its subject, its letter in all its versions, its salutation and its closing.

Only what operators published is ever template source. A constituent's words are values: ``{{ 7*7 }}`` in a name arrives
as typed. The context is plain text, never an object, because the sandbox lets a template read every public attribute.
An undefined name is an error, so that no letter says "Dear ,".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from jinja2 import Template, TemplateSyntaxError

from services.render.characters import showable
from services.render.compiling import compiled, names_in, run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemas.campaign import Campaign
    from schemas.recipient import Recipient


class TemplateFault(Exception):
    """A campaign's template cannot be used. The message names campaign, template and line, and no value."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A template and the names that it takes from its values."""

    template: Template
    names: frozenset[str]


Fillable = Compiled | str
"""A template, or the text where that is all there is to it."""


@dataclass(frozen=True, slots=True)
class LetterText:
    """One version of the letter: ``name`` is empty for the campaign's own.

    ``below``: whoever's number (0 to 99) is less gets it. ``has_message``: it has a place for the person's own words.
    """

    name: str
    below: int
    subject: Fillable
    letter: Fillable
    has_message: bool


@dataclass(frozen=True, slots=True)
class LetterTemplate:
    """The compiled templates of one campaign version, and the recipients of its own lists by their ids.

    ``texts`` has the versions in their order and the campaign's own letter last. ``in_parts``: salutation or closing stand
    by themselves, so that Postbag puts the letter together.
    """

    campaign: Campaign
    texts: tuple[LetterText, ...]
    salutation: Fillable
    closing: Fillable
    in_parts: bool
    recipients: Mapping[str, Recipient]

    @property
    def told_in_parts(self) -> bool:
        """Whether its letters' events say what their parts are."""
        return self.in_parts or bool(self.campaign.forms)

    def text_for(self, person: str) -> LetterText:
        """The version for a person (``services.render.letters.person_key``): the same one whenever it is asked for."""
        if len(self.texts) == 1:
            return self.texts[0]
        number = number_of(self.campaign.slug, person)
        return next(text for text in self.texts if number < text.below)

    def fill(self, template: Fillable, values: dict[str, str]) -> str:
        """What ``template`` makes of ``values``. Raises ``TemplateFault``."""
        if isinstance(template, str):
            return template
        try:
            return run(template.template, values)
        except MemoryError:  # about the worker, until shown otherwise
            raise
        except Exception as error:  # noqa: BLE001 - whatever a template raises (RecursionError too) stops its own letters
            raise TemplateFault(f"{self.campaign.slug}: {type(error).__name__} while rendering") from None

    def for_office(self, values: dict[str, str]) -> LetterTemplate:
        """The same templates with those filled in already that take nothing but ``values`` (of an office, all of them).

        One that fails is left as it is, and fails for each letter.
        """

        def filled(template: Fillable) -> Fillable:
            if isinstance(template, str) or not template.names <= values.keys():
                return template
            try:
                return self.fill(template, values)
            except TemplateFault:
                return template

        texts = tuple(replace(one, subject=filled(one.subject), letter=filled(one.letter)) for one in self.texts)
        return replace(self, texts=texts, salutation=filled(self.salutation), closing=filled(self.closing))


def number_of(campaign: str, person: str) -> int:
    """A person's number in a campaign, 0 to 99, each as likely: the same for ever, and another in another campaign."""
    digest = blake2b(f"{campaign}\x1f{person}".encode(errors="surrogatepass"), digest_size=8, person=b"version")
    return int.from_bytes(digest.digest()) % 100


def compile_campaign(campaign: Campaign) -> LetterTemplate:
    """Compile all templates. Raises ``TemplateFault`` naming the line where the fault is one of syntax."""
    texts: list[LetterText] = []
    below = 0
    for version in campaign.versions:
        below += version.share
        where = f"versions.{version.name}."
        subject = campaign.subject if version.subject is None else version.subject
        texts.append(_text(campaign, version.name, below, subject, version.letter, where))
    texts.append(_text(campaign, "", 100, campaign.subject, campaign.letter))
    return LetterTemplate(
        campaign,
        tuple(texts),
        _compile(campaign, "salutation", campaign.salutation or ""),
        _compile(campaign, "closing", campaign.closing or ""),
        campaign.salutation is not None or campaign.closing is not None,
        {recipient.id: recipient for recipient in campaign.recipients},
    )


def _text(campaign: Campaign, name: str, below: int, subject: str, letter: str, where: str = "") -> LetterText:
    compiled_letter = _compile(campaign, f"{where}letter", letter)
    return LetterText(
        name,
        below,
        _compile(campaign, f"{where}subject", subject),
        compiled_letter,
        isinstance(compiled_letter, Compiled) and "message" in compiled_letter.names,
    )


_MARKS: Final = ("{{", "{%", "{#")
_TRAILING: Final = re.compile(r"[ \t]+$", re.MULTILINE)
"""Space at the ends of lines, which nobody sees in a campaign's file."""


def _compile(campaign: Campaign, name: str, source: str) -> Fillable:
    source = showable(source)
    if campaign.salutation is not None or campaign.closing is not None:
        source = _TRAILING.sub("", source)
    try:
        template = compiled(source)
    except TemplateSyntaxError as error:
        raise TemplateFault(f"{campaign.slug}: {name}, line {error.lineno}: {error.message}") from None
    except (RecursionError, SyntaxError) as error:  # what Jinja2 takes, and Python finds nested too deep
        raise TemplateFault(f"{campaign.slug}: {name}: nested too deep ({type(error).__name__})") from None
    return Compiled(template, names_in(source)) if any(mark in source for mark in _MARKS) else run(template, {})
