"""Metrics and logs from the official exporters, and what happens to messages that are partly or wholly wrong."""

import logging
import time

import grpc
import pytest
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter as GRPCLogExporter
from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter as GRPCMetricExporter
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter as HTTPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter as HTTPMetricExporter
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2, metrics_service_pb2_grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2
from opentelemetry.proto.metrics.v1 import metrics_pb2
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from support import telemetry
from support.server import wait_until


@pytest.mark.parametrize("transport", ["grpc", "http"])
def test_metrics_of_the_official_exporter_are_stored(server, transport):
    exporter = (
        GRPCMetricExporter(endpoint=server.grpc_endpoint, insecure=True)
        if transport == "grpc"
        else HTTPMetricExporter(endpoint=f"{server.otlp_endpoint}/v1/metrics")
    )
    reader = PeriodicExportingMetricReader(exporter, export_interval_millis=3_600_000)
    provider = MeterProvider([reader], Resource.create({"service.name": f"metrics-{transport}"}))
    meter = provider.get_meter("end-to-end")
    meter.create_counter(f"{transport}.requests", "1", "Requests.").add(3, {"model": "llama"})
    meter.create_up_down_counter(f"{transport}.active").add(-2)
    latency = meter.create_histogram(f"{transport}.latency", "ms")
    for value in (1, 20, 300):
        latency.record(value)
    assert provider.force_flush(10_000)
    provider.shutdown()

    def value(query):
        result = server.get("/api/v1/query", query=query).json()["data"]["result"]
        return [float(one["value"][1]) for one in result]

    job = f'job="metrics-{transport}"'
    assert value(f'{transport}_requests_total{{model="llama", {job}}}') == [3]
    assert value(f"{transport}_active{{{job}}}") == [-2]
    assert value(f'{transport}_latency_milliseconds_bucket{{le="25", {job}}}') == [2]
    assert value(f"{transport}_latency_milliseconds_sum{{{job}}}") == [321]
    names = server.data("/api/v1/metrics/names", prefix=f"{transport}_requests")
    assert [(one["name"], one["type"], one["description"], one["series_count"]) for one in names] == [
        (f"{transport}_requests_total", "counter", "Requests.", 1)
    ]


@pytest.mark.parametrize("transport", ["grpc", "http"])
def test_bad_points_are_rejected_alone(server, transport):
    now = time.time_ns()
    points = [metrics_pb2.NumberDataPoint(time_unix_nano=time_, as_int=1) for time_ in (now, 0)]
    request = metrics_service_pb2.ExportMetricsServiceRequest(
        resource_metrics=[
            metrics_pb2.ResourceMetrics(
                scope_metrics=[
                    metrics_pb2.ScopeMetrics(
                        metrics=[
                            metrics_pb2.Metric(name=f"bad.{transport}", gauge=metrics_pb2.Gauge(data_points=points))
                        ]
                    )
                ]
            )
        ]
    )
    if transport == "grpc":
        with grpc.insecure_channel(server.grpc_endpoint.removeprefix("http://")) as channel:
            answer = metrics_service_pb2_grpc.MetricsServiceStub(channel).Export(request, timeout=10)
    else:
        response = telemetry.post(server, request.SerializeToString(), path="/v1/metrics")
        assert response.status_code == 200
        answer = metrics_service_pb2.ExportMetricsServiceResponse.FromString(response.content)
    assert answer.partial_success.rejected_data_points == 1
    assert answer.partial_success.error_message == f"a data point of bad_{transport} has no time"
    found = server.get("/api/v1/query", query=f"bad_{transport}").json()["data"]["result"]
    assert [one["value"][1] for one in found] == ["1"]


@pytest.mark.parametrize("transport", ["grpc", "http"])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_logs_of_the_official_exporter_are_stored_with_their_trace(server, transport):
    exporter = (
        GRPCLogExporter(endpoint=server.grpc_endpoint, insecure=True)
        if transport == "grpc"
        else HTTPLogExporter(endpoint=f"{server.otlp_endpoint}/v1/logs")
    )
    service = f"logs-{transport}"
    resource = Resource.create({"service.name": service})
    provider = LoggerProvider(resource)
    provider.add_log_record_processor(BatchLogRecordProcessor(exporter))
    logger = logging.getLogger(service)
    logger.propagate = False
    logger.addHandler(LoggingHandler(logger_provider=provider))
    with TracerProvider(resource=resource).get_tracer("t").start_as_current_span("work") as span:
        logger.warning("GPU %d is hot", 3, extra={"gpu.temperature": 91})
        context = span.get_span_context()
    assert provider.force_flush(10_000)
    provider.shutdown()
    assert not trace.get_current_span().is_recording()

    def stored():
        return [row for row in server.data("/api/v1/logs", start="2020-01-01T00:00:00Z", service=service)]

    (row,) = wait_until(stored, 10, "the log record")
    assert row["body"] == "GPU 3 is hot"
    assert row["severity_text"] in ("WARN", "WARNING")
    assert row["trace_id"] == f"{context.trace_id:032x}"
    assert row["span_id"] == f"{context.span_id:016x}"
    assert row["attributes"]["gpu.temperature"] == 91


