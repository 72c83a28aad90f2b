"""``postbag books``: where every submission and letter is, and whether the sums agree."""

from __future__ import annotations

import click

from services.cli.books import LETTER_STATES, Books, balance
from services.cli.output import console, print_json, print_table
from services.pipeline.kafka_reader import KafkaReader
from services.pipeline.settings import KafkaSettings, load


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def books(as_json: bool) -> None:
    """Add up the topics: every submission in one state, every letter accounted for. Ends with 1 if not."""
    reader = KafkaReader(load(KafkaSettings))
    found = balance(reader)
    reader.close()
    if as_json:
        print_json(found.as_json())
    else:
        print_books(found)
    if not found.balanced:
        raise SystemExit(1)


def print_books(found: Books) -> None:
    """The books as tables and a verdict."""
    print_table(
        "Submissions",
        ("state", "count"),
        [
            *((state, f"{count:,}") for state, count in sorted(found.submissions.items())),
            ("records sent", f"{found.records:,}"),
        ],
    )
    if found.completions:
        print_table(
            "Completions",
            ("outcome", "count"),
            [(state, f"{count:,}") for state, count in found.completions.items()],
        )
    rows = [(state, f"{found.letters[state]:,}") for state in LETTER_STATES if found.letters[state]]
    print_table("Letters", ("state", "count"), [*rows, ("letters made", f"{sum(found.letters.values()):,}")])
    if found.reports:
        print_table("Reports", ("said", "count"), [(said, f"{count:,}") for said, count in found.reports.items()])
    if found.dead:
        rows = [(done, f"{found.dead[done]:,}") for done in ("open", "replayed", "discarded") if found.dead[done]]
        print_table("Dead letters", ("what was done with them", "count"), rows)
    for fault in found.faults:
        console.print(f"FAULT: {fault}", style="bold red", markup=False)
    verdict = "The books balance." if found.balanced else "The books do not balance."
    console.print(verdict if found.settled else f"{verdict} Some are still under way.", style="bold")
