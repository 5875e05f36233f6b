"""Spans read back from the bytes that would have been sent."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from axonize._encoding.wire import fields

KINDS = ("internal", "internal", "server", "client", "producer", "consumer")
STATUSES = ("unset", "ok", "error")


@dataclass(frozen=True)
class RecordedEvent:
    """An event; `time` in nanoseconds since 1970."""

    name: str
    time: int
    attributes: dict[str, Any]


@dataclass(frozen=True)
class RecordedLink:
    """A link; ids as hexadecimal digits."""

    trace_id: str
    span_id: str
    attributes: dict[str, Any]


@dataclass(frozen=True)
class RecordedSpan:
    """A span as it would have been sent; ids as hexadecimal digits, times in nanoseconds since 1970."""

    name: str
    kind: str
    trace_id: str
    span_id: str
    parent_span_id: str | None
    trace_state: str
    start_time: int
    end_time: int
    attributes: dict[str, Any]
    events: list[RecordedEvent]
    links: list[RecordedLink]
    status: str
    status_description: str
    dropped_attributes: int
    dropped_events: int
    dropped_links: int
    scope: str
    scope_version: str
    resource: dict[str, Any]

    @property
    def duration(self) -> float:
        """Seconds."""
        return (self.end_time - self.start_time) / 1e9

    def event(self, name: str) -> RecordedEvent:
        """The one event of a name; raises LookupError when there is none or there are several."""
        found = [event for event in self.events if event.name == name]
        if len(found) != 1:
            raise LookupError(f"{len(found)} events {name!r} of {[event.name for event in self.events]}")
        return found[0]


def _bytes(value: int | bytes) -> bytes:
    return value if isinstance(value, bytes) else b""


def _text(value: int | bytes) -> str:
    return _bytes(value).decode("utf-8", "replace")


def _signed(value: int) -> int:
    return value - (1 << 64) if value >= 1 << 63 else value


def _fixed(value: int | bytes) -> int:
    return int.from_bytes(_bytes(value), "little")


def _value(message: bytes) -> Any:
    for number, value in fields(message):
        if number == 1:
            return _text(value)
        if number == 2:
            return bool(value)
        if number == 3 and isinstance(value, int):
            return _signed(value)
        if number == 4:
            return struct.unpack("<d", _bytes(value))[0]
        if number == 5:
            return [_value(_bytes(item)) for _, item in fields(_bytes(value))]
        if number == 6:
            return dict(_pair(_bytes(item)) for _, item in fields(_bytes(value)))
        if number == 7:
            return value
    return None


def _pair(message: bytes) -> tuple[str, Any]:
    key, value = "", None
    for number, content in fields(message):
        if number == 1:
            key = _text(content)
        elif number == 2:
            value = _value(_bytes(content))
    return key, value


def _attributes(message: bytes, wanted: int) -> dict[str, Any]:
    return dict(_pair(_bytes(value)) for number, value in fields(message) if number == wanted)


def _event(message: bytes) -> RecordedEvent:
    found = dict(fields(message))
    return RecordedEvent(_text(found.get(2, b"")), _fixed(found.get(1, b"")), _attributes(message, 3))


def _link(message: bytes) -> RecordedLink:
    found = dict(fields(message))
    return RecordedLink(_bytes(found.get(1, b"")).hex(), _bytes(found.get(2, b"")).hex(), _attributes(message, 4))


def _number(found: dict[int, int | bytes], number: int) -> int:
    value = found.get(number, 0)
    return value if isinstance(value, int) else 0


def _span(message: bytes, scope: tuple[str, str], resource: dict[str, Any]) -> RecordedSpan:
    found = dict(fields(message))
    status = dict(fields(_bytes(found.get(15, b""))))
    return RecordedSpan(
        name=_text(found.get(5, b"")),
        kind=KINDS[_number(found, 6)],
        trace_id=_bytes(found.get(1, b"")).hex(),
        span_id=_bytes(found.get(2, b"")).hex(),
        parent_span_id=_bytes(found.get(4, b"")).hex() or None,
        trace_state=_text(found.get(3, b"")),
        start_time=_fixed(found.get(7, b"")),
        end_time=_fixed(found.get(8, b"")),
        attributes=_attributes(message, 9),
        events=[_event(_bytes(value)) for number, value in fields(message) if number == 11],
        links=[_link(_bytes(value)) for number, value in fields(message) if number == 13],
        status=STATUSES[_number(status, 3)],
        status_description=_text(status.get(2, b"")),
        dropped_attributes=_number(found, 10),
        dropped_events=_number(found, 12),
        dropped_links=_number(found, 14),
        scope=scope[0],
        scope_version=scope[1],
        resource=resource,
    )


def spans_of(request: bytes) -> Iterator[RecordedSpan]:
    """The spans of an ExportTraceServiceRequest."""
    for _, resource_spans in fields(request):
        resource: dict[str, Any] = {}
        for number, content in fields(_bytes(resource_spans)):
            if number == 1:
                resource = _attributes(_bytes(content), 1)
            elif number == 2:
                yield from _of_scope(_bytes(content), resource)


def _of_scope(message: bytes, resource: dict[str, Any]) -> Iterator[RecordedSpan]:
    scope = ("", "")
    for number, content in fields(message):
        if number == 1:
            found = dict(fields(_bytes(content)))
            scope = (_text(found.get(1, b"")), _text(found.get(2, b"")))
        elif number == 2:
            yield _span(_bytes(content), scope, resource)
