"""Which dead letters a command is about, as an operator types it: places, or filters that all must fit, or everything.

Something must be said, so that a slip in a hurry cannot put back a month of dead letters. Filters look at notes that Postbag
wrote; only those of campaign and id look into the record itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import click

from services.cli.controls.options import Duration
from services.cli.dead.reading import campaign, document, names
from services.pipeline.parked import SOURCES, Place

if TYPE_CHECKING:
    from services.pipeline.parked import Parked

STAGES: Final = ("ingest", "resolve", "render", "deliver")


@dataclass(frozen=True, slots=True)
class Choice:
    """What is chosen. Empty filters let all through; ``since`` and ``until`` are milliseconds since the epoch.

    ``prefix`` is the installation's, which topics in ``topics`` go without; ``limit`` of 0 is none.
    """

    places: frozenset[Place] = frozenset()
    stages: frozenset[str] = frozenset()
    reasons: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    since: int = 0
    until: int = 0
    campaign: str = ""
    identity: str = ""
    limit: int = 0
    everything: bool = False
    prefix: str = field(default="", kw_only=True)

    @property
    def said(self) -> bool:
        """Whether anything was said of what is meant."""
        filters = (self.stages, self.reasons, self.topics, self.since, self.until, self.campaign, self.identity)
        return bool(self.places or self.everything or any(filters))

    def fits(self, one: Parked) -> bool:
        """Whether ``one`` is meant; whether it was settled already is another question."""
        return (
            (not self.places or one.place in self.places)
            and (not self.stages or one.stage in self.stages)
            and (not self.reasons or one.reason in self.reasons)
            and (not self.topics or one.topic.removeprefix(self.prefix) in self.topics)
            and one.parked_at >= self.since
            and (not self.until or one.parked_at < self.until)
            and self._fits_within(one)
        )

    def _fits_within(self, one: Parked) -> bool:
        if not self.campaign and not self.identity:
            return True
        found = document(one)
        of_campaign = not self.campaign or campaign(found) == self.campaign
        return of_campaign and (not self.identity or self.identity in names(one, found))


class Moment(click.ParamType[int]):
    """A time, as ISO 8601 with a zone, or how long ago it was (``90s``, ``2h30m``, ``3d``); milliseconds since the epoch."""

    name = "time"

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The time."""
        if isinstance(value, int):
            return value
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = datetime.now(UTC) - Duration().convert(value, param, ctx)
        if moment.tzinfo is None:
            self.fail(f"{value!r} has no zone: write 2026-11-03T14:00:00Z", param, ctx)
        return round(moment.timestamp() * 1000)


def _places(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> frozenset[Place]:
    try:
        return frozenset(map(Place.parse, given))
    except ValueError as error:
        raise click.BadParameter(f"{error}, as `postbag dead list` shows it") from None


_FILTERS: Final = (
    click.option("--stage", "stages", multiple=True, type=click.Choice(STAGES), help="Parked by this stage."),
    click.option("--reason", "reasons", metavar="REASON", multiple=True, help="For this reason (docs/dead-letters.md)."),
    click.option(
        "--topic", "topics", metavar="TOPIC", multiple=True, type=click.Choice([topic.name for topic in SOURCES]),
        help="From this topic, such as letters or letters.retry.soon.",
    ),
    click.option(
        "--since", type=Moment(), metavar="TIME",
        help="Parked at this time or later: 2026-11-03T14:00:00Z, or 2h for two hours ago.",
    ),
    click.option("--until", type=Moment(), metavar="TIME", help="Parked before this time."),
    click.option("--campaign", metavar="SLUG", help="Of this campaign."),
    click.option("--id", "identity", metavar="ID", help="Of this submission or letter."),
)  # fmt: skip


def filters(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that choose; ``choice`` makes one of them."""
    for option in reversed(_FILTERS):
        command = option(command)
    return command


PLACES: Final = click.argument("places", metavar="[PLACE]...", nargs=-1, callback=_places)
ALL: Final = click.option("--all", "everything", is_flag=True, help="All that is not settled.")
LIMIT: Final = click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most so many.")


def choice(prefix: str, given: dict[str, Any]) -> Choice:
    """What was typed, of the options above."""
    return Choice(
        places=given.get("places") or frozenset(),
        stages=frozenset(given["stages"]),
        reasons=frozenset(given["reasons"]),
        topics=frozenset(given["topics"]),
        since=given["since"] or 0,
        until=given["until"] or 0,
        campaign=given["campaign"] or "",
        identity=given["identity"] or "",
        limit=given.get("limit") or 0,
        everything=given.get("everything") or False,
        prefix=prefix,
    )
