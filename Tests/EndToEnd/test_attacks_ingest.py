"""Attacks with an ingest key: numbers at the ends of their types, requests that grow, names and values without end.

The server must answer each of them, go on serving a normal client, and stay within bounded memory; and whatever it
accepts can be read by every endpoint.
"""

import base64
import gzip
import json
import os
import random
import time

import grpc
import pytest
import requests
import zstandard
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2
from opentelemetry.proto.logs.v1 import logs_pb2
from opentelemetry.proto.metrics.v1 import metrics_pb2
from support import telemetry
from support.server import wait_until

DAY = 86_400_000_000_000
INT64_MAX = 2**63 - 1
# The first nanosecond of the last UTC day that 64 bits of nanoseconds hold.
LAST_DAY = 9_223_286_400_000_000_000


def works(server) -> bool:
    """Whether the process runs and a well-behaved client is served."""
    request, trace_id = telemetry.trace_request()
    assert server.process.poll() is None, server.log[-2000:]
    answer = telemetry.post(server, request.SerializeToString())
    return answer.status_code == 200 and server.wait_for_trace(trace_id) is not None


def partial(response: requests.Response, kind=trace_service_pb2.ExportTraceServiceResponse):
    assert response.status_code == 200, response.text
    return kind.FromString(response.content).partial_success


def log_request(records) -> bytes:
    return logs_service_pb2.ExportLogsServiceRequest(
        resource_logs=[logs_pb2.ResourceLogs(scope_logs=[logs_pb2.ScopeLogs(log_records=records)])]
    ).SerializeToString()


def metric_request(metrics) -> bytes:
    return metrics_service_pb2.ExportMetricsServiceRequest(
        resource_metrics=[metrics_pb2.ResourceMetrics(scope_metrics=[metrics_pb2.ScopeMetrics(metrics=metrics)])]
    ).SerializeToString()


def gauge(name: str = "m", **fields):
    return metrics_pb2.Metric(name=name, gauge=metrics_pb2.Gauge(data_points=[metrics_pb2.NumberDataPoint(**fields)]))


def field(number: int, content: bytes) -> bytes:
    """A length-delimited field of protobuf, of which a client may write more than the libraries do."""
    length, size = len(content), b""
    while True:
        size += bytes([length & 0x7F | (0x80 if length > 0x7F else 0)])
        length >>= 7
        if not length:
            return bytes([number << 3 | 2]) + size + content


# Times


@pytest.mark.parametrize("moment", [LAST_DAY - 1, LAST_DAY, INT64_MAX - 1, INT64_MAX, 2**63, 2**64 - 1])
def test_a_record_of_the_last_day_is_rejected_and_the_server_goes_on(server, moment):
    span = telemetry.span(telemetry.new_trace_id(), start_time_unix_nano=moment, end_time_unix_nano=moment)
    request = telemetry.export_request([span])
    told = partial(telemetry.post(server, request.SerializeToString()))
    assert told.rejected_spans == 1
    assert "start_time_unix_nano" in told.error_message or "2262" in told.error_message
    with telemetry.GRPCClient(server) as client:
        assert client.export(request).partial_success.rejected_spans == 1
    text = {"resourceSpans": [{"scopeSpans": [{"spans": [{
        "traceId": "01" * 16, "spanId": "01" * 8, "startTimeUnixNano": str(moment), "endTimeUnixNano": str(moment)
    }]}]}]}  # fmt: skip
    answer = telemetry.post(server, json.dumps(text).encode(), content_type="application/json")
    assert answer.status_code == 200 and answer.json()["partialSuccess"]["rejectedSpans"] == "1"
    records = log_request([logs_pb2.LogRecord(time_unix_nano=moment)])
    told = partial(telemetry.post(server, records, path="/v1/logs"), logs_service_pb2.ExportLogsServiceResponse)
    assert told.rejected_log_records == 1
    points = metric_request([gauge(time_unix_nano=moment, as_int=1)])
    told = partial(telemetry.post(server, points, path="/v1/metrics"), metrics_service_pb2.ExportMetricsServiceResponse)
    assert told.rejected_data_points == 1
    assert works(server)


