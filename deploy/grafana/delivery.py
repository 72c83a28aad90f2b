"""Delivery and offices: which channel fails, which office refuses or is slow, and what letters wait for."""

from __future__ import annotations

from typing import Final

from deploy.grafana.expressions import WINDOW, highest, known_total, of, per_second, quantile, total
from deploy.grafana.panel import Board, Panel, Row, stat
from schemas.topics import TIERS as DECLARED

_DELIVER: Final = 'stage="deliver"'
_TIERS: Final = f'topic=~"{"|".join(tier.name for tier in DECLARED)}"'
_BEGUN: Final = 'result!="not_begun"'
_ACCEPTED: Final = 'result="accepted"'
_BREAKERS: Final = 'condition="breakers_open"'
_SLOW: Final = 'condition="slow"'
_MOST: Final = 15


def _attempts(results: str) -> str:
    """Attempts per second with such results, over every channel."""
    return f"sum(rate({of('postbag_attempts_total', results)}[{WINDOW}]))"


def _offices(results: str) -> str:
    """The offices with most attempts that ended so, per second."""
    pace = per_second("postbag_office_attempts_total", "office, channel", f'result=~"{results}"')
    return f"topk({_MOST}, {pace})"


ANSWERS: Final = Row(
    "Do offices take letters?",
    (
        stat(
            "Attempts that deliver",
            "Share of all attempts that offices accepted, over every channel.",
            "percentunit",
            f"{_attempts(_ACCEPTED)} / clamp_min({_attempts(_BEGUN)}, 0.001)",
            base="red",
            steps=((0.8, "orange"), (0.95, "green")),
            alerts=("PostbagDeliveryBudgetBurn",),
        ),
        stat(
            "Breakers open",
            "Lanes (an office on a channel) that are left alone after failures, until a probe succeeds.",
            "short",
            f"sum({of('postbag_lanes', _BREAKERS)})",
            steps=((1, "orange"), (20, "red")),
            alerts=("PostbagManyBreakersOpen",),
        ),
        stat(
            "Slow lanes",
            "Lanes whose attempts take longer than a batch waits. Their letters go through `letters.slow`, and hold up "
            "nobody.",
            "short",
            f"sum({of('postbag_lanes', _SLOW)})",
            steps=((1, "orange"),),
        ),
        stat(
            "Attempts under way",
            "Attempts that go on after their batch, or landed and wait for their letter's record.",
            "short",
            f"sum({of('postbag_attempts_under_way', _DELIVER)})",
        ),
        stat(
            "Letters in doubt",
            "Letters of which nobody can tell whether they arrived, and which may not be sent again.",
            "short",
            known_total("postbag_in_doubt_letters", "reason"),
            steps=((1, "orange"),),
            alerts=("PostbagLettersInDoubt",),
            none="not known",
        ),
        stat(
            "Orders in force",
            "Pauses and cancellations by operators: a letter may wait because somebody said so.",
            "short",
            known_total("postbag_controls_in_force", "scope, action"),
            none="not known",
        ),
    ),
)

CHANNELS: Final = Row(
    "Channels",
    (
        Panel(
            "Attempts, by channel and result",
            "What the answers mean, per second, where there were any. `retry` or `unknown` on one channel alone: that "
            "channel's far side is ill.",
            "cps",
            ((f"{per_second('postbag_attempts_total', 'channel, result')} > 0", "{{channel}} {{result}}"),),
            stacked=True,
            alerts=("PostbagDeliveryBudgetBurn",),
        ),
        Panel(
            "Time of an attempt",
            "From connecting to the answer, with further tries in place. At POSTBAG_ATTEMPT_SECONDS attempts are cut "
            "off.",
            "s",
            tuple(
                (f"{quantile(share, 'postbag_attempt_seconds', 'channel')} >= 0", f"{{{{channel}}}} {share:.0%} within")
                for share in (0.5, 0.95)
            ),
        ),
        Panel(
            "Letters that ended, by channel",
            "Entries in the ledger per second, by channel, new state and reason: why letters are refused, or wait.",
            "cps",
            (
                (
                    f"topk({_MOST}, {per_second('postbag_letters_total', 'channel, state, reason')})",
                    "{{channel}} {{state}} {{reason}}",
                ),
            ),
        ),
        Panel(
            "Lanes by condition",
            "Lanes are an office on a channel; one can be in several conditions.",
            "short",
            ((f"sum by (condition) ({of('postbag_lanes')})", "{{condition}}"),),
            alerts=("PostbagManyBreakersOpen",),
        ),
    ),
)

OFFICES: Final = Row(
    "Which office?",
    (
        Panel(
            "Offices that refuse",
            "The offices with most refused attempts per second. One alone: read its answers by `postbag where`; all: "
            "it is us.",
            "cps",
            ((_offices("refused"), "{{office}} {{channel}}"),),
        ),
        Panel(
            "Offices that do not take letters now",
            "The offices with most attempts per second that are to be tried again, or whose outcome nobody knows: "
            "down, slow, or asking us to slow down.",
            "cps",
            ((_offices("retry|unknown"), "{{office}} {{channel}}"),),
            alerts=("PostbagOfficeTakesFew", "PostbagOfficeBreakerOpen"),
        ),
        Panel(
            "Breakers",
            "The offices whose breaker is furthest from closed. Open for long: the office is down; its letters wait "
            "and are lost only if it stays so until they expire.",
            "short",
            ((f"topk({_MOST}, {highest('postbag_office_breaker', 'office, channel')})", "{{office}} {{channel}}"),),
            kind="state-timeline",
            words=(("0", "closed"), ("1", "half open"), ("2", "open")),
            steps=((1, "orange"), (2, "red")),
            alerts=("PostbagOfficeBreakerOpen",),
        ),
        Panel(
            "Offices that take most",
            "The offices with most accepted letters per second.",
            "cps",
            ((_offices("accepted"), "{{office}} {{channel}}"),),
        ),
    ),
)

TIERS: Final = Row(
    "What do letters wait for?",
    (
        Panel(
            "Letters in tiers",
            "Letters that wait for their office's pace (`letters.slow`) or to be tried again. The longer the tier, the "
            "more often they failed.",
            "short",
            ((highest("postbag_topic_lag_records", "topic", _TIERS), "{{topic}}"),),
            stacked=True,
        ),
        Panel(
            "Overdue",
            "By how much the next letter of each topic is overdue. Rising: deliver does not keep up, or stands still.",
            "s",
            ((highest("postbag_topic_lag_seconds", "topic", _DELIVER), "{{topic}}"),),
            alerts=("PostbagTierOverdue",),
        ),
        Panel(
            "Age of letters at their end",
            "From accepted to accepted or refused by the office.",
            "s",
            tuple(
                (quantile(share, "postbag_letter_age_seconds"), f"{share:.0%} within") for share in (0.5, 0.95, 0.99)
            ),
        ),
        Panel(
            "Letters in doubt, by reason",
            "Each waits for a person: ask the office, then settle it by a report.",
            "short",
            ((total("postbag_in_doubt_letters", "reason", "reason"), "{{reason}}"),),
            alerts=("PostbagLettersInDoubt",),
        ),
    ),
)

BOARD: Final = Board(
    "delivery",
    "Postbag: delivery and offices",
    "Which channel fails, which office refuses or is slow, and what letters wait for.",
    (ANSWERS, CHANNELS, OFFICES, TIERS),
)
