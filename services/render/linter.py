"""Reads a campaign's templates as the office will: every slip that can be seen before a letter is made, by line and column.

A letter that goes out malformed cannot be called back, so an error here keeps a campaign from being published. It is a plain
function of the campaign and the day; it renders nothing and knows no person. The faults are in ``services.render.linting``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.render.linting.code import lint_code
from services.render.linting.finding import Finding, Path, Severity, Source
from services.render.linting.names import EMPTY_FOR
from services.render.linting.text import lint_text
from services.render.linting.times import lint_times
from services.render.linting.whole import lint_whole, sources

if TYPE_CHECKING:
    from schemas.campaign import Campaign

__all__ = ["Finding", "Path", "Severity", "Source", "lint", "lint_template"]


def lint(campaign: Campaign, now: float | None = None) -> tuple[Finding, ...]:
    """Every finding, template by template, in the order of their lines.

    ``now`` (seconds since the epoch) tells which times are over; without it, what depends on the day is not looked at.
    """
    templates = sources(campaign)
    empty = _may_be_empty(campaign)
    order = {source.path: number for number, source in enumerate(templates)}
    found = [finding for source in templates for finding in (*lint_code(source, empty), *lint_text(source))]
    found += [*lint_whole(campaign, templates), *lint_times(campaign, now)]
    return tuple(
        sorted(dict.fromkeys(found), key=lambda one: (order.get(one.path, len(order)), one.line, one.column, one.code))
    )


def lint_template(text: str, name: str = "letter") -> tuple[Finding, ...]:
    """The findings of one template by itself, as if every name could be empty: for whoever has no campaign yet."""
    source = Source((name,), text)
    return tuple(
        sorted((*lint_code(source, frozenset(EMPTY_FOR)), *lint_text(source)), key=lambda one: (one.line, one.column))
    )


def _may_be_empty(campaign: Campaign) -> frozenset[str]:
    """The names that are nothing for somebody who may write, or for an office that may be written to."""
    lists = any(target.startswith("list:") for target in campaign.targets)
    districts = all(target.startswith("H") and not target.endswith("00") for target in campaign.targets)
    empty = {
        "last_name": "last_name" not in campaign.required_fields,
        "message": "message" not in campaign.required_fields,
        "state": lists,
        "district": not districts,
        "decision_maker_name": True,
    }
    return frozenset(name for name, may in empty.items() if may)
