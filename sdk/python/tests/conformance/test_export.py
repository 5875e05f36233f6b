"""Sending over HTTP: batches, failures, retries, forks."""

import json
import os
import socket
import threading
from collections.abc import Iterator

import pytest

from tests.conformance.harness import Harness
from tests.receiver import Receiver, free_port, partial, wait_until


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


def start(harness: Harness, port: int, **settings: object) -> None:
    given = {"interval": 0.05, "backoff_first": 0.01, "backoff_last": 0.05, "timeout": 5.0, **settings}
    harness.start(sender="http", host="127.0.0.1", port=port, path="/v1/traces", **given)


def spans(harness: Harness, *names: str) -> None:
    for name in names:
        with harness.core.span(name):
            pass


def test_a_request(harness: Harness, receiver: Receiver) -> None:
    start(harness, receiver.port, headers="X-One: 1\r\nAuthorization: Bearer k\r\n")
    spans(harness, "a", "b")
    assert harness.core.flush(10)
    assert receiver.names == ["a", "b"]
    headers = {name.lower(): value for name, value in receiver.headers[0].items()}
    assert receiver.paths == ["/v1/traces"]
    assert headers["content-type"] == "application/x-protobuf"
    assert (headers["x-one"], headers["authorization"]) == ("1", "Bearer k")
    assert "axonize" in headers["user-agent"]
    stats = harness.core.stats()
    assert (stats["exported"], stats["batches"], stats["queued"]) == (2, 1, 0)
    assert stats["sent_bytes"] == stats["encoded_bytes"] == len(receiver.bodies[0])


def test_sent_by_the_interval(harness: Harness, receiver: Receiver) -> None:
    start(harness, receiver.port)
    spans(harness, "a")
    wait_until(lambda: receiver.names == ["a"])


def test_sent_when_a_batch_is_full(harness: Harness, receiver: Receiver) -> None:
    start(harness, receiver.port, interval=3600.0, batch_spans=64)
    # The native core looks whether to wake its thread at every sixteenth span.
    spans(harness, *(["a"] * 96))
    wait_until(lambda: len(receiver.names) >= 64)


def test_batches_are_bounded(harness: Harness, receiver: Receiver) -> None:
    start(harness, receiver.port, interval=3600.0, batch_spans=10)
    spans(harness, *(["a"] * 25))
    assert harness.core.flush(10)
    assert len(receiver.names) == 25
    assert len(receiver.bodies) >= 3


def test_bytes_of_batches_are_bounded(harness: Harness, receiver: Receiver) -> None:
    start(harness, receiver.port, interval=3600.0, batch_bytes=100_000)
    for _ in range(10):
        with harness.core.span("a", attributes={"k": "x" * 40_000}):
            pass
    assert harness.core.flush(10)
    assert len(receiver.names) == 10
    assert all(len(body) < 140_000 for body in receiver.bodies)


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_compression(harness: Harness, receiver: Receiver, compression: str) -> None:
    if compression == "zstd":
        pytest.importorskip("zstandard")
    start(harness, receiver.port, compression=compression)
    spans(harness, *(["the name of a span"] * 100))
    assert harness.core.flush(10)
    assert len(receiver.names) == 100
    assert receiver.headers[0].get("Content-Encoding") == compression
    stats = harness.core.stats()
    # The ids are random: 24 of the bytes of each span do not shrink.
    assert 2400 < stats["sent_bytes"] < stats["encoded_bytes"]


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_tried_again(harness: Harness, receiver: Receiver, status: int) -> None:
    receiver.answers += [(status, {}, b"later")] * 2
    start(harness, receiver.port)
    spans(harness, "a")
    assert harness.core.flush(20)
    assert receiver.names == ["a"]
    assert len(receiver.refused) == 2
    stats = harness.core.stats()
    assert (stats["exported"], stats["retries"], stats["dropped_send_failed"]) == (1, 2, 0)


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after(harness: Harness, receiver: Receiver, status: int) -> None:
    receiver.answers.append((status, {"Retry-After": "1"}, b""))
    start(harness, receiver.port)
    spans(harness, "a")
    assert harness.core.flush(20)
    first, second = receiver.times
    # Without the header the pause is at most 50 ms here.
    assert second - first >= 0.95


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 500])
def test_refused(harness: Harness, receiver: Receiver, status: int) -> None:
    receiver.answers.append((status, {}, b"no"))
    start(harness, receiver.port)
    spans(harness, "lost")
    assert harness.core.flush(20)
    spans(harness, "fine")
    assert harness.core.flush(20)
    assert receiver.names == ["fine"]
    assert len(receiver.refused) == 1
    stats = harness.core.stats()
    assert (stats["exported"], stats["dropped_send_failed"], stats["retries"]) == (1, 1, 0)
    bits, last, _ = harness.core.take_warnings()
    assert bits & 2
    assert last == status
    assert harness.core.take_warnings()[0] == 0


