"""An agent beside a server that comes and goes: nothing is missing, and nothing is there twice."""

import contextlib
import gzip
import http.server
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import threading
import time

import pytest
import yaml
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from support.server import BINARY, ROOT, Server, clean_environment, wait_until

INTERVAL = "200ms"


class Agent:
    """One `axonize agent` process; start it again on the same spool as often as a test needs."""

    def __init__(self, server: Server, folder: pathlib.Path, name: str, key_file: pathlib.Path, *arguments: str):
        self.log_path = folder / f"{name}.log"
        self.spool = folder / f"{name}-spool"
        self.command = [
            str(BINARY),
            "agent",
            f"--server={server.url}",
            f"--instance={name}",
            f"--key-file={key_file}",
            f"--spool-dir={self.spool}",
            f"--send-interval={INTERVAL}",
            *(f"--{kind}-interval={INTERVAL}" for kind in ("cpu", "io", "usage")),
            *arguments,
        ]
        self.process: subprocess.Popen | None = None

    def start(self):
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=clean_environment({"K8S_NODE_NAME": "node-7"}),
            )
        return self

    @property
    def log(self) -> str:
        return self.log_path.read_text(errors="replace")

    def spooled_bytes(self) -> int:
        return sum(path.stat().st_size for path in self.spool.glob("*.journal")) if self.spool.exists() else 0

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def close(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    instance = Server(tmp_path_factory.mktemp("agents") / "data", environment={"AXONIZE_REQUIRE_KEYS": "true"})
    try:
        yield instance.start()
    finally:
        instance.close()


def create_key(server: Server, permission: str) -> str:
    arguments = ["keys", "create", "--data-dir", str(server.data_dir), f"--permission={permission}", "--json"]
    made = json.loads(server.run(*arguments).stdout)
    return made.get("data", made)["key"]


@pytest.fixture(scope="module")
def query_key(server):
    return create_key(server, "query")


@pytest.fixture
def key_file(server, tmp_path):
    path = tmp_path / "key"
    path.write_text(create_key(server, "ingest") + "\n")
    return path


@pytest.fixture
def make_agent(server, tmp_path, key_file):
    with contextlib.ExitStack() as stack:

        def make(name: str, *arguments: str) -> Agent:
            agent = Agent(server, tmp_path, name, key_file, *arguments)
            stack.callback(agent.close)
            return agent

        yield make


def ask(server: Server, key: str, query: str) -> list[dict]:
    response = server.get("/api/v1/query", query=query, headers={"authorization": f"Bearer {key}"})
    assert response.status_code == 200, response.text
    return response.json()["data"]["result"]


def times(server: Server, key: str, instance: str) -> list[float]:
    """When the machine's load was stored."""
    found = ask(server, key, f'node_load1{{instance="{instance}"}}[10m]')
    return [float(value[0]) for value in found[0]["values"]] if found else []


def value(server: Server, key: str, query: str) -> float | None:
    found = ask(server, key, query)
    return float(found[0]["value"][1]) if found else None


def caught_up(server: Server, key: str, instance: str):
    """Waits until samples of now are stored and none waits on the disk."""
    since = time.time()

    def is_caught_up():
        stored = times(server, key, instance)
        waiting = value(server, key, f'axonize_agent_spool_requests{{instance="{instance}"}}')
        return stored and stored[-1] > since + 1 and waiting == 0

    wait_until(is_caught_up, 60, "the agent to have sent what waited")


def test_samples_of_an_outage_are_stored_once_and_in_order(server, query_key, make_agent):
    agent = make_agent("a1", "--label=rack=r1").start()
    wait_until(lambda: times(server, query_key, "a1"), 30, "samples of the agent")
    (labels,) = [one["metric"] for one in ask(server, query_key, 'node_load1{instance="a1"}')]
    assert labels == {
        "__name__": "node_load1",
        "instance": "a1",
        "job": "node",
        "k8s_node_name": "node-7",
        "rack": "r1",
    }

    # The server knows the machine.
    headers = {"authorization": f"Bearer {query_key}"}

    def known():
        return [one for one in server.get("/api/v1/nodes", headers=headers).json()["data"] if one["name"] == "a1"]

    (node,) = wait_until(known, 30, "a report of the machine")
    assert node["state"] == "up"
    assert node["labels"] == {"k8s_node_name": "node-7", "rack": "r1"}

    # The server is away for a while.
    assert server.stop() == 0
    away_at = time.time()
    wait_until(lambda: agent.spooled_bytes() > 0 and time.time() > away_at + 3, 30, "samples on the disk")
    back_at = time.time()
    server.start()
    caught_up(server, query_key, "a1")
    stored = times(server, query_key, "a1")
    assert stored == sorted(set(stored))
    missed = [at for at in stored if away_at < at < back_at]
    # One in 200 ms, less what a busy machine leaves out.
    assert len(missed) >= 8, (away_at, back_at, stored)
    dropped = ask(server, query_key, 'axonize_agent_samples_dropped_total{instance="a1"} > 0')
    assert dropped == []

    # The agent is killed while the server is away: what was on the disk is sent by the next one.
    assert server.stop() == 0
    away_at = time.time()
    before = agent.spooled_bytes()
    wait_until(lambda: agent.spooled_bytes() > before and time.time() > away_at + 2, 30, "samples on the disk")
    killed_at = time.time()
    agent.close()
    server.start()
    agent.start()
    caught_up(server, query_key, "a1")
    stored = times(server, query_key, "a1")
    assert stored == sorted(set(stored))
    assert len([at for at in stored if away_at < at < killed_at]) >= 3, (away_at, killed_at, stored)
    sent = value(server, query_key, 'axonize_agent_samples_sent_total{instance="a1"}')
    assert sent > 100
    assert abs(value(server, query_key, 'axonize_agent_clock_offset_seconds{instance="a1"}')) < 1
    assert agent.stop() == 0
    assert "samples wait on the disk" in agent.log and "the server takes samples again" in agent.log


def test_otlp_gives_the_series_that_remote_write_gives(server, query_key, make_agent, tmp_path):
    """Two agents on one machine whose files do not change: names, labels, values and meanings are the same."""
    proc = tmp_path / "proc"
    proc.mkdir()
    (proc / "loadavg").write_text("1.25 0.50 0.25 1/99 4242\n")
    (proc / "meminfo").write_text("MemTotal:       65536 kB\nMemFree:        1024 kB\n")
    (proc / "stat").write_text("cpu  10 20 30 40 5 6 7 8 1 2\ncpu0 10 20 30 40 5 6 7 8 1 2\nintr 9\nctxt 8\nbtime 7\n")
    (proc / "vmstat").write_text("pgfault 12\npswpin 3\noom_kill 0\n")
    stand_in = BINARY.parents[1] / "debug" / "libnvml-stand-in.so"
    library = tmp_path / "libnvidia-ml.so.1"
    shutil.copy(stand_in, library)
    pathlib.Path(f"{library}.txt").write_text("h200x8")
    arguments = [f"--proc-root={proc}", "--label=rack=r1", "--gpu-enabled=true", f"--nvml-library={library}"]
    protocols = {"written": "remote_write", "exported": "otlp"}
    agents = [make_agent(name, f"--protocol={one}", *arguments).start() for name, one in protocols.items()]

    def found(name: str) -> dict[tuple, str]:
        result = ask(server, query_key, f'{{instance="{name}"}}')
        return {
            tuple(sorted((key, text) for key, text in one["metric"].items() if key != "instance")): one["value"][1]
            for one in result
        }

    def both() -> tuple[dict, dict] | None:
        written, exported = found("written"), found("exported")
        gpus = sum(dict(labels)["__name__"] == "axonize_gpu_power_watts" for labels in written)
        return (written, exported) if gpus == 8 and written.keys() == exported.keys() else None

    try:
        written, exported = wait_until(both, 60, "the same series of both")
    except AssertionError:
        raise AssertionError(sorted(found("written").keys() ^ found("exported").keys())[:20]) from None
    names = {dict(labels)["__name__"] for labels in exported}
    # A counter whose name does not end as those of OTLP do.
    assert {"node_cpu_seconds_total", "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", "node_vmstat_pgfault"} <= names
    fixed = [
        one for one in exported if dict(one)["__name__"].startswith(("node_load", "node_mem", "node_cpu", "node_v"))
    ]
    assert len(fixed) > 12
    assert {one: exported[one] for one in fixed} == {one: written[one] for one in fixed}
    for agent in agents:
        assert agent.stop() == 0
        assert "refuses" not in agent.log


class Receiver(http.server.ThreadingHTTPServer):
    """Takes exports, and reads them with OpenTelemetry's own definitions."""

    daemon_threads = True

    def __init__(self, statuses: list[int]):
        super().__init__(("127.0.0.1", 0), ReceiverHandler)
        self.statuses = statuses
        self.bodies: list[bytes] = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()


class ReceiverHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        answer = ExportMetricsServiceResponse()
        status = 200
        if self.path == "/v1/metrics":
            assert self.headers["content-type"] == "application/x-protobuf"
            assert self.headers["content-encoding"] == "gzip"
            self.server.bodies.append(body)
            status = self.server.statuses.pop(0) if self.server.statuses else 200
            if not self.server.statuses:
                answer.partial_success.rejected_data_points = 1
                answer.partial_success.error_message = "one is too old"
        text = answer.SerializeToString()
        self.send_response(status)
        self.send_header("content-type", "application/x-protobuf")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


def test_a_receiver_of_others_understands_what_is_exported(make_agent):
    """Whatever takes OTLP will do; what it cannot take now is sent again as it was, and what it refuses is told."""
    receiver = Receiver([503, 200])
    agent = make_agent("foreign", "--protocol=otlp", "--gpu-enabled=false")
    agent.command = [f"--server={receiver.url}" if one.startswith("--server=") else one for one in agent.command]
    agent.start()
    wait_until(lambda: len(receiver.bodies) >= 5, 30, "requests")
    wait_until(lambda: "the server refuses some samples" in agent.log, 30, "the refusal")
    assert agent.stop() == 0
    receiver.shutdown()
    receiver.server_close()
    bodies = receiver.bodies
    assert bodies.count(bodies[0]) == 2, "the first was sent again, byte by byte"
    points = 0
    for body in bodies:
        request = ExportMetricsServiceRequest.FromString(gzip.decompress(body))
        for group in request.resource_metrics:
            attributes = {one.key: one.value.string_value for one in group.resource.attributes}
            assert attributes == {"service.name": "node", "service.instance.id": "foreign"}
            (scope,) = group.scope_metrics
            assert len({metric.name for metric in scope.metrics}) == len(scope.metrics)
            for metric in scope.metrics:
                assert metric.name and metric.description and not metric.unit
                kind = metric.WhichOneof("data")
                data = getattr(metric, kind)
                if metric.name.endswith("_seconds_total"):
                    assert kind == "sum" and data.is_monotonic and data.aggregation_temporality == 2
                for point in data.data_points:
                    points += 1
                    assert abs(point.time_unix_nano / 1e9 - time.time()) < 120
                    assert point.flags == 1 or point.WhichOneof("value") == "as_double"
                    assert {one.key for one in point.attributes} >= {"k8s_node_name"}
    assert points > 200


def test_a_wrong_key_is_told_and_costs_no_samples(server, query_key, make_agent, key_file):
    right = key_file.read_text()
    key_file.write_text("axz_wrong\n")
    agent = make_agent("a2").start()
    wait_until(lambda: "status 401" in agent.log and agent.spooled_bytes() > 0, 30, "the refusal in the log")
    told_at = time.time()
    # The key is in no log, and not among the arguments that others can see.
    arguments = pathlib.Path(f"/proc/{agent.process.pid}/cmdline").read_text()
    assert "axz_" not in agent.log and "axz_" not in arguments
    assert agent.stop() == 0
    key_file.write_text(right)
    agent.start()
    caught_up(server, query_key, "a2")
    assert times(server, query_key, "a2")[0] < told_at
    assert right.strip() not in agent.log
    assert agent.stop() == 0


def test_two_agents_do_not_share_a_spool(make_agent):
    agent = make_agent("a3").start()
    wait_until(lambda: agent.spool.exists() and "samples of this machine are sent" in agent.log, 30, "the agent")
    second = subprocess.run(agent.command, capture_output=True, text=True, timeout=60, env=clean_environment({}))
    assert second.returncode == 1
    assert "in use by another agent" in second.stderr


def test_a_second_signal_ends_it_at_once(server, make_agent):
    # It connects, and is never read from: the end waits for the response to what was gathered.
    with socket.create_server(("127.0.0.1", 0)) as listener:
        agent = make_agent("a5", f"--server=http://127.0.0.1:{listener.getsockname()[1]}")
        agent.command.remove(f"--server={server.url}")
        agent.start()
        connection, _ = listener.accept()
        with connection:
            agent.process.send_signal(signal.SIGHUP)
            wait_until(lambda: "nothing is read again" in agent.log, 30, "SIGHUP in the log")
            agent.process.send_signal(signal.SIGTERM)
            # As timeout(1) does; that is one request to stop.
            agent.process.send_signal(signal.SIGTERM)
            wait_until(lambda: '"stopping"' in agent.log, 30, "the end to begin")

            def ended():
                agent.process.send_signal(signal.SIGTERM)
                return agent.process.poll() is not None

            wait_until(ended, 60, "the end")
            assert agent.process.returncode == 130
    assert "stopped immediately by a second signal" in agent.log


def test_a_key_file_that_is_a_pipe_holds_nothing_up(make_agent, key_file):
    key_file.unlink()
    os.mkfifo(key_file, 0o600)
    agent = make_agent("a6").start()
    wait_until(lambda: "does not hold a key" in agent.log, 30, "the key file in the log")
    assert agent.stop() == 0


def test_a_proxy_is_named_and_not_used(server, query_key, make_agent, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://someone:secret@127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "")
    agent = make_agent("a7").start()
    wait_until(lambda: times(server, query_key, "a7"), 30, "samples of the agent")
    assert "an agent uses no proxy" in agent.log and "HTTP_PROXY" in agent.log
    assert "secret" not in agent.log
    assert agent.stop() == 0


def test_a_dry_run_shows_what_would_be_sent(server):
    shown = json.loads(server.run("agent", "--dry-run", "--json", "--label", "rack=r1", "--instance", "a4").stdout)
    names = {sample["name"] for sample in shown["samples"]}
    assert {"node_load1", "node_uname_info", "node_cpu_seconds_total"} <= names
    assert all(sample["labels"]["rack"] == "r1" and sample["labels"]["instance"] == "a4" for sample in shown["samples"])
    assert re.search(r"\d+ samples, .* Nothing was sent\.", server.run("agent", "--dry-run").stdout)


def test_the_files_for_services_and_clusters_are_valid(tmp_path):
    (account, daemons) = yaml.safe_load_all((ROOT / "deploy/agent/daemonset.yaml").read_text())
    pod = daemons["spec"]["template"]["spec"]
    assert pod["serviceAccountName"] == account["metadata"]["name"]
    (container,) = pod["containers"]
    assert {mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in pod["volumes"]}
    # The program takes the arguments of the manifest and of the unit.
    unit = (ROOT / "packaging/systemd/axonize-agent.service").read_text()
    (command,) = re.findall(r"^ExecStart=/usr/bin/axonize (.*)$", unit, re.M)
    for arguments in (container["args"], command.split()):
        # An option that comes last keeps it from running.
        done = subprocess.run(
            [str(BINARY), *arguments, "--dry-run", "--json"],
            capture_output=True,
            text=True,
            timeout=60,
            env=clean_environment({}),
        )
        assert done.returncode == 0, done.stderr
    analyse = shutil.which("systemd-analyze")
    if analyse is None:
        pytest.skip("systemd-analyze is not there")
    program = tmp_path / "axonize"
    program.touch(0o755)
    written = tmp_path / "axonize-agent.service"
    written.write_text(unit.replace("/usr/bin/axonize", str(program)))
    done = subprocess.run([analyse, "verify", str(written)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and "axonize-agent" not in done.stderr, done.stderr
