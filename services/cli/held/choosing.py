"""Which held submissions a command is about, as an operator types it: ids, or filters that all must fit, or everything."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from services.cli.controls.options import Duration

if TYPE_CHECKING:
    from services.cli.held.reading import Hold


@dataclass(frozen=True, slots=True)
class Chosen:
    """Empty filters let all through; ``latest`` is milliseconds since the epoch, and a ``limit`` of None is none."""

    ids: frozenset[str]
    reasons: frozenset[str]
    campaign: str | None
    latest: float | None
    everything: bool
    limit: int | None

    @property
    def said(self) -> bool:
        """Whether anything was said of what is meant."""
        return bool(self.ids or self.reasons or self.campaign or self.latest or self.everything)

    def of(self, found: Iterable[Hold]) -> list[Hold]:
        """Those of ``found`` that are meant, the longest held first."""
        return sorted(filter(self._fits, found), key=lambda one: one.since)

    def _fits(self, one: Hold) -> bool:
        return (
            (not self.ids or one.submission_id in self.ids)
            and (not self.reasons or one.reason in self.reasons)
            and (self.campaign is None or one.campaign == self.campaign)
            and (self.latest is None or one.since <= self.latest)
        )


def choosing(command: Callable[..., None]) -> Callable[..., None]:
    """The filters as options; the command is called with all that chooses as ``chosen``."""

    @click.option("--reason", "reasons", metavar="REASON", multiple=True, help="For this reason (docs/campaigns.md).")
    @click.option("--campaign", metavar="SLUG", help="Of this campaign.")
    @click.option("--older", type=Duration(), metavar="DURATION", help="Held for longer than 90s, 15m, 2h30m or 3d.")
    @wraps(command)
    def chosen(reasons: tuple[str, ...], campaign: str | None, older: timedelta | None, **options: Any) -> None:
        given = Chosen(
            ids=frozenset(options.pop("ids", ())),
            reasons=frozenset(reasons),
            campaign=campaign,
            latest=(datetime.now(UTC) - older).timestamp() * 1000 if older else None,
            everything=options.pop("everything", False),
            limit=options.pop("limit"),
        )
        command(chosen=given, **options)

    return chosen
