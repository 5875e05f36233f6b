"""OTLP messages built by hand, for what the SDK cannot express, and their senders."""

import gzip
import os
import time

import grpc
import requests
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc
from opentelemetry.proto.common.v1 import common_pb2
from opentelemetry.proto.resource.v1 import resource_pb2
from opentelemetry.proto.trace.v1 import trace_pb2

AnyValue = common_pb2.AnyValue
KeyValue = common_pb2.KeyValue


def any_value(value) -> AnyValue:
    """The OTLP form of a Python value; None is a value that was never set."""
    match value:
        case None:
            return AnyValue()
        case bool():
            return AnyValue(bool_value=value)
        case int():
            return AnyValue(int_value=value)
        case float():
            return AnyValue(double_value=value)
        case str():
            return AnyValue(string_value=value)
        case bytes():
            return AnyValue(bytes_value=value)
        case list():
            return AnyValue(array_value=common_pb2.ArrayValue(values=[any_value(item) for item in value]))
        case dict():
            return AnyValue(kvlist_value=common_pb2.KeyValueList(values=key_values(value)))
    raise TypeError(f"no OTLP form for {value!r}")


def key_values(attributes: dict) -> list[KeyValue]:
    return [KeyValue(key=key, value=any_value(value)) for key, value in attributes.items()]


def new_trace_id() -> bytes:
    return os.urandom(16)


def new_span_id() -> bytes:
    return os.urandom(8)


def span(trace_id: bytes, name: str = "chat", *, span_id: bytes | None = None, attributes=None, **fields):
    """A span of 5 ms that begins now."""
    start = fields.pop("start_time_unix_nano", time.time_ns())
    return trace_pb2.Span(
        trace_id=trace_id,
        span_id=new_span_id() if span_id is None else span_id,
        name=name,
        kind=fields.pop("kind", trace_pb2.Span.SPAN_KIND_INTERNAL),
        start_time_unix_nano=start,
        end_time_unix_nano=fields.pop("end_time_unix_nano", start + 5_000_000),
        attributes=key_values(attributes or {}),
        **fields,
    )


def export_request(spans, *, service: str = "end-to-end", resource=None, scope: str = "tests"):
    return trace_service_pb2.ExportTraceServiceRequest(
        resource_spans=[
            trace_pb2.ResourceSpans(
                resource=resource_pb2.Resource(attributes=key_values({"service.name": service, **(resource or {})})),
                scope_spans=[
                    trace_pb2.ScopeSpans(scope=common_pb2.InstrumentationScope(name=scope, version="1"), spans=spans)
                ],
            )
        ]
    )


def trace_request(span_count: int = 1, *, service: str = "end-to-end", attributes=None):
    """A request with one trace of `span_count` spans, and the trace's id in hexadecimal."""
    trace_id = new_trace_id()
    root = new_span_id()
    spans = [span(trace_id, "root", span_id=root, attributes=attributes)]
    spans += [
        span(trace_id, f"step {index}", parent_span_id=root, attributes=attributes) for index in range(1, span_count)
    ]
    return export_request(spans, service=service), trace_id.hex()


def post(
    server, body: bytes, *, path: str = "/v1/traces", encoding: str | None = None, key=None, timeout=30, **headers
):
    """Sends bytes as OTLP/HTTP with protobuf; `headers` are written with underscores."""
    head = {"content-type": "application/x-protobuf"}
    if encoding == "gzip":
        body = gzip.compress(body, 1)
    if encoding:
        head["content-encoding"] = encoding
    if key:
        head["authorization"] = f"Bearer {key}"
    head |= {name.replace("_", "-"): value for name, value in headers.items()}
    with requests.Session() as session:
        session.trust_env = False
        return session.post(f"{server.otlp_endpoint}{path}", data=body, headers=head, timeout=timeout)


class GRPCClient:
    """A plain gRPC client of the trace service; raw bytes may be sent to try malformed messages."""

    METHOD = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"

    def __init__(self, server, key: str | None = None):
        options = [("grpc.enable_http_proxy", 0)]
        self.channel = grpc.insecure_channel(f"127.0.0.1:{server.grpc_port}", options=options)
        self.stub = trace_service_pb2_grpc.TraceServiceStub(self.channel)
        self.metadata = [("authorization", f"Bearer {key}")] if key else []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.channel.close()

    def export(self, request, timeout: float = 30, **options):
        return self.stub.Export(request, timeout=timeout, metadata=self.metadata, **options)

    def export_bytes(self, message: bytes, method: str = METHOD, timeout: float = 30) -> bytes:
        call = self.channel.unary_unary(method, request_serializer=None, response_deserializer=None)
        return call(message, timeout=timeout, metadata=self.metadata)
