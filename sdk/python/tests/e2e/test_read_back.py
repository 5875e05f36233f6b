"""What a program recorded, read back from the real server through REST, field by field."""

import json
import os
import subprocess
import sys
import urllib.parse
from typing import Any

import pytest

from tests.conftest import CORES
from tests.e2e.conftest import Server
from tests.receiver import wait_until

PROGRAM = """
import json, os, sys, time
import axonize
axonize.init(service_name="e2e", service_version="1.2.3", environment="test",
             resource_attributes={"team": "inference", "service.instance.id": "i1"}, **json.loads(sys.argv[1]))
assert axonize.core_name == os.environ["AXONIZE_CORE"]
out = {}
with axonize.span("POST /chat", kind="server") as root:
    out["trace_id"], out["root"] = root.trace_id_hex, root.span_id_hex
    out["start"] = root.start_time
    root.set_attribute("http.response.status_code", 200)
    root.set_attribute("tags", ["a", "b"])
    root.set_attribute("score", 0.5)
    root.set_attribute("cached", False)
    root.set_attribute("text", "Grüße 🙂")
    root.set_gpus(["GPU-11111111-2222-3333-4444-555555555555", "GPU-66666666-2222-3333-4444-555555555555"])
    root.add_event("cache.miss", {"size": 3}, root.start_time + 5)
    root.add_link(axonize.SpanContext(1 << 100, 77, 1, "", True), {"why": "batch"})
    with axonize.llm_span("chat m", model="m", provider="vllm", conversation_id="c1", user_id="u1") as llm:
        llm.set_gpus("GPU-11111111-2222-3333-4444-555555555555")
        for _ in range(5):
            time.sleep(0.002)
            llm.record_token()
        llm.set_usage(input_tokens=12, output_tokens=5, cached_tokens=4, cache_creation_tokens=3, reasoning_tokens=2)
        llm.set_response(model="m-1", finish_reasons=["stop"])
    out["llm"] = llm.span_id_hex
    try:
        with axonize.tracer("lib", "9").span("tool") as tool:
            raise ValueError("why")
    except ValueError:
        pass
    out["tool"] = tool.span_id_hex
    pid = os.fork()
    if pid == 0:
        with axonize.span("in the child"):
            pass
        ok = axonize.flush(20)
        os._exit(0 if ok else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
out["end"] = root.end_time
out["flushed"] = axonize.flush(20)
out["stats"] = dict(axonize.stats())
out["resource"] = dict(axonize.resource())
print(json.dumps(out))
# What follows is sent at exit.
with axonize.span("last", parent=root):
    pass
"""


def run(core: str, **options: Any) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(options)],
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
        env={**os.environ, "AXONIZE_CORE": core, "PYTHONWARNINGS": "ignore::DeprecationWarning"},
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    found = json.loads(done.stdout)
    assert found["flushed"]
    return found


