"""A report in a terminal: what is wrong, with the place that an editor jumps to, then how far the campaign reaches."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from services.cli.campaign.words import why
from services.cli.output import print_table

if TYPE_CHECKING:
    from services.cli.campaign.report import Problem, Report

_POLICIES: Final = {
    "hold": "submissions for them wait",
    "chamber_office": "their offices are written to all the same",
    "skip": "they are left out",
}
_STATUSES: Final = {
    "held": "have a holder",
    "vacant": "are vacant",
    "term_ended_unconfirmed": "have no confirmed holder",
    "unknown": "are unknown to this reference data",
}
_MOST_SHOWN: Final = 8


def show(file: Path, report: Report) -> None:
    """Print ``report`` on the campaign in ``file``."""
    click.echo(f"{file}: {report.slug}, version {report.version}")
    for title, problems in (("Errors", report.errors), ("Warnings", report.warnings)):
        if problems:
            click.secho(f"\n{title} ({len(problems)})", bold=True)
            for problem in sorted(problems, key=lambda one: (one.place, one.code)):
                _problem(file, problem)
    if report.letters:
        click.echo("")
        _reach(report)
    for form, lack in report.lacking.items():
        click.echo(f"Not checked: {form}, since {lack}")
    click.secho(f"\n{_verdict(report)}", bold=True)


def _problem(file: Path, problem: Problem) -> None:
    click.echo(f"  {file}:{problem.place.line}:{problem.place.column}: {problem.field} ({problem.code})")
    click.echo(f"      {problem.sentence} {problem.remedy}")
    if problem.count:
        letters = "1 letter has" if problem.count == 1 else f"{problem.count:,} letters have"
        click.echo(f"      {letters} it, such as that of {problem.example}.")


def _reach(report: Report) -> None:
    rows = [(form, f"{count:,}", f"{report.offices - count:,}") for form, count in report.reach.items()]
    print_table("Offices", ("form", "reached", "not reached"), rows)
    if report.recipients:
        click.echo(f"Recipients of its lists: {report.recipients:,}.")
    for status, count in report.statuses.items():
        if status != "unknown" or len(report.statuses) > 1 or count < report.offices:
            click.echo(f"{count:,} seats {_STATUSES[status]}{_who(report, status)}.")
    held = [person for person in report.people if person.held]
    if held:
        click.echo("\nOf the made-up people, these would have to wait:")
        for person in held:
            asked = f"; asked for {', '.join(person.needs)}" if person.needs else ""
            click.echo(f"  {person.name}, who {person.about}: {person.held}{asked}")
    unfit = [(person, form, reason) for person in report.people for form, reason in person.unfit.items()]
    if unfit:
        click.echo("\nAnd of these, letters could not be made in every form:")
        for person, form, reason in unfit:
            click.echo(f"  {person.name}, who {person.about}: {form}, since {why(reason)}")


def _who(report: Report, status: str) -> str:
    offices = report.without_holder.get(status, ())
    policy = report.policies.get("vacant_seat" if status == "vacant" else "unconfirmed_seat", "")
    return f" ({_some(offices)}): {_POLICIES[policy]}" if offices else ""


def _some(offices: Iterable[str]) -> str:
    shown = list(offices)
    more = f" and {len(shown) - _MOST_SHOWN} more" if len(shown) > _MOST_SHOWN else ""
    return ", ".join(shown[:_MOST_SHOWN]) + more


def _verdict(report: Report) -> str:
    made = f"{report.letters:,} letters were made and held to every rule. " if report.letters else ""
    if report.ok:
        return f"{made}It can be published."
    errors = len(report.errors)
    return f"{made}{errors} error{'s' if errors > 1 else ''}: it cannot be published."
