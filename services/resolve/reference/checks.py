"""What a reference file must prove of itself before anybody may use it: its totals, its shares and its golden cases.

The same checks run on the file that the compiler has just written, when an operator asks, and before a worker swaps to it.
They answer with sentences rather than with an error, so that a person sees everything that is wrong at once.
"""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter, ValidationError

from schemas.resolved import Outcome
from services.resolve.geoids import geoid
from services.resolve.lookup import resolve
from services.resolve.question import Question
from services.resolve.reference.contents import Golden
from services.resolve.reference.manifest import Manifest, StateCounts
from services.resolve.reference.plans import Plan

SHARES_MAY_MISS = 1e-6
_MOST_TOLD = 20
_QUESTION = TypeAdapter(Question)
_OUTCOME: TypeAdapter[Outcome] = TypeAdapter(Outcome)


def pack_golden(cases: Iterable[Golden]) -> bytes:
    """The section: JSON."""
    rows = [[case.plan, dict(case.question), case.outcome, list(case.geoids)] for case in cases]
    return json.dumps(rows, sort_keys=True, separators=(",", ":")).encode()


def problems(manifest: Manifest, plans: Sequence[Plan], golden: bytes) -> list[str]:
    """What is wrong, one sentence each; of many alike the first twenty."""
    found: list[str] = []
    notes = {note.id: note for note in manifest.plans}
    for plan in plans:
        note = notes[plan.id]
        counts = {
            "districts": len(plan.districts),
            "zips": len(plan.zips),
            "pairs": len(plan.zips.districts),
            "plus4_ranges": len(plan.plus4),
        }
        for name, count in counts.items():
            if count != getattr(note.counts, name):
                found.append(f"{plan.id}: {count} {name}, and the manifest says {getattr(note.counts, name)}")
        if states_of(plan) != note.states:
            found.append(f"{plan.id}: the states do not have what the manifest says")
        if bool(note.counts.shapes) != (plan.grid is not None):
            found.append(f"{plan.id}: the manifest says {note.counts.shapes} shapes, which the file does not have")
        found += _shares(plan)
    return found + _first(_golden(plans, golden))


def states_of(plan: Plan) -> dict[str, StateCounts]:
    """By state, how many districts and ZIPs a map has of it."""
    districts = Counter(seat.state for seat in plan.districts)
    zips: Counter[str] = Counter()
    for index in range(len(plan.zips)):
        pairs = range(plan.zips.starts[index], plan.zips.starts[index + 1])
        zips.update({plan.districts[plan.zips.districts[pair]].state for pair in pairs})
    return {state: StateCounts(districts=districts[state], zips=zips[state]) for state in sorted(districts)}


def _shares(plan: Plan) -> list[str]:
    wrong = []
    for index, zip5 in enumerate(plan.zips):
        shares = plan.zips.shares(range(plan.zips.starts[index], plan.zips.starts[index + 1]))
        if shares and (min(shares) < 0 or abs(sum(shares) - 1) > SHARES_MAY_MISS):
            wrong.append(f"{plan.id}: the shares of {zip5} sum to {sum(shares):g}, or one is less than nothing")
        elif list(shares) != sorted(shares, reverse=True):
            wrong.append(f"{plan.id}: the shares of {zip5} are not in their order")
    return _first(wrong)


def _golden(plans: Sequence[Plan], raw: bytes) -> list[str]:
    by_id = {plan.id: plan for plan in plans}
    try:
        cases = [(plan, dict(question), _OUTCOME.validate_python(outcome), geoids)
                 for plan, question, outcome, geoids in json.loads(raw)]  # fmt: skip
    except (ValueError, TypeError) as error:
        return [f"the golden cases cannot be read ({type(error).__name__})"]
    return [
        wrong
        for name, question, outcome, geoids in cases
        if (wrong := _case(by_id.get(name), question, outcome, geoids))
    ]


def _case(plan: Plan | None, fields: Mapping[str, Any], outcome: Outcome, geoids: Sequence[str]) -> str:
    """What is wrong with the answer to a golden case, whose question is made up and no person's."""
    case = f"golden case {json.dumps(fields, sort_keys=True)}"
    if plan is None:
        return f"{case}: is of a map that is not in the file"
    if unknown := set(fields) - {field.name for field in dataclasses.fields(Question)}:
        return f"{case}: a question has no {min(unknown)}"
    try:
        question = _QUESTION.validate_python(fields)
    except ValidationError as error:
        return f"{case}: {error.errors(include_url=False)[0]['msg']}"
    answer = resolve(plan, question)
    named = [geoid(seat) for seat in answer.candidates]
    right = answer.outcome == outcome and sorted(named) == sorted(geoids)
    if right and answer.weights and geoids:
        right = named[0] == geoids[0]
    if right:
        return ""
    return f"{case}, {plan.id}: {answer.outcome} {' '.join(named)}, not {outcome} {' '.join(geoids)}"


def _first(found: list[str]) -> list[str]:
    more = len(found) - _MOST_TOLD
    return [*found[:_MOST_TOLD], f"and {more} more like these"] if more > 0 else found
