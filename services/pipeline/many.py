"""A declared counter or gauge with very many children, as plain numbers.

The library makes an object with a lock of each child, a kilobyte of it, and takes six times as long to read it: with every
office of Congress on three channels that is most of a scrape. One thread writes here, and the one that scrapes only reads.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample

if TYPE_CHECKING:
    from services.pipeline.catalogue import Declared


class Many(Collector):
    """The values of ``declared`` by the values of its labels."""

    def __init__(self, declared: Declared) -> None:
        self._declared = declared
        self._name = declared.name + ("_total" if declared.kind == "counter" else "")
        self._values: dict[tuple[str, ...], float] = {}
        self._labels: dict[tuple[str, ...], dict[str, str]] = {}

    def add(self, count: float, *labels: str) -> None:
        """Count; 0 makes it exist. Raises ValueError for other labels than were declared."""
        self.set(self._values.get(labels, 0.0) + count, *labels)

    def set(self, value: float, *labels: str) -> None:
        """Let it be ``value``. Raises as ``add`` does."""
        if labels not in self._labels:
            self._labels[labels] = dict(zip(self._declared.labels, labels, strict=True))
        self._values[labels] = value

    def forget(self, *labels: str) -> None:
        """It is true no longer."""
        self._values.pop(labels, None)

    def collect(self) -> Iterable[Metric]:
        """As the registry asks for it."""
        family = Metric(self._declared.name, self._declared.help, self._declared.kind)
        name, labels = self._name, self._labels
        family.samples = [Sample(name, labels[key], value) for key, value in self._values.copy().items()]
        return (family,)
