"""Facts of the machine, beside node_exporter and promtool on the same machine."""

import json
import pathlib
import re
import subprocess
import time

import pytest
import requests
from support.prometheus import running, tool
from support.server import Server, free_ports, wait_until

# Fast, so that what is compared is of nearly one moment.
INTERVAL = "200ms"

# Gauges that move by themselves between two readings.
MOVING = re.compile(
    r"node_(procs_|processes_|load|time_seconds|timex_|scrape_|sockstat_|netstat_\w+_CurrEstab|entropy_available|"
    r"filefd_allocated|disk_io_now|nf_conntrack|filesystem_(avail|free|files_free)|memory_)"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    environment = {"AXONIZE_FLEET_HOST_ENABLED": "true", "AXONIZE_FLEET_INSTANCE": "box"} | {
        f"AXONIZE_FLEET_{name}_INTERVAL": INTERVAL for name in ("CPU", "IO", "USAGE")
    }
    instance = Server(tmp_path_factory.mktemp("fleet") / "data", environment=environment)
    try:
        yield instance.start()
    finally:
        instance.stop()


def page_of(server) -> str:
    def whole():
        text = server.get("/metrics/host").text
        return text if "node_uname_info" in text and "node_cpu_seconds_total" in text else None

    return wait_until(whole, 10, "a page of the machine")


def parsed(page: str) -> dict[str, dict]:
    """Families by name: their type, and values by sorted labels."""
    families: dict[str, dict] = {}
    for line in page.splitlines():
        if line.startswith("# TYPE"):
            _, _, name, kind = line.split(" ")
            families[name] = {"type": kind, "series": {}}
        elif line.startswith(("node_", "container_")):
            name, labels, value = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line).groups()
            pairs = sorted(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', labels or ""))
            families[name]["series"][tuple(pairs)] = float(value)
    return families


def test_promtool_finds_nothing_wrong(server):
    done = subprocess.run(
        [tool("promtool"), "check", "metrics"], input=page_of(server), capture_output=True, text=True, timeout=60
    )
    complaints = [
        line
        for line in (done.stdout + done.stderr).splitlines()
        # Names that node_exporter and cAdvisor have.
        if not re.match(r"(node|container)_\w+ (metric names|use base unit|non-)", line)
    ]
    assert complaints == [], done.stdout + done.stderr


def series_of(name: str, series: dict) -> dict:
    """Series as both have them: what version 1.5 has differently is left out."""
    if name == "node_network_info":
        return {tuple(pair for pair in labels if pair[0] != "adminstate"): value for labels, value in series.items()}
    if name == "node_network_speed_bytes":
        return {labels: value for labels, value in series.items() if value >= 0}
    if name.startswith("node_filesystem_"):
        return {labels: value for labels, value in series.items() if ("fstype", "overlay") not in labels}
    # A state that no process is in has no series, and node_exporter always sees itself running.
    if name.startswith("node_scrape_") or name in ("node_processes_state", "node_processes_threads_state"):
        return {}
    return series


def test_values_are_node_exporters(server, tmp_path):
    port = free_ports(1)[0]
    url = f"http://127.0.0.1:{port}/metrics"
    command = [
        tool("prometheus-node-exporter"),
        f"--web.listen-address=127.0.0.1:{port}",
        "--collector.processes",
        # Debian leaves out more devices and file systems than the project does.
        "--collector.netdev.device-exclude=^$",
        "--collector.filesystem.mount-points-exclude=^/(dev|proc|run/credentials/.+|sys|var/lib/docker/.+)($|/)",
        "--collector.filesystem.fs-types-exclude=^(autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|"
        "fusectl|hugetlbfs|iso9660|mqueue|nsfs|overlay|proc|procfs|pstore|rpc_pipefs|securityfs|selinuxfs|squashfs|"
        "sysfs|tracefs)$",
    ]
    page_of(server)
    with running(command, tmp_path / "node_exporter.log", url):
        before = parsed(requests.get(url, timeout=10).text)
        time.sleep(1)
        ours = parsed(page_of(server))
        time.sleep(1)
        after = parsed(requests.get(url, timeout=10).text)
    compared = 0
    for name, family in ours.items():
        if name not in before or name not in after:
            continue
        assert family["type"] == before[name]["type"], name
        first, second = series_of(name, before[name]["series"]), series_of(name, after[name]["series"])
        found = series_of(name, family["series"])
        # Devices may come and go.
        if first.keys() == second.keys():
            assert found.keys() == first.keys(), name
        for labels, value in found.items():
            if labels not in first or labels not in second:
                continue
            compared += 1
            grows = family["type"] == "counter" or name.startswith("node_vmstat_")
            if grows:
                assert first[labels] <= value <= second[labels], (name, labels)
            elif not MOVING.match(name) and first[labels] == second[labels]:
                assert value == first[labels], (name, labels)
            elif name.startswith(("node_filesystem_", "node_memory_MemTotal", "node_load")):
                low, high = sorted((first[labels], second[labels]))
                assert low * 0.8 - 1 <= value <= high * 1.2 + 1, (name, labels)
    assert compared > 250, compared
    assert {"node_cpu_seconds_total", "node_memory_MemTotal_bytes", "node_disk_io_now"} <= before.keys() & ours.keys()


def test_series_are_stored_and_asked_for(server):
    def stored():
        found = json.loads(
            server.run("query", 'count(node_cpu_seconds_total{job="node",instance="box"})', "--json").stdout
        )
        result = found["data"]["result"]
        return int(float(result[0]["value"][1])) if result else 0

    cores = len(re.findall(r"^cpu\d", pathlib.Path("/proc/stat").read_text(), re.M))
    wait_until(lambda: stored() == 8 * cores, 20, "a series of each core and mode")

    def busy():
        result = json.loads(
            server.run("query", '1 - avg(rate(node_cpu_seconds_total{mode="idle"}[5s]))', "--json").stdout
        )["data"]["result"]
        return result and 0 <= float(result[0]["value"][1]) <= 1

    wait_until(busy, 20, "a rate")
    metadata = server.get("/api/v1/metadata", metric="node_cpu_seconds_total").json()["data"]
    assert metadata["node_cpu_seconds_total"][0]["type"] == "counter"
    metrics = server.get("/metrics").text
    assert re.search(r"^axonize_host_samples_stored_total [1-9]", metrics, re.M)
    assert re.search(r"^axonize_host_samples_lost_total 0$", metrics, re.M)


def test_the_command_shows_the_machine(server):
    shown = server.run("host").stdout
    assert "processors" in shown and "FILE SYSTEM" in shown and "NETWORK" in shown
    reading = json.loads(server.run("host", "--json").stdout)
    assert {series["name"] for series in reading["series"]} >= {"node_load1", "node_uname_info", "node_time_seconds"}
    failing = [one for one in reading["collectors"] if not one["success"]]
    assert all(one["problems"] for one in failing)


def test_a_server_that_is_told_not_to_looks_at_no_machine(tmp_path):
    server = Server(tmp_path / "data").start()
    try:
        assert server.get("/metrics/host").status_code == 404
        assert "axonize_host_" not in server.get("/metrics").text
    finally:
        assert server.stop() == 0
