"""A receiver that answers as it is told; a stand-in where a real server cannot be made to fail on demand."""

import gzip
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

# Status, headers, body.
Answer = tuple[int, dict[str, str], bytes]
FINE: Answer = (200, {}, b"")


class Received:
    """The spans in the requests that a receiver took."""

    bodies: list[bytes]

    @property
    def spans(self) -> list[Any]:
        return [
            span
            for body in list(self.bodies)
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    @property
    def names(self) -> list[str]:
        return [span.name for span in self.spans]


class Receiver(Received):
    """Takes OTLP over HTTP; `answers` are used up one a request, then everything is fine."""

    def __init__(self, port: int = 0, host: str = "127.0.0.1") -> None:
        self.answers: list[Answer | Callable[[], Answer]] = []
        self.bodies: list[bytes] = []
        self.refused: list[bytes] = []
        self.metrics: list[ExportMetricsServiceRequest] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.times: list[float] = []
        self.lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, headers, answer = receiver.take(self.path, dict(self.headers), body)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def handle_error(self, *_: Any) -> None:
                # Clients that give up are part of the tests.
                pass

        self.server = Server((host, port), Handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()

    def take(self, path: str, headers: dict[str, str], body: bytes) -> Answer:
        encoding = headers.get("Content-Encoding")
        if encoding == "gzip":
            body = gzip.decompress(body)
        elif encoding == "zstd":
            import zstandard

            body = zstandard.ZstdDecompressor().decompress(body, max_output_size=1 << 26)
        if path.endswith("/metrics"):
            self.metrics.append(ExportMetricsServiceRequest.FromString(body))
            return FINE
        with self.lock:
            self.paths.append(path)
            self.headers.append(headers)
            self.times.append(time.monotonic())
            answer = self.answers.pop(0) if self.answers else FINE
        if callable(answer):
            answer = answer()
        with self.lock:
            (self.bodies if answer[0] == 200 else self.refused).append(body)
        return answer

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def partial(rejected: int, message: str) -> Answer:
    body = ExportTraceServiceResponse(
        partial_success=ExportTracePartialSuccess(rejected_spans=rejected, error_message=message)
    ).SerializeToString()
    return 200, {}, body


def wait_until(condition: Callable[[], Any], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
