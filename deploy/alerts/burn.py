"""Burn rates: how fast an objective's budget is spent, in a long window and a short one at once.

The long window says that it matters, the short one that it still goes on. The table is that of the Site Reliability Workbook
(chapter 5, multiwindow, multi-burn-rate alerts, for a budget of 30 days): 14.4 times is 2 % of the budget in an hour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from deploy.alerts.model import WINDOW, Severity, Slo
from deploy.alerts.pace import Pace


@dataclass(frozen=True, slots=True)
class Burn:
    """Spending at ``rate`` times what would last 30 days, over both windows."""

    rate: float
    long: str
    short: str
    severity: Severity


BURNS: Final = (
    Burn(14.4, "1h", "5m", "page"),
    Burn(6, "6h", "30m", "page"),
    Burn(3, "1d", "2h", "ticket"),
    Burn(1, "3d", "6h", "ticket"),
)
WINDOWS: Final = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")
MONTH: Final = "30d"
"""What is left of the budget; looked at less often, because it reads much."""

Rule = dict[str, Any]


def records(slo: Slo, pace: Pace) -> list[Rule]:
    """What is recorded of an objective: whether it is bad now (if it is one of time), and the bad share by window."""
    found: list[Rule] = [
        {"record": "postbag:slo_objective:ratio", "expr": f"vector({slo.objective:g})", "labels": _labels(slo)}
    ]
    if slo.bad_while is not None:
        found.append({"record": "postbag:slo_bad:bool", "expr": pace.expr(slo.bad_while), "labels": _labels(slo)})
    return found + [share(slo, pace, window) for window in WINDOWS]


def share(slo: Slo, pace: Pace, window: str) -> Rule:
    """The bad share within a window, 0 to 1."""
    if slo.bad is not None and slo.total is not None:
        expr = f"(\n{_within(slo.bad, pace, window)}\n)\n/\n(\n{_within(slo.total, pace, window)}\n)"
    else:
        expr = f'avg_over_time(postbag:slo_bad:bool{{slo="{slo.slo}"}}[{pace.window(window)}])'
    return {"record": f"postbag:slo_error:ratio_{window}", "expr": expr, "labels": _labels(slo)}


def alerts(slo: Slo, pace: Pace, runbooks: str) -> list[Rule]:
    """An alert for each line of the table; those of one objective share their name, and so their runbook."""
    return [_alert(slo, burn, pace, runbooks) for burn in BURNS]


def _alert(slo: Slo, burn: Burn, pace: Pace, runbooks: str) -> Rule:
    above = f"> {burn.rate:g} * {1 - slo.objective:.6g}"
    both = [f'postbag:slo_error:ratio_{window}{{slo="{slo.slo}"}} {above}' for window in (burn.long, burn.short)]
    if slo.total is not None:
        both.append(f"on () (\n{_within(slo.total, pace, burn.long)}\n) >= {slo.at_least}")
    return {
        "alert": slo.alert,
        "expr": "\nand ".join(both),
        "labels": {"severity": burn.severity, "slo": slo.slo, "window": burn.long},
        "annotations": {
            "summary": f"The error budget of {slo.slo} burns {burn.rate:g} times too fast.",
            "description": f"{slo.promise} In the last {burn.long} this failed for {{{{ $value | humanizePercentage }}}}, "
            f"and it still does; {slo.objective:.4g} of 1 is promised over 30 days.",
            "runbook_url": f"{runbooks}/{slo.alert}.md",
        },
    }


def _within(expr: str, pace: Pace, window: str) -> str:
    return pace.expr(expr.strip().replace(WINDOW, f"[{window}]"))


def _labels(slo: Slo) -> dict[str, str]:
    return {"slo": slo.slo}
