"""The HTTP client for receivers without TLS, against servers that answer byte by byte as a test says."""

import contextlib
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from axonize._sending.http import HTTPTransport
from axonize._sending.plain import PlainConnection


class Raw:
    """Answers each request with the next bytes, on one connection or on as many as come."""

    def __init__(self, *answers: bytes, close: bool = False, hold: bool = False) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self._answers = list(answers)
        self._close = close
        self._hold = hold
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while self._answers:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            with connection:
                connection.settimeout(20)
                while self._answers and (request := self._request(connection)):
                    self.requests.append(request)
                    answer = self._answers.pop(0)
                    # One byte after the other: a reader must not count on pieces.
                    with contextlib.suppress(ConnectionError):
                        for index in range(len(answer)):
                            connection.send(answer[index : index + 1])
                    if self._close:
                        break
                if self._hold:
                    connection.recv(1)

    @staticmethod
    def _request(connection: socket.socket) -> bytes:
        received = b""
        while b"\r\n\r\n" not in received:
            more = connection.recv(65536)
            if not more:
                return b""
            received += more
        head, _, body = received.partition(b"\r\n\r\n")
        size = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        while len(body) < size:
            body += connection.recv(65536)
        return head + b"\r\n\r\n" + body

    def close(self) -> None:
        # Closing alone does not wake the thread that accepts.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(20)


@pytest.fixture
def raw() -> Iterator[list[Raw]]:
    made: list[Raw] = []
    yield made
    for server in made:
        server.close()


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
FINE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def test_the_request(raw: list[Raw]) -> None:
    raw.append(Raw(FINE, FINE))
    connection = PlainConnection("127.0.0.1", raw[0].port, 20)
    for body in (b"abc", b""):
        connection.post("/v1/traces", {"X-Key": "ä"}, body, 10)
    connection.close()
    assert raw[0].connections == 1
    head = f"POST /v1/traces HTTP/1.1\r\nHost: 127.0.0.1:{raw[0].port}\r\nAccept-Encoding: identity\r\n".encode()
    assert raw[0].requests == [
        head + "X-Key: ä\r\nContent-Length: 3\r\n\r\nabc".encode("latin-1"),
        head + "X-Key: ä\r\nContent-Length: 0\r\n\r\n".encode("latin-1"),
    ]


@pytest.mark.parametrize(
    ("answer", "status", "body", "will_close"),
    [
        (FINE, 200, b"ok", False),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b"", False),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + FINE, 200, b"ok", False),
        (b"HTTP/1.1 200 OK\r\nconnection: Close\r\nContent-Length: 2\r\n\r\nok", 200, b"ok", True),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, b"ok", True),
        (b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok", 200, b"ok", False),
        (b"HTTP/1.1 503 \r\nContent-Length: 12\r\n\r\n0123456789ab", 503, b"0123456789", True),
        (CHUNKED + b"1;x=y\r\no\r\n1\r\nk\r\n0\r\nT: 1\r\n\r\n", 200, b"ok", False),
        (CHUNKED + b"8\r\n01234567\r\n8\r\n01234567\r\n0\r\n\r\n", 200, b"0123456701", True),
    ],
)  # fmt: skip
def test_answers(raw: list[Raw], answer: bytes, status: int, body: bytes, will_close: bool) -> None:
    raw.append(Raw(answer))
    connection = PlainConnection("127.0.0.1", raw[0].port, 20)
    found = connection.post("/", {}, b"x", 10)
    connection.close()
    assert (found.status, found.body, found.will_close) == (status, body, will_close)


def test_an_answer_that_ends_with_the_connection(raw: list[Raw]) -> None:
    raw.append(Raw(b"HTTP/1.1 200 OK\r\n\r\nall of it", close=True))
    connection = PlainConnection("127.0.0.1", raw[0].port, 20)
    found = connection.post("/", {}, b"x", 100)
    connection.close()
    assert (found.body, found.will_close) == (b"all of it", True)


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 2x0 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort",
        CHUNKED + b"xyz\r\n",
        CHUNKED + b"-1\r\n",
        CHUNKED + b"2\r\nokay\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 70000,
    ],
)
def test_what_is_no_answer(raw: list[Raw], answer: bytes) -> None:
    raw.append(Raw(answer, close=True))
    connection = PlainConnection("127.0.0.1", raw[0].port, 20)
    with pytest.raises(ConnectionError, match="not an HTTP answer"):
        connection.post("/", {}, b"x", 10)
    connection.close()


def test_a_header_cannot_bring_another(raw: list[Raw]) -> None:
    raw.append(Raw(FINE))
    connection = PlainConnection("127.0.0.1", raw[0].port, 20)
    with pytest.raises(ValueError, match="line break"):
        connection.post("/", {"a": "b\r\nc: d"}, b"x", 10)
    connection.close()


def test_a_connection_that_the_receiver_closed_is_opened_again(raw: list[Raw]) -> None:
    raw.append(Raw(FINE, FINE, close=True))
    transport = HTTPTransport("127.0.0.1", raw[0].port, "/", {})
    assert [transport.send(b"x").status for _ in range(2)] == [200, 200]
    transport.close()
    assert raw[0].connections == 2


def test_a_receiver_that_says_nothing_is_given_up(raw: list[Raw]) -> None:
    raw.append(Raw(b"HTTP/1.1 200", hold=True))
    transport = HTTPTransport("127.0.0.1", raw[0].port, "/", {}, timeout=0.2)
    with pytest.raises(TimeoutError):
        transport.send(b"x")
    transport.close()


def test_nothing_of_tls_is_loaded_without_it() -> None:
    program = """
import sys, axonize
axonize.init(endpoint=sys.argv[1], metrics_interval=0.1)
with axonize.span("a"):
    pass
assert axonize.flush(5)
axonize.shutdown()
loaded = {"ssl", "http.client", "email", "ctypes"} & set(sys.modules)
assert not loaded, loaded
"""
    from tests.receiver import Receiver

    receiver = Receiver()
    try:
        done = subprocess.run(
            [sys.executable, "-c", program, f"http://127.0.0.1:{receiver.port}"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert receiver.metrics
        assert receiver.names == ["a"]
    finally:
        receiver.close()
