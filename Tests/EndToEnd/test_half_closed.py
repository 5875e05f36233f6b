"""Connections and streams of which one side ends before the other."""

import contextlib
import json
import socket
import time

import pytest
from support import http2
from support.network import NetworkFixture


@pytest.fixture(scope="module")
def fixture():
    instance = NetworkFixture(loops=2)
    yield instance
    instance.close()


def connect(fixture) -> socket.socket:
    return socket.create_connection(("127.0.0.1", fixture.port), timeout=20)


def read_all(connection: socket.socket) -> bytes:
    data = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := connection.recv(65536):
            data += piece
    return data


def talk(fixture, request: bytes) -> bytes:
    """Sends raw bytes and returns everything until the server closes."""
    with connect(fixture) as connection:
        connection.sendall(request)
        return read_all(connection)


def open_connections(fixture) -> int:
    answer = talk(fixture, b"GET /statistics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    return json.loads(answer.split(b"\r\n\r\n", 1)[1])["open"]


def half_closed(fixture, request: bytes) -> bytes:
    """Sends a request, says that nothing more comes, and returns the response."""
    with connect(fixture) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        return read_all(connection)


@pytest.mark.parametrize("path", ["/small", "/json", "/slow?300", "/big?9000000", "/events?3", "/later", "/stream"])
@pytest.mark.parametrize("last", [b"", b"connection: close\r\n"], ids=["keep-alive", "close"])
def test_a_client_that_ends_its_side_gets_its_response(fixture, path, last):
    request = f"POST {path} HTTP/1.1\r\nhost: x\r\n".encode()
    expected = talk(fixture, request + b"connection: close\r\n\r\n").split(b"\r\n\r\n", 1)[1]
    answer = half_closed(fixture, request + last + b"\r\n")
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.split(b"\r\n\r\n", 1)[1] == expected


def test_a_client_that_ends_its_side_gets_every_response_that_it_asked_for(fixture):
    asks = b"".join(
        b"GET %s HTTP/1.1\r\nhost: x\r\n\r\n" % path for path in (b"/slow?200", b"/big?400000", b"/small") * 2
    )
    answer = half_closed(fixture, asks + b"GET /small HTT")
    assert [answer.count(body) for body in (b"late\n", b"a" * 400_000, b"hello from axonize!\n")] == [2, 2, 2]
    assert answer.count(b"HTTP/1.1 ") == 6
    # What can no longer become a request is not waited for.
    assert half_closed(fixture, b"POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nhalf") == b""


def test_a_silent_client_that_waits_long_gets_an_interim_response(fixture):
    interim, answer = half_closed(fixture, b"GET /slow?1500 HTTP/1.1\r\nhost: x\r\n\r\n").split(b"\r\n\r\n", 1)
    assert interim == b"HTTP/1.1 100 Continue"
    assert answer.startswith(b"HTTP/1.1 200 ") and answer.endswith(b"late\n")
    # HTTP/1.0 knows none.
    answer = half_closed(fixture, b"GET /slow?1500 HTTP/1.0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ") and answer.endswith(b"late\n")


def test_work_for_a_client_that_is_gone_ends_soon(fixture):
    before = open_connections(fixture)
    with connect(fixture) as connection:
        connection.sendall(b"GET /slow?50000 HTTP/1.1\r\nhost: x\r\n\r\n")
        time.sleep(0.2)
        assert open_connections(fixture) == before + 1
    # Long before the request is late.
    deadline = time.monotonic() + 20
    while open_connections(fixture) > before:
        assert time.monotonic() < deadline, "the connection is still open"
        time.sleep(0.1)


def test_an_early_response_waits_for_the_window_though_its_request_goes_on(fixture):
    """The response comes before the end of its request, and the peer's window stays shut for longer than it is held."""
    with http2.connect(("127.0.0.1", fixture.port), window=0) as connection:
        head = http2.request("/nothing", authority="localhost", method="POST")
        connection.sendall(http2.headers(1, head, flags=http2.END_HEADERS))
        frames = http2.read_frames(connection, until_head_of=1)
        assert http2.status(frames, 1) == "404"
        # Longer than a stream rests before it is looked at.
        time.sleep(0.7)
        connection.sendall(http2.frame(http2.WINDOW_UPDATE, 0, 1, (100).to_bytes(4, "big")))
        frames = http2.read_frames(connection, until_end_of=1)
    assert [(frame.kind, frame.payload) for frame in frames if frame.stream == 1] == [(http2.DATA, b"no\n")]
