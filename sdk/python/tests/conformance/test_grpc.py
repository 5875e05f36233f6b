"""Sending over gRPC, to a server of grpcio: content, statuses, retries, large requests, servers that leave."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from types import ModuleType

import pytest

grpc = pytest.importorskip("grpc")

from tests.conformance.harness import Harness  # noqa: E402
from tests.grpc_receiver import TRACES, Answer, GRPCReceiver, partial, retry_info  # noqa: E402
from tests.receiver import Receiver, free_port, wait_until  # noqa: E402

# OTLP's list (https://opentelemetry.io/docs/specs/otlp/#failures).
RETRYABLE = {"CANCELLED", "DEADLINE_EXCEEDED", "ABORTED", "OUT_OF_RANGE", "UNAVAILABLE", "DATA_LOSS"}
FAILURES = [code for code in grpc.StatusCode if code.name != "OK"]


@pytest.fixture
def receiver() -> Iterator[GRPCReceiver]:
    receiver = GRPCReceiver()
    yield receiver
    receiver.close()


def start(harness: Harness, port: int, **settings: object) -> None:
    given = {"interval": 0.05, "backoff_first": 0.01, "backoff_last": 0.05, "timeout": 5.0, **settings}
    harness.start(sender="grpc", host="127.0.0.1", port=port, path=TRACES, **given)


def spans(harness: Harness, *names: str) -> None:
    for name in names:
        with harness.core.span(name):
            pass


def test_a_call(harness: Harness, receiver: GRPCReceiver) -> None:
    start(harness, receiver.port, headers="X-One: 1\r\nAuthorization: Bearer k\r\n")
    spans(harness, "a", "b")
    assert harness.core.flush(10)
    assert receiver.names == ["a", "b"]
    (metadata,) = receiver.metadata
    assert (metadata["x-one"], metadata["authorization"]) == ("1", "Bearer k")
    # The timeout of the settings, which grpcio rounds up on its way.
    assert 0 < (receiver.deadlines[0] or 0) < 6.0
    stats = harness.core.stats()
    assert (stats["exported"], stats["batches"], stats["queued"]) == (2, 1, 0)
    assert stats["sent_bytes"] == stats["encoded_bytes"] == len(receiver.bodies[0])


def test_the_same_content_as_over_http(harness: Harness, receiver: GRPCReceiver) -> None:
    def record() -> None:
        harness.core.set_fixed_ids(7)
        harness.core.set_fixed_clock(10**18)
        for number in range(300):
            with (
                harness.core.span("outer", attributes={"k": "v" * number, "n": [1, 2.5, None]}),
                harness.core.span("inner", kind="client") as span,
            ):
                span.add_event("e", {"number": number})
                span.set_status("error", "why")
        assert harness.core.flush(20)
        harness.core.shutdown(5)

    start(harness, receiver.port, interval=3600.0)
    record()
    over_http = Receiver()
    try:
        harness.start(sender="http", host="127.0.0.1", port=over_http.port, path="/v1/traces", interval=3600.0)
        record()
        assert len(receiver.bodies[0]) > 65535
        assert receiver.bodies == over_http.bodies
    finally:
        over_http.close()


def test_many_calls_on_one_connection(harness: Harness, receiver: GRPCReceiver) -> None:
    start(harness, receiver.port)
    for number in range(100):
        spans(harness, f"{number}")
        assert harness.core.flush(20)
    assert receiver.names == [f"{number}" for number in range(100)]
    assert len(set(receiver.peers)) == 1


def test_requests_beyond_every_window(harness: Harness, receiver: GRPCReceiver) -> None:
    start(harness, receiver.port, interval=3600.0, timeout=60.0)
    for number in range(60):
        with harness.core.span(f"{number}", attributes={str(key): "x" * 60_000 for key in range(1)}):
            pass
    assert harness.core.flush(60)
    assert receiver.names == [f"{number}" for number in range(60)]
    assert max(len(body) for body in receiver.bodies) > 1 << 20


def test_gzip(harness: Harness, receiver: GRPCReceiver) -> None:
    start(harness, receiver.port, compression="gzip")
    spans(harness, *(["the name of a span"] * 5000))
    assert harness.core.flush(20)
    assert len(receiver.names) == 5000
    assert receiver.metadata[0].get("grpc-encoding", "gzip") == "gzip"


def test_gzip_makes_native_requests_smaller(core: ModuleType, harness: Harness, receiver: GRPCReceiver) -> None:
    if core.__name__ != "axonize._native":
        pytest.skip("grpcio compresses behind the counters")
    start(harness, receiver.port, compression="gzip")
    spans(harness, *(["the name of a span"] * 100))
    assert harness.core.flush(20)
    stats = harness.core.stats()
    assert 2400 < stats["sent_bytes"] < stats["encoded_bytes"]


@pytest.mark.parametrize("code", FAILURES, ids=lambda code: code.name)
def test_every_status(harness: Harness, receiver: GRPCReceiver, code: grpc.StatusCode) -> None:
    receiver.answers.append(Answer(code, message="why ✗"))
    start(harness, receiver.port)
    spans(harness, "first")
    assert harness.core.flush(20)
    spans(harness, "second")
    assert harness.core.flush(20)
    is_retried = code.name in RETRYABLE
    assert receiver.names == (["first", "second"] if is_retried else ["second"])
    stats = harness.core.stats()
    assert (stats["exported"], stats["dropped_send_failed"], stats["retries"]) == (
        (2, 0, 1) if is_retried else (1, 1, 0)
    )
    bits, status, _ = harness.core.take_warnings()
    assert bits == (1 if is_retried else 2)
    assert status == code.value[0]


@pytest.mark.parametrize("code", ["RESOURCE_EXHAUSTED", "UNAVAILABLE"])
def test_retry_info(harness: Harness, receiver: GRPCReceiver, code: str) -> None:
    times: list[float] = []
    note = lambda: times.append(__import__("time").monotonic())  # noqa: E731
    receiver.answers += [Answer(grpc.StatusCode[code], trailers=(retry_info(0.75),), before=note), Answer(before=note)]
    start(harness, receiver.port)
    spans(harness, "a")
    assert harness.core.flush(20)
    assert receiver.names == ["a"]
    # Without it the pause is at most 50 ms here, and RESOURCE_EXHAUSTED is final.
    assert times[1] - times[0] >= 0.7
    assert harness.core.stats()["retries"] == 1


def test_other_details_are_no_retry_info(harness: Harness, receiver: GRPCReceiver) -> None:
    receiver.answers += [
        Answer(grpc.StatusCode.RESOURCE_EXHAUSTED, trailers=(("grpc-status-details-bin", details),))
        for details in (b"", b"\x1a\x00", b"\xff\xff\xff", b"\x08\x08\x12\x03why")
    ]
    start(harness, receiver.port)
    for _ in range(4):
        spans(harness, "lost")
        assert harness.core.flush(20)
    stats = harness.core.stats()
    assert (stats["exported"], stats["dropped_send_failed"], stats["retries"]) == (0, 4, 0)


def test_partial_success(harness: Harness, receiver: GRPCReceiver) -> None:
    receiver.answers.append(Answer(body=partial(2, "two are too old")))
    start(harness, receiver.port)
    spans(harness, "a", "b", "c")
    assert harness.core.flush(20)
    stats = harness.core.stats()
    assert (stats["exported"], stats["rejected"], stats["dropped_send_failed"]) == (1, 2, 0)
    assert harness.core.take_warnings()[0] & 4


def test_a_server_that_compresses_its_answers(harness: Harness) -> None:
    receiver = GRPCReceiver(compression=grpc.Compression.Gzip)
    try:
        receiver.answers.append(Answer(body=partial(1, "why" * 100)))
        start(harness, receiver.port)
        spans(harness, "a", "b")
        assert harness.core.flush(20)
        assert harness.core.stats()["exported"] + harness.core.stats()["rejected"] == 2
    finally:
        receiver.close()


def test_given_up_after_all_retries(harness: Harness, receiver: GRPCReceiver) -> None:
    receiver.answers += [Answer(grpc.StatusCode.UNAVAILABLE)] * 3
    start(harness, receiver.port, retries=2)
    spans(harness, "lost")
    assert harness.core.flush(20)
    spans(harness, "fine")
    assert harness.core.flush(20)
    assert receiver.names == ["fine"]
    stats = harness.core.stats()
    assert (stats["exported"], stats["dropped_send_failed"], stats["retries"]) == (1, 1, 2)


def test_a_method_that_is_not_there(harness: Harness, receiver: GRPCReceiver) -> None:
    harness.start(sender="grpc", host="127.0.0.1", port=receiver.port, path="/other.Service/Export", interval=0.05)
    spans(harness, "lost")
    assert harness.core.flush(20)
    assert harness.core.stats()["dropped_send_failed"] == 1
    assert harness.core.take_warnings()[:2] == (2, grpc.StatusCode.UNIMPLEMENTED.value[0])


def test_receiver_that_comes_later(harness: Harness) -> None:
    port = free_port()
    start(harness, port, retries=1000)
    spans(harness, "a")
    wait_until(lambda: harness.core.take_warnings()[0] & 1)
    receiver = GRPCReceiver(port)
    try:
        assert harness.core.flush(60)
        assert receiver.names == ["a"]
    finally:
        receiver.close()


def test_a_server_that_restarts(harness: Harness) -> None:
    first = GRPCReceiver()
    start(harness, first.port, retries=1000)
    spans(harness, "a")
    assert harness.core.flush(20)
    # Graceful: GOAWAY on the open connection, which idles.
    first.close(grace=5)
    second = GRPCReceiver(first.port)
    try:
        spans(harness, "b")
        assert harness.core.flush(60)
        assert (first.names, second.names) == (["a"], ["b"])
        assert harness.core.stats()["dropped_send_failed"] == 0
    finally:
        second.close()


def test_a_server_that_leaves_while_it_works(harness: Harness) -> None:
    first = GRPCReceiver()
    gate, works = threading.Event(), threading.Event()

    def slow() -> None:
        works.set()
        gate.wait(20)

    first.answers.append(Answer(before=slow))
    start(harness, first.port, retries=1000, timeout=30.0)
    spans(harness, "a")
    assert works.wait(20)
    leaving = threading.Thread(target=first.close, kwargs={"grace": 20})
    leaving.start()
    gate.set()
    leaving.join()
    second = GRPCReceiver(first.port)
    try:
        spans(harness, "b")
        assert harness.core.flush(60)
        # What was under way when the server left was answered, and is not sent twice.
        assert (first.names, second.names) == (["a"], ["b"])
        assert harness.core.stats()["exported"] == 2
    finally:
        second.close()


def test_a_call_that_takes_too_long(harness: Harness, receiver: GRPCReceiver) -> None:
    gate = threading.Event()
    receiver.answers.append(Answer(before=lambda: gate.wait(20)))
    start(harness, receiver.port, timeout=0.3)
    spans(harness, "a")
    assert harness.core.flush(20)
    gate.set()
    assert harness.core.stats()["exported"] == 1
    assert harness.core.stats()["retries"] == 1
    wait_until(lambda: receiver.names == ["a", "a"])


def test_a_receiver_of_http_alone_is_named(harness: Harness) -> None:
    receiver = Receiver()
    try:
        start(harness, receiver.port, retries=2, timeout=1.0)
        spans(harness, "a")
        assert harness.core.flush(60)
        assert harness.core.stats()["dropped_send_failed"] == 1
        assert harness.core.take_warnings()[0] & 32
    finally:
        receiver.close()


def test_shutdown_sends_what_waits(harness: Harness, receiver: GRPCReceiver) -> None:
    start(harness, receiver.port, interval=3600.0)
    spans(harness, "a", "b")
    assert harness.core.shutdown(10)
    assert receiver.names == ["a", "b"]
    assert harness.core.shutdown(10)


def test_many_threads_at_once(harness: Harness, receiver: GRPCReceiver) -> None:
    start(harness, receiver.port, queue_slots=65536)
    threads = [threading.Thread(target=spans, args=(harness, *(["a"] * 3000))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert harness.core.flush(30)
    assert len({(span.trace_id, span.span_id) for span in receiver.spans}) == 12_000
