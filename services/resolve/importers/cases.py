"""Golden cases: what a compiled file must answer before anybody may use it, drawn from the data itself or written by hand.

The drawn ones are the same for the same data. They prove that the file holds what went into it: ZIPs of every state, split
ZIPs, and in each district a point that is clear of every border. Whether the data is true, only cases written by hand tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from schemas.fields import Geoid, PlanId
from schemas.resolved import Outcome
from services.resolve.importers.clear_points import clear_points
from services.resolve.importers.errors import ImportRefused
from services.resolve.importers.recipe import Automatic
from services.resolve.importers.strict_yaml import as_json
from services.resolve.reference.contents import Golden, PlanContents, Share


class _Written(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", hide_input_in_errors=True)

    plan: PlanId
    question: Annotated[dict[str, Any], Field(min_length=1)]
    outcome: Outcome
    geoids: tuple[Geoid, ...] = ()


_WRITTEN = TypeAdapter(list[_Written])


def read_cases(file: Path) -> list[Golden]:
    """The cases in a file of YAML or JSON: a list of ``plan``, ``question``, ``outcome`` and ``geoids``.

    Raises:
        ImportRefused: it holds anything else.
        OSError: it cannot be read.
    """
    try:
        found = _WRITTEN.validate_json(as_json(file))
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'file'}: {e['msg']}" for e in error.errors())
        raise ImportRefused(file, f"is not a list of golden cases: {faults}", "See docs/refdata.md") from None
    return [Golden(one.plan, one.question, one.outcome, one.geoids) for one in found]


def drawn_cases(plan: PlanContents, wished: Automatic) -> list[Golden]:
    """Cases drawn from a plan's own data, in a fixed order."""
    unique = {zip5: parts for zip5, parts in plan.zips.zips.items() if len(parts) == 1}
    split = {zip5: parts for zip5, parts in plan.zips.zips.items() if len(parts) > 1 and _all_count(parts)}
    cases = [
        *(_zip_case(plan, zip5, "resolved") for zip5 in _spread(unique, wished.unique)),
        *(_zip_case(plan, zip5, "ambiguous") for zip5 in _spread(split, wished.split)),
    ]
    if wished.points:
        cases += (
            Golden(plan.plan, {"point": {"lat": lat, "lon": lon, "accuracy": "rooftop"}}, "resolved", (geoid,))
            for geoid, lat, lon in clear_points(plan.shapes)
        )
    return cases


def _all_count(parts: Mapping[str, Share | None]) -> bool:
    """Whether every share is unknown or more than nothing: a part of water only is not for a golden case to judge."""
    return all(share is None or share > 0 for share in parts.values())


def _spread(zips: Mapping[str, Mapping[str, Share | None]], count: int) -> list[str]:
    """``count`` ZIPs at even steps, and one of every state in addition, so that no state can get lost unseen."""
    ordered = sorted(zips)
    if not count or not ordered:
        return []
    steps = min(count, len(ordered))
    chosen = {ordered[number * len(ordered) // steps] for number in range(steps)}
    of_state: dict[str, str] = {}
    for zip5 in ordered:
        for geoid in zips[zip5]:
            of_state.setdefault(geoid[:2], zip5)
    return sorted(chosen | set(of_state.values()))


def _zip_case(plan: PlanContents, zip5: str, outcome: str) -> Golden:
    parts = plan.zips.zips[zip5]
    geoids = sorted(parts, key=lambda geoid: (-(parts[geoid] or 0.0), geoid))
    return Golden(plan.plan, {"zip5": zip5}, outcome, tuple(geoids))
