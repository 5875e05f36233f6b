"""HTTP/1.1 without TLS, as far as a sender of OTLP needs it (RFC 9112).

``http.client`` would do, but loads ``ssl`` and ``email``: 5.6 MiB in processes that may use neither.
"""

import socket
from typing import BinaryIO, NamedTuple

from axonize._sending.proxy import Proxy

_LINE_MAX = 65536
_HEADERS_MAX = 100


class Answer(NamedTuple):
    """An answer; names of headers in lower case."""

    status: int
    headers: dict[str, str]
    # At most as much as was asked for.
    body: bytes
    # Whether the connection can carry no further request.
    will_close: bool


class PlainConnection:
    """A connection that is opened by the first request and kept until ``close``."""

    def __init__(self, host: str, port: int, timeout: float, proxy: Proxy | None = None) -> None:
        address = (host.strip("[]"), port)
        self._address = address if proxy is None else (proxy.host, proxy.port)
        self._proxy = proxy
        self._timeout = timeout
        self._socket: socket.socket | None = None
        self._reader: BinaryIO | None = None
        name = f"[{address[0]}]" if ":" in address[0] else address[0]
        self._host = name if port == 80 else f"{name}:{port}"

    def post(self, path: str, headers: dict[str, str], body: bytes, reply_max: int) -> Answer:
        """Send a request and read its answer.

        Raises:
            ConnectionResetError: the connection was closed before the answer began.
            OSError: there is no answer, or none of HTTP; TimeoutError included.
            ValueError: a header has a line break.

        """
        if self._proxy is not None:
            # The absolute form, which proxies want (RFC 9112, 3.2.2).
            path = f"http://{self._host}{path}"
            headers = {**headers, **self._proxy.headers}
        lines = [f"POST {path} HTTP/1.1", f"Host: {self._host}", "Accept-Encoding: identity"]
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            if "\r" in name + value or "\n" in name + value:
                raise ValueError(f"the header {name!r} has a line break")
            lines.append(f"{name}: {value}")
        connection, reader = self._open()
        connection.sendall("\r\n".join([*lines, "", ""]).encode("latin-1", "replace"))
        connection.sendall(body)
        status, found, is_old = _head(reader)
        while 100 <= status < 200:
            status, found, is_old = _head(reader)
        content, is_whole = _body(reader, status, found, reply_max)
        kept = found.get("connection", "keep-alive" if not is_old else "close").lower()
        return Answer(status, found, content, not is_whole or "close" in kept)

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        reader, self._reader = self._reader, None
        connection, self._socket = self._socket, None
        if reader is not None:
            reader.close()
        if connection is not None:
            connection.close()

    def _open(self) -> tuple[socket.socket, BinaryIO]:
        if self._socket is None or self._reader is None:
            connection = socket.create_connection(self._address, self._timeout)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket, self._reader = connection, connection.makefile("rb")
        return self._socket, self._reader


def _line(reader: BinaryIO) -> bytes:
    line = reader.readline(_LINE_MAX + 1)
    if len(line) > _LINE_MAX:
        raise _no_http("a line is too long")
    return line


def _head(reader: BinaryIO) -> tuple[int, dict[str, str], bool]:
    """Status, headers, and whether the server speaks HTTP/1.0."""
    line = _line(reader)
    if not line:
        raise ConnectionResetError("the connection was closed before an answer")
    version, _, rest = line.partition(b" ")
    status = rest[:3]
    if not version.startswith(b"HTTP/1.") or not status.isdigit() or len(status) != 3:
        raise _no_http(repr(line[:40]))
    headers: dict[str, str] = {}
    for _ in range(_HEADERS_MAX + 1):
        line = _line(reader)
        if line in (b"\r\n", b"\n"):
            return int(status), headers, version == b"HTTP/1.0"
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon:
            raise _no_http(repr(line[:40]))
        headers[name.strip().lower()] = value.strip()
    raise _no_http("too many headers")


def _body(reader: BinaryIO, status: int, headers: dict[str, str], limit: int) -> tuple[bytes, bool]:
    """At most `limit` bytes, and whether they are all and the next answer may follow."""
    if status in (204, 304):
        return b"", True
    if "chunked" in headers.get("transfer-encoding", "").lower():
        return _chunks(reader, limit)
    length = headers.get("content-length")
    if length is None:
        # All until the server closes.
        return reader.read(limit), False
    if not length.isdigit():
        raise _no_http(f"a length of {length[:20]!r}")
    size = int(length)
    content = _exactly(reader, min(size, limit))
    return content, size <= limit


def _chunks(reader: BinaryIO, limit: int) -> tuple[bytes, bool]:
    content = b""
    while True:
        line = _line(reader).partition(b";")[0].strip()
        try:
            size = int(line, 16)
        except ValueError:
            raise _no_http(f"a chunk of {line[:20]!r}") from None
        if size < 0:
            raise _no_http(f"a chunk of {line[:20]!r}")
        if size == 0:
            break
        if len(content) + size > limit:
            return content + _exactly(reader, limit - len(content)), False
        content += _exactly(reader, size)
        if _line(reader).strip():
            raise _no_http("a chunk without its end")
    for _ in range(_HEADERS_MAX):
        if not _line(reader).strip():
            return content, True
    raise _no_http("too many trailers")


def _exactly(reader: BinaryIO, size: int) -> bytes:
    content = reader.read(size)
    if len(content) < size:
        raise _no_http("it ends too early")
    return content


def _no_http(what: str) -> ConnectionError:
    return ConnectionError(f"not an HTTP answer: {what}")
