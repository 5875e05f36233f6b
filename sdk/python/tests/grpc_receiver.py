"""A receiver over gRPC, made with grpcio, which is not ours; it answers as it is told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.protobuf.any_pb2 import Any as Packed
from google.protobuf.duration_pb2 import Duration
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceResponse,
)

from tests.receiver import Received

TRACES = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
METRICS = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"


@dataclass
class Answer:
    """What a call is answered with; `before` is run first."""

    code: grpc.StatusCode = grpc.StatusCode.OK
    body: bytes = b""
    trailers: tuple[tuple[str, bytes | str], ...] = ()
    message: str = ""
    before: Callable[[], object] = field(default=lambda: None)


class GRPCReceiver(Received):
    """Takes OTLP over gRPC; `answers` are used up one a call, then everything is fine."""

    def __init__(
        self, port: int = 0, credentials: Any = None, compression: Any = None, host: str = "127.0.0.1"
    ) -> None:
        self.answers: list[Answer] = []
        self.bodies: list[bytes] = []
        self.refused: list[bytes] = []
        self.metrics: list[ExportMetricsServiceRequest] = []
        self.metadata: list[dict[str, str | bytes]] = []
        self.peers: list[str] = []
        self.deadlines: list[float | None] = []
        self.lock = threading.Lock()
        self.executor = ThreadPoolExecutor(8)
        options = [("grpc.max_receive_message_length", 1 << 26), ("grpc.so_reuseport", 0)]
        self.server = grpc.server(self.executor, options=options, compression=compression)
        self.server.add_generic_rpc_handlers((_Handlers(self),))
        address = f"{host}:{port}"
        self.port = (
            self.server.add_secure_port(address, credentials) if credentials else self.server.add_insecure_port(address)
        )
        self.server.start()

    def take(self, method: str, body: bytes, context: Any) -> bytes:
        if method == METRICS:
            self.metrics.append(ExportMetricsServiceRequest.FromString(body))
            return b""
        with self.lock:
            self.metadata.append(dict(context.invocation_metadata()))
            self.peers.append(context.peer())
            self.deadlines.append(context.time_remaining())
            answer = self.answers.pop(0) if self.answers else Answer()
        answer.before()
        with self.lock:
            (self.bodies if answer.code == grpc.StatusCode.OK else self.refused).append(body)
        context.set_trailing_metadata(answer.trailers)
        context.set_code(answer.code)
        context.set_details(answer.message)
        return answer.body

    def close(self, grace: float | None = None) -> None:
        self.server.stop(grace).wait(20)
        self.executor.shutdown(wait=True)


class _Handlers(grpc.GenericRpcHandler):  # type: ignore[misc,unused-ignore]
    def __init__(self, receiver: GRPCReceiver) -> None:
        self._receiver = receiver

    def service(self, details: Any) -> Any:
        if details.method not in (TRACES, METRICS):
            return None

        def handle(body: bytes, context: Any) -> bytes:
            return self._receiver.take(details.method, body, context)

        return grpc.unary_unary_rpc_method_handler(handle)


def partial(rejected: int, message: str) -> bytes:
    return ExportTraceServiceResponse(
        partial_success=ExportTracePartialSuccess(rejected_spans=rejected, error_message=message)
    ).SerializeToString()


def retry_info(seconds: float) -> tuple[str, bytes]:
    """The trailer that says when to come again: google.rpc.Status with RetryInfo (google/rpc/error_details.proto)."""
    delay = Duration(seconds=int(seconds), nanos=int(seconds % 1 * 1e9)).SerializeToString()
    info = Packed(type_url="type.googleapis.com/google.rpc.RetryInfo", value=b"\x0a" + bytes([len(delay)]) + delay)
    detail = info.SerializeToString()
    return "grpc-status-details-bin", b"\x1a" + bytes([len(detail)]) + detail
