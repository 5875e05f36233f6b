"""A started core whose requests are decoded by opentelemetry-proto, which is not ours."""

from types import ModuleType
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from axonize._settings import CoreSettings

RESOURCE = bytes.fromhex("0a14") + b"\x0a\x0cservice.name\x12\x04\x0a\x02ab"


def plain(value: AnyValue) -> Any:
    """An AnyValue as a value of Python."""
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    if kind == "array_value":
        return [plain(item) for item in value.array_value.values]
    if kind == "kvlist_value":
        return {item.key: plain(item.value) for item in value.kvlist_value.values}
    return getattr(value, kind)


def pairs(attributes: Any) -> dict[str, Any]:
    """KeyValue fields as a dict; a key that comes twice fails."""
    found: dict[str, Any] = {}
    for item in attributes:
        assert item.key not in found, item.key
        found[item.key] = plain(item.value)
    return found


class Harness:
    def __init__(self, core: ModuleType) -> None:
        self.core = core

    def start(self, **settings: Any) -> None:
        self.core.start(CoreSettings(**{"resource": RESOURCE, "interval": 60.0, **settings}))

    def requests(self) -> list[ExportTraceServiceRequest]:
        """Everything queued now, as requests."""
        found = []
        while (batch := self.core.drain(0)) is not None:
            body, count = batch
            request = ExportTraceServiceRequest.FromString(body)
            spans = sum(len(scope.spans) for resource in request.resource_spans for scope in resource.scope_spans)
            assert spans == count
            self.core.settle(count, 0)
            found.append(request)
        return found

    def spans(self) -> list[Span]:
        return [
            span
            for request in self.requests()
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def span(self) -> Span:
        found = self.spans()
        assert len(found) == 1
        return found[0]
