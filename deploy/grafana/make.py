"""Writes ``dashboards/*.json`` from the boards: ``python -m deploy.grafana.make`` (part of ``make docs``).

What Grafana reads is committed, so that a deployment needs no Python; a test fails where the two differ. Variables, links
and ids are the same on every board, so that a person who goes from one to another keeps the choice.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any, Final

from deploy.grafana import campaign_day, delivery, overview, stage
from deploy.grafana.panel import SCHEMA_VERSION, SOURCE, WIDE, Board, as_json, link

FOLDER: Final = Path(__file__).with_name("dashboards")
BOARDS: Final = (overview.BOARD, campaign_day.BOARD, stage.BOARD, delivery.BOARD)
RUNBOOKS: Final = "/public/runbooks"
"""Where the Grafana of deploy/compose.yaml itself serves the folder deploy/runbooks."""
_ALL: Final = {"text": ["All"], "value": ["$__all"], "selected": True}


def files(runbooks: str = RUNBOOKS) -> dict[str, str]:
    """Every file of ``dashboards`` by its name; ``runbooks`` is where their links lead, before ``/<Alert>.md``."""
    return {
        f"{board.name}.json": json.dumps(_dashboard(board, runbooks), indent=2, ensure_ascii=False) + "\n"
        for board in BOARDS
    }


def _dashboard(board: Board, runbooks: str) -> dict[str, Any]:
    return {
        "id": None,
        "uid": f"postbag-{board.name}",
        "title": board.title,
        "description": board.description,
        "tags": ["postbag"],
        "editable": False,
        "schemaVersion": SCHEMA_VERSION,
        "version": 1,
        "timezone": "browser",
        "time": {"from": "now-3h", "to": "now"},
        "refresh": board.refresh,
        "graphTooltip": 1,
        "links": [link("dashboards", "Postbag", tags=["postbag"], includeVars=True, keepTime=True)],
        "templating": {"list": _variables(board)},
        "annotations": {"list": []},
        "panels": _panels(board, runbooks),
    }


def _variables(board: Board) -> list[dict[str, Any]]:
    common = [
        {
            "name": "datasource",
            "label": "Data source",
            "type": "datasource",
            "query": "prometheus",
            "current": {},
            "hide": 0,
        },
        _choice("job", "postbag_build", ""),
        _choice("instance", "up", 'job=~"$job"'),
    ]
    own = [_choice(name, metric, 'job=~"$job"') for name, metric in board.variables]
    return [*common, *own]


def _choice(name: str, metric: str, matcher: str) -> dict[str, Any]:
    query = f"label_values({metric}{{{matcher}}}, {name})" if matcher else f"label_values({metric}, {name})"
    return {
        "name": name,
        "label": name.capitalize(),
        "type": "query",
        "datasource": SOURCE,
        "definition": query,
        "query": {"query": query, "refId": name},
        "refresh": 2,  # whenever the time range changes: a campaign of today is offered today
        "sort": 1,
        "multi": True,
        "includeAll": True,
        "allValue": ".+",
        "current": _ALL,
        "hide": 0,
    }


def _panels(board: Board, runbooks: str) -> list[dict[str, Any]]:
    """Rows one below the other, panels from left to right, each line as high as its highest."""
    made: list[dict[str, Any]] = []
    top = 0
    for row in board.rows:
        made.append(_heading(row.title, len(made) + 1, top))
        top += 1
        left = height = 0
        for panel in row.panels:
            if left + panel.width > WIDE:
                left, top, height = 0, top + height, 0
            place = {"x": left, "y": top, "w": panel.width, "h": panel.height}
            made.append(as_json(panel, len(made) + 1, place, runbooks))
            left, height = left + panel.width, max(height, panel.height)
        top += height
    return made


def _heading(title: str, number: int, top: int) -> dict[str, Any]:
    place = {"x": 0, "y": top, "w": WIDE, "h": 1}
    return {"id": number, "type": "row", "title": title, "collapsed": False, "panels": [], "gridPos": place}


def main() -> None:
    """Write the files."""
    parser = argparse.ArgumentParser(prog="python -m deploy.grafana.make", description="Writes Grafana's dashboards.")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where to (default: deploy/grafana/dashboards)")
    parser.add_argument("--runbooks", default=RUNBOOKS, help=f"where the runbooks are served (default: {RUNBOOKS})")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    for name, text in files(given.runbooks).items():
        (given.folder / name).write_text(text, encoding="utf-8")
        print(given.folder / name)


if __name__ == "__main__":
    main()
