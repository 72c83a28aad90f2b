"""Panels, rows and boards as data, and how they become Grafana's JSON.

A panel cannot be made without a title, a description and a unit: a number that nobody explains helps nobody at four in the
morning. Nothing here knows a metric. Dashboards are uneditable, without an id, and name no data source but the variable.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

SCHEMA_VERSION: Final = 39
"""Grafana 10 to 12 read it, and migrate it themselves."""
WIDE: Final = 24
SOURCE: Final = {"type": "prometheus", "uid": "${datasource}"}

Kind = Literal["timeseries", "stat", "table", "state-timeline"]


@dataclass(frozen=True, slots=True)
class Panel:
    """One question and its answer. ``targets`` are pairs of query and legend.

    ``steps`` colour the value from each threshold on, and ``base`` below the first; ``words`` replace values, or those from
    a value on (``"2592000+"``). ``columns`` name a table's values, one for each target, each with its unit. ``alerts`` name
    the runbooks that are linked.
    """

    title: str
    description: str
    unit: str
    targets: tuple[tuple[str, str], ...]
    kind: Kind = "timeseries"
    width: int = 12
    height: int = 8
    alerts: tuple[str, ...] = ()
    base: str = "green"
    steps: tuple[tuple[float, str], ...] = ()
    words: tuple[tuple[str, str], ...] = ()
    stacked: bool = False
    columns: tuple[tuple[str, str], ...] = ()
    none: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """Panels under one heading."""

    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """A dashboard. ``variables`` beside the usual three: pairs of a name and the metric whose label of that name it lists."""

    name: str
    title: str
    description: str
    rows: tuple[Row, ...]
    variables: tuple[tuple[str, str], ...] = ()
    refresh: str = "30s"

    def panels(self) -> Iterator[Panel]:
        """All panels, from the top."""
        for row in self.rows:
            yield from row.panels


def stat(title: str, description: str, unit: str, expr: str, **more: Any) -> Panel:
    """A single number."""
    return Panel(title, description, unit, ((expr, ""),), kind="stat", **{"width": 4, "height": 4, **more})


def as_json(panel: Panel, number: int, place: dict[str, int], runbooks: str) -> dict[str, Any]:
    """The panel as Grafana reads it."""
    shown: dict[str, Any] = {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.description,
        "datasource": SOURCE,
        "gridPos": place,
        "targets": [_target(panel, expr, legend, n) for n, (expr, legend) in enumerate(panel.targets)],
        "fieldConfig": {"defaults": _defaults(panel), "overrides": _overrides(panel)},
        "options": _options(panel),
        "transformations": _transformations(panel),
    }
    if panel.alerts:
        shown["links"] = [
            link("link", f"Runbook: {alert}", url=f"{runbooks}/{alert}.md", targetBlank=True) for alert in panel.alerts
        ]
    return shown


def link(kind: Literal["link", "dashboards"], title: str, **more: Any) -> dict[str, Any]:
    """A link of a panel or a dashboard, with every field that Grafana's schema asks for."""
    kept = {"asDropdown": False, "includeVars": False, "keepTime": False, "targetBlank": False}
    return {"type": kind, "title": title, "icon": "doc", "tooltip": "", "tags": [], **kept, **more}


def _target(panel: Panel, expr: str, legend: str, number: int) -> dict[str, Any]:
    one_moment = panel.kind in ("stat", "table")
    return {
        "refId": chr(ord("A") + number),
        "datasource": SOURCE,
        "expr": expr,
        "legendFormat": legend or "__auto",
        "instant": one_moment,
        "range": not one_moment,
        "format": "table" if panel.kind == "table" else "time_series",
    }


def _defaults(panel: Panel) -> dict[str, Any]:
    steps: list[dict[str, Any]] = [{"color": panel.base if panel.steps else "text", "value": None}]
    steps += [{"color": color, "value": value} for value, color in panel.steps]
    defaults: dict[str, Any] = {
        "unit": panel.unit,
        "thresholds": {"mode": "absolute", "steps": steps},
        "mappings": [_mapping(value, text) for value, text in panel.words],
    }
    if panel.kind != "timeseries":
        defaults["color"] = {"mode": "thresholds"}
    else:
        defaults["min"] = 0
        defaults["color"] = {"mode": "palette-classic"}
        defaults["custom"] = {
            "fillOpacity": 25 if panel.stacked else 5,
            "stacking": {"mode": "normal" if panel.stacked else "none"},
            "thresholdsStyle": {"mode": "line" if panel.steps else "off"},
        }
    if panel.none:
        defaults["noValue"] = panel.none
    return defaults


def _overrides(panel: Panel) -> list[dict[str, Any]]:
    return [
        {
            "matcher": {"id": "byName", "options": name},
            "properties": [{"id": "unit", "value": unit}, {"id": "mappings", "value": []}],
        }
        for name, unit in panel.columns
        if unit != panel.unit
    ]


def _mapping(value: str, text: str) -> dict[str, Any]:
    if value.endswith("+"):
        return {"type": "range", "options": {"from": float(value[:-1]), "to": None, "result": {"text": text}}}
    return {"type": "value", "options": {value: {"text": text}}}


def _options(panel: Panel) -> dict[str, Any]:
    if panel.kind == "stat":
        last = {"calcs": ["lastNotNull"], "fields": "", "values": False}
        return {"reduceOptions": last, "colorMode": "background" if panel.steps else "value", "graphMode": "none"}
    if panel.kind == "timeseries":
        return {
            "legend": {"displayMode": "table", "placement": "right", "calcs": ["lastNotNull", "max"]},
            "tooltip": {"mode": "multi", "sort": "desc"},
        }
    return {"showHeader": True} if panel.kind == "table" else {"mergeValues": True, "showValue": "auto"}


def _transformations(panel: Panel) -> list[dict[str, Any]]:
    if panel.kind != "table":
        return []
    names = {f"Value #{chr(ord('A') + n)}": column for n, (column, _) in enumerate(panel.columns)}
    names |= {"Value": panel.columns[0][0]} if len(panel.columns) == 1 else {}
    return [
        {"id": "merge", "options": {}},
        {"id": "organize", "options": {"excludeByName": {"Time": True}, "renameByName": names}},
    ]
