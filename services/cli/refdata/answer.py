"""An answer of ``lookup``: in words for a person, and whole for a program."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import click

from schemas.resolved import Purpose
from schemas.resolved import Seat as HeldSeat
from services.cli.output import print_table
from services.cli.refdata.times import told
from services.cli.refdata.typed import Typed
from services.cli.refdata.words import BASES, OUTCOMES, REASONS, STATUS_SENTENCES, STATUSES, WEIGHTS, conflict
from services.resolve.geoids import geoid
from services.resolve.reference.plans import Plan
from services.resolve.reference.reference import Reference
from services.resolve.resolution import Resolution
from services.resolve.seats import Seat


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of what: ``source`` is the file as it was named, None for the sample."""

    reference: Reference
    plan: Plan
    purpose: Purpose
    as_of: float
    source: str | None
    typed: Typed


def show(asked: Asked, answer: Resolution) -> None:
    """Print an answer for a person."""
    sample = "" if asked.source else ", the small sample that comes with Postbag: it knows few ZIPs"
    click.echo(f"Map {asked.plan.id} as of {told(asked.as_of)}, reference {asked.reference.version}{sample}.")
    if note := _taken(asked.typed, answer):
        click.echo(note)
    click.echo(f"\n{OUTCOMES[answer.outcome]}" + (f" Did they mean {answer.suggestion}?" if answer.suggestion else ""))
    if answer.candidates or answer.states:
        click.echo(f"It rests on {BASES[answer.basis]}{_confidence(answer)}.")
    if answer.margin_m is not None:
        at_least = "at least " if answer.margin_m >= 1000 else ""
        click.echo(f"The nearest border is {at_least}{answer.margin_m:,} m from the point.")
    click.echo("")
    if not answer.house_seats and answer.candidates:
        shares = answer.weights or (None,) * len(answer.candidates)
        rows = [
            (*_row(asked, seat), "" if share is None else f"{share:.1%}")
            for seat, share in zip(answer.candidates, shares, strict=True)
        ]
        few = "One of these" if len(rows) > 1 else "Perhaps this one"
        print_table(few, ("seat", "", "status", "holder", WEIGHTS[answer.weight_kind] if answer.weights else ""), rows)
    if seats := (*answer.house_seats, *answer.senate_seats):
        print_table("Represented by", ("seat", "", "status", "holder"), [_row(asked, seat) for seat in seats])
    for sentence in sentences(asked, answer):
        click.echo(f"- {sentence}")


def _confidence(answer: Resolution) -> str:
    if not answer.candidates:
        return ""
    if len(answer.candidates) > 1 and not answer.weights and answer.basis in ("zip_split", "zip_dominant"):
        return f"; nothing says which of the {len(answer.candidates)} is likelier"
    return f", with {answer.confidence:.1%} confidence" + (" in the first" if len(answer.candidates) > 1 else "")


def sentences(asked: Asked, answer: Resolution) -> list[str]:
    """Everything that a person should know of how the answer came about."""
    said = [conflict(code) for code in answer.conflicts] + [REASONS[code] for code in answer.reasons]
    if asked.purpose == "elects":
        said.append("This is the map of the next election; those who hold the seats now were elected on another one.")
    era = asked.reference.at(asked.as_of)
    seats = (*answer.candidates, *answer.senate_seats)
    statuses = dict.fromkeys(era.seat(seat.office).status for seat in seats)
    return said + [STATUS_SENTENCES[status] for status in statuses if STATUS_SENTENCES[status]]


def as_json(asked: Asked, answer: Resolution) -> dict[str, Any]:
    """The whole answer, for a program."""
    question, roster = asked.typed.question, asked.reference.manifest.roster
    era = asked.reference.at(asked.as_of)
    certain = (*answer.house_seats, *answer.senate_seats)
    return {
        "reference": asked.reference.version,
        "source": asked.source or "sample",
        "plan": asked.plan.id,
        "congress": asked.plan.congress,
        "purpose": asked.purpose,
        "as_of": told(asked.as_of),
        "roster_published_on": str(roster.published_on) if roster else None,
        "taken": {
            "kind": asked.typed.kind,
            "zip5": question.zip5,
            "plus4": question.plus4,
            "state": question.state,
            "point": question.point and [question.point.lat, question.point.lon],
            "accuracy": question.point and question.point.accuracy,
        },
        "outcome": answer.outcome,
        "basis": answer.basis,
        "states": list(answer.states),
        "candidates": [
            {**_seat(seat, era.seat(seat.office)), "weight": share}
            for seat, share in zip(answer.candidates, answer.weights or (None,) * len(answer.candidates), strict=True)
        ],
        "weight_kind": answer.weight_kind,
        "confidence": answer.confidence,
        "margin_m": answer.margin_m,
        "seats": [_seat(seat, era.seat(seat.office)) for seat in certain],
        "conflicts": [{"code": code, "meaning": conflict(code)} for code in answer.conflicts],
        "reasons": [{"code": code, "meaning": REASONS[code]} for code in answer.reasons],
        "suggestion": answer.suggestion,
    }


def _seat(seat: Seat, held: HeldSeat) -> dict[str, Any]:
    return {
        "office": seat.office,
        "chamber": seat.chamber,
        "state": seat.state,
        "district": seat.district,
        "senate_class": seat.senate_class,
        "kind": seat.kind,
        "geoid": None if seat.chamber == "senate" else geoid(seat),
        "status": held.status,
        "holder": held.holder.model_dump(mode="json") if held.holder else None,
    }


def _row(asked: Asked, seat: Seat) -> tuple[str, str, str, str]:
    held = asked.reference.at(asked.as_of).seat(seat.office)
    holder = "" if held.holder is None else f"{held.holder.name} ({held.holder.party or 'no party'})"
    return seat.office, name(seat), STATUSES[held.status], holder


def name(seat: Seat) -> str:
    """A seat as people call it."""
    if seat.chamber == "senate":
        return f"Senator for {seat.state}, class {seat.senate_class}"
    if seat.kind == "delegate":
        return f"Delegate of {seat.state}"
    if seat.kind == "resident_commissioner":
        return f"Resident Commissioner of {seat.state}"
    return f"{seat.state} at large" if seat.kind == "at_large" else f"{seat.state}-{seat.district}"


def _taken(typed: Typed, answer: Resolution) -> str:
    """What was taken of an address line: its ZIP and state, and the street only where a geocoder was asked."""
    if typed.kind != "address" or "geocoded" in answer.reasons:
        return ""
    question = typed.question
    zip_code = f"the ZIP {question.zip5}" + (f"-{question.plus4}" if question.plus4 else "") if question.zip5 else ""
    state = f"the state {question.state}" if question.state else ""
    return f"Of the address line, only {' and '.join(filter(None, (zip_code, state)))} was used."
