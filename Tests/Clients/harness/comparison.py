"""Compares what a client sent, byte for byte as the tap copied it, with what the server's API tells of it."""

import base64
import json
import math
import re

from opentelemetry.proto.trace.v1 import trace_pb2

# JSON keeps integers exactly up to here; the API writes larger ones as text.
EXACT_INTEGER_MAX = 2**53 - 1
LONG_AGO = "2020-01-01T00:00:00Z"


def value_of(value):
    """An OTLP value as the API writes it."""
    kind = value.WhichOneof("value")
    match kind:
        case None:
            return None
        case "int_value":
            number = value.int_value
            return number if abs(number) <= EXACT_INTEGER_MAX else str(number)
        case "double_value":
            number = value.double_value
            if math.isfinite(number):
                return number
            return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"
        case "bytes_value":
            return base64.b64encode(value.bytes_value).decode()
        case "array_value":
            return [value_of(item) for item in value.array_value.values]
        case "kvlist_value":
            return attributes_of(value.kvlist_value.values)
    return getattr(value, kind)


def attributes_of(key_values) -> dict:
    """Attributes as the API writes them: of a key that repeats the first."""
    found = {}
    for item in key_values:
        found.setdefault(item.key, value_of(item.value))
    return found


def typed(value):
    """A value that differs from another also when only the type does: Python holds 1, 1.0 and True for equal."""
    if isinstance(value, list):
        return [typed(item) for item in value]
    if isinstance(value, dict):
        return {key: typed(item) for key, item in value.items()}
    return type(value).__name__, value


def assert_same(what: str, found: dict, sent: dict):
    different = [
        f"{name}: sent {sent[name]!r}, stored {found.get(name)!r}"
        for name in sent
        if typed(found.get(name)) != typed(sent[name])
    ]
    assert not different, f"{what}\n  " + "\n  ".join(different)


def service_of(group) -> str:
    return attributes_of(group.resource.attributes).get("service.name", "")


def span_as_sent(span, scope, group) -> dict:
    return {
        "trace_id": span.trace_id.hex(),
        "span_id": span.span_id.hex(),
        "parent_span_id": span.parent_span_id.hex() or None,
        "name": span.name,
        "kind": trace_pb2.Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_").lower(),
        "status": {
            "code": trace_pb2.Status.StatusCode.Name(span.status.code).removeprefix("STATUS_CODE_").lower(),
            "message": span.status.message,
        },
        "start_time_unix_nano": str(span.start_time_unix_nano),
        "end_time_unix_nano": str(span.end_time_unix_nano),
        "duration_ns": span.end_time_unix_nano - span.start_time_unix_nano,
        "trace_state": span.trace_state,
        "flags": span.flags,
        "service_name": service_of(group),
        "attributes": attributes_of(span.attributes),
        "dropped_attributes_count": span.dropped_attributes_count,
        "resource": attributes_of(group.resource.attributes),
        "resource_schema_url": group.schema_url,
        "scope": {
            "name": scope.scope.name,
            "version": scope.scope.version,
            "attributes": attributes_of(scope.scope.attributes),
            "schema_url": scope.schema_url,
        },
        "events": [
            {
                "name": event.name,
                "time_unix_nano": str(event.time_unix_nano),
                "attributes": attributes_of(event.attributes),
                "dropped_attributes_count": event.dropped_attributes_count,
            }
            for event in span.events
        ],
        "dropped_events_count": span.dropped_events_count,
        "links": [
            {
                "trace_id": link.trace_id.hex(),
                "span_id": link.span_id.hex(),
                "trace_state": link.trace_state,
                "flags": link.flags,
                "attributes": attributes_of(link.attributes),
                "dropped_attributes_count": link.dropped_attributes_count,
            }
            for link in span.links
        ],
        "dropped_links_count": span.dropped_links_count,
    }


def stored_spans(api, copy) -> list[dict]:
    """Every span that was sent, as the API tells it, after comparing each with what was sent."""
    sent = {}
    for span, scope, group in copy.spans():
        # A client may send a span again, as Langfuse and Logfire do of a span that is still open: the last one stays.
        sent[span.trace_id.hex(), span.span_id.hex()] = span_as_sent(span, scope, group)
    found = []
    for trace_id in {trace_id for trace_id, _ in sent}:
        spans = api(f"/api/v1/traces/{trace_id}")["spans"]
        by_id = {span["span_id"]: span for span in spans}
        expected = {span_id for trace, span_id in sent if trace == trace_id}
        assert set(by_id) == expected, f"spans of trace {trace_id}"
        for span_id in expected:
            whole = sent[trace_id, span_id]
            assert_same(f"span {whole['name']!r}", by_id[span_id], whole)
        found += spans
    return sorted(found, key=lambda span: int(span["start_time_unix_nano"]))


