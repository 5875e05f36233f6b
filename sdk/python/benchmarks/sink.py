"""A receiver that takes requests as fast as a socket can be read and says they are fine, in a process of its own."""

from __future__ import annotations

import contextlib
import multiprocessing
import socket
import threading
from collections.abc import Iterator
from multiprocessing.connection import Connection

import grpc_sink

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n"


def serve(connection: socket.socket) -> None:
    """Answer every request of one connection."""
    room = memoryview(bytearray(1 << 20))
    kept = b""
    while True:
        while b"\r\n\r\n" not in kept:
            count = connection.recv_into(room)
            if count == 0:
                return
            kept += bytes(room[:count])
        head, _, kept = kept.partition(b"\r\n\r\n")
        length = next(
            int(line.partition(b":")[2]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
        )
        left = length - len(kept)
        kept = kept[length:]
        while left > 0:
            count = connection.recv_into(room[: min(left, len(room))])
            if count == 0:
                return
            left -= count
        connection.sendall(ANSWER)


def listen(pipe: Connection, grpc: bool) -> None:
    """Accept connections for ever; the parent ends the process."""
    listener = socket.create_server(("127.0.0.1", 0))
    pipe.send(listener.getsockname()[1])
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=grpc_sink.serve if grpc else serve, args=(connection,), daemon=True).start()


@contextlib.contextmanager
def sink(grpc: bool = False) -> Iterator[int]:
    """Run a sink of HTTP or gRPC; gives its port."""
    context = multiprocessing.get_context("spawn")
    mine, theirs = context.Pipe()
    process = context.Process(target=listen, args=(theirs, grpc), daemon=True)
    process.start()
    theirs.close()  # else a sink that cannot start would be waited for
    try:
        yield mine.recv()
    finally:
        process.terminate()
        process.join()
