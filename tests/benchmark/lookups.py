"""Lookups a second on one core, from a reference file: ZIPs, points, and what opening the file costs.

Run as a process of its own, so that memory is this file's alone: ``python -m tests.benchmark.lookups FILE`` prints JSON. ZIPs
are drawn evenly from the file's own. Points are drawn around the points of its golden cases, the same number in each district
(districts have about as many people each), scattered by 0.02 degree: about two kilometres, so that many lie near a border.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, Final

import psutil

from services.resolve.lookup import resolve, resolve_zip
from services.resolve.question import Point, Question
from services.resolve.reference.plans import Plan
from services.resolve.reference.reference import GOLDEN, Reference, open_reference

ZIPS: Final = 1_000_000
POINTS: Final = 200_000
SCATTER: Final = 0.02
SEED: Final = 4


def lookups(file: Path) -> dict[str, float]:
    """Rates a second and megabytes; the plan is the last one that has both ZIPs and areas."""
    process = psutil.Process()
    before, started = process.memory_info().rss, perf_counter()
    reference = open_reference(file)
    opened = perf_counter() - started
    plan = next(plan for plan in reversed(reference.plans) if plan.grid is not None and plan.zip_count)
    zips = _zips(plan)
    figures = {
        "open_seconds": opened,
        "file_mb": reference.size / 2**20,
        "zips_first": _rate(lambda: [resolve_zip(plan, zip5, None, None) for zip5 in dict.fromkeys(zips)]),
        "zips": _rate(lambda: [resolve_zip(plan, zip5, None, None) for zip5 in zips]),
        "memory_mb": (process.memory_info().rss - before) / 2**20,
    }
    points = _points(reference, plan)
    figures["points"] = _rate(lambda: [plan.grid.find(lat, lon) for lat, lon in points])  # type: ignore[union-attr]
    questions = [Question(point=Point(lat, lon, "rooftop")) for lat, lon in points]
    figures["point_answers"] = _rate(lambda: [resolve(plan, question) for question in questions])
    reference.close()
    return figures


def _zips(plan: Plan) -> list[str]:
    known = list(plan.zips)
    return random.Random(SEED).choices(known, k=ZIPS)


def _points(reference: Reference, plan: Plan) -> list[tuple[float, float]]:
    """Latitude and longitude."""
    cases: list[Any] = json.loads(reference._file.raw(GOLDEN))
    centres = [case[1]["point"] for case in cases if case[0] == plan.id and "point" in case[1]]
    chance = random.Random(SEED)
    return [
        (chance.gauss(centre["lat"], SCATTER), chance.gauss(centre["lon"], SCATTER))
        for centre in chance.choices(centres, k=POINTS)
    ]


def _rate(work: Any) -> float:
    """Answers a second of processor time; the process has one thread."""
    started = process_time()
    return len(work()) / (process_time() - started)


if __name__ == "__main__":
    print(json.dumps(lookups(Path(sys.argv[1]))))
