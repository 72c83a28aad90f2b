"""The dead letters as they lie, and what operators have done with them.

Read partition by partition and never kept: what is parked can be large, and there can be much of it. A command fixes at its
beginning up to where it looks, so that what it asked about is what it does, though records go on dying meanwhile.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from schemas.settlement import DeadSettled, Settlement
from schemas.topics import DEAD, DEAD_SETTLED
from schemas.wire import Unreadable, read
from services.pipeline.parked import Parked, Place

if TYPE_CHECKING:
    from services.pipeline.broker import Reader


def settled(reader: Reader) -> dict[Place, Settlement]:
    """What was done with each dead letter with which something was done."""
    found: dict[Place, Settlement] = {}
    for partition in range(reader.partitions(DEAD_SETTLED)):
        for record in reader.read(DEAD_SETTLED, partition, 0):
            try:
                one = read(DeadSettled, record.value).data
            except Unreadable:
                continue  # nothing of Postbag's own: the books tell
            found[Place(one.partition, one.offset)] = one
    return found


def ends(reader: Reader) -> dict[int, int]:
    """The offset after the last dead letter, by partition."""
    return {partition: reader.end(DEAD, partition) for partition in range(reader.partitions(DEAD))}


def letters(reader: Reader, until: Mapping[int, int]) -> Iterator[Parked]:
    """Every dead letter before the offsets ``until``, by partition, in the order of its coming."""
    for partition, end in until.items():
        for record in reader.read(DEAD, partition, 0):
            if record.offset >= end:
                break
            yield Parked.of(record)


def at(reader: Reader, place: Place) -> Parked | None:
    """The dead letter at ``place``, if it is there (still)."""
    if place.partition >= reader.partitions(DEAD):
        return None
    found = next(iter(reader.read(DEAD, place.partition, place.offset)), None)
    return Parked.of(found) if found is not None and found.offset == place.offset else None


def document(parked: Parked) -> Any:
    """The record's value as parsed JSON, or None where it is none."""
    try:
        return json.loads(parked.value or b"")
    except (ValueError, RecursionError):
        return None


def campaign(found: Any) -> str | None:
    """The campaign that a parsed event names, whichever of Postbag's events it is."""
    return _text(_within(found, "campaign"), "campaign")


def names(parked: Parked, found: Any) -> set[str]:
    """Ids that the record goes by: its key, its event's id, and those of its submission and its letter."""
    keys = {parked.key.decode("utf-8", "replace")} if parked.key else set()
    keys |= {value.decode("utf-8", "replace") for name, value in parked.headers if name == "ce_id"}
    within = {_text(_within(found, name), name) for name in ("submission_id", "letter_id")}
    return keys | {name for name in (*within, _text(found, "id")) if name}


def _within(found: Any, name: str) -> Any:
    """The part of an event that has a field of this ``name``: its data, the submission in that, or the whole."""
    data = found.get("data") if isinstance(found, dict) else None
    submission = data.get("submission") if isinstance(data, dict) else None
    return next((part for part in (data, submission, found) if isinstance(part, dict) and name in part), None)


def _text(found: Any, name: str) -> str | None:
    value = found.get(name) if isinstance(found, dict) else None
    return value if isinstance(value, str) else None
