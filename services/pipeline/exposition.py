"""A registry as the text that Prometheus scrapes: what the library writes, in little more than half the time.

With every office of Congress active a scrape has 9,000 lines, and their names and labels are the same each time: they are put
together once and kept, and only values are written anew. It must write what ``generate_latest`` writes, to the byte; a test
holds it to that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from prometheus_client.utils import floatToGoString

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.metrics_core import Metric
    from prometheus_client.samples import Sample

_TOTAL: Final = {"counter": "_total"}
"""The library's families of counters are named without it, their samples with it."""


class Exposition:
    """The text of ``registry``, whose metrics are counters, gauges and histograms."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._series: dict[tuple[str, ...], str] = {}

    def text(self) -> bytes:
        """As it is now. Series that are gone are forgotten; several threads may ask at once."""
        kept, seen, lines = self._series, {}, []
        for metric in self._registry.collect():
            lines.append(_head(metric))
            for sample in metric.samples:
                key = (sample.name, *sample.labels.values())
                seen[key] = series = kept.get(key) or _series(sample)
                lines.append(f"{series} {floatToGoString(sample.value)}\n")  # type: ignore[no-untyped-call]
        self._series = seen
        return "".join(lines).encode()


def _head(metric: Metric) -> str:
    name = metric.name + _TOTAL.get(metric.type, "")
    text = metric.documentation.replace("\\", r"\\").replace("\n", r"\n")
    return f"# HELP {name} {text}\n# TYPE {name} {metric.type}\n"


def _series(sample: Sample) -> str:
    labels = ",".join(f'{name}="{_escaped(value)}"' for name, value in sorted(sample.labels.items()))
    return f"{sample.name}{{{labels}}}" if labels else sample.name


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
