"""Every query of the dashboards of hosts and GPUs: panels, variables and annotations, over machines that are read.

A server with GPUs of the stand-in, and an agent with a GPU in MIG mode, collect for themselves; nothing is made up.
"""

import contextlib
import json
import re
import subprocess
import sys
import time

import pytest
import yaml
from support.grafana_metrics import Dashboard, PrometheusSource
from support.prometheus import tool
from support.server import BINARY, ROOT, Server, clean_environment, wait_until
from test_gpus import StandIn, environment

DASHBOARDS = ["hosts", "gpus"]
FOLDER = ROOT / "deploy/grafana"

# Queries that find nothing in the machines of this test, by their titles and a part of the query, and why.
WITHOUT_SERIES = {
    ("Temperatures", "node_hwmon_temp_celsius"): "virtual machines have no sensors",
    ("Temperatures", "node_thermal_zone_temp"): "virtual machines have no sensors",
    ("Container: processors", "container_cpu_cfs"): "only a control group with a quota has periods",
    ("Container: memory", "container_spec_memory_limit_bytes"): "only a control group with a limit has one",
    ("Pressure", "node_pressure"): "kernels may be without pressure stall information",
    ("Tracked connections", "node_nf_conntrack"): "kernels may be without the tracking of connections",
    ("Latency", "node_disk"): "nothing is read or written while the test runs, perhaps",
    ("Fans", "axonize_gpu_fan_speed_ratio"): "boards of servers have no fans; the stand-in plays such",
}


def everything(dashboard: Dashboard) -> list[dict]:
    """The panels, those of closed rows among them."""
    panels = []
    for panel in dashboard.content["panels"]:
        panels += [panel, *panel.get("panels", [])]
    return [panel for panel in panels if panel["type"] != "row"]


def expressions(dashboard: Dashboard) -> list[tuple[str, str, bool]]:
    """Title, query and whether it is asked at one time."""
    found = [
        (panel["title"], target["expr"], target["instant"])
        for panel in everything(dashboard)
        for target in panel["targets"]
    ]
    return found + [(note["name"], note["expr"], False) for note in dashboard.content["annotations"]["list"]]


