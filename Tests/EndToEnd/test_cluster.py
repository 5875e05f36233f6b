"""A server and three agents on machines of their own, in network namespaces; what docs/fleet.md says of each fault."""

import contextlib
import itertools
import json
import os
import subprocess
import time

import pytest
from support.cluster import Machine, Network
from support.server import Server, wait_until

# Seconds that a machine is cut off: `make faults` has five minutes.
CUT_SECONDS = float(os.environ.get("AXONIZE_CUT_SECONDS", "4"))


class ClusterServer(Server):
    def __init__(self, data_dir, address: str, **options):
        super().__init__(data_dir, **options)
        self.http_host = address

    @property
    def url(self) -> str:
        return f"http://{self.http_host}:{self.http_port}"


@pytest.fixture(scope="module")
def network():
    made = Network()
    try:
        yield made
    finally:
        made.close()


@pytest.fixture(scope="module")
def server(network, tmp_path_factory):
    folder = tmp_path_factory.mktemp("cluster")
    instance = ClusterServer(folder / "data", network.address, environment={"AXONIZE_REQUIRE_KEYS": "true"})
    try:
        yield instance.start()
    finally:
        instance.close()


def create_key(server: Server, permission: str) -> tuple[str, str]:
    """The id of a new key, and the key."""
    arguments = ["keys", "create", "--data-dir", str(server.data_dir), f"--permission={permission}", "--json"]
    made = json.loads(server.run(*arguments).stdout)
    made = made.get("data", made)
    return made["id"], made["key"]


@pytest.fixture(scope="module")
def ask(server):
    """Asks the API, with a key that may only read."""
    _, key = create_key(server, "query")

    def get(path: str, **parameters):
        response = server.get(path, headers={"authorization": f"Bearer {key}"}, **parameters)
        assert response.status_code == 200, f"{response.url}: {response.status_code} {response.text}"
        return response.json()["data"]

    return get


@pytest.fixture(scope="module")
def make_machine(network, server, tmp_path_factory):
    with contextlib.ExitStack() as stack:

        def make(name: str, *, host: str | None = None, **options) -> Machine:
            machine = Machine(network, tmp_path_factory.mktemp("machine"), name, server.url, **options)
            machine.key_file.write_text(create_key(server, "ingest")[1] + "\n")
            stack.callback(machine.kill)
            return machine

        yield make


@pytest.fixture(scope="module")
def machines(make_machine):
    """Eight whole GPUs, one that is divided, and none; two send OTLP, one remote write."""
    return [
        make_machine("gpu-eight", gpus="h200x8", label="r1", protocol="otlp").start(),
        make_machine("gpu-parts", gpus="h100-mig\nmachine 1", label="r2").start(),
        make_machine("plain", label="r2", protocol="otlp").start(),
    ]


def series(ask, query: str) -> list[dict]:
    return ask("/api/v1/query", query=query)["result"]


def value(ask, query: str) -> float | None:
    found = series(ask, query)
    return float(found[0]["value"][1]) if found else None


def times(ask, name: str, at: float | None = None) -> list[float]:
    """When the load of a machine was stored, in 15 minutes."""
    found = series(ask, f'node_load1{{instance="{name}"}}[15m]' + (f" @ {at}" if at else ""))
    return [float(sample[0]) for sample in found[0]["values"]] if found else []


def node(ask, name: str) -> dict | None:
    return next((one for one in ask("/api/v1/nodes") if one["name"] == name), None)


def caught_up(ask, name: str, seconds: float = 60):
    """Waits until samples of now are stored and none waits on the disk."""
    since = time.time()

    def is_caught_up():
        stored = times(ask, name)
        waiting = value(ask, f'axonize_agent_spool_requests{{instance="{name}"}}')
        return stored and stored[-1] > since + 1 and waiting == 0

    wait_until(is_caught_up, seconds, f"{name} to have sent what waited")


def longest_gap(stored: list[float], begin: float, end: float) -> float:
    inside = [begin, *(at for at in stored if begin < at < end), end]
    return max(later - earlier for earlier, later in itertools.pairwise(inside))


