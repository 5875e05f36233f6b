"""Connections and streams of which one side ends before the other."""

import time

import pytest
from support import http2
from support.network import NetworkFixture


@pytest.fixture(scope="module")
def fixture():
    instance = NetworkFixture(loops=2)
    yield instance
    instance.close()


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
