"""The native core's gRPC against servers that do what grpcio's does not do on demand."""

from __future__ import annotations

import json
import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from types import ModuleType

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from axonize._settings import CoreSettings
from tests.native.http2_server import (
    END_HEADERS,
    END_STREAM,
    GOAWAY,
    HEADERS,
    PING,
    RESET,
    SETTINGS,
    WINDOW_UPDATE,
    HTTP2Server,
    Peer,
    answer,
    field,
    frame,
    serve,
    setting,
)

native = pytest.importorskip("axonize._native")
INITIAL_WINDOW, MAX_FRAME = 4, 5


@pytest.fixture
def core() -> Iterator[ModuleType]:
    yield native
    native.shutdown(0.5)
    native.current_variable.set(None)


@pytest.fixture
def server() -> Iterator[Callable[..., HTTP2Server]]:
    servers: list[HTTP2Server] = []

    def make(talk: Callable[[Peer], object], settings: bytes = b"") -> HTTP2Server:
        servers.append(HTTP2Server(talk, settings))
        return servers[-1]

    yield make
    for server in servers:
        server.close()


def start(core: ModuleType, port: int, **settings: object) -> None:
    given = {"interval": 0.05, "backoff_first": 0.01, "backoff_last": 0.05, "timeout": 10.0, **settings}
    core.start(CoreSettings(sender="grpc", host="127.0.0.1", port=port, path="/s.S/Export", **given))


def spans(core: ModuleType, *names: str) -> None:
    for name in names:
        with core.span(name):
            pass


