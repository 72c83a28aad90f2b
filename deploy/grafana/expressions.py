"""The queries' building blocks, so that every one of them is narrowed by the variables in the same way.

Workers' metrics are summed over replicas. What the observer serves describes the whole installation: two observers at once,
or one that was just replaced, must not count twice, so the highest of them holds.
"""

from __future__ import annotations

from typing import Final

SELECTED: Final = 'job=~"$job", instance=~"$instance"'
CAMPAIGN: Final = 'campaign=~"$campaign"'
STAGE: Final = 'stage=~"$stage"'
WINDOW: Final = "$__rate_interval"
MONTH: Final = 2_592_000
"""Seconds. Longer times, and those that never end, are drawn as this long: an axis has no place for infinity."""


def of(metric: str, *matchers: str) -> str:
    """The series of ``metric`` that the variables select, narrowed further by ``matchers``."""
    return f"{metric}{{{', '.join((SELECTED, *matchers))}}}"


def per_second(metric: str, by: str, *matchers: str) -> str:
    """A counter's pace, added up over everything but ``by``."""
    return f"sum by ({by}) (rate({of(metric, *matchers)}[{WINDOW}]))"


def over_window(metric: str, by: str, *matchers: str) -> str:
    """How much a counter rose within the window of one point of the graph."""
    return f"sum by ({by}) (increase({of(metric, *matchers)}[{WINDOW}]))"


def quantile(share: float, histogram: str, by: str = "", *matchers: str) -> str:
    """The value that ``share`` of a histogram's observations do not exceed."""
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({share:g}, {per_second(f'{histogram}_bucket', labels, *matchers)})"


def highest(metric: str, by: str = "", *matchers: str) -> str:
    """The highest of each ``by``: what one observer says, however many there are."""
    return f"max by ({by}) ({of(metric, *matchers)})" if by else f"max({of(metric, *matchers)})"


def lowest(metric: str, by: str = "", *matchers: str) -> str:
    """The lowest of each ``by``."""
    return f"min by ({by}) ({of(metric, *matchers)})" if by else f"min({of(metric, *matchers)})"


def total(metric: str, distinct: str, by: str = "", *matchers: str) -> str:
    """What an observer counted apart by ``distinct``, added up (for each ``by``)."""
    counted = highest(metric, distinct, *matchers)
    return f"sum by ({by}) ({counted})" if by else f"sum({counted})"


def known_total(metric: str, distinct: str) -> str:
    """``total``, and 0 where nothing is counted: but only while an observer looks, for without one nobody knows."""
    return f"{total(metric, distinct)} or {_NOTHING_SEEN}"


def if_any(expr: str, label: str) -> str:
    """``expr``, or a line at 0 whose ``label`` is ``none`` where it is empty while an observer looks."""
    return f'{expr} or on () label_replace({_NOTHING_SEEN}, "{label}", "none", "", "")'


def within_a_month(expr: str) -> str:
    """``expr`` in seconds, at most a month."""
    return f"clamp_max({expr}, {MONTH})"


_NOTHING_SEEN: Final = f"0 * {highest('postbag_survey_timestamp_seconds')}"


def letters(states: str = "", by: str = "") -> str:
    """Letters of the selected campaigns in ``states`` (a regular expression), added up for each ``by``."""
    matchers = (CAMPAIGN, f'state=~"{states}"') if states else (CAMPAIGN,)
    return total("postbag_books_letters", "campaign, state", by, *matchers)
