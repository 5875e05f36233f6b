"""The main job: programs with the official OpenTelemetry SDK and default settings, seen whole and exact."""

import json
import subprocess
import time

import grpc
import pytest
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GRPCExporter
from opentelemetry.exporter.otlp.proto.http import Compression as HTTPCompression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HTTPExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags
from opentelemetry.trace.span import TraceState
from support import telemetry
from support.server import wait_until

EXPORTERS = {
    "grpc": lambda server: GRPCExporter(endpoint=server.grpc_endpoint, insecure=True),
    "grpc-gzip": lambda server: GRPCExporter(
        endpoint=server.grpc_endpoint, insecure=True, compression=grpc.Compression.Gzip
    ),
    "http": lambda server: HTTPExporter(endpoint=f"{server.otlp_endpoint}/v1/traces"),
    "http-gzip": lambda server: HTTPExporter(
        endpoint=f"{server.otlp_endpoint}/v1/traces", compression=HTTPCompression.Gzip
    ),
    "http-on-api-port": lambda server: HTTPExporter(endpoint=f"{server.url}/v1/traces"),
}

# Times a little in the past with odd nanoseconds: a conversion through floating point would change them.
BASE = (time.time_ns() // 1_000_000_000 - 60) * 1_000_000_000 + 123_456_789

ATTRIBUTES = {
    "text": 'Grüße, 세계 \U0001f680 "quoted" \\ \n\t',
    "empty": "",
    "yes": True,
    "no": False,
    "integer": 42,
    "negative": -7,
    "beyond double": 9_007_199_254_740_993,
    "int64 min": -(2**63),
    "float": 0.1,
    "whole float": 3.0,
    "tiny": 5e-324,
    "texts": ["a", "b"],
    "integers": [1, 2, 3],
    "floats": [0.5, 1.25],
    "booleans": [True, False],
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "vllm",
    "gen_ai.request.model": "llama-3.1-8b",
    "gen_ai.response.model": "llama-3.1-8b-instruct",
    "gen_ai.usage.input_tokens": 1200,
    "gen_ai.usage.output_tokens": 345,
}
LINKED = SpanContext(
    0x5B8AA5A2D2C872E8321CF37308D69DF2, 0x051581BF3CB55C13, True, TraceFlags(1), TraceState([("vendor", "value")])
)


def as_json(value):
    """How an attribute looks in the REST API: native types, but integers beyond 2^53 as text."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**53:
        return str(value)
    if isinstance(value, list | tuple):
        return [as_json(item) for item in value]
    return value


def send_trace(exporter, service: str) -> SpanContext:
    """Two spans with everything the SDK can put on a span; the root's context."""
    provider = TracerProvider(
        resource=Resource.create({"service.name": service, "service.version": "1.2.3", "host.cores": 2})
    )
    provider.add_span_processor(BatchSpanProcessor(exporter))
    tracer = provider.get_tracer("end-to-end", "4.5.6")
    root = tracer.start_span(
        "POST /v1/chat",
        kind=SpanKind.SERVER,
        start_time=BASE,
        attributes=ATTRIBUTES,
        links=[Link(LINKED, {"why": "retry"})],
    )
    root.add_event("first token", {"index": 0, "text": "Hello"}, timestamp=BASE + 1_000_001)
    root.add_event("last token", timestamp=BASE + 2_000_002)
    child = tracer.start_span(
        "generate", context=trace.set_span_in_context(root), kind=SpanKind.CLIENT, start_time=BASE + 10
    )
    child.set_status(Status(StatusCode.ERROR, "out of memory"))
    child.end(BASE + 3_000_000)
    root.set_status(Status(StatusCode.OK))
    root.end(BASE + 5_000_000_001)
    assert provider.force_flush(10_000)
    provider.shutdown()
    return root.get_span_context()


@pytest.mark.parametrize("kind", EXPORTERS)
def test_an_official_exporter_is_stored_whole_and_exact(server, kind):
    service = f"exporter-{kind}"
    context = send_trace(EXPORTERS[kind](server), service)
    trace_id = f"{context.trace_id:032x}"
    stored = server.wait_for_trace(trace_id, 2)
    assert stored["trace_id"] == trace_id
    spans = {item["name"]: item for item in stored["spans"]}
    assert set(spans) == {"POST /v1/chat", "generate"}

    root = spans["POST /v1/chat"]
    assert root["span_id"] == f"{context.span_id:016x}"
    assert root["parent_span_id"] is None
    assert root["kind"] == "server"
    assert root["status"]["code"] == "ok"
    assert root["start_time_unix_nano"] == str(BASE)
    assert root["end_time_unix_nano"] == str(BASE + 5_000_000_001)
    assert int(root["duration_ns"]) == 5_000_000_001
    assert root["attributes"] == {key: as_json(value) for key, value in ATTRIBUTES.items()}
    # Equality of Python's 3 and 3.0, True and 1 hides a lost type; the text does not.
    for key in ("yes", "integer", "whole float", "integers", "booleans"):
        assert type(root["attributes"][key]) is type(as_json(ATTRIBUTES[key])), key
    assert [type(item) for item in root["attributes"]["booleans"]] == [bool, bool]
    assert root["scope"]["name"] == "end-to-end"
    assert root["scope"]["version"] == "4.5.6"
    assert root["resource"]["service.name"] == service
    assert root["resource"]["service.version"] == "1.2.3"
    assert root["resource"]["host.cores"] == 2
    assert root["resource"]["telemetry.sdk.language"] == "python"
    assert [(item["name"], item["time_unix_nano"], item["attributes"]) for item in root["events"]] == [
        ("first token", str(BASE + 1_000_001), {"index": 0, "text": "Hello"}),
        ("last token", str(BASE + 2_000_002), {}),
    ]
    (link,) = root["links"]
    assert link["trace_id"] == f"{LINKED.trace_id:032x}"
    assert link["span_id"] == f"{LINKED.span_id:016x}"
    assert link["attributes"] == {"why": "retry"}

    child = spans["generate"]
    assert child["parent_span_id"] == root["span_id"]
    assert child["kind"] == "client"
    assert child["status"] == {"code": "error", "message": "out of memory"}
    assert child["attributes"] == {}
    assert child["events"] == []
    assert child["links"] == []


@pytest.mark.parametrize("send", ["grpc", "http"])
def test_every_kind_of_value_comes_back(server, send):
    attributes = {
        "bytes": b"\x00\xff\xfe raw",
        "nested": {"inner": {"deep": [1, "two", {"three": 3.5}]}, "empty": {}},
        "mixed": [1, "a", 2.5, True, [b"\x01"]],
        "none": None,
        "empty list": [],
        "same.prefix": 1,
        "same": "plain",
    }
    trace_id = telemetry.new_trace_id()
    request = telemetry.export_request([telemetry.span(trace_id, attributes=attributes)])
    if send == "grpc":
        with telemetry.GRPCClient(server) as client:
            client.export(request)
    else:
        assert telemetry.post(server, request.SerializeToString()).status_code == 200
    (stored,) = server.wait_for_trace(trace_id.hex())["spans"]
    found = stored["attributes"]
    assert set(found) == set(attributes)
    assert found["nested"] == attributes["nested"]
    assert found["mixed"][:4] == [1, "a", 2.5, True]
    assert found["none"] is None
    assert found["empty list"] == []
    assert found["same"] == "plain"
    assert found["same.prefix"] == 1
    assert found["bytes"] == "AP/+IHJhdw=="


def test_a_trace_is_visible_within_a_second_of_its_acknowledgement(server):
    # Not a timing assertion: an acknowledged span is committed, so the very first question must find it.
    request, trace_id = telemetry.trace_request(3)
    assert telemetry.post(server, request.SerializeToString()).status_code == 200
    stored = server.trace(trace_id)
    assert stored is not None
    assert len(stored["spans"]) == 3


def test_json_over_http_is_stored(server):
    trace_id, span_id = telemetry.new_trace_id().hex(), telemetry.new_span_id().hex()
    start = time.time_ns()
    body = {
        "resourceSpans": [
            {
                "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "curl"}}]},
                "scopeSpans": [
                    {
                        "scope": {"name": "by hand"},
                        "spans": [
                            {
                                "traceId": trace_id.upper(),
                                "spanId": span_id,
                                "name": "from JSON",
                                "kind": 2,
                                "startTimeUnixNano": str(start),
                                "endTimeUnixNano": str(start + 1_000),
                                "attributes": [
                                    {"key": "n", "value": {"intValue": "9007199254740993"}},
                                    {"key": "d", "value": {"doubleValue": 1.5}},
                                    {"key": "b", "value": {"boolValue": True}},
                                    {"key": "l", "value": {"arrayValue": {"values": [{"intValue": 1}]}}},
                                ],
                                "status": {"code": 2, "message": "no"},
                                "aFieldOfTheFuture": {"x": [1, 2]},
                            }
                        ],
                    }
                ],
            }
        ]
    }
    result = subprocess.run(
        ["curl", "-sS", "--fail-with-body", "--noproxy", "*", "--data", "@-", "--header"]
        + ["content-type: application/json", f"{server.otlp_endpoint}/v1/traces"],
        input=json.dumps(body),
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert json.loads(result.stdout).get("partialSuccess") in (None, {})
    (stored,) = server.wait_for_trace(trace_id)["spans"]
    assert stored["span_id"] == span_id
    assert stored["kind"] == "server"
    assert stored["status"] == {"code": "error", "message": "no"}
    assert stored["attributes"] == {"n": "9007199254740993", "d": 1.5, "b": True, "l": [1]}
    assert stored["start_time_unix_nano"] == str(start)
    assert stored["duration_ns"] in (1_000, "1000")


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_compressed_bodies_are_read(server, encoding):
    import zstandard

    request, trace_id = telemetry.trace_request(2)
    body = request.SerializeToString()
    if encoding == "zstd":
        response = telemetry.post(server, zstandard.compress(body), content_encoding="zstd")
    else:
        response = telemetry.post(server, body, encoding="gzip")
    assert response.status_code == 200, response.text
    assert len(server.wait_for_trace(trace_id, 2)["spans"]) == 2


def test_the_commands_show_what_was_sent(server):
    service = "command-line"
    context = send_trace(EXPORTERS["grpc"](server), service)
    trace_id = f"{context.trace_id:032x}"
    server.wait_for_trace(trace_id, 2)

    assert service in server.run("services").stdout
    listed = json.loads(server.run("traces", "--service", service, "--json").stdout)
    rows = listed["data"] if isinstance(listed, dict) else listed
    assert [row["trace_id"] for row in rows] == [trace_id]
    assert trace_id in server.run("traces", "--service", service).stdout

    tree = server.run("trace", trace_id).stdout
    lines = [line for line in tree.splitlines() if "POST /v1/chat" in line or "generate" in line]
    assert len(lines) == 2, tree
    assert "POST /v1/chat" in lines[0]
    assert "generate" in lines[1]

    missing = server.run("trace", "0" * 31 + "1", check=False)
    assert missing.returncode != 0
    assert "0" * 31 + "1" in missing.stderr


def test_the_list_finds_a_trace_by_each_filter(server):
    context = send_trace(EXPORTERS["http"](server), "filtered")
    trace_id = f"{context.trace_id:032x}"
    server.wait_for_trace(trace_id, 2)
    window = {"start": "2020-01-01T00:00:00Z", "service": "filtered"}
    for filters in (
        {},
        {"operation": "generate"},
        {"status": "error"},
        {"model": "llama-3.1-8b"},
        {"provider": "vllm"},
        {"min_duration_ms": 4000, "max_duration_ms": 6000},
        {"q": '{ span.gen_ai.request.model =~ "llama.*" && duration > 1s }'},
    ):
        rows = server.data("/api/v1/traces", **window, **filters)
        assert [row["trace_id"] for row in rows] == [trace_id], filters
    for filters in ({"operation": "absent"}, {"min_duration_ms": 6000}, {"model": "other"}):
        assert server.data("/api/v1/traces", **window, **filters) == [], filters


def test_services_and_operations_are_listed(server):
    send_trace(EXPORTERS["grpc"](server), "listed")

    def names(path):
        return {row if isinstance(row, str) else row["name"] for row in server.data(path)}

    wait_until(lambda: "listed" in names("/api/v1/services"), 10, "the service to be listed")
    assert {"POST /v1/chat", "generate"} <= names("/api/v1/services/listed/operations")
