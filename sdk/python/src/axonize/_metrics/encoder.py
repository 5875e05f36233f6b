"""Metrics as OTLP (opentelemetry/proto/metrics/v1/metrics.proto)."""

import struct
from collections.abc import Iterable, Sequence
from typing import Any

from axonize._encoding.values import any_value, pair, utf8
from axonize._encoding.wire import double, field, fixed64
from axonize._metrics.histogram import Histogram

CUMULATIVE = b"\x10\x02"
Attributes = Sequence[tuple[str, Any]]


def _text(tag: bytes, text: str) -> bytes:
    return field(tag, utf8(text)) if text else b""


def _attributes(tag: bytes, attributes: Attributes) -> bytes:
    return b"".join([pair(tag, utf8(key), any_value(value, 0)) for key, value in attributes])


def metric(name: str, unit: str, description: str, data: bytes) -> bytes:
    """A Metric (name 1, description 2, unit 3, data) as field 2 of ScopeMetrics."""
    return field(b"\x12", _text(b"\x0a", name) + _text(b"\x12", description) + _text(b"\x1a", unit) + data)


def histogram(points: Iterable[tuple[Attributes, Histogram]], start: int, now: int) -> bytes:
    """Cumulative histograms: field 9 of Metric."""
    encoded = [field(b"\x0a", _histogram_point(attributes, value, start, now)) for attributes, value in points]
    return field(b"\x4a", b"".join(encoded) + CUMULATIVE)


def _histogram_point(attributes: Attributes, value: Histogram, start: int, now: int) -> bytes:
    # start 2, time 3, count 4, sum 5, bucket_counts 6, explicit_bounds 7, attributes 9, min 11, max 12.
    return b"".join(
        (
            b"\x11",
            fixed64(start),
            b"\x19",
            fixed64(now),
            b"\x21",
            fixed64(value.count),
            b"\x29",
            double(value.total),
            field(b"\x32", struct.pack(f"<{len(value.counts)}Q", *value.counts)),
            field(b"\x3a", struct.pack(f"<{len(value.bounds)}d", *value.bounds)),
            _attributes(b"\x4a", attributes),
            b"\x59",
            double(value.minimum),
            b"\x61",
            double(value.maximum),
        )
    )


def _number_point(attributes: Attributes, value: float, start: int, now: int) -> bytes:
    # start 2, time 3, as_double 4, as_int 6, attributes 7.
    number = b"\x31" + struct.pack("<q", value) if isinstance(value, int) else b"\x21" + double(value)
    begin = b"\x11" + fixed64(start) if start else b""
    return b"".join((begin, b"\x19", fixed64(now), number, _attributes(b"\x3a", attributes)))


def total(points: Iterable[tuple[Attributes, float]], start: int, now: int) -> bytes:
    """Cumulative sums that only grow: field 7 of Metric."""
    encoded = [field(b"\x0a", _number_point(attributes, value, start, now)) for attributes, value in points]
    return field(b"\x3a", b"".join(encoded) + CUMULATIVE + b"\x18\x01")


def gauge(points: Iterable[tuple[Attributes, float]], now: int) -> bytes:
    """Present values: field 5 of Metric."""
    return field(
        b"\x2a", b"".join([field(b"\x0a", _number_point(attributes, value, 0, now)) for attributes, value in points])
    )


def request(resource: bytes, scope: str, version: str, metrics: Iterable[bytes]) -> bytes:
    """An ExportMetricsServiceRequest."""
    scoped = field(b"\x0a", _text(b"\x0a", scope) + _text(b"\x12", version)) + b"".join(metrics)
    return field(b"\x0a", field(b"\x0a", resource) + field(b"\x12", scoped))
