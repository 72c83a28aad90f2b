"""How offices' mails about a message are told from all the other mail: senders, and the words for yes and no, as data.

Nothing public says how these mails are worded, so the built-in patterns are few and plain, and an operator adds what the own
offices write (``POSTBAG_CWC_ACK_PATTERNS``). A pattern here is matched against one sentence at a time.
"""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path
from typing import Annotated, Final

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from schemas.fields import Code
from services.pipeline.errors import SettingsRefused


def _compiles(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"is not a regular expression: {error.msg}") from None
    return text


_Pattern = Annotated[str, StringConstraints(min_length=3, max_length=500), AfterValidator(_compiles)]
_Domain = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")]

_NOT: Final = r"\b(?:was|has|could|can)(?: ?not|n't) (?:be |been )?"
_DONE: Final = r"(?:accepted|processed|delivered)\b"
_MESSAGE: Final = r"(?:\b(?:message|letter|submission|delivery|e-?mail|[0-9a-f]{32})\b|^it\b).{0,120}"
"""What is refused must be the message: such mails quote what people write, and that is full of things that were refused."""
_ADDRESS: Final = r"\b(?:address|constituent|sender|zip(?: code)?)\b"


class Patterns(BaseModel):
    """``refused`` by reason, the more telling first; ``doubtful`` sentences count for nothing, whatever else they say."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    senders: tuple[_Domain, ...] = ("house.gov", "senate.gov")
    refused: dict[Code, tuple[_Pattern, ...]] = Field(
        default={
            "outside_district": (
                rf"{_ADDRESS}.{{0,80}}\b(?:is|was|falls|lies) (?:outside|not (?:in|within))\b.{{0,60}}\b(?:district|state)\b",
                r"\b(?:is|was) not (?:a|our) (?:constituent|resident)\b",
            ),
            "address_refused": (
                rf"{_ADDRESS}.{{0,80}}\b(?:could not be|was not|cannot be) (?:verified|found|validated|located)\b",
                rf"\b(?:invalid|undeliverable) (?:street |postal |mailing )?{_ADDRESS}",
            ),
            "seen_as_duplicate": (rf"{_MESSAGE}\b(?:was|is|as) (?:a )?duplicate\b",),
            "refused_by_mail": (
                rf"{_MESSAGE}\b(?:was|has been) (?:rejected|refused|declined|discarded)\b",
                rf"{_MESSAGE}{_NOT}{_DONE}",
                r"^(?:status|result|disposition)\s*[:=]\s*(?:rejected|refused|failed|declined)\b",
            ),
        }
    )
    delivered: tuple[_Pattern, ...] = (
        rf"\b(?:message|letter|submission|delivery)\b.{{0,120}}\b(?:was|has been) (?:successfully )?{_DONE}",
        r"^(?:status|result|disposition)\s*[:=]\s*(?:accepted|delivered|success(?:ful)?)\b",
    )
    doubtful: tuple[_Pattern, ...] = (
        r"\b(?:if|unless|whether|when|in case|may|might|only)\b",  # what holds on a condition
        r"\b(?:whose|anyone|any|those|policy|generally)\b",  # what holds for everybody
        r"\b(?:will|can) be\b",
        r"\b(?:I|my|me|mine)\b",  # what a person says, whom the mail may quote
    )

    def is_sender(self, domain: str) -> bool:
        """Whether mail from ``domain`` is looked at."""
        return any(domain == one or domain.endswith(f".{one}") for one in self.senders)

    @cached_property
    def signs(self) -> tuple[tuple[str, re.Pattern[str]], ...]:
        """Every refusing pattern with its reason, in order."""
        return tuple((reason, _of(text)) for reason, texts in self.refused.items() for text in texts)

    @cached_property
    def yes(self) -> tuple[re.Pattern[str], ...]:
        """Every accepting pattern."""
        return tuple(map(_of, self.delivered))

    @cached_property
    def unclear(self) -> tuple[re.Pattern[str], ...]:
        """Every pattern of a sentence that counts for nothing."""
        return tuple(map(_of, self.doubtful))


def _of(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


BUILT_IN: Final = Patterns()


def load_patterns(path: Path | None) -> Patterns:
    """The built-in patterns, those of ``path`` (YAML) before them; its reasons may be new. Raises ``SettingsRefused``."""
    if path is None:
        return BUILT_IN
    try:
        given = Patterns.model_validate(yaml.safe_load(path.read_text("utf-8")) or {})
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        raise SettingsRefused("POSTBAG_CWC_ACK_PATTERNS: cannot be read, or is not YAML (docs/cwc.md)") from None
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False)
        told = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in faults)
        raise SettingsRefused(f"POSTBAG_CWC_ACK_PATTERNS: {told} (docs/cwc.md)") from None
    return _merged(given)


def _merged(given: Patterns) -> Patterns:
    named = given.model_fields_set
    refused = dict(given.refused) if "refused" in named else {}
    for reason, texts in BUILT_IN.refused.items():
        refused[reason] = (*refused.get(reason, ()), *texts)
    return Patterns(
        senders=(*(given.senders if "senders" in named else ()), *BUILT_IN.senders),
        refused=refused,
        delivered=(*(given.delivered if "delivered" in named else ()), *BUILT_IN.delivered),
        doubtful=given.doubtful if "doubtful" in named else BUILT_IN.doubtful,
    )
