"""Unit tests of the objectives' rules for promtool, made from the table of burn rates.

The thresholds are worked out here from the objectives as a person would, and not taken from the rules: an alert must fire
just above both, and stay silent where only one window is above.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

Test = dict[str, Any]

ALERTS: Final = {
    "intake": ("PostbagIntakeBudgetBurn", 0.001),
    "freshness": ("PostbagFreshnessBudgetBurn", 0.01),
    "delivery": ("PostbagDeliveryBudgetBurn", 0.005),
}
"""The alert of each objective, and its budget: what share may be bad."""

TABLE: Final = (
    (14.4, "1h", "5m", "page"),
    (6.0, "6h", "30m", "page"),
    (3.0, "1d", "2h", "ticket"),
    (1.0, "3d", "6h", "ticket"),
)
STEPS: Final = {"5m": "1m", "30m": "1m", "1h": "1m", "2h": "10m", "6h": "10m", "1d": "30m", "3d": "2h", "30d": "8h"}
"""How often things are looked at in the test of a window: seldom enough to be quick."""

_MINUTES: Final = {"m": 1, "h": 60, "d": 1440}
_LETTERS: Final = 'postbag_letters_total{channel="webhook", state="%s", reason="answered"}'
_AGES: Final = 'postbag_letter_age_seconds_%s{stage="deliver"%s}'
_LAGS: Final = {
    "intake": ('stage="ingest", topic="submissions"', 90),
    "freshness": ('stage="render", topic="resolved"', 400),
}
"""The topic that lags in the test of an objective of time, and by how many seconds when it is bad."""


@dataclass(frozen=True, slots=True)
class Case:
    """How much above (or below) its threshold each window is, and whether the alert is to fire."""

    name: str
    long: float
    short: float
    fires: bool
    letters: int = 200


CASES: Final = (
    Case("both windows above", 1.05, 1.05, fires=True),
    Case("it began a moment ago", 0.95, 50, fires=False),
    Case("it is over", 50, 0.95, fires=False),
)
FEW: Final = Case("too few letters to tell", 1.05, 1.05, fires=False, letters=80)


def alerts() -> Iterator[Test]:
    """Every alert of every objective, in each case; the shares are given as if they had been recorded."""
    for slo, (alert, budget) in ALERTS.items():
        for rate, long, short, severity in TABLE:
            for case in (*CASES, FEW) if slo == "delivery" else CASES:
                shares = {long: case.long * rate * budget, short: case.short * rate * budget}
                series = [
                    (f'postbag:slo_error:ratio_{window}{{slo="{slo}"}}', f"{share:.6g}x18")
                    for window, share in shares.items()
                ]
                # The counter rises once, early in the test, so that it did within each of the long windows.
                series += [(_LETTERS % "accepted", f"0x1 {case.letters}x18")] if slo == "delivery" else []
                labels = (
                    f'alertname="{alert}", alertstate="firing", severity="{severity}", slo="{slo}", window="{long}"'
                )
                yield _test(
                    f"{slo} at {rate:g} times over {long}: {case.name}",
                    "5m",
                    series,
                    [_expectation(f"ALERTS{{{labels}}}", "60m", [(f"ALERTS{{{labels}}}", 1)] if case.fires else [])],
                )


def shares() -> Iterator[tuple[str, Test]]:
    """For each objective and window its bad share, a quarter or none, with the step to evaluate at."""
    for window, step in STEPS.items():
        count = _in_minutes(window) // _in_minutes(step)
        for slo in _LAGS:
            for bad in (True, False):
                yield step, _of_time(slo, window, step, count, bad=bad)
        for bad in (True, False):
            yield step, _of_letters(window, step, count, bad=bad)


def _of_time(slo: str, window: str, step: str, count: int, *, bad: bool) -> Test:
    labels, seconds = _LAGS[slo]
    lags = [seconds if bad and not index % 4 else seconds // 10 for index in range(count + 1)]
    series = [
        (f"postbag_topic_lag_seconds{{{labels}}}", " ".join(map(str, lags))),
        (f"postbag_topic_lag_records{{{labels}}}", f"5000x{count}"),
    ]
    now, share = float(lags[-1] == seconds), sum(lag == seconds for lag in lags) / len(lags)
    return _test(
        f"{slo} over {window}, {'a quarter' if bad else 'none'} of it bad",
        step,
        series,
        [
            _recorded(slo, window, f"{count * _in_minutes(step)}m", share),
            _expectation(f'postbag:slo_bad:bool{{slo="{slo}"}}', f"{count * _in_minutes(step)}m",
                         [(f'postbag:slo_bad:bool{{slo="{slo}"}}', now)]),
        ],
    )  # fmt: skip


def _of_letters(window: str, step: str, count: int, *, bad: bool) -> Test:
    """Of 100 letters a step: 80 accepted, 10 in doubt, 5 expired, 5 parked; and 4 of the accepted after more than a day."""
    pace = {"accepted": 80, "in_doubt": 10, "expired": 5} if bad else {"accepted": 80, "in_doubt": 0, "expired": 0}
    series = [(_LETTERS % state, f"0+{each}x{count}") for state, each in pace.items()]
    series += [
        (
            'postbag_records_total{stage="deliver", outcome="dead", detail="handler_raised"}',
            f"0+{5 if bad else 0}x{count}",
        ),
        ('postbag_records_total{stage="render", outcome="dead", detail="handler_raised"}', f"0+50x{count}"),
        (_AGES % ("count", ""), f"0+80x{count}"),
        (_AGES % ("bucket", ', le="86400.0"'), f"0+{76 if bad else 80}x{count}"),
    ]
    at = f"{count * _in_minutes(step)}m"
    return _test(f"delivery over {window}", step, series, [_recorded("delivery", window, at, 0.24 if bad else 0.0)])


def _recorded(slo: str, window: str, at: str, share: float) -> Test:
    name = f'postbag:slo_error:ratio_{window}{{slo="{slo}"}}'
    return _expectation(f"round({name}, 0.01)", at, [(f'{{slo="{slo}"}}', round(share, 2))])


def _test(name: str, step: str, series: Sequence[tuple[str, str]], expected: list[Test]) -> Test:
    given = [{"series": name, "values": values} for name, values in series]
    return {"name": name, "interval": step, "input_series": given, "promql_expr_test": expected}


def _expectation(expr: str, at: str, samples: Sequence[tuple[str, float]]) -> Test:
    return {"expr": expr, "eval_time": at, "exp_samples": [{"labels": name, "value": value} for name, value in samples]}


def _in_minutes(duration: str) -> int:
    return int(duration[:-1]) * _MINUTES[duration[-1]]
