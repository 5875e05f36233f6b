"""A receiver of gRPC that takes calls as fast as a socket can be read, in a process of its own.

Its windows are those that servers soon have whose windows follow the traffic: large. Frames are the usual 16 KiB.
"""

from __future__ import annotations

import socket
import struct

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, SETTINGS, PING, WINDOW_UPDATE = 0, 1, 4, 6, 8
END_STREAM, END_HEADERS, ACK = 1, 4, 1
WINDOW = 1 << 30


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """One frame (RFC 9113, 4.1)."""
    return len(payload).to_bytes(3, "big") + struct.pack(">BBI", kind, flags, stream) + payload


def field(name: bytes, value: bytes) -> bytes:
    """A field of a header, in clear and kept in no table (RFC 7541, 6.2.2)."""
    return b"\0" + bytes([len(name)]) + name + bytes([len(value)]) + value


HEAD = b"\x88" + field(b"content-type", b"application/grpc")
END = field(b"grpc-status", b"0")


def serve(connection: socket.socket) -> None:
    """Answer every call of one connection."""
    reader = connection.makefile("rb", buffering=1 << 20)
    reader.read(len(PREFACE))
    connection.sendall(
        frame(SETTINGS, 0, 0, struct.pack(">HI", 4, WINDOW)) + frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", WINDOW))
    )
    taken = 0
    while head := reader.read(9):
        size = int.from_bytes(head[:3], "big")
        kind, flags, stream = struct.unpack(">BBI", head[3:])
        reader.read(size)
        if kind == SETTINGS and not flags & ACK:
            connection.sendall(frame(SETTINGS, ACK, 0))
        if kind != DATA:
            continue
        taken += size
        if taken > WINDOW // 2:
            connection.sendall(frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", taken)))
            taken = 0
        if flags & END_STREAM:
            connection.sendall(
                frame(HEADERS, END_HEADERS, stream, HEAD)
                + frame(DATA, 0, stream, bytes(5))
                + frame(HEADERS, END_HEADERS | END_STREAM, stream, END)
            )
