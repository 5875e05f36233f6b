"""Makes the fixtures of OTLPDecodingTests: OTLP requests that use every field, as protobuf and as OTLP/JSON.

Run with opentelemetry-proto installed (Tests/EndToEnd/requirements.txt): python make_fixtures.py
"""

import base64
import json
import pathlib

from google.protobuf import json_format
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2 as logs
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2 as metrics
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as traces
from opentelemetry.proto.common.v1 import common_pb2 as common

HERE = pathlib.Path(__file__).parent
START = 1_760_000_000_123_456_789
TRACE_ID = bytes(range(1, 17))
SPAN_ID = bytes(range(0xA0, 0xA8))
PARENT_ID = b"\xff" * 8


def value(python):
    """An AnyValue of a Python value."""
    if python is None:
        return common.AnyValue()
    if isinstance(python, bool):
        return common.AnyValue(bool_value=python)
    if isinstance(python, int):
        return common.AnyValue(int_value=python)
    if isinstance(python, float):
        return common.AnyValue(double_value=python)
    if isinstance(python, bytes):
        return common.AnyValue(bytes_value=python)
    if isinstance(python, list):
        return common.AnyValue(array_value=common.ArrayValue(values=[value(item) for item in python]))
    if isinstance(python, dict):
        return common.AnyValue(kvlist_value=common.KeyValueList(values=attributes(python)))
    return common.AnyValue(string_value=python)


def attributes(pairs):
    return [common.KeyValue(key=key, value=value(python)) for key, python in pairs.items()]


EVERY_TYPE = {
    "string": "text",
    "string.empty": "",
    "string.unicode": '한국어 é 😀 \u0000\u001f"\\/\u007f\u2028',
    "string.long": "x" * 5000,
    "bool.true": True,
    "bool.false": False,
    "int.zero": 0,
    "int.max": 2**63 - 1,
    "int.min": -(2**63),
    "int.beyond.double": 2**53 + 1,
    "double": 0.1,
    "double.whole": 3.0,
    "double.long": 0.1 + 0.2,
    "double.huge": 1.7976931348623157e308,
    "double.tiny": 5e-324,
    "double.nan": float("nan"),
    "double.infinity": float("inf"),
    "double.minus.infinity": float("-inf"),
    "bytes": bytes(range(256)),
    "bytes.empty": b"",
    "array": ["a", 1, 2.5, True, None, b"\x01", ["nested", {"k": "v"}], '"\\\n'],
    "array.empty": [],
    "list": {"a": 1, "b": {"c": [], "d": {}}, 'é"': "x"},
    "list.empty": {},
    "empty": None,
}


def trace_request():
    request = traces.ExportTraceServiceRequest()
    group = request.resource_spans.add(schema_url="https://opentelemetry.io/schemas/1.38.0")
    group.resource.attributes.extend(attributes({"service.name": "checkout", "host.name": "node-1", **EVERY_TYPE}))
    group.resource.dropped_attributes_count = 3
    scope = group.scope_spans.add(schema_url="https://example.org/scope/1")
    scope.scope.name = "library"
    scope.scope.version = "1.2.3"
    scope.scope.attributes.extend(attributes({"scope.attribute": True, "list": [1]}))
    scope.scope.dropped_attributes_count = 4
    span = scope.spans.add(
        trace_id=TRACE_ID,
        span_id=SPAN_ID,
        parent_span_id=PARENT_ID,
        trace_state="a=1,b=2",
        flags=0x301,
        name="every field",
        kind=5,
        start_time_unix_nano=START,
        end_time_unix_nano=START + 1_000_000_001,
        dropped_attributes_count=5,
        dropped_events_count=6,
        dropped_links_count=7,
    )
    span.attributes.extend(attributes(EVERY_TYPE))
    span.events.add(time_unix_nano=START + 1, name="first", dropped_attributes_count=8).attributes.extend(
        attributes(EVERY_TYPE)
    )
    span.events.add(time_unix_nano=START + 2, name="second")
    span.links.add(
        trace_id=TRACE_ID[::-1], span_id=PARENT_ID, trace_state="c=3", flags=0x100, dropped_attributes_count=9
    ).attributes.extend(attributes({"link": [1, {"a": None}]}))
    span.links.add(trace_id=TRACE_ID, span_id=SPAN_ID)
    span.status.code = 2
    span.status.message = "it failed: é"
    for kind in range(5):
        plain = scope.spans.add(
            trace_id=TRACE_ID,
            span_id=(kind + 1).to_bytes(8, "big"),
            name=f"kind {kind}",
            kind=kind,
            start_time_unix_nano=START + kind,
            end_time_unix_nano=START + kind,
        )
        # Setting a status, even to its default, makes it present.
        if kind % 3 > 0:
            plain.status.code = kind % 3
    other = group.scope_spans.add()
    other.spans.add(
        trace_id=TRACE_ID,
        span_id=b"\x01" * 8,
        name="clock went back",
        start_time_unix_nano=START,
        end_time_unix_nano=START - 5,
    )
    second = request.resource_spans.add()
    second.resource.attributes.extend(attributes({"service.name": "other"}))
    second.scope_spans.add().spans.add(
        trace_id=TRACE_ID, span_id=b"\x02" * 8, start_time_unix_nano=START, end_time_unix_nano=START
    )
    return request