def test_partial_success(harness: Harness, receiver: Receiver) -> None:
    receiver.answers.append(partial(2, "two are too old"))
    start(harness, receiver.port)
    spans(harness, "a", "b", "c")
    assert harness.core.flush(20)
    stats = harness.core.stats()
    assert (stats["exported"], stats["rejected"], stats["dropped_send_failed"]) == (1, 2, 0)
    assert harness.core.take_warnings()[0] & 4
    assert len(receiver.bodies) == 1


def test_given_up_after_all_retries(harness: Harness, receiver: Receiver) -> None:
    receiver.answers += [(503, {}, b"")] * 3
    start(harness, receiver.port, retries=2)
    spans(harness, "lost")
    assert harness.core.flush(20)
    spans(harness, "fine")
    assert harness.core.flush(20)
    assert receiver.names == ["fine"]
    stats = harness.core.stats()
    assert (stats["exported"], stats["dropped_send_failed"], stats["retries"]) == (1, 1, 2)


def test_receiver_that_is_down(harness: Harness) -> None:
    start(harness, free_port(), retries=1000, queue_slots=1024)
    spans(harness, *(["a"] * 20_000))
    assert not harness.core.flush(0.3)
    stats = harness.core.stats()
    assert stats["ended"] == stats["started"] == 20_000
    assert stats["queued"] <= stats["slots"] == 1024
    assert stats["dropped_queue_full"] > 0
    bits, _, error = harness.core.take_warnings()
    assert bits & 1
    assert bits & 16
    assert error != 0
    harness.core.shutdown(0.5)
    stats = harness.core.stats()
    assert stats["dropped_queue_full"] + stats["dropped_send_failed"] == stats["ended"] == 20_000


def test_receiver_that_comes_later(harness: Harness) -> None:
    port = free_port()
    start(harness, port, retries=1000)
    spans(harness, "a")
    wait_until(lambda: harness.core.take_warnings()[0] & 1)
    receiver = Receiver(port)
    try:
        assert harness.core.flush(30)
        assert receiver.names == ["a"]
    finally:
        receiver.close()


def test_receiver_that_does_not_answer(harness: Harness) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(8)
        start(harness, silent.getsockname()[1], timeout=0.2, retries=1)
        spans(harness, "a")
        assert harness.core.flush(20)
        assert harness.core.stats()["dropped_send_failed"] == 1


def test_receiver_that_talks_nonsense(harness: Harness) -> None:
    with socket.socket() as odd:
        odd.bind(("127.0.0.1", 0))
        odd.listen(8)

        def talk() -> None:
            for _ in range(2):
                connection, _ = odd.accept()
                connection.recv(65536)
                connection.sendall(b"\x00\x00\x12\x04nonsense\r\n\r\n")
                connection.close()

        thread = threading.Thread(target=talk, daemon=True)
        thread.start()
        start(harness, odd.getsockname()[1], timeout=1.0, retries=1)
        spans(harness, "a")
        assert harness.core.flush(20)
        stats = harness.core.stats()
        assert (stats["exported"], stats["dropped_send_failed"]) == (0, 1)


