"""A survey as metrics: what ``catalogue.OBSERVER`` declares, and nothing else.

What a survey no longer has (a campaign that fell out of the largest, a reason that nothing is dead for) goes from the next
scrape. The number of series is bounded whatever operators publish: fifty campaigns by name, the rest together as ``other``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from math import nan
from typing import Final, get_args

from services.observe.seen import CampaignSeen, LetterState, Survey
from services.pipeline.catalogue import SERVED
from services.pipeline.metrics import Metrics

CAMPAIGNS: Final = 50
REASONS: Final = 100
OTHER: Final = "other"

Sample = tuple[str, tuple[str, ...], float]
"""A gauge's name, the values of its labels, its value."""


class Gauges:
    """The observer's metrics; ``registry`` is what is served."""

    def __init__(self) -> None:
        self._metrics = Metrics(SERVED["observe"])
        self.registry = self._metrics.registry
        self._shown: set[tuple[str, tuple[str, ...]]] = set()
        self._metrics.gauge("postbag_hanging_transactions").set(nan)

    def show(self, survey: Survey) -> None:
        """Serve this survey from now on."""
        now = set()
        for name, labels, value in samples(survey):
            self._metrics.gauge(name, *labels).set(value)
            now.add((name, labels))
        for name, labels in self._shown - now:
            self._metrics.forget(name, *labels)
        self._shown = now

    def failed(self) -> None:
        """A look failed; what the last one found stays."""
        self._metrics.counter("postbag_survey_failures").inc()


def samples(survey: Survey) -> Iterator[Sample]:
    """Everything that a survey says."""
    for lag in survey.lags:
        place = (lag.stage, lag.topic)
        yield "postbag_topic_lag_records", place, lag.records
        yield "postbag_topic_lag_seconds", place, lag.seconds
        yield "postbag_topic_retention_left_seconds", place, lag.retention_left
    for stage in survey.stages:
        yield "postbag_group_members", (stage.stage,), stage.members
    for campaign in _largest(survey.campaigns):
        yield from _of_campaign(campaign)
    for state, count in survey.submissions.items():
        yield "postbag_books_submissions", (state,), count
    yield "postbag_books_faults", (), survey.faults
    yield from _bounded("postbag_dead_records", survey.dead.items())
    yield from _bounded("postbag_held_submissions", (((reason,), n) for reason, n in survey.held.items()))
    yield from _bounded("postbag_in_doubt_letters", (((reason,), n) for reason, n in survey.in_doubt.items()))
    orders = Counter((order.data.scope, order.data.action) for order in survey.controls)
    for (scope, action), count in orders.items():
        yield "postbag_controls_in_force", (scope, action), count
    yield "postbag_hanging_transactions", (), nan if survey.hanging is None else survey.hanging
    yield "postbag_survey_seconds", (), survey.took
    yield "postbag_survey_timestamp_seconds", (), survey.at


def _of_campaign(one: CampaignSeen) -> Iterator[Sample]:
    for state in get_args(LetterState):
        yield "postbag_books_letters", (one.slug, state), one.letters.get(state, 0)
    yield "postbag_letters_oldest_pending_seconds", (one.slug,), one.oldest or 0.0
    yield "postbag_campaign_drain_seconds", (one.slug,), one.drain
    if one.deadline is not None:
        yield "postbag_campaign_deadline_timestamp_seconds", (one.slug,), one.deadline


def _largest(campaigns: Sequence[CampaignSeen]) -> Iterator[CampaignSeen]:
    """The campaigns that are told by name, then the others as one: its oldest letter, its longest time to drain."""
    named = [one for one in campaigns if one.slug != OTHER][:CAMPAIGNS]
    yield from named
    by_name = {one.slug for one in named}
    if others := [one for one in campaigns if one.slug not in by_name]:
        letters = sum((Counter(one.letters) for one in others), Counter[str]())
        oldest = max((one.oldest or 0.0 for one in others), default=0.0)
        yield CampaignSeen(OTHER, letters, oldest, None, max(one.drain for one in others))


def _bounded(name: str, counts: Iterable[tuple[tuple[str, ...], int]]) -> Iterator[Sample]:
    """The most frequent by name, the rest as ``other``."""
    rows = sorted(counts, key=lambda row: (-row[1], row[0]))
    for labels, count in rows[:REASONS]:
        yield name, labels, count
    if rest := rows[REASONS:]:
        yield name, (OTHER,) * len(rest[0][0]), sum(count for _, count in rest)
