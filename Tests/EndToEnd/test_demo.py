"""`axonize demo`: what it fills can be asked for, fits together, and is gone after Ctrl-C."""

import json
import pathlib
import signal
import subprocess
import time

import pytest
import requests
from support.server import BINARY, STOP_SECONDS_MAX, clean_environment, wait_until

FILL_SECONDS_MAX = 120


class Demo:
    def __init__(self, folder: pathlib.Path, *arguments: str):
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        self.errors = (folder / "errors").open("w+")
        self.process = subprocess.Popen(
            [str(BINARY), "demo", "--json", "--port", "0", *arguments],
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            env=clean_environment({"TMPDIR": str(self.temporary)}),
        )
        self.beginning = json.loads(self.process.stdout.readline())
        self.url = self.beginning["url"]
        self.session = requests.Session()
        self.session.trust_env = False

    def ready(self) -> dict:
        return json.loads(self.process.stdout.readline())

    def data(self, path: str, **parameters):
        response = self.session.get(f"{self.url}/api/v1/{path}", params=parameters, timeout=30)
        assert response.status_code == 200, f"{response.url}: {response.text}"
        return response.json()["data"]

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.errors.close()

    def stop(self) -> int:
        self.session.close()
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(STOP_SECONDS_MAX)


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    demo = Demo(tmp_path_factory.mktemp("demo"), "--history", "16m", "--rate", "2")
    yield demo
    demo.close()


def test_a_demo_says_where_it_is_and_fills_the_past(demo):
    assert demo.beginning["state"] == "filling"
    assert demo.url.startswith("http://127.0.0.1:")
    ready = demo.ready()
    assert ready["state"] == "ready"
    assert ready["fill_seconds"] < FILL_SECONDS_MAX


def test_overview_services_sessions_and_logs_are_there(demo):
    overview = demo.data("analytics/overview", start="-16m")
    assert overview["total"]["call_count"] > 300, overview
    assert overview["total"]["error_count"] > 0
    services = {service["name"] for service in demo.data("services", start="-16m")}
    assert services >= {"gateway", "chat", "rag", "agents", "vector-db", "vllm-llama-70b", "tei-embeddings"}
    assert any(session["trace_count"] > 1 for session in demo.data("sessions", start="-16m", limit=100))
    assert len(demo.data("users", start="-16m", limit=100)) >= 10
    logs = demo.data("logs", start="-16m", limit=100)
    assert len(logs) == 100
    errors = demo.data("logs", start="-16m", limit=100, severity="error")
    assert any("CUDA error" in log["body"] for log in errors)


def test_a_trace_has_what_its_gpu_did(demo):
    spans = demo.data("spans", start="-15m", end="-1m", limit=50, q='{ name = "llm_request" && duration > 3s }')
    measured = 0
    for span in spans[:10]:
        attribution = demo.data(f"traces/{span['trace_id']}/gpu")
        assert attribution["lanes"] and attribution["lanes"][0]["power_watts"], attribution
        for use in attribution["spans"]:
            joules = use["use"]["energy"].get("joules")
            seconds = use["duration_ns"] / 1e9
            assert joules is None or 0 < joules <= 700 * (seconds + 1), use
            measured += joules is not None and use["use"]["utilization"].get("busy_ns", 0) > 0
    assert measured >= 10


def test_machines_gpus_and_events_are_there(demo):
    nodes = {node["name"]: node for node in demo.data("nodes")}
    assert set(nodes) == {"dgx-h200-01", "hgx-h100-02", "l40s-03"}
    gpus = demo.data("gpus")
    assert len(gpus) == 8
    divided = [gpu for gpu in gpus if gpu.get("divided")]
    assert [len(gpu["resources"]) for gpu in divided] == [3]
    assert all(gpu["readings"] and gpu["condition"] == "up" for gpu in gpus)
    kinds = {event["kind"] for event in demo.data("events", start="-16m", limit=100)}
    assert {"xid", "node_new"} <= kinds
    part = divided[0]["resources"][0]["uuid"]
    assert demo.data(f"gpus/{part}/spans", start="-10m")


def test_series_move_and_energy_is_that_of_the_power(demo):
    def value(query: str) -> float:
        response = demo.session.get(f"{demo.url}/api/v1/query", params={"query": query}, timeout=30).json()
        return float(response["data"]["result"][0]["value"][1])

    grown = value(
        "sum(max_over_time(axonize_gpu_energy_joules_total[5m]) - min_over_time(axonize_gpu_energy_joules_total[5m]))"
    )
    power = value("sum(avg_over_time(axonize_gpu_power_watts[5m]))")
    assert grown == pytest.approx(power * 300, rel=0.02)
    before = value("sum(vllm:generation_tokens_total)")
    wait_until(lambda: value("sum(vllm:generation_tokens_total)") > before, 60, "tokens of the present")
    assert value("count(node_cpu_seconds_total)") == 3 * 16 * 4


def test_energy_by_model_is_summed(demo):
    def sums():
        data = demo.data("energy", by="model", start="-15m")
        return data if sum(bool(row["group"]["model"]) for row in data["groups"]) >= 4 else None

    energy = wait_until(sums, 120, "the energy of models")
    assert all(row["joules"] > 0 for row in energy["groups"])
    assert energy["currency"] == "EUR"


def test_ctrl_c_ends_it_and_leaves_nothing(demo):
    assert demo.stop() == 0
    assert list(demo.temporary.iterdir()) == []
    demo.errors.seek(0)
    assert "error" not in demo.errors.read().lower()


def test_a_demo_that_is_interrupted_while_it_fills_leaves_nothing(tmp_path):
    demo = Demo(tmp_path, "--history", "7d")
    time.sleep(1)
    assert demo.stop() == 0
    assert list(demo.temporary.iterdir()) == []
    demo.close()