def test_machines_appear_by_themselves_and_are_right(ask, machines):
    def all_there():
        found = {one["name"]: one for one in ask("/api/v1/nodes")}
        return (
            found
            if [found.get(name, {}).get("gpus_up") for name in ("gpu-eight", "gpu-parts", "plain")] == [8, 1, 0]
            else None
        )

    nodes = wait_until(all_there, 30, "three machines with their GPUs")
    assert len(nodes) == 3
    assert {(one["state"], one["labels"]["rack"]) for one in nodes.values()} == {("up", "r1"), ("up", "r2")}
    assert all("problem" not in one for one in nodes.values())

    gpus = ask("/api/v1/gpus")
    assert [(one["node"], one["model"]) for one in gpus] == [("gpu-eight", "NVIDIA H200")] * 8 + [
        ("gpu-parts", "NVIDIA H100 80GB HBM3")
    ]
    assert len({one["id"] for one in gpus}) == 9
    assert [one["divided"] for one in gpus] == [False] * 8 + [True]
    assert sorted(part["profile"] for part in gpus[-1]["resources"]) == ["1g.10gb", "1g.10gb", "2g.20gb", "3g.40gb"]
    assert [one["id"] for one in ask("/api/v1/gpus", node="gpu-parts")] == [gpus[-1]["id"]]

    topology = {one["node"]: one for one in ask("/api/v1/topology")}
    assert {name: len(one["gpus"]) for name, one in topology.items()} == {"gpu-eight": 8, "gpu-parts": 1, "plain": 0}
    # Each pair of eight once.
    assert len(topology["gpu-eight"]["links"]) == 28 and topology["gpu-parts"]["links"] == []

    # The files of each machine, and no other's.
    for machine in machines:
        query = f'node_load1{{instance="{machine.name}"}}'
        wait_until(lambda query=query: series(ask, query), 30, "its load")
        assert value(ask, query) == machine.load
        assert series(ask, query)[0]["metric"]["job"] == "node"

    def power():
        found = series(ask, "count by (instance) (axonize_gpu_power_watts)")
        return {one["metric"]["instance"]: one["value"][1] for one in found}

    wait_until(lambda: power() == {"gpu-eight": "8", "gpu-parts": "1"}, 30, "series of the GPUs")
    parts = series(ask, 'axonize_gpu_resource_info{instance="gpu-parts"}')
    assert sorted(one["metric"]["mig_profile"] for one in parts) == ["1g.10gb", "1g.10gb", "2g.20gb", "3g.40gb"]


def test_a_burst_of_a_machine_is_asked_for_at_the_server(ask, server, machines):
    """The agent hears of it in the response to its report, and reads its GPUs ten times a second for that long."""
    _, reader = create_key(server, "query")
    _, editor = create_key(server, "edit")

    def burst(key: str) -> int:
        path = f"{server.url}/api/v1/nodes/gpu-parts/burst"
        return server.session.post(
            path, json={"seconds": 3}, headers={"authorization": f"Bearer {key}"}, timeout=30
        ).status_code

    assert burst(reader) == 403
    assert burst(editor) == 202
    query = 'count_over_time(axonize_gpu_power_watts{instance="gpu-parts"}[2s])'
    densest = f"max_over_time({query}[1m:500ms])"
    # Two seconds have two samples otherwise.
    wait_until(lambda: (value(ask, densest) or 0) >= 15, 30, "samples each 100 ms")
    assert (value(ask, densest.replace("gpu-parts", "gpu-eight")) or 0) <= 3
    (event,) = wait_until(lambda: ask("/api/v1/events", kind="burst"), 15, "its event")
    assert event["node"] == "gpu-parts"


