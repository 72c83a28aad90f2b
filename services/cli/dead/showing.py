"""``postbag dead list`` and ``show``: what is parked, why, and what lies in one of them, with people's words masked.

Neither changes anything. A list holds notes of Postbag's own and ids; what a record holds is shown field by field only
where it can be no person's, and as it is only with ``--reveal``.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import click

from services.cli.campaign.publishing import time_told
from services.cli.controls.options import JSON
from services.cli.dead import reading
from services.cli.dead.choosing import choice, filters
from services.cli.masking import is_id, is_office, masked
from services.cli.output import console, print_json, print_table
from services.pipeline.kafka_reader import KafkaReader
from services.pipeline.parked import Parked, Place
from services.pipeline.settings import KafkaSettings, load

if TYPE_CHECKING:
    from schemas.settlement import Settlement

_ROWS: Final = 20
_OWN_HEADERS: Final = frozenset({"content-type", "ce_specversion", "ce_type"})
"""Headers of a frontend's that hold nothing of a person; those of Postbag's own begin with ``postbag-``."""


@click.command("list")
@filters
@click.option("--settled", "also_settled", is_flag=True, help="Also those that were put back or discarded.")
@click.option("--limit", type=click.IntRange(min=0), default=_ROWS, show_default=True, metavar="N", help="Rows shown.")
@JSON
def list_dead(also_settled: bool, limit: int, as_json: bool, **given: Any) -> None:
    """What is parked and not settled: how many by stage and reason, and the first of them.

    PLACE in the first column is what `show`, `replay` and `discard` take.
    """
    settings = load(KafkaSettings)
    chosen = choice(settings.topic_prefix, given)
    reader = KafkaReader(settings)
    settlements = reading.settled(reader)
    counts: Counter[tuple[str, str, str]] = Counter()
    shown: list[dict[str, Any]] = []
    for one in reading.letters(reader, reading.ends(reader)):
        if not chosen.fits(one) or (one.place in settlements and not also_settled):
            continue
        counts[one.stage, one.reason, one.topic.removeprefix(settings.topic_prefix)] += 1
        if len(shown) < limit:
            shown.append(told(one, settings.topic_prefix, settlements.get(one.place)))
    reader.close()
    if as_json:
        by = [{"stage": s, "reason": r, "topic": t, "count": n} for (s, r, t), n in sorted(counts.items())]
        print_json({"total": counts.total(), "counts": by, "dead": shown})
        return
    print_counts(counts)
    print_rows(shown)
    if len(shown) < counts.total():
        console.print(f"{counts.total() - len(shown):,} more (--limit shows more of them).")


@click.command()
@click.argument("place", metavar="PLACE")
@click.option("--reveal", is_flag=True, help="Also what the person typed. It is then on your screen.")
@JSON
def show(place: str, reveal: bool, as_json: bool) -> None:
    """One dead letter: where it came from, why it is here, and what it holds, with what a person typed masked."""
    try:
        where = Place.parse(place)
    except ValueError as error:
        raise click.BadParameter(f"{error}, as `postbag dead list` shows it") from None
    settings = load(KafkaSettings)
    reader = KafkaReader(settings)
    found, settlement = reading.at(reader, where), reading.settled(reader).get(where)
    reader.close()
    if found is None:
        raise click.ClickException(f"nothing lies at {where} in dead. `postbag dead list` shows what does.")
    notes = told(found, settings.topic_prefix, settlement) | {
        "source_timestamp": time_of(found.source_timestamp),
        "version": found.version,
        "note": settlement.note if settlement else None,
        "key": _key(found, reveal=reveal),
        "headers": [_header(name, value, reveal=reveal) for name, value in found.headers],
        "bytes": len(found.value or b""),
    }
    value = _value(found, reveal=reveal)
    if as_json:
        print_json(notes | {"value": value})
        return
    for name, said in notes.items():
        if said not in (None, "", []):
            console.print(f"{name.replace('_', ' '):17} {_plain(said)}", markup=False, soft_wrap=True)
    console.print(json.dumps(value, indent=2, ensure_ascii=True), markup=False, soft_wrap=True)
    if not reveal:
        console.print("What a person typed is masked; --reveal shows it.", style="dim")


def told(one: Parked, prefix: str, settlement: Settlement | None = None) -> dict[str, Any]:
    """A dead letter for programs, without anything of a person."""
    identity = (name for name in sorted(reading.names(one, reading.document(one))) if is_id(name))
    return {
        "place": str(one.place),
        "parked_at": time_of(one.parked_at),
        "stage": one.stage,
        "reason": one.reason,
        "error": one.error or None,
        "source": f"{one.topic.removeprefix(prefix)}[{one.partition}]@{one.offset}",
        "ids": [*islice(identity, 3)],
        "can_be_replayed": one.whole,
        "settled": settlement.action if settlement else None,
        "settled_at": time_told(settlement.at) if settlement else None,
    }


def time_of(milliseconds: int) -> str | None:
    """A broker's timestamp as a time."""
    return time_told(datetime.fromtimestamp(milliseconds / 1000, UTC)) if 0 < milliseconds < 1 << 47 else None


def print_counts(counts: Counter[tuple[str, str, str]]) -> None:
    """How many by stage, reason and topic, the most first."""
    rows = [(*names, f"{count:,}") for names, count in counts.most_common()]
    print_table(f"Dead letters: {counts.total():,}", ("stage", "reason", "topic", "count"), rows)


def print_rows(shown: list[dict[str, Any]]) -> None:
    """Some of them, one a line; the topic that one came from says which stage parked it."""
    rows = [
        (one["place"], one["parked_at"] or "", one["reason"], one["source"], next(iter(one["ids"]), ""),
         one["settled"] or ("" if one["can_be_replayed"] else "not whole"))
        for one in shown
    ]  # fmt: skip
    columns = ("place", "parked at", "reason", "from", "id", "settled")
    width = len(columns) if any(row[-1] for row in rows) else len(columns) - 1
    if rows:
        print_table("Some of them", columns[:width], [row[:width] for row in rows])


def _key(one: Parked, *, reveal: bool) -> str | None:
    if one.key is None:
        return None
    text = one.key.decode("utf-8", "backslashreplace")
    return text if reveal or is_id(text) or is_office(text) else f"({len(one.key)} bytes)"


def _header(name: str, value: bytes, *, reveal: bool) -> str:
    safe = reveal or name in _OWN_HEADERS or name.startswith("postbag-") or is_id(value.decode("utf-8", "replace"))
    text = value.decode("utf-8", "backslashreplace") if safe else f"({len(value)} bytes)"
    known = reveal or name.startswith(("ce_", "postbag-")) or name in (*_OWN_HEADERS, "traceparent", "tracestate")
    return f"{name if known else '(a header)'}: {text}"


def _value(one: Parked, *, reveal: bool) -> Any:
    found = reading.document(one)
    if found is None:
        return (one.value or b"").decode("utf-8", "backslashreplace") if reveal else "(no JSON)"
    return found if reveal else masked(found)


def _plain(said: Any) -> str:
    if isinstance(said, bool):
        return "yes" if said else "no"
    text = ", ".join(map(str, said)) if isinstance(said, list) else str(said)
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
