"""The committed dashboards as tests look at them: panels, targets, and what a query selects and groups by."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from services.pipeline.catalogue import CATALOGUE

ROOT: Final = Path(__file__).parents[2]
FOLDER: Final = ROOT / "deploy" / "grafana" / "dashboards"
BOARDS: Final[dict[str, dict[str, Any]]] = {
    path.stem: json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json"))
}
SELECTOR: Final = re.compile(r"([a-z_:]+)\{([^}]*)\}")
GROUPED: Final = re.compile(r"\b(?:by|on) \(([a-z_, ]+)\)")
_SCRAPED: Final = {"job", "instance"}
"""What Prometheus adds to every series."""
_PROCESS: Final = {"process_cpu_seconds_total", "process_resident_memory_bytes"}
"""What the client library serves beside the catalogue."""


def _samples() -> dict[str, set[str]]:
    """Every name that a scrape has, with its labels."""
    found = {name: set(_SCRAPED) for name in _PROCESS}
    for declared in CATALOGUE:
        labels = {*declared.labels, *_SCRAPED}
        if declared.kind == "histogram":
            found[f"{declared.name}_bucket"] = labels | {"le"}
            found[f"{declared.name}_sum"] = found[f"{declared.name}_count"] = labels
        else:
            found[declared.name + ("_total" if declared.kind == "counter" else "")] = labels
    return found


SAMPLES: Final = _samples()


@dataclass(frozen=True, slots=True)
class Asked:
    """A query of a panel, with its legend."""

    board: str
    panel: dict[str, Any]
    expr: str
    legend: str

    def __str__(self) -> str:
        return f"{self.board}: {self.panel['title']}"


def panels(board: str) -> list[dict[str, Any]]:
    """Those that show something: the headings of rows are left out."""
    return [panel for panel in BOARDS[board]["panels"] if panel["type"] != "row"]


EVERY: Final = [
    Asked(board, panel, target["expr"], target["legendFormat"])
    for board in BOARDS
    for panel in panels(board)
    for target in panel["targets"]
]


def inside(expr: str, opening: int) -> str:
    """What stands between the bracket at ``opening`` and the one that closes it."""
    depth = 0
    for place in range(opening, len(expr)):
        depth += {"(": 1, ")": -1}.get(expr[place], 0)
        if depth == 0:
            return expr[opening + 1 : place]
    raise ValueError(f"a bracket of {expr!r} is never closed")