def bad_spans(trace_id: bytes):
    """Spans that OTLP declares invalid, one reason each."""
    return [
        telemetry.span(b"\x00" * 16, "zero trace id"),
        telemetry.span(trace_id[:15], "short trace id"),
        telemetry.span(trace_id, "zero span id", span_id=b"\x00" * 8),
        telemetry.span(trace_id, "no span id", span_id=b""),
    ]


@pytest.mark.parametrize("transport", ["grpc", "http"])
def test_bad_spans_are_rejected_alone(server, transport):
    trace_id = telemetry.new_trace_id()
    good = [telemetry.span(trace_id, f"good {index}") for index in range(3)]
    request = telemetry.export_request([good[0], *bad_spans(trace_id), *good[1:]])
    if transport == "grpc":
        with telemetry.GRPCClient(server) as client:
            answer = client.export(request)
    else:
        response = telemetry.post(server, request.SerializeToString())
        assert response.status_code == 200
        answer = trace_service_pb2.ExportTraceServiceResponse.FromString(response.content)
    assert answer.partial_success.rejected_spans == 4
    assert "id" in answer.partial_success.error_message
    stored = server.wait_for_trace(trace_id.hex(), 3)
    assert sorted(item["name"] for item in stored["spans"]) == ["good 0", "good 1", "good 2"]


def malformed_messages():
    whole = telemetry.trace_request(3)[0].SerializeToString()
    return {
        "cut short": whole[:-7],
        "length beyond the end": b"\x0a\xff\xff\xff\xff\x07abc",
        "varint without end": b"\xff" * 16,
        "field number zero": b"\x00\x00",
        "wrong wire type": b"\x0f",
        "not protobuf": b"{}" * 40,
        "groups without end": b"\x0b" * 5000,
    }


@pytest.mark.parametrize("name", malformed_messages())
def test_malformed_protobuf_is_refused_without_harm(server, name):
    message = malformed_messages()[name]
    response = telemetry.post(server, message)
    assert response.status_code == 400, response.text
    with telemetry.GRPCClient(server) as client:
        with pytest.raises(grpc.RpcError) as caught:
            client.export_bytes(message)
        assert caught.value.code() == grpc.StatusCode.INVALID_ARGUMENT
        # The same connection goes on working.
        request, trace_id = telemetry.trace_request()
        client.export(request)
    assert server.wait_for_trace(trace_id)


def test_text_that_is_not_utf8_is_repaired(server):
    request, trace_id = telemetry.trace_request(2)
    body = request.SerializeToString().replace(b"step 1", b"st\xffp 1")
    assert telemetry.post(server, body).status_code == 200
    names = {span["name"] for span in server.wait_for_trace(trace_id, 2)["spans"]}
    assert names == {"root", "st\ufffdp 1"}


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"resourceSpans": 1}', b'{"resourceSpans":[' * 2000, b"\xff\xfe"])
def test_malformed_json_is_refused_without_harm(server, body):
    response = telemetry.post(server, body, content_type="application/json")
    assert response.status_code == 400, response.text
    assert server.is_ready()


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"path": "/v1/nothing"}, {404}),
        ({"content_type": "text/plain"}, {415}),
        ({"content_encoding": "br"}, {415}),
        ({"content_encoding": "gzip"}, {400}),
        ({"content_encoding": "zstd"}, {400}),
    ],
)
def test_wrong_requests_get_the_right_status(server, changes, status):
    request, trace_id = telemetry.trace_request()
    response = telemetry.post(server, request.SerializeToString(), **changes)
    assert response.status_code in status
    assert server.trace(trace_id) is None


def test_an_unknown_grpc_method_is_unimplemented(server):
    with telemetry.GRPCClient(server) as client, pytest.raises(grpc.RpcError) as caught:
        client.export_bytes(b"", method="/opentelemetry.proto.collector.trace.v1.TraceService/Import")
    assert caught.value.code() == grpc.StatusCode.UNIMPLEMENTED


def test_unknown_fields_are_ignored(server):
    request, trace_id = telemetry.trace_request()
    # Field 1000, length-delimited, and field 1001, a varint: of a later version of the protocol.
    unknown = b"\xc2\x3e\x03new" + b"\xc8\x3e\x2a"
    assert telemetry.post(server, request.SerializeToString() + unknown).status_code == 200
    assert server.wait_for_trace(trace_id)


def test_a_repeated_request_is_stored_once(server):
    request, trace_id = telemetry.trace_request(5)
    body = request.SerializeToString()
    for _ in range(3):
        assert telemetry.post(server, body).status_code == 200
    time.sleep(0.2)
    spans = server.wait_for_trace(trace_id, 5)["spans"]
    assert len(spans) == 5
    assert len({item["span_id"] for item in spans}) == 5
