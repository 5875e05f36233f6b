"""Sends samples by Prometheus' remote write: one request made once for some series, changed in place for each time.

A request is made once for each group of series; only times and values are changed before it is sent again, in place.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import http.client
import struct
import time
from dataclasses import dataclass

import numpy
import requests

_SNAPPY = ctypes.CDLL(ctypes.util.find_library("snappy") or "libsnappy.so.1")
_SNAPPY.snappy_max_compressed_length.restype = ctypes.c_size_t
_SNAPPY.snappy_max_compressed_length.argtypes = [ctypes.c_size_t]


def compress(data: bytes) -> bytes:
    """A Snappy block."""
    length = ctypes.c_size_t(_SNAPPY.snappy_max_compressed_length(len(data)))
    out = ctypes.create_string_buffer(length.value)
    if _SNAPPY.snappy_compress(data, ctypes.c_size_t(len(data)), out, ctypes.byref(length)) != 0:
        raise ValueError("Snappy refused the data")
    return out.raw[: length.value]


def _varint(number: int) -> bytes:
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _field(number: int, data: bytes) -> bytes:
    return bytes([number << 3 | 2]) + _varint(len(data)) + data


@dataclass(frozen=True)
class Series:
    """A series by its labels."""

    labels: tuple[tuple[str, str], ...]


class Template:
    """A request with as many samples of each of some series."""

    # A time in milliseconds takes six bytes from 2004 until 2109, a value eight.
    _SAMPLE = b"\x09" + bytes(8) + b"\x10" + bytes(6)

    def __init__(self, series: list[Series], *, samples: int = 1) -> None:
        body = bytearray()
        values, times = [], []
        for one in series:
            labels = b"".join(
                _field(1, _field(1, name.encode()) + _field(2, value.encode())) for name, value in one.labels
            )
            sample = _field(2, self._SAMPLE)
            body += _field(1, labels + sample * samples)
            ends = [len(body) - len(sample) * left for left in reversed(range(samples))]
            values += [end - 15 for end in ends]
            times += [end - 6 for end in ends]
        self._body = numpy.frombuffer(bytes(body), dtype=numpy.uint8).copy()
        self._values = numpy.array(values)[:, None] + numpy.arange(8)
        self._times = numpy.array(times)[:, None] + numpy.arange(6)
        self.count = len(series) * samples

    def request(self, milliseconds: int | numpy.ndarray, values: numpy.ndarray) -> bytes:
        """The compressed request of a time for all, or one for each sample; samples of a series follow each other."""
        times = numpy.broadcast_to(numpy.asarray(milliseconds, dtype=numpy.int64), (self.count,))
        shifts = numpy.arange(6) * 7
        parts = (times[:, None] >> shifts & 0x7F).astype(numpy.uint8)
        parts[:, :5] |= 0x80
        self._body[self._times] = parts
        self._body[self._values] = values.astype("<f8").view(numpy.uint8).reshape(-1, 8)
        return compress(self._body.tobytes())


# What the end of a series is marked with.
STALE = struct.unpack("<d", struct.pack("<Q", 0x7FF0000000000002))[0]


def _texts(labels: dict[str, str]) -> bytes:
    """Labels of a `prometheus.WriteRequest`."""
    return b"".join(
        _field(1, _field(1, name.encode()) + _field(2, value.encode())) for name, value in sorted(labels.items())
    )


def message(series, metadata=(), exemplars=()) -> bytes:
    """A `prometheus.WriteRequest`: of pairs of labels and samples, these of milliseconds and a value.

    `metadata` has the number of a type, a family, a help and a unit; `exemplars` the labels of a series, their own, a
    time in milliseconds and a value, each in a series of its own as Prometheus sends them.
    """
    body = bytearray()
    for labels, samples in series:
        points = b"".join(
            _field(2, b"\x09" + struct.pack("<d", value) + b"\x10" + _varint(time & 0xFFFF_FFFF_FFFF_FFFF))
            for time, value in samples
        )
        body += _field(1, _texts(labels) + points)
    for labels, own, moment, value in exemplars:
        body += _field(1, _texts(labels) + _field(3, _texts(own) + _value_and_time(value, moment)))
    for kind, family, help_, unit in metadata:
        body += _field(
            3,
            b"\x08" + _varint(kind) + _field(2, family.encode()) + _field(4, help_.encode()) + _field(5, unit.encode()),
        )
    return bytes(body)


def message_2(series, exemplars=()) -> bytes:
    """An `io.prometheus.write.v2.Request` of the same, and of exemplars as in `message`."""
    symbols = {"": 0}
    rows = bytearray()

    def references(labels: dict[str, str]) -> bytes:
        return _field(
            1,
            b"".join(
                _varint(symbols.setdefault(text, len(symbols))) for pair in sorted(labels.items()) for text in pair
            ),
        )

    for labels, samples in series:
        points = b"".join(
            _field(2, b"\x09" + struct.pack("<d", value) + b"\x10" + _varint(time & 0xFFFF_FFFF_FFFF_FFFF))
            for time, value in samples
        )
        rows += _field(5, references(labels) + points)
    for labels, own, moment, value in exemplars:
        rows += _field(5, references(labels) + _field(4, references(own) + _value_and_time(value, moment)))
    return b"".join(_field(4, text.encode()) for text in symbols) + bytes(rows)


def _value_and_time(value: float, moment: int) -> bytes:
    """Fields 2 and 3 of an exemplar, in both messages."""
    return b"\x11" + struct.pack("<d", value) + b"\x18" + _varint(moment & 0xFFFF_FFFF_FFFF_FFFF)


# Of a request of 2.0.
HEADERS_2 = {
    "Content-Type": "application/x-protobuf;proto=io.prometheus.write.v2.Request",
    "Content-Encoding": "snappy",
    "X-Prometheus-Remote-Write-Version": "2.0.0",
}


def headers(key: str | None = None) -> dict[str, str]:
    found = {
        "Content-Type": "application/x-protobuf",
        "Content-Encoding": "snappy",
        "X-Prometheus-Remote-Write-Version": "0.1.0",
    }
    return found | ({"Authorization": f"Bearer {key}"} if key else {})


def write(server, series, *, metadata=(), key: str | None = None, timeout: float = 60) -> requests.Response:
    """Sends samples once, on a connection of its own."""
    with requests.Session() as session:
        session.trust_env = False
        return session.post(
            f"{server.url}/api/v1/write", data=compress(message(series, metadata)), headers=headers(key),
            timeout=timeout,
        )  # fmt: skip


class Sender:
    """One connection to a server that takes remote write."""

    def __init__(self, address: str, path: str) -> None:
        host, port = address.rsplit(":", 1)
        self._connection = http.client.HTTPConnection(host, int(port), timeout=60)
        self._path = path

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self) -> None:
        self._connection.close()

    def send(self, body: bytes) -> float:
        """Sends a request, again while the server says that it is busy; how long the last attempt took, in seconds."""
        for _ in range(600):
            began = time.perf_counter()
            self._connection.request(
                "POST",
                self._path,
                body,
                headers(),
            )
            response = self._connection.getresponse()
            text = response.read()
            if response.status // 100 == 2:
                return time.perf_counter() - began
            if response.status not in (429, 503):
                raise RuntimeError(f"the server answered {response.status}: {text[:300]!r}")
            time.sleep(0.1)
        raise RuntimeError("the server was busy for a minute")
