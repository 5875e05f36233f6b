"""Panels of Grafana's dashboards as dictionaries: schema 39, that of Grafana 10 and 11."""

import itertools
from collections.abc import Iterable

SOURCE = {"type": "prometheus", "uid": "${datasource}"}
COLUMNS = 24
RED, ORANGE = "red", "orange"


def target(expression: str, legend: str = "", *, instant: bool = False, table: bool = False) -> dict:
    made = {
        "datasource": SOURCE,
        "expr": expression,
        "legendFormat": legend or "__auto",
        "editorMode": "code",
        "range": not instant,
        "instant": instant,
    }
    return made | {"format": "table"} if table else made


def _panel(kind: str, title: str, description: str, width: int, height: int, targets: Iterable[dict], **more) -> dict:
    numbered = [{"refId": chr(ord("A") + place), **one} for place, one in enumerate(targets)]
    return {
        "type": kind,
        "title": title,
        "description": description,
        "datasource": SOURCE,
        "gridPos": {"h": height, "w": width},
        "targets": numbered,
        **more,
    }


def _thresholds(limits: dict[float, str] | None) -> dict:
    steps = [{"color": "green", "value": None}]
    return {
        "mode": "absolute",
        "steps": steps + [{"color": color, "value": at} for at, color in (limits or {}).items()],
    }


def graph(
    title: str,
    description: str,
    unit: str,
    *targets: dict,
    width: int = 8,
    limits: dict[float, str] | None = None,
    stacked: bool = False,
    maximum: float | None = None,
    dashed: str | None = None,
) -> dict:
    """Lines over time; `limits` are drawn as dashed lines, and so is what the pattern `dashed` matches."""
    custom = {"lineWidth": 1, "fillOpacity": 30 if stacked else 5, "showPoints": "never", "spanNulls": False}
    if stacked:
        custom["stacking"] = {"mode": "normal", "group": "A"}
    if limits:
        custom["thresholdsStyle"] = {"mode": "dashed"}
    defaults = {"unit": unit, "min": 0, "custom": custom, "thresholds": _thresholds(limits)}
    if maximum is not None:
        defaults["max"] = maximum
    overrides = []
    if dashed:
        style = {"dash": [8, 8], "fill": "dash"}
        overrides.append(
            {
                "matcher": {"id": "byRegexp", "options": dashed},
                "properties": [
                    {"id": "custom.lineStyle", "value": style},
                    {"id": "custom.fillOpacity", "value": 0},
                ],
            }
        )
    return _panel(
        "timeseries",
        title,
        description,
        width,
        8,
        targets,
        fieldConfig={"defaults": defaults, "overrides": overrides},
        options={
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
            "tooltip": {"mode": "multi", "sort": "desc"},
        },
    )


def stat(
    title: str, description: str, unit: str, expression: str, *, width: int = 4, limits: dict[float, str] | None = None
) -> dict:
    """One number of now."""
    return _panel(
        "stat",
        title,
        description,
        width,
        4,
        [target(expression, instant=True)],
        fieldConfig={"defaults": {"unit": unit, "thresholds": _thresholds(limits)}, "overrides": []},
        options={
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
            "colorMode": "value",
            "graphMode": "none",
        },
    )


def table(
    title: str,
    description: str,
    columns: dict[str, tuple[str, str]],
    *,
    labels: dict[str, str],
    join: str | None = None,
    height: int = 8,
    limits: dict[str, dict[float, str]] | None = None,
) -> dict:
    """A row for each series; columns are queries by their title, with their units.

    The rows of several queries meet by the label `join`, the only one that all but the first have: Grafana numbers
    labels that several have. `labels` are the labels that are shown, with their titles.
    """
    names = {f"Value #{chr(ord('A') + place)}": title for place, title in enumerate(columns)}
    if len(columns) == 1:
        names = {"Value": next(iter(columns))}
    overrides = []
    for column, (_, unit) in columns.items():
        properties = [{"id": "unit", "value": unit}]
        if column in (limits or {}):
            properties += [
                {"id": "thresholds", "value": _thresholds(limits[column])},
                {"id": "custom.cellOptions", "value": {"type": "color-text"}},
            ]
        overrides.append({"matcher": {"id": "byName", "options": column}, "properties": properties})
    transformations = [{"id": "joinByField", "options": {"byField": join, "mode": "outer"}}] if join else []
    order = list(labels) + list(names)
    transformations += [
        {"id": "filterFieldsByName", "options": {"include": {"names": order}}},
        {
            "id": "organize",
            "options": {
                "renameByName": labels | names,
                "indexByName": {name: place for place, name in enumerate(order)},
            },
        },
    ]
    return _panel(
        "table",
        title,
        description,
        COLUMNS,
        height,
        [target(expression, instant=True, table=True) for expression, _ in columns.values()],
        fieldConfig={"defaults": {"thresholds": _thresholds(None)}, "overrides": overrides},
        options={"showHeader": True, "cellHeight": "sm"},
        transformations=transformations,
    )


