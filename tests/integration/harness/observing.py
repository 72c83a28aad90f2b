"""An observer as a process, and what it serves as an outsider scrapes it; the books beside it, for the comparison."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client.parser import text_string_to_metric_families

from tests.integration.harness.corner import Corner
from tests.integration.harness.processes import Started

Samples = dict[tuple[str, ...], float]
"""Values by the name of the metric and the values of its labels, those in the order of the labels' names."""


class Observing:
    """A running observer."""

    def __init__(self, process: Started) -> None:
        self.process = process
        self._port: int = process.await_event("starting", 60)[-1]["metrics_port"]

    def get(self, path: str) -> tuple[int, str]:
        """Status and text of what it answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, ""

    def scrape(self) -> Samples:
        """All that it serves now."""
        _, text = self.get("/metrics")
        return {
            (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }

    def letters(self) -> Counter[str]:
        """Letters by state, over all campaigns, as it serves them; states without any left out."""
        found: Counter[str] = Counter()
        for (name, *labels), value in self.scrape().items():
            if name == "postbag_books_letters":
                found[labels[1]] += int(value)
        return +found


@contextmanager
def observer(corner: Corner, log_name: str = "observe", **settings: object) -> Iterator[Observing]:
    """One that looks twice a second, for the length of a ``with`` block."""
    with corner.start("observe", log_name=log_name, **{"survey_seconds": 0.5, **settings}) as process:
        yield Observing(process)
