"""A server of HTTP/2 that says what a test writes down, frame by frame (RFC 9113)."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable

from tests.receiver import wait_until

DATA, HEADERS, RESET, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8
END_STREAM, ACK, END_HEADERS = 1, 1, 4
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def frame(kind: int, flags: int = 0, stream: int = 0, payload: bytes = b"") -> bytes:
    return len(payload).to_bytes(3, "big") + struct.pack(">BBI", kind, flags, stream) + payload


def setting(number: int, value: int) -> bytes:
    return struct.pack(">HI", number, value)


def field(name: str, value: str) -> bytes:
    return b"\0" + b"".join(bytes([len(text)]) + text.encode() for text in (name, value))


def answer(stream: int, status: int = 0, message: bytes = b"") -> bytes:
    """A whole answer of gRPC."""
    head = frame(HEADERS, END_HEADERS, stream, b"\x88" + field("content-type", "application/grpc"))
    body = frame(DATA, 0, stream, b"\0" + len(message).to_bytes(4, "big") + message)
    return head + body + frame(HEADERS, END_HEADERS | END_STREAM, stream, field("grpc-status", str(status)))


class Peer:
    """One connection: reads the client's frames and keeps the calls' messages."""

    def __init__(self, connection: socket.socket, server: HTTP2Server) -> None:
        self.connection = connection
        self.server = server
        self.messages: dict[int, bytes] = {}
        self.largest = 0

    def exactly(self, size: int) -> bytes:
        found = b""
        while len(found) < size:
            more = self.connection.recv(size - len(found))
            if not more:
                raise ConnectionError
            found += more
        return found

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def next(self) -> tuple[int, int, int, bytes]:
        """The next frame of the client: kind, flags, stream, payload."""
        head = self.exactly(9)
        kind, flags, stream = struct.unpack(">BBI", head[3:])
        payload = self.exactly(int.from_bytes(head[:3], "big"))
        if kind == DATA:
            self.largest = max(self.largest, len(payload))
            self.messages[stream] = self.messages.get(stream, b"") + payload
        return kind, flags, stream, payload

    def call(self) -> int:
        """Read until a call is complete; its stream. Windows grow by what was read."""
        while True:
            kind, flags, stream, payload = self.next()
            if kind == DATA and payload:
                size = struct.pack(">I", len(payload))
                self.send(frame(WINDOW_UPDATE, 0, 0, size))
                if not flags & END_STREAM:
                    self.send(frame(WINDOW_UPDATE, 0, stream, size))
            if kind == DATA and flags & END_STREAM:
                self.server.bodies.append(self.messages[stream][5:])
                return stream


class HTTP2Server:
    """Runs `talk` on every connection, after the preface and with the settings given; the connection then closes."""

    def __init__(self, talk: Callable[[Peer], object], settings: bytes = b"") -> None:
        self.bodies: list[bytes] = []
        self.peers: list[Peer] = []
        self.connections = 0
        self._talk = talk
        self._settings = settings
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        peer = Peer(connection, self)
        self.peers.append(peer)
        try:
            with connection:
                assert peer.exactly(len(PREFACE)) == PREFACE
                peer.send(frame(SETTINGS, 0, 0, self._settings))
                self._talk(peer)
        except OSError:
            # A client that goes away is part of the tests.
            return

    def wait_for_connections(self, count: int) -> None:
        wait_until(lambda: self.connections >= count)

    def close(self) -> None:
        self._listener.close()


def serve(peer: Peer) -> None:
    """Answer every call with success."""
    while True:
        peer.send(answer(peer.call()))
