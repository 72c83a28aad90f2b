"""A campaign's two templates, compiled once, in Jinja2's immutable sandbox.

Only what operators published is ever template source. A constituent's words are values: ``{{ 7*7 }}`` in a name arrives
as typed. The context is plain text, never an object, because the sandbox lets a template read every public attribute.
An undefined name is an error, so that no letter says "Dear ,".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from jinja2 import StrictUndefined, Template, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemas.campaign import Campaign
    from schemas.recipient import Recipient

MAX_BODY_CHARACTERS: Final = 25_000
"""Longest letter with the person's own words in it; ``schemas.letter`` refuses more."""


class TemplateFault(Exception):
    """A campaign's template cannot be used. The message names campaign, template and line, and no value."""


_environment: Final = ImmutableSandboxedEnvironment(
    undefined=StrictUndefined,
    autoescape=False,
    keep_trailing_newline=False,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)


# No globals: a letter needs neither range nor lipsum, and each name less is one less to abuse. It also saves the merging
# of two mappings for every letter.
_environment.globals.clear()


@dataclass(frozen=True, slots=True)
class LetterTemplate:
    """The compiled templates of one campaign version, and the recipients of its own lists by their ids."""

    campaign: Campaign
    subject: Template | str
    body: Template
    recipients: Mapping[str, Recipient]

    def render(self, context: Mapping[str, str]) -> tuple[str, str]:
        """Subject and body, in LF lines, without trailing space. Raises ``TemplateFault``."""
        try:
            subject = self.subject
            if not isinstance(subject, str):
                subject = " ".join(subject.render(context).split())
            body = self.body.render(context).strip()
        except MemoryError:  # about the worker, until shown otherwise
            raise
        except Exception as error:  # noqa: BLE001 - whatever a template raises (RecursionError too) stops its own letters
            raise TemplateFault(f"{self.campaign.slug}: {type(error).__name__} while rendering") from None
        if not subject or not body or len(body) > MAX_BODY_CHARACTERS:
            raise TemplateFault(
                f"{self.campaign.slug}: the letter came out empty or over {MAX_BODY_CHARACTERS} characters"
            )
        return subject, body


def compile_campaign(campaign: Campaign) -> LetterTemplate:
    """Compile both templates. Raises ``TemplateFault`` naming the line where the fault is one of syntax."""
    subject: Template | str = _compile(campaign, "subject", campaign.subject)
    if "{" not in campaign.subject:  # most subjects are plain: nothing to render for each letter
        subject = " ".join(campaign.subject.split())
    recipients = {recipient.id: recipient for recipient in campaign.recipients}
    return LetterTemplate(campaign, subject, _compile(campaign, "letter", campaign.letter), recipients)


def _compile(campaign: Campaign, name: str, source: str) -> Template:
    try:
        return _environment.from_string(source)
    except TemplateSyntaxError as error:
        raise TemplateFault(f"{campaign.slug}: {name}, line {error.lineno}: {error.message}") from None
    except (RecursionError, SyntaxError) as error:  # what Jinja2 takes, and Python finds nested too deep
        raise TemplateFault(f"{campaign.slug}: {name}: nested too deep ({type(error).__name__})") from None