def text(title: str, content: str, *, height: int = 5) -> dict:
    return {
        "type": "text",
        "title": title,
        "gridPos": {"h": height, "w": COLUMNS},
        "options": {"mode": "markdown", "content": content},
        "targets": [],
    }


def row(title: str, *panels: dict, collapsed: bool = False) -> tuple[str, bool, tuple[dict, ...]]:
    return title, collapsed, panels


def placed(rows: Iterable[tuple[str, bool, tuple[dict, ...]]]) -> list[dict]:
    """The panels of rows with their places, from left to right and top to bottom."""
    numbers = itertools.count(1)
    panels, top = [], 0
    for title, collapsed, members in rows:
        head = {
            "id": next(numbers),
            "type": "row",
            "title": title,
            "collapsed": collapsed,
            "gridPos": {"h": 1, "w": COLUMNS, "x": 0, "y": top},
            "panels": [],
        }
        panels.append(head)
        top += 1
        left = line = 0
        for member in members:
            size = member["gridPos"]
            if left + size["w"] > COLUMNS:
                left, top, line = 0, top + line, 0
            panel = {"id": next(numbers), **member, "gridPos": {**size, "x": left, "y": top}}
            (head["panels"] if collapsed else panels).append(panel)
            left += size["w"]
            line = max(line, size["h"])
        top += line
    return panels


def variable(name: str, label: str, query: str) -> dict:
    """Values of a label, several of them or all."""
    return {
        "name": name,
        "label": label,
        "type": "query",
        "datasource": SOURCE,
        "definition": query,
        "query": {"qryType": 1, "query": query, "refId": "PrometheusVariableQueryEditor-VariableQuery"},
        "refresh": 2,
        "sort": 3,
        "multi": True,
        "includeAll": True,
        "allValue": ".*",
        "current": {"text": ["All"], "value": ["$__all"]},
        "options": [],
        "regex": "",
        "hide": 0,
        "skipUrlSync": False,
    }


def annotation(name: str, expression: str, title: str, *, color: str, value_is_time: bool = False) -> dict:
    return {
        "name": name,
        "datasource": SOURCE,
        "enable": True,
        "hide": False,
        "iconColor": color,
        "expr": expression,
        "titleFormat": title,
        "step": "",
        "useValueForTime": value_is_time,
    }


def dashboard(
    uid: str, title: str, description: str, tags: list[str], *, rows: list, variables: list, annotations: list
) -> dict:
    source = {
        "name": "datasource",
        "label": "Data source",
        "type": "datasource",
        "query": "prometheus",
        "regex": "",
        "current": {"text": "Axonize metrics", "value": "axonize-metrics"},
        "refresh": 1,
        "multi": False,
        "includeAll": False,
        "options": [],
        "hide": 0,
        "skipUrlSync": False,
    }
    link = {
        "type": "dashboards",
        "title": "Axonize",
        "tags": ["axonize"],
        "asDropdown": True,
        "includeVars": False,
        "keepTime": True,
    }
    return {
        "uid": uid,
        "title": title,
        "description": description,
        "tags": ["axonize", *tags],
        "schemaVersion": 39,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,
        "refresh": "10s",
        "time": {"from": "now-30m", "to": "now"},
        "timezone": "browser",
        "annotations": {"list": annotations},
        "links": [link],
        "templating": {"list": [source, *variables]},
        "panels": placed(rows),
    }
