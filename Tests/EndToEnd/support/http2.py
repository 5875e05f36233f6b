"""Frames of HTTP/2 by hand, for what no client library sends."""

import contextlib
import dataclasses
import socket

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, GOAWAY, WINDOW_UPDATE = 0, 1, 3, 4, 7, 8
END_STREAM, END_HEADERS = 1, 4
# The codes of digits (RFC 7541, appendix B).
DIGITS = dict(
    zip(
        ["00000", "00001", "00010", "011001", "011010", "011011", "011100", "011101", "011110", "011111"],
        "0123456789",
        strict=True,
    )
)


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def integer(value: int, prefix_bits: int, first: int) -> bytes:
    """An integer of HPACK (RFC 7541, section 5.1)."""
    most = (1 << prefix_bits) - 1
    if value < most:
        return bytes([first | value])
    parts = [first | most]
    value -= most
    while value >= 128:
        parts.append(value & 127 | 128)
        value >>= 7
    return bytes([*parts, value])


def literal(name: bytes, value: bytes, index: bool = False) -> bytes:
    """A field with a name of its own; with `index` it enters the table, as number 62."""
    return bytes([0x40 if index else 0x00]) + integer(len(name), 7, 0) + name + integer(len(value), 7, 0) + value


def request(path: str, *, authority: str, method: str = "GET") -> bytes:
    """The pseudo-fields of a request."""
    return (
        bytes([0x83 if method == "POST" else 0x82, 0x86])
        + b"\x04"
        + integer(len(path), 7, 0)
        + path.encode()
        + b"\x01"
        + integer(len(authority), 7, 0)
        + authority.encode()
    )


def headers(stream: int, block: bytes, flags: int = END_STREAM | END_HEADERS) -> bytes:
    return frame(HEADERS, flags, stream, block)


@contextlib.contextmanager
def connect(address, window: int | None = None):
    """A connection that has sent its preface; `window` is what each stream may send us at first."""
    settings = b"" if window is None else b"\x00\x04" + window.to_bytes(4, "big")
    with socket.create_connection(address, timeout=60) as connection:
        connection.sendall(PREFACE + frame(SETTINGS, 0, 0, settings))
        yield connection


@dataclasses.dataclass
class Frame:
    kind: int
    flags: int
    stream: int
    payload: bytes

    @property
    def code(self) -> int:
        """The error code of a RST_STREAM or GOAWAY frame."""
        return int.from_bytes(self.payload[4:8] if self.kind == GOAWAY else self.payload[:4], "big")


def read_frames(
    connection, *, until_closed: bool = False, until_end_of: int | None = None, until_head_of: int | None = None
) -> list[Frame]:
    """Frames up to the end of the connection or of a stream, or up to the first head of a stream's response."""
    frames, buffer = [], b""
    while True:
        try:
            piece = connection.recv(1 << 16)
        except ConnectionError:
            piece = b""
        if not piece:
            assert until_closed, f"closed after {frames}"
            return frames
        buffer += piece
        while len(buffer) >= 9 and len(buffer) >= 9 + int.from_bytes(buffer[:3], "big"):
            length = int.from_bytes(buffer[:3], "big")
            stream = int.from_bytes(buffer[5:9], "big")
            frames.append(Frame(buffer[3], buffer[4], stream, buffer[9 : 9 + length]))
            buffer = buffer[9 + length :]
            last = frames[-1]
            ends = last.kind == RST_STREAM or (last.kind in (DATA, HEADERS) and last.flags & END_STREAM)
            if (stream == until_end_of and ends) or (stream == until_head_of and last.kind == HEADERS):
                return frames


def status(frames: list[Frame], stream: int) -> str:
    """The status of a response, which is the first field of its head."""
    head = next(frame.payload for frame in frames if frame.kind == HEADERS and frame.stream == stream)
    indexed = {0x88: "200", 0x89: "204", 0x8A: "206", 0x8B: "304", 0x8C: "400", 0x8D: "404", 0x8E: "500"}
    if head[0] in indexed:
        return indexed[head[0]]
    assert head[0] & 0x0F == 8, head[:8]
    length = head[1] & 0x7F
    value = head[2 : 2 + length]
    if not head[1] & 0x80:
        return value.decode()
    bits = "".join(f"{byte:08b}" for byte in value)
    text = ""
    while len(text) < 3:
        code = next(code for code in DIGITS if bits.startswith(code))
        text += DIGITS[code]
        bits = bits[len(code) :]
    return text
