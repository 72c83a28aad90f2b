"""Reads the first sheet of a workbook (xlsx) as a table: some ZIP tables are published in no other form.

A cell with a number has no leading zeros any more; the number is passed on as it stands, so that the check of ZIPs refuses
it. The library that reads workbooks is in the extra ``refdata`` and is imported only here, and only when one is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from services.resolve.importers.delimited import open_text
from services.resolve.importers.errors import ImportRefused
from services.resolve.importers.found import Progress, silent
from services.resolve.importers.packed import is_spreadsheet
from services.resolve.importers.table import Row, Table, column_name


@contextmanager
def open_table(path: Path, progress: Progress = silent) -> Iterator[Table]:
    """The table in a workbook or in a text file, by its content. Raises as ``open_text`` does."""
    with _open_sheet(path, progress) if is_spreadsheet(path) else open_text(path, progress=progress) as table:
        yield table


@contextmanager
def _open_sheet(path: Path, progress: Progress) -> Iterator[Table]:
    try:
        from openpyxl import load_workbook  # noqa: PLC0415 - an extra, wanted by few
        from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415
    except ImportError:
        remedy = 'Install the extra with pip install "postbag[refdata]", or save the sheet as CSV in UTF-8'
        raise ImportRefused(path, "it is a workbook, which needs openpyxl", remedy) from None
    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, BadZipFile, KeyError, ValueError, OSError) as error:
        problem = f"the workbook cannot be read ({type(error).__name__})"
        raise ImportRefused(path, problem, "Download it again, or save the sheet as CSV in UTF-8") from None
    try:
        sheet = book.worksheets[0]
        cells = sheet.iter_rows(values_only=True)
        header = tuple(column_name(_text(value)) for value in next(cells, ()))
        yield Table(path, header, _rows(cells, len(header), sheet.max_row or 0, progress), 1)
    finally:
        book.close()


def _rows(cells: Iterable[tuple[Any, ...]], width: int, total: int, progress: Progress) -> Iterator[Row]:
    for line, values in enumerate(cells, 2):
        if line % 1000 == 0:
            progress(line, total)
        row = [_text(value) for value in values]
        if any(row):
            yield line, row + [""] * (width - len(row))  # a sheet stores no empty cells at a row's end


def _text(value: Any) -> str:
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