def query(expression: str, chosen: dict[str, list[str]]) -> str:
    for name, values in chosen.items():
        if values == [".*"]:
            expression = re.sub(rf"\${name}\b", ".*", expression)
    return Dashboard.substituted(expression, chosen, interval="1m", range_="300s")


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    """A server and an agent that have read their machines for some seconds, and a GPU with a fault."""
    folder = tmp_path_factory.mktemp("fleet")
    board = StandIn(tmp_path_factory.mktemp("board"), "h200x8; load wave; patient")
    divided = StandIn(tmp_path_factory.mktemp("divided"), "h200-mig")
    server = Server(
        folder / "data",
        environment={
            **environment(board.path),
            "AXONIZE_FLEET_HOST_ENABLED": "true",
            "AXONIZE_FLEET_IO_INTERVAL": "1s",
            "AXONIZE_FLEET_USAGE_INTERVAL": "2s",
        },
    ).start()
    agent = subprocess.Popen(
        [str(BINARY), "agent", "--server", server.url, "--instance", "migbox", "--spool-dir", str(folder / "spool")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=clean_environment(
            {
                "AXONIZE_FLEET_GPU_ENABLED": "true",
                "AXONIZE_FLEET_NVML_LIBRARY": str(divided.path),
                "AXONIZE_FLEET_IO_INTERVAL": "1s",
                "AXONIZE_FLEET_USAGE_INTERVAL": "2s",
            }
        ),
    )
    source = PrometheusSource(server, "/prometheus")

    def count(selector: str) -> int:
        now = int(time.time()) + 1
        return len(source.instant(f"count_over_time({selector}[1m]) > 2", now))

    try:
        board.play("h200x8; load wave; patient\nevent 1 0 8 31\nevent 2 3 8 79\nevent 2 4 2 0")
        wait_until(lambda: count('axonize_gpu_memory_used_bytes{gpu_instance!=""}'), 60, "series of parts")
        wait_until(lambda: count("axonize_gpu_xid_errors_total") == 2, 60, "series of faults")
        wait_until(lambda: count("axonize_gpu_events_total"), 60, "a series of other events")
        wait_until(
            lambda: count('node_filesystem_size_bytes{instance="migbox"}'), 60, "series of the slowest collectors"
        )
        wait_until(lambda: count('container_cpu_usage_seconds_total{instance="migbox"}'), 60, "series of the container")
        yield source
    finally:
        agent.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            agent.wait(30)
        server.stop()


@pytest.fixture(params=DASHBOARDS)
def dashboard(request) -> Dashboard:
    return Dashboard(FOLDER / f"dashboards/{request.param}.json")


def choices(source, dashboard: Dashboard) -> dict[str, list[str]]:
    """The values of each variable, those of the ones before it chosen."""
    now = int(time.time())
    chosen: dict[str, list[str]] = {}
    for name, (metric, label) in dashboard.variables().items():
        chosen[name] = source.label_values(label, now - 600, now + 60, query(metric, chosen))
        assert chosen[name], name
    return chosen


def test_every_query_has_series(read, dashboard):
    chosen = choices(read, dashboard)
    assert {"gpubox", "migbox"} <= set(chosen["instance"])
    now = int(time.time()) + 1
    everywhere = {name: [".*"] for name in chosen}
    asked = 0
    for title, expression, is_instant in expressions(dashboard):
        found = []
        for choice in (everywhere, chosen):
            text = query(expression, choice)
            found.append(read.instant(text, now) if is_instant else read.range(text, now - 60, now, 2))
            asked += 1
        if not any(title == known and part in expression for known, part in WITHOUT_SERIES):
            assert all(found), f"{title}: {expression}"
        assert [sorted(map(str, (one["metric"] for one in part))) for part in found[:1]] == [
            sorted(map(str, (one["metric"] for one in part))) for part in found[1:]
        ], f"{title}: choosing every value differs from All"
    assert asked > 60


def test_one_host_alone_is_shown(read, dashboard):
    chosen = {name: ["migbox"] if name == "instance" else [".*"] for name in dashboard.variables()}
    now = int(time.time()) + 1
    for title, expression, is_instant in expressions(dashboard):
        text = query(expression, chosen)
        for series in read.instant(text, now) if is_instant else read.range(text, now - 60, now, 2):
            assert series["metric"].get("instance", "migbox") == "migbox", f"{title}: {text}"


def test_promtool_reads_every_query(tmp_path, dashboard):
    chosen = {name: [".*"] for name in dashboard.variables()}
    rules = [
        {"record": f"panel:{place}", "expr": query(expression, chosen)}
        for place, (_, expression, _) in enumerate(expressions(dashboard))
    ]
    path = tmp_path / "rules.yaml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    checked = subprocess.run(
        [tool("promtool"), "check", "rules", str(path)], capture_output=True, text=True, timeout=60
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert f"{len(rules)} rules found" in checked.stdout


def test_the_dashboards_are_what_the_script_makes():
    script = ROOT / "scripts/build-dashboards.py"
    made = subprocess.run([sys.executable, str(script), "--check"], capture_output=True, text=True, timeout=60)
    assert made.returncode == 0, made.stderr


def test_panels_have_places_titles_and_known_sources(dashboard):
    content = dashboard.content
    assert content["schemaVersion"] == 39
    panels = everything(dashboard)
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in content["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24, panel["title"]
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not cells & taken, panel["title"]
        taken |= cells
    for panel in panels:
        assert panel["title"]
        for target in panel["targets"]:
            assert target["datasource"]["uid"] == "${datasource}", json.dumps(target)
    limits = [panel for panel in panels if "thresholdsStyle" in json.dumps(panel)]
    assert len(limits) >= 5
