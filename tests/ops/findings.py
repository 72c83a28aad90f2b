"""What a run has seen so far, and what is still missing at its end. Any fault makes the check fail."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from time import monotonic

from deploy.grafana.queries import Query, filled, panels
from services.pipeline.catalogue import CATALOGUE
from tests.ops import expected
from tests.ops.prometheus import Prometheus, Unanswered

_SUFFIX = {"counter": "_total", "gauge": "", "histogram": "_bucket"}


class Findings:
    """Collected while things happen: a panel or an alert may have something to show for a few seconds only."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say, self._began = say, monotonic()
        self.queries: tuple[Query, ...] = panels()
        self.unshown: set[Query] = set(self.queries)
        self.alerts: dict[str, float] = {}
        self.faults: list[str] = []

    def fault(self, text: str) -> None:
        """Note what is wrong."""
        self.faults.append(text)
        self._say(f"FAULT: {text}")

    def look(self, prometheus: Prometheus) -> None:
        """Note the alerts that fired since the last look."""
        for name in sorted(prometheus.fired() - self.alerts.keys()):
            self.alerts[name] = monotonic() - self._began
            if name not in expected.AT_ANY_TIME:
                self._say(f"  {name} fires")

    def look_at_panels(self, prometheus: Prometheus) -> None:
        """Ask what has not been shown yet. What Prometheus does not take is a fault, once."""
        for one in sorted(self.unshown, key=lambda query: (query.dashboard, query.panel, query.expr)):
            try:
                if prometheus.shows(filled(one.expr)):
                    self.unshown.discard(one)
            except Unanswered as error:
                self.unshown.discard(one)
                self.fault(f"{one.dashboard}: {one.panel}: {error}")

    def judge_calm(self, firing: dict[str, str]) -> None:
        """Nothing may fire while all is well."""
        for name, summary in sorted(firing.items()):
            if name not in expected.AT_ANY_TIME:
                self.fault(f"{name} fires while all is well: {summary}")

    def judge_panels(self) -> None:
        """Every query has shown something, but for those that are excused; an excuse that is not needed is a fault too."""
        places = {f"{one.dashboard}: {one.panel}": one for one in self.unshown}
        for place, one in sorted(places.items()):
            if place not in expected.EMPTY:
                self.fault(f"{place} shows nothing: {one.expr}")
        self._needless("panel", expected.EMPTY.keys() - places.keys())

    def judge_metrics(self, scraped: set[str]) -> int:
        """Every metric of the catalogue was scraped; returns how many."""
        unseen = {one.name for one in CATALOGUE if one.name + _SUFFIX[one.kind] not in scraped}
        for name in sorted(unseen - expected.UNSEEN.keys()):
            self.fault(f"{name} is in the catalogue and was never scraped")
        self._needless("metric", expected.UNSEEN.keys() - unseen)
        return len(CATALOGUE) - len(unseen)

    def judge_alerts(self) -> None:
        """What had to fire has, and what had to stay silent did."""
        for name in sorted(expected.to_be_seen() - self.alerts.keys()):
            self.fault(f"{name} did not fire")
        for name in sorted(expected.SILENT.keys() & self.alerts.keys()):
            self.fault(f"{name} fired, though {expected.SILENT[name]}")

    def _needless(self, kind: str, names: Iterable[str]) -> None:
        for name in sorted(names):
            self.fault(f"the {kind} {name} is excused in tests/ops/expected.py, and was seen")