def compare_logs(api, copy) -> int:
    """Compares every log record; how many there were."""
    services: dict[str, list] = {}
    for record, scope, group in copy.log_records():
        services.setdefault(service_of(group), []).append(
            {
                "time_unix_nano": str(record.time_unix_nano or record.observed_time_unix_nano),
                "observed_time_unix_nano": str(record.observed_time_unix_nano),
                "severity_number": record.severity_number,
                "severity_text": record.severity_text,
                "body": value_of(record.body),
                "trace_id": record.trace_id.hex() or None,
                "span_id": record.span_id.hex() or None,
                "flags": record.flags,
                "event_name": record.event_name,
                "attributes": attributes_of(record.attributes),
                "dropped_attributes_count": record.dropped_attributes_count,
                "resource": attributes_of(group.resource.attributes),
                "scope": {"name": scope.scope.name, "version": scope.scope.version},
            }
        )
    for service, sent in services.items():
        stored = api("/api/v1/logs", service=service, start=LONG_AGO, limit=1000)
        names = list(sent[0])
        left = [{name: record[name] for name in names} for record in stored]
        for record in sent:
            same = next((item for item in left if typed(item) == typed(record)), None)
            assert same is not None, f"log record not stored exactly: {record}\nstored: {left}"
            left.remove(same)
        assert not left, f"log records that were never sent: {left}"
    return sum(len(sent) for sent in services.values())


UNITS = {"s": "seconds", "ms": "milliseconds", "By": "bytes", "1": "", "": ""}


def series_name(metric, kind: str) -> str:
    """The name that docs/metrics.md says a metric has as a series."""
    tokens = [token for token in re.split(r"[^a-zA-Z0-9:]+", metric.name) if token]
    unit = "" if "{" in metric.unit else UNITS.get(metric.unit, metric.unit)
    if unit and unit not in tokens:
        tokens.append(unit)
    suffix = "total" if kind == "sum" and metric.sum.is_monotonic else ""
    suffix = "ratio" if kind == "gauge" and metric.unit == "1" else suffix
    if suffix:
        tokens = [token for token in tokens if token != suffix] + [suffix]
    return "_".join(tokens)


def label_text(value) -> str:
    """An attribute's value as a label has it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return f"{value:g}" if isinstance(value, float) else str(value)


def label_name(key: str) -> str:
    """A label's name, of an attribute's."""
    return re.sub(r"[^a-zA-Z0-9_]", "_", key)


def point_value(kind: str, point) -> float:
    """What a point of a series counts with: its value, of a histogram the sum."""
    return float(getattr(point, point.WhichOneof("value"))) if kind in ("gauge", "sum") else point.sum


def compare_metrics(api, copy) -> int:
    """Compares the last value of every series, of deltas their sum; how many points there were."""
    points = list(copy.metric_points())
    listed = {metric["name"] for metric in api("/api/v1/metrics/names", start=LONG_AGO, limit=10_000)}
    series: dict[tuple, list] = {}
    for metric, kind, point, _, group in points:
        name = series_name(metric, kind) + ("" if kind in ("gauge", "sum") else "_sum")
        assert name in listed, f"{metric.name} is not listed as {name}: {sorted(listed)}"
        labels = {label_name(key): label_text(value) for key, value in attributes_of(point.attributes).items()}
        is_delta = kind != "gauge" and kind != "summary" and getattr(metric, kind).aggregation_temporality == 1
        key = (name, service_of(group), tuple(sorted(labels.items())))
        series.setdefault(key, []).append((point.time_unix_nano, point_value(kind, point), is_delta))
    for (name, service, labels), sent in series.items():
        matchers = [f"{key}={json.dumps(value)}" for key, value in (("__name__", name), *labels) if value]
        at = max(time for time, _, _ in sent) // 1_000_000 / 1_000
        found = api("/api/v1/query", query=f"{{{', '.join(matchers)}}}", time=f"{at:.3f}")["result"]
        values = [float(one["value"][1]) for one in found if one["metric"].get("job", service).endswith(service)]
        wanted = sum(value for _, value, _ in sent) if sent[0][2] else max(sent)[1]
        assert any(math.isclose(value, wanted) for value in values), f"{name} {labels} = {wanted} is not among {found}"
    return len(points)
