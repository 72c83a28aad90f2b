"""What resolve counts: outcomes, confidences, conflicts, and which reference data answers. Nothing of a person.

Marks are counted a batch at a time, once it is committed, because a metric touched for each letter would cost as much as the
look-up itself. A batch that is read again is counted once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time
from time import time as now
from typing import TYPE_CHECKING, get_args

from schemas.resolved import SeatStatus
from services.resolve.verdicts import Mark

if TYPE_CHECKING:
    from services.pipeline.metrics import WorkerMetrics
    from services.resolve.reference.reference import Era, Reference


class Tally:
    """The metrics of one resolve worker."""

    def __init__(self, metrics: WorkerMetrics) -> None:
        self._metrics = metrics
        self._era: Era | None = None
        self._info: tuple[str, ...] = ()
        self._dated: dict[str, date] = {}

    def add(self, marks: Sequence[Mark]) -> None:
        """Take the marks of a committed batch into account."""
        metrics = self._metrics
        for mark, count in Counter(marks).items():
            metrics.counter("postbag_resolutions", mark.outcome, mark.basis, mark.plan).inc(count)
            if mark.confidence is not None:
                metrics.observe("postbag_resolution_confidence", mark.confidence, count, mark.basis)
            for conflict in mark.conflicts:
                metrics.counter("postbag_resolution_conflicts", conflict).inc(count)
            if mark.zip_unknown:
                metrics.counter("postbag_zips_unknown", mark.zip_unknown).inc(count)

    def reloaded(self, result: str) -> None:
        """A new reference file was taken up, an earlier one taken back, or one refused."""
        self._metrics.counter("postbag_reference_reloads", result).inc()

    def answers_from(self, reference: Reference) -> None:
        """This reference answers from now on."""
        if self._info:
            self._metrics.forget("postbag_reference_info", *self._info)
        self._info = (reference.version, ",".join(reference.plan_ids))
        self._metrics.gauge("postbag_reference_info", *self._info).set(1)
        for dataset in self._dated:
            self._metrics.forget("postbag_reference_age_seconds", dataset)
        self._dated = _published(reference)
        for dataset, day in self._dated.items():
            self._metrics.gauge("postbag_reference_age_seconds", dataset).set_function(_age(day))
        self._era = None

    def seats(self, reference: Reference, as_of: float) -> None:
        """How many seats are in which state as of now. Cheap where nothing has changed: called between batches."""
        era = reference.at(as_of)
        if era is self._era:
            return
        self._era = era
        found = Counter(era.seat(seat.office).status for seat in reference.seats)
        for status in get_args(SeatStatus):
            self._metrics.gauge("postbag_seats", status).set(found[status])


def _published(reference: Reference) -> dict[str, date]:
    """When the newest source and the roster of a reference were published, as far as it says."""
    manifest = reference.manifest
    days = [source.published_on for source in manifest.sources if source.published_on]
    found = {"newest_source": max(days)} if days else {}
    return found | ({"roster": manifest.roster.published_on} if manifest.roster else {})


def _age(day: date) -> Callable[[], float]:
    published = datetime.combine(day, time(), UTC).timestamp()
    return lambda: now() - published
