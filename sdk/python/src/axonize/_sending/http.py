"""OTLP over HTTP/1.1 (https://opentelemetry.io/docs/specs/otlp/#otlphttp)."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from axonize._sending.compression import compressor
from axonize._sending.plain import PlainConnection
from axonize._sending.proxy import Proxy, headers_of_lines, proxy_of_settings
from axonize._sending.transport import RETRY_AFTER_MAX, Reply
from axonize._version import __version__

if TYPE_CHECKING:
    import ssl

    from axonize._sending.secure import SecureConnection

_REPLY_MAX = 65536


class HTTPTransport:
    """A connection that is kept open between requests."""

    def __init__(
        self,
        host: str,
        port: int,
        path: str,
        headers: dict[str, str],
        compression: str = "none",
        timeout: float = 10.0,
        tls: ssl.SSLContext | None = None,
        on_missing_compression: Callable[[], object] | None = None,
        proxy: Proxy | None = None,
    ) -> None:
        self._host, self._port, self._path = host, port, path
        self._timeout = timeout
        self._tls = tls
        self._proxy = proxy
        self._connection: PlainConnection | SecureConnection | None = None
        self._headers = {
            **headers,
            "Content-Type": "application/x-protobuf",
            "User-Agent": f"axonize-python/{__version__}",
        }
        self._compress: Callable[[bytes], bytes] | None = None
        if compression != "none":
            found = compressor(compression)
            if found is None:
                if on_missing_compression is not None:
                    on_missing_compression()
            else:
                self._headers["Content-Encoding"], self._compress = found

    @classmethod
    def of_settings(cls, settings: Any, on_missing_compression: Callable[[], object] | None = None) -> HTTPTransport:
        """The transport of a core's settings with sender "http"."""
        return cls(
            settings.host or "localhost",
            settings.port or 4318,
            settings.path or "/v1/traces",
            headers_of_lines(settings.headers),
            settings.compression or "none",
            10.0 if settings.timeout is None else settings.timeout,
            None,
            on_missing_compression,
            proxy_of_settings(settings),
        )

    def send(self, body: bytes) -> Reply:
        """Make one attempt."""
        if self._compress is not None:
            body = self._compress(body)
        was_open = self._connection is not None
        try:
            return self._attempt(body)
        except (ConnectionResetError, BrokenPipeError):
            # The receiver may close an idle connection at any time; that says nothing about this request.
            self.close()
            if not was_open:
                raise
        except OSError:
            self.close()
            raise
        try:
            return self._attempt(body)
        except OSError:
            self.close()
            raise

    def _attempt(self, body: bytes) -> Reply:
        connection = self._connection
        if connection is None:
            if self._tls is not None:
                # http.client and ssl, which only those pay for who use them.
                from axonize._sending.secure import SecureConnection

                connection = SecureConnection(self._host, self._port, self._timeout, self._tls, self._proxy)
            else:
                connection = PlainConnection(self._host, self._port, self._timeout, self._proxy)
            self._connection = connection
        answer = connection.post(self._path, self._headers, body, _REPLY_MAX)
        if answer.will_close:
            self.close()
        return Reply(answer.status, retry_after_of(answer.headers.get("retry-after")), answer.body, len(body))

    def close(self) -> None:
        """Close the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def retry_after_of(value: str | None) -> float | None:
    """Seconds of a Retry-After header: a number of seconds or a date (RFC 9110, 10.2.3); None when it is neither."""
    if value is None:
        return None
    try:
        seconds = float(int(value))
    except ValueError:
        import email.utils

        try:
            seconds = email.utils.parsedate_to_datetime(value).timestamp() - time.time()
        except (TypeError, ValueError, OverflowError):
            return None
    return min(max(seconds, 0.0), RETRY_AFTER_MAX)