def names(server: HTTP2Server) -> list[str]:
    return [
        span.name
        for body in list(server.bodies)
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


@pytest.mark.parametrize("window", [1, 1000, 65535])
def test_windows(core: ModuleType, server: Callable[..., HTTP2Server], window: int) -> None:
    found = server(serve, setting(INITIAL_WINDOW, window))
    start(core, found.port, interval=3600.0)
    count = 5 if window == 1 else 2000
    spans(core, *(["a"] * count))
    assert core.flush(60)
    assert names(found) == ["a"] * count
    assert found.peers[0].largest <= window or window >= 16384


@pytest.mark.parametrize("size", [16384, 16385, 1 << 20])
def test_sizes_of_frames(core: ModuleType, server: Callable[..., HTTP2Server], size: int) -> None:
    found = server(serve, setting(MAX_FRAME, size) + setting(INITIAL_WINDOW, 1 << 20))
    start(core, found.port, interval=3600.0)
    spans(core, *(["a"] * 5000))
    assert core.flush(60)
    assert names(found) == ["a"] * 5000
    assert 16384 <= found.peers[0].largest <= size


def test_a_server_that_leaves_before_a_call(core: ModuleType, server: Callable[..., HTTP2Server]) -> None:
    def talk(peer: Peer) -> None:
        # One call a connection; the next one meets GOAWAY and a connection that is still open.
        peer.send(answer(peer.call()) + frame(GOAWAY, 0, 0, struct.pack(">II", 1, 0)))
        time.sleep(30)

    found = server(talk)
    start(core, found.port)
    for name in "abcdef":
        spans(core, name)
        assert core.flush(20)
    assert names(found) == list("abcdef")
    assert found.connections == 6
    stats = core.stats()
    # That a server leaves says nothing of the request.
    assert (stats["exported"], stats["retries"], stats["dropped_send_failed"]) == (6, 0, 0)


def test_a_server_that_leaves_with_a_call_unread(core: ModuleType, server: Callable[..., HTTP2Server]) -> None:
    def talk(peer: Peer) -> None:
        peer.send(answer(peer.call()))
        if found.connections == 1:
            kind = -1
            while kind != HEADERS:
                kind = peer.next()[0]
            peer.send(frame(GOAWAY, 0, 0, struct.pack(">II", 1, 0)))
            time.sleep(30)
        serve(peer)

    found = server(talk)
    start(core, found.port)
    for name in "ab":
        spans(core, name)
        assert core.flush(20)
    assert names(found) == ["a", "b"]
    assert (found.connections, core.stats()["retries"]) == (2, 0)


def test_a_server_that_always_leaves(core: ModuleType, server: Callable[..., HTTP2Server]) -> None:
    found = server(lambda peer: peer.send(frame(GOAWAY, 0, 0, bytes(8))))
    start(core, found.port, retries=5)
    spans(core, "lost")
    assert core.flush(20)
    stats = core.stats()
    assert (stats["dropped_send_failed"], stats["retries"]) == (1, 5)
    assert found.connections == 6


def test_a_connection_that_closes_between_calls(core: ModuleType, server: Callable[..., HTTP2Server]) -> None:
    found = server(lambda peer: peer.send(answer(peer.call())))
    start(core, found.port)
    for name in "abc":
        spans(core, name)
        assert core.flush(20)
    assert names(found) == ["a", "b", "c"]
    assert core.stats()["retries"] == 0


def test_a_connection_that_is_reset(core: ModuleType, server: Callable[..., HTTP2Server]) -> None:
    def talk(peer: Peer) -> None:
        if found.connections < 4:
            peer.call()
            peer.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return
        serve(peer)

    found = server(talk)
    start(core, found.port)
    spans(core, "a")
    assert core.flush(20)
    stats = core.stats()
    assert (stats["exported"], stats["retries"]) == (1, 3)


@pytest.mark.parametrize(("code", "retries", "status"), [(7, 1, 14), (8, 1, 1), (2, 0, 13), (11, 0, 8)])
def test_a_stream_that_is_reset(
    core: ModuleType, server: Callable[..., HTTP2Server], code: int, retries: int, status: int
) -> None:
    def talk(peer: Peer) -> None:
        peer.send(frame(RESET, 0, peer.call(), struct.pack(">I", code)))
        serve(peer)

    found = server(talk)
    start(core, found.port)
    spans(core, "a")
    assert core.flush(20)
    stats = core.stats()
    assert (stats["retries"], stats["dropped_send_failed"]) == (retries, 1 - retries)
    assert core.take_warnings()[1] == status
    spans(core, "b")
    assert core.flush(20)
    assert names(found)[-1] == "b"
    assert found.connections == 1


def test_refused_before_all_is_sent(core: ModuleType, server: Callable[..., HTTP2Server]) -> None:
    def talk(peer: Peer) -> None:
        if found.connections > 1:
            serve(peer)
        kind = -1
        while kind != HEADERS:
            kind = peer.next()[0]
        peer.send(
            frame(HEADERS, END_HEADERS | END_STREAM, 1, b"\x88" + field("grpc-status", "16"))
            + frame(RESET, 0, 1, bytes(4))
        )
        while peer.connection.recv(65536):
            pass

    found = server(talk)
    start(core, found.port, interval=3600.0)
    with core.span("large", attributes={str(key): "x" * 60_000 for key in range(40)}):
        pass
    assert core.flush(20)
    assert core.stats()["dropped_send_failed"] == 1
    assert core.take_warnings()[:2] == (2, 16)
    spans(core, "b")
    assert core.flush(20)
    assert names(found) == ["b"]


def test_pings_and_settings_beside_a_call(core: ModuleType, server: Callable[..., HTTP2Server]) -> None:
    heard: list[bytes] = []

    def talk(peer: Peer) -> None:
        stream = peer.call()
        peer.send(frame(PING, 0, 0, b"12345678") + frame(SETTINGS, 0, 0, setting(1, 0)))
        kinds: list[int] = []
        while kinds.count(SETTINGS) < 1 or PING not in kinds:
            kind, flags, _, payload = peer.next()
            if flags & 1:
                kinds.append(kind)
                heard.append(payload)
        # Byte by byte.
        for byte in answer(stream):
            peer.send(bytes([byte]))
        serve(peer)

    found = server(talk)
    start(core, found.port)
    for name in "ab":
        spans(core, name)
        assert core.flush(20)
    assert names(found) == ["a", "b"]
    assert b"12345678" in heard


@pytest.mark.parametrize(
    "words",
    [
        frame(HEADERS, END_HEADERS, 1, b"\xff\xff\xff\xff"),
        frame(HEADERS, END_HEADERS, 2, b"\x88"),
        frame(0, 0, 1, b"data before a header"),
        frame(WINDOW_UPDATE, 0, 0, bytes(4)),
        frame(9, END_HEADERS, 1, b"\x88"),
        frame(5, END_HEADERS, 1, bytes(5)),
        b"\xff\xff\xff" + bytes(6),
        frame(HEADERS, 0, 1, b"\x88") + frame(9, 0, 1) * 1000,
        answer(1)[:-3],
        b"".join(frame(PING, 0, 0, bytes(8)) for _ in range(20_000)),
        os.urandom(2000),
    ],
    ids=lambda words: str(len(words)),
)
def test_nonsense(core: ModuleType, server: Callable[..., HTTP2Server], words: bytes) -> None:
    def talk(peer: Peer) -> None:
        stream = peer.call()
        if found.connections > 2:
            peer.send(answer(stream))
            serve(peer)
        peer.send(words)

    found = server(talk)
    start(core, found.port, retries=3)
    spans(core, "a")
    assert core.flush(30)
    stats = core.stats()
    assert (stats["exported"], stats["retries"]) == (1, 2)


@pytest.mark.parametrize(
    "words", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x15\x03\x01\x00\x02\x02\x46", b"SSH-2.0-x\r\n"]
)
def test_a_server_of_something_else(core: ModuleType, words: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def talk() -> None:
            for _ in range(2):
                connection, _ = listener.accept()
                with connection:
                    connection.recv(65536)
                    connection.sendall(words)

        thread = threading.Thread(target=talk, daemon=True)
        thread.start()
        start(core, listener.getsockname()[1], retries=1)
        spans(core, "a")
        assert core.flush(20)
        thread.join(20)
    assert core.stats()["dropped_send_failed"] == 1
    assert core.take_warnings()[0] & 32


def test_a_server_that_says_nothing(core: ModuleType) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        start(core, silent.getsockname()[1], retries=1, timeout=0.2)
        spans(core, "a")
        assert core.flush(20)
        bits, _, error = core.take_warnings()
        assert bits == 1
        assert os.strerror(error) == "Connection timed out"


def test_a_descriptor_closed_by_somebody_else(core: ModuleType, server: Callable[..., HTTP2Server]) -> None:
    found = server(serve)
    start(core, found.port)
    spans(core, "a")
    assert core.flush(20)
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208
        try:
            duplicate = socket.socket(fileno=os.dup(int(name)))
        except OSError:
            continue
        with duplicate:
            try:
                is_ours = duplicate.getpeername()[1] == found.port
            except (OSError, IndexError):
                continue
            if is_ours:
                os.close(int(name))
    spans(core, "b")
    assert core.flush(20)
    assert names(found) == ["a", "b"]


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_fork(core: ModuleType, server: Callable[..., HTTP2Server]) -> None:
    found = server(serve)
    start(core, found.port, interval=3600.0)
    spans(core, "parent before")
    assert core.flush(20)
    spans(core, "parent waits")
    children = []
    for number in range(3):
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            # A child of the test process: it must end here whatever happens.
            code = 1
            try:
                core.after_fork_in_child()
                spans(core, f"child {number}")
                done = core.flush(20)
                os.write(writer, json.dumps([done, core.stats()["exported"]]).encode())
                core.shutdown(1)
                code = 0
            finally:
                os._exit(code)
        os.close(writer)
        children.append((pid, reader))
    for pid, reader in children:
        with os.fdopen(reader) as pipe:
            assert json.loads(pipe.read()) == [True, 1]
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert core.flush(20)
    assert sorted(names(found)) == ["child 0", "child 1", "child 2", "parent before", "parent waits"]


# MARK: Senders of other signals


def sender(port: int, **settings: object) -> object:
    given = {"timeout": 5.0, **settings}
    return native.open_sender(CoreSettings(sender="grpc", host="127.0.0.1", port=port, path="/m.M/Export", **given))


def test_a_sender(server: Callable[..., HTTP2Server]) -> None:
    def talk(peer: Peer) -> None:
        peer.send(answer(peer.call(), message=b"content"))
        peer.send(answer(peer.call(), status=12))
        peer.call()

    found = server(talk)
    mine = sender(found.port)
    body = os.urandom(100_000)
    assert native.send_with(mine, body) == (True, 0, 0, 0, 0, False, b"content", 100_000)
    assert native.send_with(mine, b"") == (True, 2, 12, 0, 0, False, b"", 0)
    assert found.bodies == [body, b""]
    assert found.connections == 1
    # Closed on a connection that was kept: once more on another.
    assert native.send_with(mine, b"x")[:3] == (True, 0, 0)
    assert found.connections == 2


def test_a_sender_without_a_receiver() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    has_answer, *_, error, is_foreign, content, size = native.send_with(sender(port), b"body")
    assert (has_answer, os.strerror(error), is_foreign, content, size) == (
        False, "Connection refused", False, b"", 4,
    )  # fmt: skip
    with socket.create_server(("127.0.0.1", 0)) as silent:
        answered = native.send_with(sender(silent.getsockname()[1], timeout=0.1), b"body")
        assert (answered[0], os.strerror(answered[4])) == (False, "Connection timed out")


def test_senders_want_what_they_are_made_of() -> None:
    with pytest.raises(ValueError, match="PyCapsule"):
        native.send_with(object(), b"")
    with pytest.raises(TypeError):
        native.send_with(sender(1), "text")
    with pytest.raises(ValueError, match="sender"):
        native.open_sender(CoreSettings(sender="other"))  # type: ignore[arg-type]
