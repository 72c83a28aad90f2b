"""Elements as they are written: the tags made once, a value held to its rule and escaped each time.

Text stands only between tags and never in an attribute, so that ``&``, ``<`` and ``>`` are all that needs escaping; the
last keeps ``]]>`` apart. Whether a character is one of XML's is asked of the whole document, once, and not here.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from services.render.forms import Unfit
from services.render.forms.cwc.rules import Rule

INDENT = "  "


@dataclass(frozen=True, slots=True)
class Element:
    """An element of text."""

    rule: Rule
    start: str = field(init=False)
    end: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", f"{INDENT * (self.rule.path.count('/') + 1)}<{self.rule.tag}>")
        object.__setattr__(self, "end", f"</{self.rule.tag}>\n")

    def write(self, value: str) -> str:
        """The element, or nothing for nothing where it is optional. Raises ``Unfit``, such as ``city_too_short``."""
        fault = self.rule.fault(value)
        if fault is None:
            if "&" in value or "<" in value or ">" in value:
                value = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
            return self.start + value + self.end
        if fault == "missing" and not self.rule.required:
            return ""
        raise Unfit(f"{self.rule.name}_{fault}")

    def write_if_it_fits(self, value: str) -> str:
        """As ``write``, but an optional element is left out where its rule refuses the value."""
        return self.write(value) if self.rule.required or not self.rule.fault(value) else ""


def group(rule: Rule, inner: str) -> str:
    """An element of elements, which are written already; nothing for none where it is optional. Raises ``Unfit``."""
    if not inner:
        if rule.required:
            raise Unfit(f"{rule.name}_missing")
        return ""
    indent = INDENT * (rule.path.count("/") + 1)
    return f"{indent}<{rule.tag}>\n{inner}{indent}</{rule.tag}>\n"