@pytest.mark.parametrize(
    ("name", "moment", "reason"),
    [
        ("older than the retention", lambda now: now - 31 * DAY, "retention.traces"),
        ("400 days old", lambda now: now - 400 * DAY, "retention.traces"),
        ("milliseconds", lambda now: now // 10**6, "milliseconds sent as nanoseconds?"),
        ("seconds", lambda now: now // 10**9, "seconds sent as nanoseconds?"),
        ("the year 2110", lambda now: 4417977600 * 10**9, "ingest.time_ahead"),
    ],
)
def test_what_would_be_removed_at_once_is_said_to_be(server, name, moment, reason):
    trace_id = telemetry.new_trace_id()
    old = telemetry.span(trace_id, name, start_time_unix_nano=moment(time.time_ns()))
    new = telemetry.span(trace_id, "new")
    told = partial(telemetry.post(server, telemetry.export_request([old, new]).SerializeToString()))
    assert told.rejected_spans == 1 and reason in told.error_message, told
    assert [span["name"] for span in server.wait_for_trace(trace_id.hex())["spans"]] == ["new"]


def test_one_row_a_day_reaches_back_as_far_as_retention(server):
    now = time.time_ns()
    spans = [telemetry.span(telemetry.new_trace_id(), start_time_unix_nano=now - day * DAY) for day in range(800)]
    told = partial(telemetry.post(server, telemetry.export_request(spans).SerializeToString(), timeout=60))
    assert told.rejected_spans >= 769
    assert works(server)


def test_a_request_has_rows_of_forty_days_at_most(make_server):
    server = make_server(arguments=["--retention-traces=3650d"]).start()
    now = time.time_ns()
    spans = [telemetry.span(telemetry.new_trace_id(), start_time_unix_nano=now - day * DAY) for day in range(60)]
    told = partial(telemetry.post(server, telemetry.export_request(spans).SerializeToString(), timeout=60))
    assert told.rejected_spans == 20 and "more than 40 days" in told.error_message, told
    assert works(server)


# Requests that grow


def bombs():
    record = b"\x12\x00"
    yield "empty log records", "/v1/logs", field(1, field(2, record * (16 << 20)))
    yield "small log records", "/v1/logs", field(1, field(2, b"\x12\x02\x10\x01" * (8 << 20)))
    yield "empty spans", "/v1/traces", field(1, field(2, record * (16 << 20)))
    yield "empty groups", "/v1/traces", b"\x0a\x00" * (16 << 20)
    exemplars = field(1, b"m") + field(5, field(1, b"\x19" + (5).to_bytes(8, "little") + b"\x2a\x00" * (16 << 20)))
    yield "empty exemplars", "/v1/metrics", field(1, field(2, field(2, exemplars)))
    pairs = field(1, b"k") + field(2, field(6, b"\x0a\x00" * (16 << 20)))
    yield "empty pairs", "/v1/logs", field(1, field(2, field(2, field(6, pairs))))
    events = b"\x5a\x00" * (16 << 20)
    yield (
        "empty events",
        "/v1/traces",
        field(1, field(2, field(2, field(1, b"\1" * 16) + field(2, b"\1" * 8) + events))),
    )


@pytest.mark.parametrize(
    ("name", "path", "body"), list(bombs()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_small_requests_do_not_grow(server, name, path, body):
    before = server.resident_bytes()
    packed = zstandard.ZstdCompressor(level=3).compress(body)
    assert len(packed) < 100_000
    answer = telemetry.post(server, packed, path=path, content_encoding="zstd", timeout=120)
    assert answer.status_code in (200, 413), answer.text
    grown = server.resident_bytes() - before
    assert grown < 600 << 20, f"{name}: grew by {grown >> 20} MiB"
    assert works(server)


def test_a_request_of_too_many_records_is_refused_as_too_large(server):
    body = field(1, field(2, b"\x12\x02\x10\x01" * 1_000_300))
    answer = telemetry.post(server, body, path="/v1/logs", encoding="gzip")
    assert answer.status_code == 413 and b"1000000 records" in answer.content
    assert "retry-after" not in answer.headers
    with telemetry.GRPCClient(server) as client, pytest.raises(grpc.RpcError) as refused:
        client.export_bytes(body, "/opentelemetry.proto.collector.logs.v1.LogsService/Export")
    assert refused.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert works(server)


# Names and values without end


def test_names_and_values_are_cut_marked_and_counted(server):
    long = "é" * (2 << 20)
    trace_id = telemetry.new_trace_id()
    span = telemetry.span(trace_id, long, attributes={"value": long, "k" + long: 1, "short": "s"})
    span.events.add(name=long)
    request = telemetry.export_request([span], service=long, scope=long)
    body = gzip.compress(request.SerializeToString(), 1)
    answer = telemetry.post(server, body, content_encoding="gzip", timeout=60)
    assert answer.status_code == 200, answer.text
    stored = server.wait_for_trace(trace_id.hex())["spans"][0]
    assert stored["name"] == "é" * 512 and stored["service_name"] == "é" * 512
    assert stored["scope"]["name"] == "é" * 512 and stored["events"][0]["name"] == "é" * 512
    attributes = stored["attributes"]
    assert attributes["value"] == "é" * (1 << 19) and attributes["short"] == "s"
    key = "k" + "é" * 511
    assert attributes[key] == 1
    assert sorted(attributes["axonize.truncated"]) == sorted(["value", key, "event.name", "name"])
    assert len(server.get("/api/v1/services").content) < 10_000
    assert len(server.get("/api/v1/traces").content) < 1 << 20
    assert 'axonize_ingest_texts_cut_total{signal="traces"}' in server.get("/metrics").text
    assert works(server)


def test_a_long_json_key_is_cut_too(server):
    trace_id = telemetry.new_trace_id().hex()
    now = time.time_ns()
    span = {"traceId": trace_id, "spanId": "02" * 8, "name": "n", "startTimeUnixNano": str(now),
            "attributes": [{"key": "k" * (4 << 20), "value": {"intValue": "1"}}], "x" * (4 << 20): 1}  # fmt: skip
    body = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}).encode()
    assert telemetry.post(server, body, content_type="application/json").json() == {}
    assert server.wait_for_trace(trace_id)["spans"][0]["attributes"]["k" * 1024] == 1


def nested(levels: int, lists: bool) -> bytes:
    """An `AnyValue` in protobuf; the libraries write none that deep."""
    value = telemetry.any_value(1).SerializeToString()
    for _ in range(levels):
        value = field(5, field(1, value)) if lists else field(6, field(1, field(1, b"k") + field(2, value)))
    return value


@pytest.mark.parametrize("lists", [True, False])
def test_the_deepest_value_can_be_read_by_every_endpoint(make_server, lists):
    server = make_server().start()
    tail = server.session.get(f"{server.url}/api/v1/tail", stream=True, timeout=30)
    lines = tail.iter_lines()
    next(lines)
    trace_id = telemetry.new_trace_id()
    deep = field(1, b"deep") + field(2, nested(63, lists))
    span = telemetry.span(trace_id, "deep").SerializeToString() + field(9, deep)
    span += field(11, field(2, b"e") + field(3, deep)) + field(
        13, field(1, trace_id) + field(2, b"\1" * 8) + field(4, deep)
    )
    service = telemetry.export_request([], service="deep").resource_spans[0].resource.SerializeToString()
    body = field(1, field(1, service) + field(2, field(2, span)))
    assert partial(telemetry.post(server, body)).rejected_spans == 0
    identifier = trace_id.hex()
    stored = server.wait_for_trace(identifier)["spans"][0]
    for value in (stored["attributes"]["deep"], stored["events"][0]["attributes"]["deep"]):
        for _ in range(63):
            value = value[0] if lists else value["k"]
        assert value == 1
    for path in [
        f"/api/v1/traces/{identifier}", f"/api/v1/traces/{identifier}/spans", f"/jaeger/api/traces/{identifier}",
        f"/tempo/api/traces/{identifier}", f"/tempo/api/v2/traces/{identifier}", "/api/v1/spans", "/api/v1/traces",
        "/api/v1/spans?service=deep", "/jaeger/api/traces?service=deep", "/tempo/api/search?q=%7B%7D",
        "/api/v1/attributes", "/api/v1/attributes/deep/values", "/tempo/api/v2/search/tag/span.deep/values",
    ]:  # fmt: skip
        answer = server.get(path)
        assert answer.status_code == 200, f"{path}: {answer.text[:300]}"
    assert any(b'"deep"' in line for line in (next(lines) for _ in range(20)))
    tail.close()


# Numbers at the ends of their types

NUMBERS = [0, 1, 2, 2**31 - 1, 2**31, 2**32 - 1, 2**53 + 1, 2**62, INT64_MAX - 1, INT64_MAX]
DOUBLES = [0.0, -0.0, float("nan"), float("inf"), float("-inf"), 1.7976931348623157e308, 5e-324, -1e300]
KEYS = [
    "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "gen_ai.usage.cache_read.input_tokens",
    "gen_ai.response.time_to_first_chunk", "ai.response.msToFirstChunk", "gen_ai.server.time_per_output_token",
    "gen_ai.request.model", "gen_ai.operation.name", "langfuse.observation.usage_details", "n",
]  # fmt: skip


def test_random_extreme_numbers_end_to_end(make_server):
    seed = int(os.environ.get("AXONIZE_TEST_SEED", random.randrange(2**32)))
    print(f"seed {seed}")
    choose = random.Random(seed)
    server = make_server().start()
    number = lambda: choose.choice(NUMBERS)  # noqa: E731
    value = lambda: choose.choice([number(), -number(), choose.choice(DOUBLES), str(number()), True, None])  # noqa: E731
    moment = lambda: choose.choice([time.time_ns() - choose.randrange(DAY), *NUMBERS, 2**63, 2**64 - 1])  # noqa: E731
    accepted = []
    for _ in range(15):
        spans = []
        for _ in range(choose.randrange(1, 12)):
            span = telemetry.span(
                telemetry.new_trace_id(), choose.choice(["a", "", "\x00", "é"]), start_time_unix_nano=moment(),
                end_time_unix_nano=moment(), kind=choose.randrange(6), flags=number() & 0xFFFFFFFF,
                dropped_attributes_count=number() & 0xFFFFFFFF, dropped_events_count=number() & 0xFFFFFFFF,
                attributes={choose.choice(KEYS): value() for _ in range(5)},
            )  # fmt: skip
            span.events.add(time_unix_nano=moment(), name="First Token Stream Event", dropped_attributes_count=7)
            span.status.code = choose.randrange(3)
            spans.append(span)
        told = partial(telemetry.post(server, telemetry.export_request(spans, service="x").SerializeToString()))
        if told.rejected_spans == 0:
            accepted += [span.trace_id.hex() for span in spans]
        records = [
            logs_pb2.LogRecord(
                time_unix_nano=moment(), observed_time_unix_nano=moment(), severity_number=choose.randrange(25),
                body=telemetry.any_value(value()), dropped_attributes_count=number() & 0xFFFFFFFF,
            )
            for _ in range(5)
        ]  # fmt: skip
        assert telemetry.post(server, log_request(records), path="/v1/logs").status_code == 200
        points = [gauge("m", time_unix_nano=moment(), as_double=choose.choice(DOUBLES)) for _ in range(5)]
        histogram = metrics_pb2.HistogramDataPoint(
            time_unix_nano=moment(), count=number(), sum=choose.choice(DOUBLES), bucket_counts=[number(), number()],
            explicit_bounds=[choose.choice(DOUBLES)],
        )  # fmt: skip
        points.append(metrics_pb2.Metric(name="h", histogram=metrics_pb2.Histogram(data_points=[histogram])))
        assert telemetry.post(server, metric_request(points), path="/v1/metrics").status_code == 200
    for identifier in accepted:
        server.wait_for_trace(identifier)
    for path in [
        "/api/v1/traces?limit=100", "/api/v1/traces?sort=duration", "/api/v1/spans?limit=100", "/api/v1/services",
        "/api/v1/spans?sort=-duration", "/api/v1/logs?limit=100", "/api/v1/metrics/names",
        "/api/v1/metrics/history?name=m", "/api/v1/metrics/history?name=h_count", "/api/v1/analytics/overview",
        "/api/v1/analytics/overview?group_by=model", "/api/v1/analytics/latency?group_by=service",
        "/api/v1/analytics/throughput", "/api/v1/attributes", "/jaeger/api/traces?service=x",
        "/jaeger/api/dependencies?endTs=1&lookback=1", "/tempo/api/search?q=%7B%7D", "/tempo/api/v2/search/tags",
    ]:  # fmt: skip
        answer = (
            server.get(path, start="-7d") if path.startswith("/api/v1") and "services" not in path else server.get(path)
        )
        assert answer.status_code == 200, f"seed {seed}, {path}: {answer.status_code} {answer.text[:300]}"
    assert works(server), f"seed {seed}"


# Other clients' paths and credentials


@pytest.mark.parametrize("prefix", ["", "/api/public/otel", "/otel", "/otlp"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_paths_of_other_sdks_are_taken_on_every_listener(server, prefix, slash):
    for port in (server.http_port, server.grpc_port, server.otlp_port):
        request, trace_id = telemetry.trace_request()
        for signal, body in [
            ("traces", request.SerializeToString()), ("logs", log_request([logs_pb2.LogRecord(severity_number=1)])),
            ("metrics", metric_request([gauge(time_unix_nano=time.time_ns(), as_int=1)])),
        ]:  # fmt: skip
            answer = server.session.post(
                f"http://127.0.0.1:{port}{prefix}/v1/{signal}{slash}", data=body,
                headers={"content-type": "application/x-protobuf"}, timeout=30,
            )  # fmt: skip
            assert answer.status_code == 200, f"{port} {signal}: {answer.status_code} {answer.text}"
        server.wait_for_trace(trace_id)
    wrong = server.session.post(f"{server.otlp_endpoint}/otel/v1/traces/x", data=b"", timeout=30)
    assert wrong.status_code == 404


def test_a_key_may_come_as_the_password_of_basic_or_bare(make_server):
    server = make_server(arguments=["--require-keys"])
    key = server.run("keys", "create", f"--data-dir={server.data_dir}", "--name=sdk", environment={}).stdout
    key = next(word for word in key.split() if word.startswith("axz_"))
    server.start()
    request, _ = telemetry.trace_request()
    basic = lambda text: "Basic " + base64.b64encode(text.encode()).decode()  # noqa: E731
    for header, status in [
        (f"Bearer {key}", 200), (basic(f"pk-lf-1:{key}"), 200), (basic(f"{key}:"), 200), (key, 200),
        (basic(f"pk-lf-1:{key[:-1]}"), 401), (key[:-1], 401), (basic("a:b"), 401), ("Basic ?", 401), ("", 401),
    ]:  # fmt: skip
        answer = telemetry.post(server, request.SerializeToString(), authorization=header)
        assert answer.status_code == status, header
    assert key not in server.log
    wait_until(lambda: server.is_ready(), 10, "the server to be ready")