@pytest.mark.parametrize("name", CORES)
@pytest.mark.parametrize("way", ["http", "http on the grpc port", "gzip", "grpc", "grpc and zstd"])
def test_every_field(server: Server, name: str, way: str) -> None:
    if "grpc" in way and name == "pure":
        pytest.importorskip("grpc")
    if "zstd" in way and name == "pure":
        pytest.skip("grpcio has no zstd")
    endpoint = f"http://127.0.0.1:{server.otlp if way in ('http', 'gzip') else server.grpc}"
    options: dict[str, Any] = {"endpoint": endpoint}
    if way.startswith("grpc"):
        options["protocol"] = "grpc"
    if way == "grpc and zstd":
        options["compression"] = "zstd"
    if way == "gzip":
        options["compression"] = "gzip"
    out = run(name, **options)
    assert out["stats"]["exported"] == 3
    spans = {span["name"]: span for span in server.trace(out["trace_id"], 5)}

    root = spans["POST /chat"]
    assert root["span_id"] == out["root"]
    assert root["parent_span_id"] is None
    assert root["kind"] == "server"
    assert root["status"] == {"code": "unset", "message": ""}
    assert (root["start_time_unix_nano"], root["end_time_unix_nano"]) == (str(out["start"]), str(out["end"]))
    assert root["duration_ns"] == out["end"] - out["start"]
    assert root["service_name"] == "e2e"
    assert root["flags"] & 0x101 == 0x101
    assert root["attributes"] == {
        "http.response.status_code": 200,
        "tags": ["a", "b"],
        "score": 0.5,
        "cached": False,
        "text": "Grüße 🙂",
        "gpu.0.resource_uuid": "GPU-11111111-2222-3333-4444-555555555555",
        "gpu.1.resource_uuid": "GPU-66666666-2222-3333-4444-555555555555",
    }
    assert root["resource"] == out["resource"]
    assert root["resource"]["deployment.environment.name"] == "test"
    assert root["scope"]["name"] == "axonize"
    assert root["gpu"]["resource_ids"] == [
        "GPU-11111111-2222-3333-4444-555555555555",
        "GPU-66666666-2222-3333-4444-555555555555",
    ]
    assert root["gpu"]["node_id"] == out["resource"]["host.name"]
    assert root["events"] == [
        {
            "name": "cache.miss",
            "time_unix_nano": str(out["start"] + 5),
            "attributes": {"size": 3},
            "dropped_attributes_count": 0,
        }
    ]
    (link,) = root["links"]
    assert (link["trace_id"], link["span_id"]) == (f"{1 << 100:032x}", f"{77:016x}")
    assert link["attributes"] == {"why": "batch"}

    llm = spans["chat m"]
    assert (llm["span_id"], llm["parent_span_id"], llm["kind"]) == (out["llm"], out["root"], "client")
    figures = llm["gen_ai"]
    first, per_token = figures.pop("time_to_first_token_ns"), figures.pop("time_per_output_token_ns")
    assert abs(first - llm["attributes"]["gen_ai.response.time_to_first_chunk"] * 1e9) <= 1
    assert abs(per_token - llm["attributes"]["gen_ai.server.time_per_output_token"] * 1e9) <= 1
    assert 2_000_000 <= first <= llm["duration_ns"]
    assert 0 < per_token <= llm["duration_ns"]
    assert figures == {
        "provider": "vllm",
        "operation": "chat",
        "request_model": "m",
        "response_model": "m-1",
        "input_tokens": 12,
        "output_tokens": 5,
        "cached_tokens": 4,
        "cache_creation_tokens": 3,
        "reasoning_tokens": 2,
        "finish_reason": "stop",
        "session_id": "c1",
        "user_id": "u1",
        "error_type": None,
    }
    assert llm["gpu"]["resource_ids"] == ["GPU-11111111-2222-3333-4444-555555555555"]
    assert llm["attributes"]["axonize.llm.inter_token_latency.p50"] >= 0.002 * 31 / 32

    tool = spans["tool"]
    assert tool["scope"]["name"] == "lib"
    assert tool["scope"]["version"] == "9"
    assert tool["status"] == {"code": "error", "message": "ValueError: why"}
    assert tool["gen_ai"]["error_type"] == "ValueError"
    (event,) = tool["events"]
    assert event["attributes"]["exception.type"] == "ValueError"
    assert "ValueError: why" in event["attributes"]["exception.stacktrace"]

    child = spans["in the child"]
    assert child["parent_span_id"] == out["root"]
    assert child["resource"]["process.pid"] != root["resource"]["process.pid"]
    assert spans["last"]["parent_span_id"] == out["root"]


@pytest.mark.parametrize("name", CORES)
def test_metrics(server: Server, name: str) -> None:
    program = """
import sys, axonize
axonize.init(endpoint=sys.argv[1], service_name=sys.argv[2], metrics_interval=0.2)
for _ in range(3):
    with axonize.llm_span("chat", model="m", provider="p") as span:
        span.record_token(); span.record_token()
        span.set_usage(input_tokens=10, output_tokens=2)
axonize.shutdown()
"""
    service = f"metrics-{name}"
    done = subprocess.run(
        [sys.executable, "-c", program, f"http://127.0.0.1:{server.otlp}", service],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "AXONIZE_CORE": name},
    )
    assert (done.returncode, done.stderr) == (0, "")

    def series(query: str) -> Any:
        return server.get(f"/query?{urllib.parse.urlencode({'query': query})}")["result"]

    job = f'job="{service}"'
    wait_until(lambda: series(f"axonize_sdk_span_ended_total{{{job}}}"), 30)
    names = {item["name"].removesuffix("_count"): item for item in server.get("/metrics/names?prefix=gen_ai_")}
    for metric, unit in {
        "gen_ai_client_operation_duration_seconds": "seconds",
        "gen_ai_client_token_usage": "",
        "gen_ai_server_time_to_first_token_seconds": "seconds",
        "gen_ai_server_time_per_output_token_seconds": "seconds",
    }.items():
        assert names[metric]["type"] == "histogram"
        assert names[metric]["unit"] == unit
    total, count = (
        f"sum by (gen_ai_token_type) (gen_ai_client_token_usage_{part}{{{job}}})" for part in ("sum", "count")
    )
    found = series(f"{total} / {count}")
    means = {item["metric"]["gen_ai_token_type"]: float(item["value"][1]) for item in found}
    assert means == {"input": 10, "output": 2}
    assert [float(item["value"][1]) for item in series(f"axonize_sdk_span_ended_total{{{job}}}")] == [3]
