"""A survey as one screen of eighty columns: what an operator must see first stands in words, and in colour beside them.

Nothing is told by colour alone, since it may be missing. It shows what a survey holds: names of stages, topics and
campaigns, codes and counts, and the reasons that operators gave for their orders; nothing of a person.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from math import inf
from typing import Final

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from services.cli.output import printable
from services.cli.top.words import duration, rate, some
from services.observe.seen import OPEN, CampaignSeen, Survey

_REASONS: Final = 4
"""How many reasons are told of what is dead, held or in doubt."""
_SOON: Final = 86_400.0
"""Seconds: what is lost sooner than in a day is told in red."""
_NAME: Final = 14
_WIDEST: Final = 30
_NUMBER: Final = 7
_LABEL: Final = 9
_ATTENTION: Final = "bold red"
_ENDED_OTHERWISE: Final = ("refused", "in_doubt", "expired", "suppressed", "cancelled", "dead")


def screen(
    survey: Survey, *, campaign: str | None = None, rows: int = 10, now: float, trouble: str = "", hint: str = ""
) -> Group:
    """The whole of it. ``rows`` campaigns at most, or the books of one; ``now`` is seconds since the epoch.

    ``trouble`` is why the last look failed, ``hint`` what to press.
    """
    parts: list[RenderableType] = [*_head(survey, now, trouble, hint), "", _stages(survey), ""]
    campaigns = survey.campaigns if campaign is None else tuple(c for c in survey.campaigns if c.slug == campaign)
    parts += [*_letters(survey, campaigns, campaign), ""]
    if campaigns:
        parts += [_campaigns(campaigns[:rows], now)]
    if len(campaigns) > rows:
        parts.append(Text(f" and {len(campaigns) - rows:,} campaigns more", style="dim"))
    return Group(*parts, "", *_waits(survey), *_orders(survey))


def _head(survey: Survey, now: float, trouble: str, hint: str) -> Iterator[RenderableType]:
    moment = datetime.fromtimestamp(survey.at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    yield Text.assemble(("Postbag", "bold"), f"   {moment}   the look took {duration(survey.took)}   {hint}".rstrip())
    if trouble:
        yield Text(f"The last look failed: {printable(trouble)}", style=_ATTENTION)
        yield Text(f"What stands here is {duration(max(0.0, now - survey.at))} old.", style=_ATTENTION)
    if survey.missing:
        names = printable(", ".join(survey.missing))
        yield Text(f"Not there: {names}. `postbag topics apply` creates them.", style=_ATTENTION)


def _stages(survey: Survey) -> Table:
    table = _table("stage", "members", "a second", "behind", "for", "in tiers", "kept for")
    for stage in survey.stages:
        left = min((lag.retention_left for lag in survey.lags if lag.stage == stage.stage), default=inf)
        members = Text(f"{stage.members}", style=_ATTENTION if not stage.members else "")
        table.add_row(
            _words(stage.stage),
            members,
            rate(stage.rate),
            f"{stage.lag_records:,}",
            duration(stage.lag_seconds),
            f"{stage.waiting:,}" if stage.waiting else "",
            Text(duration(None if left == inf else left), style=_ATTENTION if left < _SOON else ""),
        )
    return table


def _letters(survey: Survey, campaigns: tuple[CampaignSeen, ...], only: str | None) -> Iterator[RenderableType]:
    """All letters by state, then the attempts."""
    counts = {state: sum(one.letters.get(state, 0) for one in campaigns) for state in survey.letters}
    made, still_open = sum(counts.values()), sum(counts.get(state, 0) for state in OPEN)
    told = ", ".join(f"{n:,} {state.replace('_', ' ')}" for state, n in counts.items() if n)
    whose = f" of {only}" if only else ""
    yield Text(printable(f"{made:,} letters{whose}, {still_open:,} open" + (f": {told}" if told else "")))
    attempts = f"{survey.attempts:,} attempts, {rate(survey.attempts_rate)} a second"
    came = ", ".join(f"{count:,} {state}" for state, count in survey.submissions.items())
    yield Text(f"{attempts}.  Submissions: {came}.")
    if survey.faults:
        yield Text(
            f"{survey.faults:,} letters do not agree with the ledger: `postbag books` says how.", style=_ATTENTION
        )


def _campaigns(campaigns: tuple[CampaignSeen, ...], now: float) -> Table:
    table = _table("campaign", "made", "accepted", "other", "open", "oldest", "drained", "expires")
    for one in campaigns:
        left = None if one.deadline is None else one.deadline - now
        late = bool(one.open) and left is not None and one.drain > left
        table.add_row(
            _words(one.slug),
            f"{one.made:,}",
            f"{one.letters.get('accepted', 0):,}",
            f"{sum(one.letters.get(state, 0) for state in _ENDED_OTHERWISE):,}",
            f"{one.open:,}",
            duration(one.oldest),
            duration(one.drain if one.open else None),
            Text(_expiry(left) + (" LATE" if late else ""), style=_ATTENTION if late else ""),
        )
    return table


def _waits(survey: Survey) -> Iterator[RenderableType]:
    """What waits for a person."""
    grid = _grid()
    dead = {f"{stage} {reason}": count for (stage, reason), count in survey.dead.items()}
    for name, counts in (("dead", dead), ("held", dict(survey.held)), ("in doubt", dict(survey.in_doubt))):
        total = sum(counts.values())
        grid.add_row(Text(name, style="bold" if total else ""), f"{total:,}", _words(some(counts, _REASONS)))
    yield grid
    if survey.hanging:
        yield Text(f"{survey.hanging} transactions hang: `postbag doctor` says which.", style=_ATTENTION)


def _orders(survey: Survey) -> Iterator[RenderableType]:
    """What operators hold back."""
    grid = _grid()
    for order in survey.controls:
        data = order.data
        what = "everything" if data.scope == "all" else f"{data.scope} {data.name}"
        until = f" until {data.until.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if data.until else ""
        done = "cancelled" if data.action == "cancel" else "paused"
        grid.add_row(Text(done, style="yellow"), "", Text(printable(f"{what}{until}: {data.reason}"), style="yellow"))
    if survey.controls:
        yield grid


def _words(text: str) -> Text:
    """As it is: what came from a topic is no markup, and steers no terminal."""
    return Text(printable(text))


def _table(first: str, *others: str) -> Table:
    """Where it is too wide, the names give way and no number."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=0)
    table.add_column(first, min_width=_NAME, max_width=_WIDEST, overflow="ellipsis")
    for name in others:
        table.add_column(name, justify="right", no_wrap=True, min_width=_NUMBER)
    return table


def _grid() -> Table:
    grid = Table.grid(padding=(0, 1), pad_edge=False)
    grid.add_column(min_width=_LABEL, no_wrap=True)
    grid.add_column(justify="right", min_width=_LABEL, no_wrap=True)
    grid.add_column()
    return grid


def _expiry(left: float | None) -> str:
    return "past" if left is not None and left <= 0 else duration(left)
