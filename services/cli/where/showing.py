"""A trail for people and for programs. What the person wrote is shown to those who asked for it, and to nobody else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from services.cli.output import printable
from services.cli.where.steps import clock

if TYPE_CHECKING:
    from services.cli.where.trail import LetterTrail, Trail


def show(trail: Trail, *, reveal: bool) -> None:
    """The state, each letter's, and the steps, oldest first; a line each, to be read or searched."""
    campaign = f", campaign {trail.campaign}" if trail.campaign else ""
    click.echo(f"Submission {trail.submission_id}{campaign}. {trail.says}")
    for letter in trail.letters:
        click.echo(f"Letter {letter.letter_id} to {letter.office}: {letter.state}. {letter.says}")
        if letter.instead:
            click.echo(f"  The submission that brought it first: {letter.instead}")
    click.echo()
    places = [f"{step.topic}[{step.partition}]@{step.offset}" for step in trail.steps]
    width = max(map(len, places), default=0)
    for step, place in zip(trail.steps, places, strict=True):
        click.echo(f"{_time(step.at)}  {step.stage:8}  {place:{width}}  {printable(step.what)}")
    person = trail.person
    if person is None:
        return
    click.echo()
    if not reveal:
        click.echo("What the person wrote is not shown; --reveal shows it.")
        return
    for name, value in _lines(person):
        click.echo(f"{name}: " + "\n    ".join(printable(line) for line in value.splitlines()))


def told(trail: Trail, *, reveal: bool) -> dict[str, Any]:
    """A trail for programs; ``person`` is null unless it is asked for."""
    return {
        "id": trail.identity,
        "kind": trail.kind,
        "submission_id": trail.submission_id,
        "campaign": trail.campaign or None,
        "state": trail.state,
        "says": trail.says,
        "letters": [_letter(letter) for letter in trail.letters],
        "timeline": [
            {
                "time": _time(step.at),
                "stage": step.stage,
                "topic": step.topic,
                "partition": step.partition,
                "offset": step.offset,
                "what": step.what,
                "letter_id": step.letter_id or None,
            }
            for step in trail.steps
        ],
        "person": trail.person if reveal else None,
    }


def _letter(letter: LetterTrail) -> dict[str, Any]:
    entry = letter.entry
    return {
        "letter_id": letter.letter_id,
        "office": letter.office,
        "state": letter.state,
        "says": letter.says,
        "channel": entry.channel if entry else None,
        "reason": entry.reason if entry else None,
        "attempts": entry.attempts if entry else 0,
        "answer": entry.answer if entry else None,
        "receipt": entry.receipt if entry else None,
        "waits_in": letter.waits_in or None,
        "due": clock(letter.due) if letter.due else None,
        "instead": letter.instead or None,
    }


def _time(milliseconds: int) -> str:
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{milliseconds % 1000:03}Z"


def _lines(value: dict[str, Any], path: str = "") -> list[tuple[str, str]]:
    """Dotted names and texts."""
    found: list[tuple[str, str]] = []
    for name, one in value.items():
        found += _lines(one, f"{path}{name}.") if isinstance(one, dict) else [(path + name, str(one))]
    return found
