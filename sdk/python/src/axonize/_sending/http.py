"""OTLP over HTTP/1.1 (https://opentelemetry.io/docs/specs/otlp/#otlphttp)."""

import email.utils
import http.client
import ssl
import time
from collections.abc import Callable
from typing import Any

from axonize._sending.compression import compressor
from axonize._sending.transport import Reply
from axonize._version import __version__

_REPLY_MAX = 65536
# A receiver may not silence its clients for longer than this.
_RETRY_AFTER_MAX = 300.0


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
    ) -> None:
        self._host, self._port, self._path = host, port, path
        self._timeout = timeout
        self._tls = tls
        self._connection: http.client.HTTPConnection | None = None
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
    def of_settings(cls, settings: Any, on_missing_compression: Callable[[], object] | None = None) -> "HTTPTransport":
        """The transport of a core's settings with sender "http"."""
        lines = (settings.headers or "").split("\r\n")
        return cls(
            settings.host or "localhost",
            settings.port or 4318,
            settings.path or "/v1/traces",
            {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines) if name.strip()},
            settings.compression or "none",
            10.0 if settings.timeout is None else settings.timeout,
            None,
            on_missing_compression,
        )

    def send(self, body: bytes) -> Reply:
        """Make one attempt."""
        if self._compress is not None:
            body = self._compress(body)
        was_open = self._connection is not None
        try:
            return self._attempt(body)
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            # The receiver may close an idle connection at any time; that says nothing about this request.
            self.close()
            if not was_open:
                raise
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise _as_os_error(error) from error
        try:
            return self._attempt(body)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise _as_os_error(error) from error

    def _attempt(self, body: bytes) -> Reply:
        connection = self._connection
        if connection is None:
            if self._tls is not None:
                connection = http.client.HTTPSConnection(
                    self._host, self._port, timeout=self._timeout, context=self._tls
                )
            else:
                connection = http.client.HTTPConnection(self._host, self._port, timeout=self._timeout)
            self._connection = connection
        connection.request("POST", self._path, body, self._headers)
        response = connection.getresponse()
        reply = response.read(_REPLY_MAX)
        if response.read(1) or response.will_close:
            self.close()
        return Reply(response.status, retry_after_of(response.getheader("Retry-After")), reply, len(body))

    def close(self) -> None:
        """Close the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _as_os_error(error: Exception) -> OSError:
    return error if isinstance(error, OSError) else ConnectionError(f"not an HTTP answer: {error!r}")


def retry_after_of(value: str | None) -> float | None:
    """Seconds of a Retry-After header: a number of seconds or a date (RFC 9110, 10.2.3); None when it is neither."""
    if value is None:
        return None
    try:
        seconds = float(int(value))
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(value).timestamp() - time.time()
        except (TypeError, ValueError, OverflowError):
            return None
    return min(max(seconds, 0.0), _RETRY_AFTER_MAX)
