"""``postbag campaign import``: a pasted action alert to a campaign's file, with what was taken from where and what to answer.

The file is written whatever is missing from it, because the questions stand in it; the exit code says whether any of them
must be answered. Nothing is decided here: ``services.render.importing`` reads, this prints.
"""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from pydantic import TypeAdapter, ValidationError

from schemas.fields import Slug
from services.cli.output import print_json
from services.render.importing.alert import Given, read_alert
from services.render.importing.layout import file_of
from services.render.importing.reading import MAX_BYTES

if TYPE_CHECKING:
    from services.render.importing.draft import Draft

INCOMPLETE: Final = 3
"""Exit code where a required question is open; 1 and 2 are failures and wrong calls, as everywhere."""

_LONGEST_LINE: Final = 300
_SHOWN: Final = 90


def _slug(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    try:
        return value if value is None else TypeAdapter(Slug).validate_python(value)
    except ValidationError:
        raise click.BadParameter("use up to 80 of a-z, 0-9 and single hyphens.") from None


def _organization(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    if value is not None and not (value.strip() and len(value) <= _LONGEST_LINE and value.isprintable()):
        raise click.BadParameter(f"use one line of up to {_LONGEST_LINE} characters.")
    return value.strip() if value else value


@click.command("import")
@click.argument("file", type=click.File("rb"))
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the campaign's file here; it must not be there yet.",
)
@click.option(
    "--slug", callback=_slug, help="The campaign's name in keys and addresses; made from the headline otherwise."
)
@click.option("--organization", callback=_organization, help="Who runs the campaign; no alert says it for sure.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print JSON: each finding with its place, each question, the file."
)
def import_alert(file: Any, out: Path | None, slug: str | None, organization: str | None, *, as_json: bool) -> None:
    """Turn a pasted action alert (FILE, or - for what is typed in; text or HTML) into a campaign's file.

    What was found and what must be answered goes to standard error, and stands in the file as comments. Ends with 0 if the
    file can be checked as it is, and with 3 if questions must be answered first: the file is written all the same.
    """
    raw = file.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise click.ClickException(
            f"the alert is larger than {MAX_BYTES:,} bytes. Keep the alert itself, and import that."
        )
    given = str(getattr(file, "name", "-"))
    name = "what was typed in" if given in ("<stdin>", "-") else Path(given).name
    draft = read_alert(raw, Given(datetime.now(UTC).date(), slug, organization))
    text = file_of(draft, name)
    if out is not None:
        _write(out, text)
    if as_json:
        print_json(_json(draft, text, out))
    else:
        if out is None:
            click.echo(text, nl=False)
        _report(draft, out)
    if not draft.complete:
        sys.exit(INCOMPLETE)


def _write(out: Path, text: str) -> None:
    """Write a new file: one that is there may have answers in it."""
    try:
        with out.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise click.ClickException(f"{out} is there already, and may have answers in it. Name another file.") from None
    except OSError as error:
        raise click.ClickException(f"{out}: {error.strerror}. Name another file.") from None


def _json(draft: Draft, text: str, out: Path | None) -> dict[str, Any]:
    return {
        "complete": draft.complete,
        "file": None if out is None else str(out),
        "campaign": text,
        "found": [asdict(finding) for finding in draft.findings],
        "questions": [asdict(question) for question in draft.questions],
        "left_out": [asdict(left) for left in draft.left_out],
        "notes": draft.notes,
    }


def _report(draft: Draft, out: Path | None) -> None:
    """On standard error: notes, findings, what was left out, and the questions last, since they want an answer."""
    for note in draft.notes:
        _say(note)
    for finding in draft.findings:
        where = f"{_lines(finding.lines)}, {finding.how}" if finding.lines else finding.how
        sure = "" if finding.confidence == "high" else f" ({finding.confidence} confidence)"
        _say(f"  {finding.field}: {_short(finding.value)}  [{_short(where)}{sure}]")
    for left in draft.left_out:
        _say(f"  left out: {_short(left.text)}  [{_lines(left.lines)}, {left.why}]")
    open_ones = sum(question.required for question in draft.questions)
    for question in sorted(draft.questions, key=lambda question: not question.required):
        place = f" ({_lines((question.line, question.line))})" if question.line else ""
        _say(f"{'? ' if question.required else '  ? '}{question.field}{place}: {question.text}")
    where = str(out) if out else "the file above"
    if open_ones:
        _say(
            f"{open_ones} {'question' if open_ones == 1 else 'questions'} must be answered in {where}, at “# ?”."
            f" Then: postbag campaign check"
        )
    else:
        _say(
            f"{where[:1].upper()}{where[1:]} can be checked as it is; what “# ?” marks in it may be answered."
            if not out
            else f"{where} can be checked as it is; what “# ?” marks in it may be answered."
        )


def _lines(lines: tuple[int, int] | None) -> str:
    if lines is None:
        return ""
    return f"line {lines[0]}" if lines[0] == lines[1] else f"lines {lines[0]} to {lines[1]}"


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _SHOWN else f"{plain[:_SHOWN]}…"


def _say(text: str) -> None:
    click.echo(text, err=True)
