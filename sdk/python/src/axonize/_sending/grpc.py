"""OTLP over gRPC (https://opentelemetry.io/docs/specs/otlp/#otlpgrpc), with the package grpcio.

For receivers over TLS, and for the core in Python; without TLS the native core speaks gRPC itself.
"""

from collections.abc import Sequence
from typing import Any

from axonize._encoding.wire import fields
from axonize._sending.proxy import Proxy, headers_of_lines, proxy_of_settings
from axonize._sending.transport import RETRY_AFTER_MAX, Reply

TRACES = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"


class GRPCTransport:
    """A channel to one receiver; needs the extra "grpc"."""

    def __init__(
        self,
        host: str,
        port: int,
        headers: dict[str, str],
        compression: str = "none",
        timeout: float = 10.0,
        credentials: tuple[bytes | None, bytes | None, bytes | None] | None = None,
        method: str = TRACES,
        proxy: Proxy | None = None,
    ) -> None:
        import grpc

        self._grpc: Any = grpc
        self._target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self._metadata: Sequence[tuple[str, str]] = [(name.lower(), value) for name, value in headers.items()]
        self._compression = grpc.Compression.Gzip if compression == "gzip" else grpc.Compression.NoCompression
        self._timeout = timeout
        self._credentials = credentials
        self._method = method
        self._proxy = proxy
        self._channel: Any = None
        self._call: Any = None

    @classmethod
    def of_settings(cls, settings: Any) -> "GRPCTransport":
        """The transport of a core's settings with sender "grpc"."""
        return cls(
            settings.host or "localhost",
            settings.port or 4317,
            headers_of_lines(settings.headers),
            settings.compression or "none",
            10.0 if settings.timeout is None else settings.timeout,
            None,
            settings.path or TRACES,
            proxy_of_settings(settings),
        )

    def _open(self) -> None:
        options: list[tuple[str, Any]] = [("grpc.max_receive_message_length", 1 << 20)]
        # Our rules say whether there is a proxy; grpcio's own look at other variables.
        if self._proxy is None:
            options.append(("grpc.enable_http_proxy", 0))
        else:
            options.append(("grpc.http_proxy", self._proxy.url))
        if self._credentials is None:
            self._channel = self._grpc.insecure_channel(self._target, options=options)
        else:
            root, key, chain = self._credentials
            secure = self._grpc.ssl_channel_credentials(root, key, chain)
            self._channel = self._grpc.secure_channel(self._target, secure, options=options)
        self._call = self._channel.unary_unary(self._method)

    def send(self, body: bytes) -> Reply:
        """Make one attempt."""
        if self._call is None:
            self._open()
        call: Any = self._call
        try:
            answer = call(body, timeout=self._timeout, metadata=self._metadata, compression=self._compression)
            return Reply(200, None, answer, len(body))
        except self._grpc.RpcError as error:
            return self._reply_of(error, len(body))
        except (ValueError, TypeError):
            # Its text has the values of all headers, and so it goes no further.
            raise ConnectionError("grpcio does not take one of the headers") from None

    def _reply_of(self, error: Any, size: int) -> Reply:
        code = error.code()
        delay = _retry_delay(error.trailing_metadata() or ())
        if code.name == "UNAVAILABLE" and delay is None:
            self.close()
        # What grpcio says of an answer that is none of HTTP/2.
        details = str(error.details() or "").lower()
        is_foreign = code.name == "UNAVAILABLE" and ("http1" in details or "expected settings frame" in details)
        return Reply(int(code.value[0]), delay, b"", size, is_foreign)

    def close(self) -> None:
        """Close the channel."""
        channel, self._channel, self._call = self._channel, None, None
        if channel is not None:
            channel.close()


def _retry_delay(metadata: Any) -> float | None:
    """Seconds of google.rpc.RetryInfo (retry_delay 1: seconds 1, nanos 2) in google.rpc.Status (details 3)."""
    try:
        for key, value in metadata:
            if key != "grpc-status-details-bin":
                continue
            for number, detail in fields(value):
                if number != 3 or not isinstance(detail, bytes):
                    continue
                entry = dict(fields(detail))
                if entry.get(1) == b"type.googleapis.com/google.rpc.RetryInfo" and isinstance(entry.get(2), bytes):
                    info = dict(fields(bytes(entry[2])))
                    delay = dict(fields(bytes(info.get(1, b""))))
                    return min(float(int(delay.get(1, 0))) + int(delay.get(2, 0)) / 1e9, RETRY_AFTER_MAX)
    except (ValueError, TypeError):
        return None
    return None