def test_what_happens_to_machines_and_gpus_is_kept(ask, server, machines):
    """Events of all machines, by machine, GPU and kind, each once."""
    machine = machines[1]
    (gpu,) = ask("/api/v1/gpus", node=machine.name)
    machine.play("h100-mig\nmachine 1\nevent 1 0 8 31 2 1")
    (fault,) = wait_until(lambda: ask("/api/v1/events", kind="xid"), 30, "the fault")
    assert (fault["node"], fault["gpu"], fault["xid"], fault["source"]) == (machine.name, gpu["id"], 31, "driver")
    machine.play("h100-mig\nmachine 1\nlost 0")
    wait_until(lambda: ask("/api/v1/events", kind="gpu_lost", gpu=gpu["id"]), 30, "the loss")
    machine.play("h100-mig\nmachine 1")
    wait_until(lambda: ask("/api/v1/events", kind="gpu_up", gpu=gpu["id"]), 30, "the return")
    kinds = [one["kind"] for one in ask("/api/v1/events", node=machine.name)]
    assert [kind for kind in kinds if kind.startswith("gpu_") and kind != "gpu_unavailable"] == ["gpu_up", "gpu_lost"]
    assert kinds[-1] == "node_new" and kinds.count("xid") == 1
    assert {one["node"] for one in ask("/api/v1/events", kind="node_new")} == {one.name for one in machines}
    assert [one["kind"] for one in ask(f"/api/v1/gpus/{gpu['id']}/events")][-1] == "xid"
    _, key = create_key(server, "query")
    lines = server.run("events", "--kind", "xid", environment={"AXONIZE_API_KEY": key}).stdout.splitlines()
    assert len(lines) == 2 and "xid 31" in lines[1] and machine.name in lines[1]
    tables = {one["table"]: one for one in ask("/api/v1/storage")}
    assert tables["fleet_events"]["retention_seconds"] == 90 * 86400


def test_a_machine_that_is_cut_off_has_no_gap_afterwards(ask, network, machines):
    """Nothing arrives and nobody is told; the others go on, and what was kept comes in its order."""
    machine, other = machines[0], machines[1]
    caught_up(ask, machine.name)
    network.cut(machine.namespace)
    began = time.time()
    time.sleep(CUT_SECONDS)
    ended = time.time()
    assert longest_gap(times(ask, other.name), began, ended - 2) < 2
    # What was on its way when the line was cut is all that came.
    assert [at for at in times(ask, machine.name) if at > began + 1] == []
    network.join(machine.namespace)
    # New samples do not wait for the old ones.
    wait_until(lambda: (stored := times(ask, machine.name)) and stored[-1] > ended, 60, "samples of now")
    caught_up(ask, machine.name, 60 + CUT_SECONDS)
    stored = times(ask, machine.name)
    assert stored == sorted(set(stored))
    assert longest_gap(stored, began, ended) < 2, stored
    assert series(ask, f'axonize_agent_samples_dropped_total{{instance="{machine.name}"}} > 0') == []


def test_a_machine_is_killed_while_the_server_is_away(ask, server, machines):
    """What was on the disk is there afterwards, once, whoever went first."""
    machine = machines[2]
    caught_up(ask, machine.name)
    server.kill()
    away = time.time()
    wait_until(lambda: machine.spooled_bytes() > 0 and time.time() > away + 3, 30, "samples on the disk")
    machine.kill()
    killed = time.time()
    server.start()
    machine.start()
    for one in machines:
        caught_up(ask, one.name)
        stored = times(ask, one.name)
        assert stored == sorted(set(stored))
        # What was gathered for the next request, and no more, went with the agent.
        assert longest_gap(stored, away - 1, killed - 1) < 2, (one.name, away, killed, stored)
    kinds = [one["kind"] for one in ask("/api/v1/events", node=machine.name)]
    assert kinds.count("node_restarted") == 1 and kinds.count("node_new") == 1
    assert "samples wait on the disk" in machine.log and "the server takes samples again" in machines[0].log


@pytest.mark.parametrize(("name", "seconds"), [("clock-ahead", 600), ("clock-behind", -600)])
def test_a_clock_that_is_wrong_is_said(ask, make_machine, name, seconds):
    """Samples keep the time of their machine; the log, a series and the list of nodes say that it is wrong."""
    machine = make_machine(name)
    machine.clock_offset = seconds
    machine.start()

    def offset():
        found = node(ask, name)
        return found and found.get("clock_offset_seconds")

    assert abs(wait_until(offset, 30, "the offset of the clock") - seconds) < 2
    direction = "ahead of" if seconds > 0 else "behind"
    assert f"its clock is {abs(seconds)} s {direction} the server's" in node(ask, name)["problem"]
    # Heard of now, whatever its clock says.
    assert node(ask, name)["state"] == "up"
    assert machine.stop() == 0
    assert machine.log.count("the clocks of this machine and of the server differ") == 1
    now = time.time()
    stored = times(ask, name, now + seconds)
    assert stored and abs(stored[-1] - (now + seconds)) < 30
    marked = series(ask, f'axonize_agent_clock_offset_seconds{{instance="{name}"}} @ {now + seconds}')
    assert abs(float(marked[0]["value"][1]) - seconds) < 2


