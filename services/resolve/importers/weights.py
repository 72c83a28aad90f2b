"""Reads how the people of each ZIP are spread over districts: what Geocorr, HUD or anybody with one column of weights says.

Weights turn most split ZIPs from a question into an answer, so what they count must be known. Geocorr's own factor is not
used where its counts are there: it may run from district to ZIP. HUD's file counts residential addresses, not people;
that is near enough to be called ``population`` here, and its ZIPs are those of the mail, not of the Census.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from schemas.resolved import WeightKind
from services.resolve.importers.found import Found, Progress, check_congress, check_totals, silent
from services.resolve.importers.pairs import layout, take
from services.resolve.importers.spreadsheet import open_table
from services.resolve.importers.table import Row, Table
from services.resolve.reference.contents import ZipTable

_RUNS_THE_OTHER_WAY: Final = re.compile(r".*(cd|congress).* to .*(zcta|zip).*|cd\d*-to-(zcta|zip).*", re.IGNORECASE)


def read_weights(
    path: Path,
    *,
    weight_kind: WeightKind | None = None,
    congress: int | None = None,
    expect: Mapping[str, int] | None = None,
    progress: Progress = silent,
) -> tuple[ZipTable, Found]:
    """The shares of each ZIP in a file of Geocorr (csv), of HUD (xlsx or csv), or with columns for ZIP, district, weight.

    Counts are those of ``read_pairs``; shares of each ZIP sum to one again after what is in no district was left out.
    HUD's file does not say for which Congress it is: look it up, and see ``apply_weights`` for what guards against it.

    Args:
        path: The file, plain or in a zip archive.
        weight_kind: What the weights are of, where their column's name does not tell.
        congress: Refuse a file that names another one.
        expect: Totals that must be met; see ``check_totals``.
        progress: Called with bytes read and in all, or rows of a workbook.

    Raises:
        ImportRefused: no weights, or as ``read_pairs`` does.
        OSError: it cannot be read.
    """
    with open_weights(path, progress) as (kind, table):
        columns = layout(table, weight_kind)
        if columns.weight_at is None:
            raise table.refuse(1, "no column holds weights", "Take a file that has them: population, pop20, res_ratio")
        found, made = take(path, kind, table, columns)
    check_congress(found, congress)
    check_totals(found, expect)
    return made, found


@contextmanager
def open_weights(path: Path, progress: Progress = silent) -> Iterator[tuple[str, Table]]:
    """The kind of file, and its table without Geocorr's second header."""
    with open_table(path, progress) as table:
        kind = weights_kind(table)
        yield kind, replace(table, rows=_without_labels(table)) if kind == "geocorr" else table


def weights_kind(table: Table) -> str:
    """``geocorr``, ``hud``, or ``pairs`` for any other table."""
    if "afact" in table.columns:
        return "geocorr"
    return "hud" if {"zip", "cd", "res_ratio"} <= set(table.columns) else "pairs"


def _without_labels(table: Table) -> Iterator[Row]:
    """Geocorr repeats its header in words; there the direction of its factor can be read."""
    factor_at = table.columns.index("afact")
    counted = any(table.like(r"pop\d*|hus\d*|landsqmi"))
    for line, row in table.rows:
        if line == 2 and not any(value.strip().isdecimal() for value in row):
            if not counted and _RUNS_THE_OTHER_WAY.fullmatch(row[factor_at].strip()):
                problem = "the factor runs from district to ZIP"
                raise table.refuse(line, problem, "Ask Geocorr for ZIP to district", factor_at)
            continue
        yield line, row
