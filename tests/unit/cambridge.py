"""A map with lines: four rectangles around Cambridge, Massachusetts, for tests that need a point's district."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from schemas.resolved import Held, Resolved, SubmissionHeld, SubmissionResolved
from schemas.topics import ACCEPTED, HELD, RESOLVED
from schemas.wire import read
from services.pipeline.metrics import WorkerMetrics
from services.pipeline.outcomes import Emit
from services.resolve.reference.compiler import compile_reference
from services.resolve.reference.contents import Shape
from services.resolve.reference.sample import sample_contents
from services.resolve.stage import ResolveStage
from tests.unit import made


def _box(geoid: str, west: float, east: float, south: float, north: float) -> Shape:
    return Shape(geoid, (((west, south), (east, south), (east, north), (west, north)),), 10.0)


SHAPES: Final = (
    _box("2505", -71.5, -71.1, 42.0, 43.0),
    _box("2507", -71.1, -70.7, 42.0, 43.0),
    _box("2508", -71.5, -70.7, 41.5, 42.0),
    _box("3302", -71.5, -70.7, 43.0, 43.5),
)
WEST, EAST, SOUTH, NORTH = (42.37, -71.2), (42.37, -71.0), (41.9, -71.2), (43.2, -71.2)
PERSON = {"line1": "1 Canary Wharf", "city": "Cambridge", "state": "MA", "zip5": "02139"}
BORDER: Final = (42.37, -71.1005)
"""41 metres west of the line between the 5th district and the 7th."""


def reference_file(folder: Path) -> Path:
    """The shipped sample with these lines, compiled."""
    contents = sample_contents()
    path = folder / "lines.ref"
    compile_reference(replace(contents, plans=(replace(contents.plans[0], shapes=SHAPES),)), path)
    return path


@dataclass
class Bench:
    """A resolve stage with a geocoder or without, over a reference with lines (a path) or without (empty)."""

    metrics: WorkerMetrics
    stage: ResolveStage

    def settle(self, *people: dict[str, Any], campaign: str = "open") -> list[Resolved | Held]:
        events = [made.accepted(made.constituent(**(PERSON | one)), campaign=campaign) for one in people or ({},)]
        outcomes = self.stage.settle([made.record(ACCEPTED, event) for event in events])
        return [_data(one) for one in outcomes]


def _data(outcomes: Sequence[object]) -> Resolved | Held:
    (emit,) = outcomes
    assert isinstance(emit, Emit)
    if emit.topic is RESOLVED:
        return read(SubmissionResolved, emit.value).data
    assert emit.topic is HELD
    return read(SubmissionHeld, emit.value).data
