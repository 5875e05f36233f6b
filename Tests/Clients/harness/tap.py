"""A receiver between a client and the server: hands every OTLP request on as it came, and keeps a copy."""

import gzip
import http.server
import threading
from dataclasses import dataclass, field

import requests
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

MESSAGES = {
    "traces": ExportTraceServiceRequest,
    "logs": ExportLogsServiceRequest,
    "metrics": ExportMetricsServiceRequest,
}
# Of the connection, not of the request.
HOP_BY_HOP = {"host", "connection", "content-length", "transfer-encoding", "keep-alive", "accept-encoding"}


@dataclass
class Copy:
    """What one client sent, and how the server responded."""

    traces: list = field(default_factory=list)
    logs: list = field(default_factory=list)
    metrics: list = field(default_factory=list)
    # (path, status, body) of each request.
    responses: list = field(default_factory=list)

    def spans(self):
        """(span, scope, resource group) of every span."""
        for request in self.traces:
            for group in request.resource_spans:
                for scope in group.scope_spans:
                    for span in scope.spans:
                        yield span, scope, group

    def log_records(self):
        for request in self.logs:
            for group in request.resource_logs:
                for scope in group.scope_logs:
                    for record in scope.log_records:
                        yield record, scope, group

    def metric_points(self):
        """(metric, name of its kind, point, scope, resource group) of every point."""
        for request in self.metrics:
            for group in request.resource_metrics:
                for scope in group.scope_metrics:
                    for metric in scope.metrics:
                        kind = metric.WhichOneof("data")
                        for point in getattr(metric, kind).data_points:
                            yield metric, kind, point, scope, group


class Tap:
    """Listens on a free loopback port and hands on to `target`, the address of the server's OTLP/HTTP port."""

    def __init__(self, target: str):
        self.target = target
        self.copy = Copy()
        self.session = requests.Session()
        self.session.trust_env = False
        self.lock = threading.Lock()
        tap = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                tap.hand_on(self)

            do_GET = do_POST

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def begin(self) -> Copy:
        """A fresh copy, for the next client."""
        self.copy = Copy()
        return self.copy

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
        self.session.close()

    def hand_on(self, handler):
        body = handler.rfile.read(int(handler.headers.get("content-length", 0)))
        headers = {name: value for name, value in handler.headers.items() if name.lower() not in HOP_BY_HOP}
        with self.lock:
            response = self.session.request(
                handler.command, self.target + handler.path, data=body, headers=headers, timeout=60
            )
            self.keep(handler.path, headers, body, response)
        handler.send_response(response.status_code)
        for name in ("content-type", "retry-after"):
            if name in response.headers:
                handler.send_header(name, response.headers[name])
        handler.send_header("content-length", str(len(response.content)))
        handler.end_headers()
        handler.wfile.write(response.content)

    def keep(self, path: str, headers: dict, body: bytes, response):
        self.copy.responses.append((path, response.status_code, response.content))
        fields = {name.lower(): value for name, value in headers.items()}
        signal = path.rstrip("/").rsplit("/", 1)[-1]
        if response.status_code != 200 or signal not in MESSAGES:
            return
        encoding = fields.get("content-encoding", "identity")
        if encoding == "gzip":
            body = gzip.decompress(body)
        elif encoding == "deflate":
            import zlib

            body = zlib.decompress(body)
        elif encoding != "identity":
            raise AssertionError(f"a body in {encoding}")
        content_type = fields.get("content-type", "")
        assert content_type.startswith("application/x-protobuf"), f"a body in {content_type}"
        getattr(self.copy, signal).append(MESSAGES[signal].FromString(body))
