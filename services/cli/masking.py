"""An event for an operator's eyes: its shape, its ids, places and times, and nothing that a person typed.

What may be seen is listed, field by field with the form that its value must have; all else is told by its size. Of fields
that no schema knows only the number is told, since a name can be typed as well. It must never guess that a text is harmless.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from schemas.publish import PUBLISHED, schema

_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-7][0-9A-HJKMNP-TV-Z]{25}")
_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{5,18}(Z|[+-][0-9]{2}:[0-9]{2})")
_NAME: Final = re.compile(r"[a-z0-9]+([.-][a-z0-9]+)*")
_CODE: Final = re.compile(r"[a-z][a-z0-9_-]{0,60}")
_OFFICE: Final = re.compile(r"[HS][A-Z]{2}[0-9]{2}|x-[a-z0-9-]{1,170}")

_SHOWN: Final[Mapping[str, re.Pattern[str]]] = MappingProxyType(
    {
        "specversion": re.compile(r"1\.0"),
        "type": re.compile(r"org\.postbag\.[a-z.]{1,60}\.v[0-9]{1,4}"),
        "datacontenttype": re.compile(r"application/json"),
        "source": re.compile(rf"/postbag/[a-z]{{1,20}}|{_NAME.pattern}"),
        "traceparent": re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}"),
        **dict.fromkeys(("id", "submission_id", "letter_id"), _ID),
        **dict.fromkeys(("time", "received_at", "accepted_at", "reported_at", "opens", "closes", "deliver_before"), _TIME),
        **dict.fromkeys(("campaign", "frontend"), _NAME),
        **dict.fromkeys(("office", "offices"), _OFFICE),
        **dict.fromkeys(("channel", "says", "reason", "needs", "flags", "outcome", "basis", "purpose", "plan"), _CODE),
        "campaign_version": re.compile(r"[0-9]{1,9}"),
    }
)  # fmt: skip
"""By the name of a field, what its value must look like to be shown."""


def masked(document: Any, name: str = "") -> Any:
    """``document`` (parsed JSON) with all that is personal, or might be, told by its size alone."""
    if isinstance(document, dict):
        known = _known()
        shown = {key: masked(value, key) for key, value in document.items() if key in known}
        unknown = len(document) - len(shown)
        return shown | ({"(unknown fields)": unknown} if unknown else {})
    if isinstance(document, list):
        return [masked(value, name) for value in document]
    if document is None or isinstance(document, bool):
        return document
    text = str(document)
    if name in _SHOWN and _SHOWN[name].fullmatch(text):
        return document
    return f"({len(text)} characters)" if isinstance(document, str) else "(a number)"


def is_id(text: str) -> bool:
    """Whether ``text`` has the form of a submission's or a letter's id, and so tells nothing of a person."""
    return _ID.fullmatch(text) is not None


def is_office(text: str) -> bool:
    """Whether ``text`` has the form of an office's id."""
    return _OFFICE.fullmatch(text) is not None


@cache
def _known() -> frozenset[str]:
    """The names of all fields that a published schema has."""
    return frozenset(name for event in PUBLISHED for name in _names(schema(event)))


def _names(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        yield from part.get("properties", {})
        for value in part.values():
            yield from _names(value)
    elif isinstance(part, list):
        for value in part:
            yield from _names(value)
