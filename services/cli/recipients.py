"""Reads the lists of a campaign: CSV files of recipients, as a spreadsheet saves them.

A list decides who gets people's letters, so it is read strictly: every fault is told with its file, line, column and remedy,
and a list with any fault is not taken. Cells that a spreadsheet would run as a formula are refused, since these files go back
and forth between people.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final, get_args

from pydantic import ValidationError

from schemas.fields import StateCode
from schemas.recipient import Recipient, RecipientChannel
from services.deliver.channels.smtp.addresses import mailbox
from services.deliver.channels.webhook import destination
from services.resolve.seats import load_seats

COLUMNS: Final = ("id", "name", "salutation", "serves", "channel", "address", "role")
REQUIRED: Final = ("id", "name")

_STATES: Final = frozenset(get_args(StateCode)) - {"AA", "AE", "AP"}
"""Military mail is no state: nobody votes there."""

_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
"""Unicode categories of what nobody sees in a cell: control and format characters, lone surrogates, line separators."""

_FORMULA: Final = ("=", "+", "-", "@")
_ADDRESSES: Final[Mapping[str, tuple[Callable[[str], object], str]]] = {
    "webhook": (destination, "it is no address for a webhook. Give an https URL, all of its host in lower case"),
    "smtp": (mailbox, "it is no mail address. Give one as name@example.org, without a name before it"),
}
"""The channels that need an address, each with what says whether it is one: the channel's own reader of addresses."""

_NO_ADDRESS: Final[tuple[Callable[[str], object], str]] = (
    lambda address: not address,
    f"only the channels {' and '.join(_ADDRESSES)} have an address. Write one of them into channel, or empty this cell",
)
_REMEDIES: Final = {
    "id": "Write x- and words of a-z and 0-9 with single hyphens between, such as x-committee-chair",
    "name": "Give the name that the letter is addressed to, in at most 300 characters",
    "salutation": "Give at most 300 characters, or nothing",
    "serves": "Give at most 600 states and seats",
    "channel": f"Write one of {', '.join(get_args(RecipientChannel))}, or nothing for the usual channel",
    "address": "Give at most 300 characters",
    "role": "Write president, or nothing",
}


class ListFaults(Exception):
    """A list that cannot be taken. The text has a line for each fault."""


def read_list(name: str, file: Path, taken: Mapping[str, str]) -> list[Recipient]:
    """The recipients of the list ``name`` in ``file``. ``taken``: ids of other lists, and where they stand.

    Raises:
        ListFaults: with every fault in the file.
    """
    try:
        text = file.read_bytes().decode("utf-8-sig")  # spreadsheets begin a file with a byte order mark
        rows = list(_rows(file, text))
    except OSError as error:
        raise ListFaults(f"{file}: {error.strerror}. Lists are looked for beside the campaign's file.") from None
    except UnicodeDecodeError:
        raise ListFaults(f"{file} is not UTF-8. Save it as CSV in UTF-8.") from None
    except csv.Error as error:
        raise ListFaults(f"{file} is not CSV ({error}). Save it as CSV with commas.") from None
    found: list[Recipient] = []
    faults: list[str] = []
    places = dict(taken)
    for line, cells in rows:
        where = f"{file}, line {line}"
        wrong = list(_faults(cells)) or list(_refused(name, cells, found))
        if not wrong and found[-1].id in places:
            wrong = [
                ("id", f"{found[-1].id} stands in {places[found[-1].id]} already. Give each recipient an id of its own")
            ]
        faults += [f"{where}, column {column}: {fault}." for column, fault in wrong]
        places.setdefault(cells["id"], where)
    if not rows:
        faults.append(f"{file}: nobody is in it. Add a recipient, or take the list out of the campaign.")
    if faults:
        raise ListFaults("\n".join(faults))
    return found


def _rows(file: Path, text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and cells by column, of each row that is not empty."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header = [cell.strip() for cell in next(reader, [])]
    strange = [name for name in header if name not in COLUMNS] + [n for n in REQUIRED if n not in header]
    if strange or len(set(header)) != len(header):
        said = ", ".join(header) or "nothing"
        needed = f"Name the columns {', '.join(COLUMNS)}; {' and '.join(REQUIRED)} must be there, each once"
        raise ListFaults(f"{file}, line 1: the columns are {said}. {needed}.")
    line = 2
    for row in reader:
        if any(cell.strip() for cell in row):
            if len(row) != len(header):
                problem = f"{len(row)} cells and not {len(header)}. Put a cell that has a comma in it into quotes"
                raise ListFaults(f"{file}, line {line}: {problem}.")
            yield line, dict.fromkeys(COLUMNS, "") | dict(zip(header, row, strict=True))
        line = reader.line_num + 1


def _faults(cells: dict[str, str]) -> Iterator[tuple[str, str]]:
    """What is wrong with the cells of a row, by column; they come out trimmed."""
    for column, cell in cells.items():
        cells[column] = plain = cell.strip(" ")
        if any(unicodedata.category(character) in _UNSEEN for character in plain):
            yield column, "it has a character that cannot be seen, such as a line break. Type the cell anew"
        elif plain.startswith(_FORMULA):
            yield column, f"it begins with {plain[0]}, as a formula does. Begin it with a letter or a digit"
    for place in cells["serves"].replace(";", " ").split():
        if place not in _STATES and not (place.startswith("H") and place in seats()):
            yield "serves", f"{place!r} is neither a state nor a House seat. Write NY or HNY12, with blanks between"
    judge, fault = _ADDRESSES.get(cells["channel"], _NO_ADDRESS)
    if not judge(cells["address"]):
        yield "address", fault


def _refused(name: str, cells: dict[str, str], found: list[Recipient]) -> Iterator[tuple[str, str]]:
    """What the event's own model says of a row; without a fault it is added to ``found``."""
    serves = tuple(dict.fromkeys(cells["serves"].replace(";", " ").split()))
    try:
        given = {"list": name, "serves": serves, "channel": cells["channel"] or None, "role": cells["role"] or None}
        found.append(Recipient.model_validate(cells | given))
    except ValidationError as error:
        for fault in error.errors():
            column = str(fault["loc"][0])
            yield column, f"{fault['msg']}. {_REMEDIES[column]}"


@cache
def seats() -> frozenset[str]:
    """All seats of Congress that there are."""
    return frozenset(seat.office for seat in load_seats())