def test_slow_receiver_does_not_block(harness: Harness, receiver: Receiver) -> None:
    gate = threading.Event()

    def slow() -> tuple[int, dict[str, str], bytes]:
        gate.wait(20)
        return 200, {}, b""

    receiver.answers.append(slow)
    start(harness, receiver.port, timeout=30.0, batch_spans=64, queue_slots=256)
    spans(harness, *(["a"] * 64))
    wait_until(lambda: receiver.times)
    # While the request hangs, spans are taken up to the queue's room and then dropped, without waiting.
    spans(harness, *(["b"] * 5000))
    stats = harness.core.stats()
    assert stats["ended"] == 5064
    assert stats["dropped_queue_full"] > 0
    gate.set()
    assert harness.core.flush(20)
    stats = harness.core.stats()
    assert stats["exported"] + stats["dropped_queue_full"] == 5064


def test_connection_closed_between_requests(harness: Harness, receiver: Receiver) -> None:
    receiver.answers.append((200, {"Connection": "close"}, b""))
    start(harness, receiver.port)
    for name in ("a", "b", "c"):
        spans(harness, name)
        assert harness.core.flush(20)
    assert receiver.names == ["a", "b", "c"]
    assert harness.core.stats()["dropped_send_failed"] == 0


def test_shutdown_sends_what_waits(harness: Harness, receiver: Receiver) -> None:
    start(harness, receiver.port, interval=3600.0)
    spans(harness, "a", "b")
    assert harness.core.shutdown(10)
    assert receiver.names == ["a", "b"]
    assert harness.core.shutdown(10)
    assert harness.core.flush(10)


def test_many_threads_at_once(harness: Harness, receiver: Receiver) -> None:
    start(harness, receiver.port, queue_slots=65536)
    threads = [threading.Thread(target=spans, args=(harness, *(["a"] * 3000))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert harness.core.flush(30)
    assert len(receiver.names) == 12_000
    ids = {(span.trace_id, span.span_id) for span in receiver.spans}
    assert len(ids) == 12_000


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_fork(harness: Harness, receiver: Receiver) -> None:
    start(harness, receiver.port, interval=3600.0)
    spans(harness, "parent before")
    live = harness.core.span("open in both").start()
    children = []
    for number in range(3):
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            # A child of the test process: it must end here whatever happens.
            code = 1
            try:
                harness.core.after_fork_in_child()
                with harness.core.span(f"child {number}") as span:
                    pass
                done = harness.core.flush(20)
                stats = harness.core.stats()
                os.write(writer, json.dumps([span.trace_id_hex, span.span_id_hex, done, stats["exported"]]).encode())
                harness.core.shutdown(1)
                code = 0
            finally:
                os._exit(code)
        os.close(writer)
        children.append((pid, reader))
    found = []
    for pid, reader in children:
        with os.fdopen(reader) as pipe:
            found.append(json.loads(pipe.read()))
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    live.end()
    spans(harness, "parent after")
    assert harness.core.flush(20)
    assert sorted(receiver.names) == [
        "child 0", "child 1", "child 2", "open in both", "parent after", "parent before",
    ]  # fmt: skip
    assert all(done and exported == 1 for _, _, done, exported in found)
    assert len({trace for trace, *_ in found}) == 3
    assert len({span for _, span, *_ in found}) == 3


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_fork_while_threads_record(harness: Harness, receiver: Receiver) -> None:
    start(harness, receiver.port, queue_slots=65536)
    ends = threading.Event()

    def work() -> None:
        while not ends.wait(0.0005):
            spans(harness, *(["a"] * 5))

    threads = [threading.Thread(target=work, daemon=True) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(10):
            pid = os.fork()
            if pid == 0:
                code = 1
                try:
                    harness.core.after_fork_in_child()
                    spans(harness, "child")
                    code = 0 if harness.core.flush(20) else 2
                finally:
                    os._exit(code)
            assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    finally:
        ends.set()
        for thread in threads:
            thread.join()
    assert receiver.names.count("child") == 10
