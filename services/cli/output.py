"""How commands speak: tables for people, JSON for programs, and nothing that a terminal would obey.

Tables and progress go through rich, which honours NO_COLOR and stays plain when the output is not a terminal.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click
from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

console = Console(highlight=False, emoji=False)
"""No colours of its own, and no pictures in the place of words between colons: what is shown is what is there."""


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    click.echo(json.dumps(value, indent=2, sort_keys=True))


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A small table; the last columns of numbers are aligned to the right."""
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for number, name in enumerate(columns):
        table.add_column(name, justify="left" if number == 0 else "right", overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))  # a Text: brackets in it are no markup
    console.print(table)


def printable(text: str) -> str:
    """Without control characters: what came from outside must not steer the terminal."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


@contextmanager
def progress(what: str, total: int, *, quiet: bool = False) -> Iterator[Callable[[int], None]]:
    """A progress bar on a terminal, a line at each tenth elsewhere; the yielded function takes how many are done.

    ``quiet`` shows nothing, as where the output is JSON.
    """
    if quiet:
        yield lambda _: None
        return
    if console.is_terminal and not console.quiet:
        columns = (TextColumn("{task.description:10}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console) as bar:
            task = bar.add_task(what, total=total)
            yield lambda done: bar.update(task, completed=done)
        return
    told = 0

    def tell(done: int) -> None:
        nonlocal told
        tenth = done * 10 // max(1, total)
        if tenth > told:
            told = tenth
            console.print(f"{what}: {done:,} of {total:,}")

    yield tell