def test_two_agents_with_one_name_are_told_by_both_sides(ask, server, make_machine):
    first = make_machine("twin").start()
    wait_until(lambda: node(ask, "twin"), 30, "the first one")
    assert "problem" not in node(ask, "twin")
    second = make_machine("twin").start()
    said = "several programs report as 'twin'"
    wait_until(lambda: said in first.log and said in second.log, 40, "both to be told")
    assert said in node(ask, "twin")["problem"]
    assert said in server.log
    # It is over some time after one of them has gone.
    assert second.stop() == 0
    wait_until(lambda: "problem" not in node(ask, "twin"), 60, "the end of it")
    assert first.log.count(said) == 1
    assert first.stop() == 0


@pytest.fixture
def small_disk(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], capture_output=True, text=True
    )
    if made.returncode != 0:
        pytest.skip(f"a small disk needs CAP_SYS_ADMIN: {made.stderr}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_spool_whose_disk_is_full_says_so_and_recovers(ask, make_machine, small_disk):
    """What there was room for is kept; what comes when it is full is lost, counted, and said once."""
    machine = make_machine("full", gpus="h200x8\nmachine 2")
    machine.spool = small_disk / "spool"
    # The disk is full sooner.
    machine.gpu_interval = "200ms"
    machine.start()
    caught_up(ask, machine.name)
    filler = small_disk / "filler"
    filler.write_bytes(bytes(700 << 10))
    key = machine.key_file.read_text()
    machine.key_file.write_text("axz_wrong")
    began = time.time()
    wait_until(lambda: "cannot be kept on the disk" in machine.log, 60, "the disk to be full")
    ended = time.time()
    time.sleep(1)
    filler.unlink()
    machine.key_file.write_text(key)
    caught_up(ask, machine.name)
    assert machine.log.count("cannot be kept on the disk") == 1
    lost = value(ask, 'axonize_agent_samples_dropped_total{instance="full",reason="spool_failed"}')
    assert lost > 0
    assert longest_gap(times(ask, machine.name), began, ended) < 2
    assert machine.stop() == 0


def test_a_revoked_key_is_replaced_without_a_restart(ask, server, make_machine):
    machine = make_machine("rekeyed")
    id_, key = create_key(server, "ingest")
    machine.key_file.write_text(key)
    machine.start()
    caught_up(ask, machine.name)
    server.run("keys", "revoke", id_, "--data-dir", str(server.data_dir))
    wait_until(lambda: "give the agent a key" in machine.log and machine.spooled_bytes() > 0, 60, "the refusal")
    revoked = time.time()
    machine.key_file.write_text(create_key(server, "ingest")[1])
    caught_up(ask, machine.name)
    assert longest_gap(times(ask, machine.name), revoked - 3, revoked) < 2
    assert key not in machine.log
    assert machine.stop() == 0


def test_agents_of_other_versions_are_understood(ask, server):
    """A later one may say more than this server knows, an earlier one less."""
    _, key = create_key(server, "ingest")
    headers = {"authorization": f"Bearer {key}"}
    gpu = {"vendor": "nvidia", "index": 0, "condition": "up", "resources": [], "peers": [], "readings": [], "uuid": "G"}
    report = {"name": "older", "version": "0.1", "labels": {}, "drivers": [], "gpus": [gpu], "events": []}
    later = report | {
        "name": "later",
        "version": "9.0",
        "mood": {"of": "the machine"},
        "gpus": [gpu | {"uuid": "L", "condition": "melted", "colour": "red"}],
    }
    for one in (report, later):
        response = server.session.post(f"{server.url}/api/v1/nodes/report", json=one, headers=headers, timeout=30)
        assert response.status_code == 204, response.text
    assert node(ask, "older")["version"] == "0.1" and node(ask, "later")["version"] == "9.0"
    assert {one["id"]: one["condition"] for one in ask("/api/v1/gpus") if one["node"] in ("older", "later")} == {
        "G": "up",
        "L": "unknown",
    }
