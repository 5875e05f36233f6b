"""Spans as OTLP (opentelemetry/proto/trace/v1/trace.proto); runs on the sender's thread."""

from collections.abc import Sequence
from typing import Any

from axonize._encoding.values import encode, utf8
from axonize._encoding.wire import field, fixed32, fixed64, varint
from axonize._pure.runtime import runtime
from axonize._pure.span import Span, kind_number

# Encoded keys of attributes; a program has few, and what makes more of them starts the list again.
_KEYS_MAX = 4096
_keys: dict[str, bytes] = {}


def _key(key: str) -> bytes:
    encoded = _keys.get(key)
    if encoded is None:
        if len(_keys) >= _KEYS_MAX:
            _keys.clear()
        encoded = _keys[key] = field(b"\x0a", utf8(key))
    return encoded


def _attributes(span: Span, out: list[bytes], room: int) -> tuple[int, int]:
    """Append the attributes that fit `room` bytes; returns what is left of it and how many did not fit."""
    dropped = 0
    for key, value in span._attributes.items():
        key = _key(key)
        value = encode(value)
        size = varint(len(value))
        whole = varint(len(key) + 1 + len(size) + len(value))
        length = 1 + len(whole) + len(key) + 1 + len(size) + len(value)
        if length > room:
            dropped += 1
            continue
        room -= length
        out += (b"\x4a", whole, key, b"\x12", size, value)
    return room, dropped


def encode_span(span: Span) -> bytes:
    """A span as field 2 of ScopeSpans."""
    out = [b"\x0a\x10", span.trace_id.to_bytes(16, "big"), b"\x12\x08", span.span_id.to_bytes(8, "big")]
    if span.trace_state:
        out.append(field(b"\x1a", utf8(span.trace_state)))
    if span.parent_span_id is not None:
        out += (b"\x22\x08", span.parent_span_id.to_bytes(8, "big"))
    kind = span.kind
    out += (
        field(b"\x2a", utf8(span.name if isinstance(span.name, str) else str(span.name))),
        b"\x30\x01" if kind == "internal" else b"\x30" + varint(kind_number(kind)),
        b"\x39",
        fixed64(span._start),
        b"\x41",
        fixed64(max(span._end, 0) & 0xFFFF_FFFF_FFFF_FFFF),
    )
    extra = span._extra
    dropped = 0
    if span._attributes:
        room = runtime.span_bytes - sum(map(len, extra.fields)) if extra is not None else runtime.span_bytes
        _, dropped = _attributes(span, out, room)
        if dropped:
            runtime.tally.add("dropped_attributes", dropped)
    if extra is not None:
        _extra(span, out, dropped)
    elif dropped:
        out += (b"\x50", varint(dropped))
    out += (b"\x85\x01", fixed32(0x301 if span._is_remote else 0x101))
    return field(b"\x12", b"".join(out))


def _extra(span: Span, out: list[bytes], dropped: int) -> None:
    extra = span._extra
    if extra is None:
        return
    dropped += extra.dropped_attributes
    if dropped:
        out += (b"\x50", varint(dropped))
    out += extra.fields
    if extra.dropped_events:
        out += (b"\x60", varint(extra.dropped_events))
    if extra.dropped_links:
        out += (b"\x70", varint(extra.dropped_links))
    if extra.status:
        message = field(b"\x12", extra.message) if extra.message else b""
        out.append(field(b"\x7a", message + b"\x18" + varint(extra.status)))


def encode_request(
    resource: bytes, resource_schema: str, scopes: Sequence[tuple[bytes, bytes]], spans: Sequence[tuple[int, bytes]]
) -> bytes:
    """An ExportTraceServiceRequest of encoded spans and the numbers of their scopes."""
    by_scope: dict[int, list[bytes]] = {}
    for scope, encoded in spans:
        by_scope.setdefault(scope if scope < len(scopes) else 0, []).append(encoded)
    content = [field(b"\x0a", resource)]
    for scope, encoded_spans in by_scope.items():
        head, tail = scopes[scope]
        content.append(field(b"\x12", b"".join([head, *encoded_spans, tail])))
    if resource_schema:
        content.append(field(b"\x1a", utf8(resource_schema)))
    return field(b"\x0a", b"".join(content))


def encode_scope(name: str, version: str, schema_url: str, attributes: bytes) -> tuple[bytes, bytes]:
    """What stands before and after the spans in ScopeSpans."""
    scope = field(b"\x0a", utf8(name)) if name else b""
    if version:
        scope += field(b"\x12", utf8(version))
    return field(b"\x0a", scope + attributes), field(b"\x1a", utf8(schema_url)) if schema_url else b""


def scope_number(scope: Any) -> int:
    """A number of a scope as it was given; 0 for anything else."""
    return scope if isinstance(scope, int) and scope >= 0 else 0
