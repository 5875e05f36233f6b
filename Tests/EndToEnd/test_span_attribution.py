"""What spans did to GPUs: the stand-in of NVIDIA's library is read by a server, and spans name its GPUs."""

import itertools
import json
import secrets
import time

import pytest
from support.server import Server, wait_until
from test_gpus import StandIn, environment
from test_keys import create_key

SECOND = 1_000_000_000


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory):
    return StandIn(tmp_path_factory.mktemp("nvml"), "h200x8")


@pytest.fixture(scope="module")
def server(tmp_path_factory, stand_in):
    instance = Server(tmp_path_factory.mktemp("attribution") / "data", environment=environment(stand_in.path))
    try:
        yield instance.start()
    finally:
        instance.stop()


class Span:
    """A span; `start` and `end` are seconds after the base of its test."""

    def __init__(self, name, start, end, *gpus, parent=None, tokens=None, trace=None):
        self.name, self.start, self.end, self.gpus, self.parent, self.tokens = name, start, end, gpus, parent, tokens
        self.id = secrets.token_hex(8)
        self.trace = trace or (parent.trace if parent else secrets.token_hex(16))

    def otlp(self, base: int) -> dict:
        attributes = [attribute(f"gpu.{place}.resource_uuid", stringValue=gpu) for place, gpu in enumerate(self.gpus)]
        if self.tokens is not None:
            attributes += [
                attribute("gen_ai.request.model", stringValue="m"),
                attribute("gen_ai.usage.output_tokens", intValue=str(self.tokens)),
            ]
        return {
            "traceId": self.trace,
            "spanId": self.id,
            "parentSpanId": self.parent.id if self.parent else "",
            "name": self.name,
            "kind": 1,
            "startTimeUnixNano": str(base + int(self.start * SECOND)),
            "endTimeUnixNano": str(base + int(self.end * SECOND)),
            "attributes": attributes,
        }


def attribute(key, **value):
    return {"key": key, "value": value}