def metric_request():
    request = metrics.ExportMetricsServiceRequest()
    group = request.resource_metrics.add(schema_url="https://opentelemetry.io/schemas/1.38.0")
    group.resource.attributes.extend(attributes({"service.name": "checkout"}))
    scope = group.scope_metrics.add(schema_url="https://example.org/scope/1")
    scope.scope.name = "library"
    scope.scope.version = "1"
    times = {"start_time_unix_nano": START, "time_unix_nano": START + 60_000_000_000}

    def exemplars(point):
        point.exemplars.add(
            time_unix_nano=START + 5, as_double=0.25, span_id=SPAN_ID, trace_id=TRACE_ID
        ).filtered_attributes.extend(attributes({"user": "é", "n": 1}))
        point.exemplars.add(time_unix_nano=START + 6, as_int=-7)

    gauge = scope.metrics.add(name="gauge", description="a gauge", unit="By").gauge
    point = gauge.data_points.add(as_double=-0.5, flags=0, **times)
    point.attributes.extend(attributes(EVERY_TYPE))
    exemplars(point)
    gauge.data_points.add(as_int=-(2**63), time_unix_nano=START)
    gauge.data_points.add(flags=1, time_unix_nano=START)
    gauge.data_points.add(as_double=float("nan"), time_unix_nano=START)
    total = scope.metrics.add(name="sum", unit="{request}").sum
    total.aggregation_temporality = 2
    total.is_monotonic = True
    total.data_points.add(as_int=2**63 - 1, **times)
    histogram = scope.metrics.add(name="histogram", unit="s").histogram
    histogram.aggregation_temporality = 1
    point = histogram.data_points.add(
        count=2**64 - 1,
        sum=12.5,
        min=0.0,
        max=9.75,
        bucket_counts=[1, 0, 2**64 - 2],
        explicit_bounds=[0.5, 1e10],
        **times,
    )
    point.attributes.extend(attributes({"model": "llama"}))
    exemplars(point)
    histogram.data_points.add(count=3, time_unix_nano=START)
    exponential = scope.metrics.add(name="exponential").exponential_histogram
    exponential.aggregation_temporality = 2
    point = exponential.data_points.add(
        count=10, sum=1.5, scale=-3, zero_count=4, zero_threshold=1e-6, min=-1.0, max=2.0, flags=0, **times
    )
    point.positive.offset = -2
    point.positive.bucket_counts.extend([1, 300, 2**63])
    point.negative.offset = 2**31 - 1
    point.negative.bucket_counts.extend([0, 1])
    point.attributes.extend(attributes({"model": "qwen"}))
    exemplars(point)
    summary = scope.metrics.add(name="summary").summary
    point = summary.data_points.add(count=5, sum=9.5, flags=0, **times)
    point.attributes.extend(attributes({"a": 1}))
    point.quantile_values.add(quantile=0.5, value=1.5)
    point.quantile_values.add(quantile=1.0, value=4.0)
    return request


def log_request():
    request = logs.ExportLogsServiceRequest()
    group = request.resource_logs.add(schema_url="https://opentelemetry.io/schemas/1.38.0")
    group.resource.attributes.extend(attributes({"service.name": "checkout"}))
    scope = group.scope_logs.add(schema_url="https://example.org/scope/1")
    scope.scope.name = "logger"
    scope.scope.version = "2"
    record = scope.log_records.add(
        time_unix_nano=START,
        observed_time_unix_nano=START + 1,
        severity_number=17,
        severity_text="ERROR",
        dropped_attributes_count=2,
        flags=1,
        trace_id=TRACE_ID,
        span_id=SPAN_ID,
        event_name="event.name",
    )
    record.body.string_value = "it failed: é"
    record.attributes.extend(attributes(EVERY_TYPE))
    for body in EVERY_TYPE.values():
        scope.log_records.add(time_unix_nano=START, observed_time_unix_nano=START + 2, body=value(body))
    return request


ID_KEYS = {"traceId", "spanId", "parentSpanId"}


def otlp_json(message):
    """The JSON mapping of OTLP: that of protobuf, but ids in hexadecimal and enums as numbers."""

    def convert(node):
        if isinstance(node, list):
            return [convert(item) for item in node]
        if isinstance(node, dict):
            return {
                key: base64.b64decode(child).hex() if key in ID_KEYS else convert(child) for key, child in node.items()
            }
        return node

    return convert(json_format.MessageToDict(message, use_integers_for_enums=True))


def requests():
    return {"traces": trace_request(), "metrics": metric_request(), "logs": log_request()}


if __name__ == "__main__":
    for name, request in requests().items():
        (HERE / f"{name}.bin").write_bytes(request.SerializeToString(deterministic=True))
        (HERE / f"{name}.json").write_text(json.dumps(otlp_json(request), ensure_ascii=False, indent=1) + "\n")