def send(server, base: int, *spans, key=None):
    resource = {"attributes": [attribute("service.name", stringValue="inference")]}
    body = {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": [one.otlp(base) for one in spans]}]}]}
    response = server.session.post(f"{server.url}/v1/traces", json=body, headers=bearer(key), timeout=30)
    assert response.status_code == 200, response.text


def bearer(key) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"} if key else {}


def samples(server, query: str) -> list[tuple[float, float]]:
    """The samples of the one series of a range selector, in seconds."""
    result = json.loads(server.run("query", query, "--json").stdout)["data"]["result"]
    assert len(result) == 1, result
    return [(float(time), float(value)) for time, value in result[0]["values"]]


def counted(points: list[tuple[float, float]], start: float, end: float) -> float:
    """What a counter grew by in a time, with straight lines between its samples."""
    total = 0.0
    for (earlier, before), (later, after) in itertools.pairwise(points):
        overlap = min(later, end) - max(earlier, start)
        if overlap > 0 and after >= before:
            total += (after - before) * overlap / (later - earlier)
    return total


def reported(server, seconds: float, count: int, divided: bool) -> list[dict]:
    """The GPUs, once they were there for some seconds."""

    def found():
        gpus = [gpu for gpu in server.data("/api/v1/gpus") if gpu["condition"] == "up"]
        parts = [part for gpu in gpus for part in gpu["resources"]]
        return gpus if len(gpus) == count and parts and all(("profile" in part) == divided for part in parts) else None

    gpus = wait_until(found, 30, "the GPUs")
    time.sleep(seconds)
    return gpus


def uses(server, trace: str) -> dict:
    data = server.data(f"/api/v1/traces/{trace}/gpu")
    return data, {(span["name"], span["gpu_id"]): span["use"] for span in data["spans"]}


def test_spans_have_the_energy_of_their_gpus(server):
    gpus = reported(server, 6, 8, divided=False)
    first, second = gpus[0]["id"], gpus[1]["id"]
    base = time.time_ns() - 6 * SECOND
    alone = Span("alone", 1, 4, second)
    request = Span("request", 0.5, 4.5)
    outer = Span("outer", 1, 4, first, parent=request, tokens=300)
    inner = Span("inner", 2, 3, first, parent=outer, tokens=100)
    neighbour = Span("neighbour", 3.5, 5, first, tokens=100)
    nobodys = Span("nobodys", 1, 2, "GPU-nobody", parent=request)
    alone.trace = request.trace
    third = gpus[2]["id"]
    beside = Span("beside", 1, 4, third, parent=request)
    long = Span("long", -5400, 4, third)
    send(server, base, request, outer, inner, nobodys, alone, neighbour, beside, long)
    data, found = uses(server, request.trace)
    now = time.time_ns() // SECOND
    energy = {
        gpu: samples(server, f'axonize_gpu_energy_joules_total{{uuid="{gpu}"}}[{now - base // SECOND + 5}s]')
        for gpu in (first, second)
    }
    assert all(len(points) > 20 for points in energy.values())

    def expected(gpu, start, end):
        return counted(energy[gpu], base / SECOND + start, base / SECOND + end)

    one = found["alone", second]["energy"]
    assert (one["provenance"], one["coverage"], one["source"]) == ("exact", 1, "counter")
    assert one["joules"] == pytest.approx(expected(second, 1, 4), rel=1e-5)
    # Of two spans in each other the inner one has the energy, and the outer one says what both took.
    one = found["inner", first]["energy"]
    assert one["provenance"] == "exact"
    assert one["joules"] == pytest.approx(expected(first, 2, 3), rel=1e-5)
    # Of spans beside each other each has a share by tokens per second: 100 and 66.7.
    one = found["outer", first]["energy"]
    share = expected(first, 3.5, 4) * 100 / (100 + 100 / 1.5)
    assert one["provenance"] == "shared"
    assert one["joules"] == pytest.approx(expected(first, 1, 3.5) + share, rel=1e-5)
    assert one["self_joules"] == pytest.approx(one["joules"] - found["inner", first]["energy"]["joules"])
    # One that started 90 minutes before is beside it.
    assert found["beside", third]["energy"]["provenance"] == "shared"
    assert found["beside", third]["occupied_ns"] == pytest.approx(1.5 * SECOND)
    assert found["nobodys", "GPU-nobody"]["energy"] == {
        "provenance": "unavailable",
        "coverage": 0,
        "reason": "unknown_gpu",
    }
    assert found["nobodys", "GPU-nobody"]["occupied_ns"] == pytest.approx(SECOND)
    use = found["alone", second]
    assert use["utilization"]["mean"] == pytest.approx(1, abs=0.1)
    assert use["utilization"]["busy_ns"] == pytest.approx(use["utilization"]["mean"] * 3 * SECOND)
    assert use["memory_bytes"]["mean"] > 1 << 30 and use["sm_clock_hertz"]["mean"] > 1e9
    assert use["power_watts"]["mean"] == pytest.approx(use["energy"]["joules"] / 3)
    assert data["totals"]["unavailable"] == 1
    assert data["totals"]["joules"] == pytest.approx(sum(use["energy"].get("self_joules", 0) for use in found.values()))
    lane = next(lane for lane in data["lanes"] if lane["id"] == first)
    assert lane["node"] == "gpubox" and lane["model"] == "NVIDIA H200"
    assert any(value is not None and value > 0.5 for value in lane["utilization"])
    # The same by the GPU, the newest first, page by page.
    listed = server.data(f"/api/v1/gpus/{first}/spans")
    assert [span["name"] for span in listed] == ["neighbour", "inner", "outer"]
    assert listed[2]["use"]["energy"]["joules"] == pytest.approx(found["outer", first]["energy"]["joules"])
    page = server.get(f"/api/v1/gpus/{first}/spans", limit=2, end="now", start="-1h").json()
    assert [span["name"] for span in page["data"]] == ["neighbour", "inner"]
    rest = server.get(f"/api/v1/gpus/{first}/spans", limit=2, end="now", start="-1h", cursor=page["next_cursor"]).json()
    assert [span["name"] for span in rest["data"]] == ["outer"] and rest["next_cursor"] is None


def test_tenants_share_the_gpus_of_the_server(server):
    gpu = reported(server, 4, 8, divided=False)[3]["id"]
    keys = {"default": None}
    for tenant in ("one", "two"):
        server.run("tenants", "create", tenant, "--data-dir", str(server.data_dir))
        keys[tenant] = create_key(server, "ingest", "query", tenant=tenant)[0]
    base = time.time_ns() - 4 * SECOND
    # Whoever knows another tenant's ids does not come within its spans: both are beside each other.
    spans = {"default": Span("alone", 0, 1, gpu), "one": Span("outer", 1, 3, gpu)}
    spans["two"] = Span("inner", 2, 3.5, gpu, parent=spans["one"])
    for tenant, span in spans.items():
        send(server, base, span, key=keys[tenant])
    use = {}
    for tenant, span in spans.items():
        data = server.get(f"/api/v1/traces/{span.trace}/gpu", headers=bearer(keys[tenant])).json()["data"]
        listed = server.get(f"/api/v1/gpus/{gpu}/spans", headers=bearer(keys[tenant])).json()["data"]
        assert [one["name"] for one in data["spans"]] == [one["name"] for one in listed] == [span.name]
        assert len(data["lanes"]) == (1 if tenant == "default" else 0)
        use[tenant] = data["spans"][0]["use"]
        assert use[tenant]["energy"] == listed[0]["use"]["energy"]
    now = time.time_ns() // SECOND
    points = samples(server, f'axonize_gpu_energy_joules_total{{uuid="{gpu}"}}[{now - base // SECOND + 5}s]')
    parts = {"default": [(0, 1, 1)], "one": [(1, 2, 1), (2, 3, 0.5)], "two": [(2, 3, 0.5), (3, 3.5, 1)]}
    for tenant, shares in parts.items():
        expected = sum(
            counted(points, base / SECOND + start, base / SECOND + end) * share for start, end, share in shares
        )
        assert use[tenant]["energy"]["joules"] == pytest.approx(expected, rel=1e-5), tenant
    assert use["one"]["energy"]["provenance"] == "shared"
    assert use["one"]["memory_bytes"] == {"provenance": "unavailable", "coverage": 0, "reason": "other_tenant"}
    assert use["default"]["memory_bytes"]["mean"] > 1 << 30


def test_parts_of_a_gpu_share_its_energy(server, stand_in):
    stand_in.play("h200-mig")
    gpu = reported(server, 5, 1, divided=True)[0]
    parts = {part["profile"]: part["uuid"] for part in gpu["resources"]}
    base = time.time_ns() - 4 * SECOND
    request = Span("request", 0, 4)
    spans = [Span(profile, 1, 3, uuid, parent=request) for profile, uuid in parts.items()]
    board = Span("board", 1, 3, gpu["id"], parent=request)
    send(server, base, request, board, *spans)
    data, found = uses(server, request.trace)
    now = time.time_ns() // SECOND
    energy = samples(server, f'axonize_gpu_energy_joules_total{{uuid="{gpu["id"]}"}}[{now - base // SECOND + 5}s]')
    whole = counted(energy, base / SECOND + 1, base / SECOND + 3)
    assert sum(found[profile, uuid]["energy"]["joules"] for profile, uuid in parts.items()) == pytest.approx(
        whole, rel=1e-5
    )
    for profile, uuid in parts.items():
        one = found[profile, uuid]
        assert (one["energy"]["division"], one["energy"]["provenance"]) == ("activity", "shared"), profile
        assert one["memory_bytes"]["mean"] > 0
    assert found["board", gpu["id"]]["energy"]["reason"] == "divided"
    assert {lane["profile"] for lane in data["lanes"] if "profile" in lane} == set(parts)


def test_what_is_not_there_is_said(server):
    assert server.get(f"/api/v1/traces/{secrets.token_hex(16)}/gpu").status_code == 404
    lone = Span("lone", 0, 1)
    send(server, time.time_ns() - 2 * SECOND, lone)
    data = server.data(f"/api/v1/traces/{lone.trace}/gpu")
    assert (data["spans"], data["lanes"], data["totals"]["provenance"]) == ([], [], "unavailable")
    # GPUs that only a span, or only DCGM's exporter, names are known.
    unreported = Span("unreported", 0, 1, "GPU-of-a-span-alone")
    send(server, time.time_ns() - 2 * SECOND, unreported)
    series = 'DCGM_FI_DEV_POWER_USAGE{gpu="0",UUID="GPU-of-dcgm-alone",Hostname="box"}'
    page = f"{series} 400 {time.time_ns() // 1_000_000}\n"
    assert server.session.post(f"{server.url}/api/v1/import/prometheus", data=page, timeout=30).ok
    for name in ("GPU-of-a-span-alone", "GPU-of-dcgm-alone"):
        answer = server.get(f"/api/v1/gpus/{name}/spans", start="2001-01-01T00:00:00Z", end="2001-01-02T00:00:00Z")
        assert (answer.status_code, answer.json()["data"]) == (200, []), name
    for path in ("", "/spans", "/metrics", "/events"):
        answer = server.get(f"/api/v1/gpus/GPU-of-no-span{path}")
        assert (answer.status_code, answer.json()["type"]) == (404, "urn:axonize:problem:not_found"), path
    for command in (["gpu", "nope", "--spans"], ["topology", "nope"], ["gpus", "--node", "nope"]):
        run = server.run(*command, check=False)
        assert run.returncode == 4 and "There is no" in run.stderr, command
