"""Clients that are slow, idle, half-finished or far too fast: the service stays up and its memory stays bounded."""

import concurrent.futures
import contextlib
import resource
import socket

import requests
from support import telemetry
from support.server import wait_until


def works(server) -> bool:
    """Whether a well-behaved client is served."""
    request, trace_id = telemetry.trace_request()
    return telemetry.post(server, request.SerializeToString()).status_code == 200 and server.trace(trace_id) is not None


def test_a_thousand_idle_connections_do_not_matter(server):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 4096)), hard))
    before = server.resident_bytes()
    with contextlib.ExitStack() as stack:
        for _ in range(1000):
            stack.enter_context(socket.create_connection(("127.0.0.1", server.otlp_port), timeout=10))
        assert works(server)
        assert server.is_ready()
        assert server.resident_bytes() - before < 64 << 20
    assert works(server)


def test_half_sent_requests_do_not_matter(server):
    pieces = [
        b"POST /v1/traces HT",
        b"POST /v1/traces HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000\r\n\r\nabc",
        b"POST /v1/traces HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\nff\r\nabc",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x10\x04",
        b"\x16\x03\x01\x02\x00\x01",
    ]
    with contextlib.ExitStack() as stack:
        for piece in pieces * 20:
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", server.otlp_port), timeout=10))
            connection.sendall(piece)
        assert works(server)
    assert works(server)


def test_slow_senders_cost_what_they_sent_not_what_they_announced(server):
    before = server.resident_bytes()
    head = (
        b"POST /v1/traces HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-protobuf\r\n"
        b"content-length: %d\r\n\r\n"
    )
    with contextlib.ExitStack() as stack:
        for _ in range(200):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", server.otlp_port), timeout=10))
            connection.sendall(head % (60 << 20) + b"\x00" * (64 << 10))
        assert works(server)
        grown = server.resident_bytes() - before
        # 200 times 64 KiB were sent, 12 GiB announced.
        assert grown < 128 << 20, f"grew by {grown >> 20} MiB"
    assert works(server)


def test_clients_that_never_read_cost_bounded_memory(server):
    before = server.resident_bytes()
    requests_at_once = b"GET /api/v1/openapi.json HTTP/1.1\r\nhost: localhost\r\n\r\n" * 1000
    with contextlib.ExitStack() as stack:
        for _ in range(50):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", server.http_port), timeout=10))
            connection.settimeout(0.2)
            with contextlib.suppress(TimeoutError):
                connection.sendall(requests_at_once)
        assert works(server)
        grown = server.resident_bytes() - before
        # The answers to all of them are more than a gigabyte.
        assert grown < 192 << 20, f"grew by {grown >> 20} MiB"
    assert works(server)


def test_garbage_is_answered_or_closed(server):
    for garbage in (b"\x00" * 100, b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\r\n" * 5000, b"A" * 100_000):
        for port in (server.http_port, server.grpc_port, server.otlp_port):
            with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
                with contextlib.suppress(ConnectionError):
                    connection.sendall(garbage)
                    connection.shutdown(socket.SHUT_WR)
                    answer = connection.recv(64)
                    assert b" 200 " not in answer
    assert works(server)


def test_an_oversized_body_is_refused(server):
    with contextlib.suppress(requests.ConnectionError):
        response = telemetry.post(server, b"\x00" * (128 << 20))
        assert response.status_code == 413
    assert works(server)


def test_a_compression_bomb_is_refused(server):
    before = server.resident_bytes()
    bomb = b"\x00" * (512 << 20)
    response = telemetry.post(server, bomb, encoding="gzip")
    assert response.status_code in (400, 413), response.text
    assert server.resident_bytes() - before < 256 << 20
    assert works(server)


def test_overload_is_refused_with_a_delay_and_bounded_memory(make_server):
    server = make_server().start()
    # Prepared before, so that the clients are as fast as they can be.
    bodies = [telemetry.trace_request(2000, attributes={"text": "x" * 400})[0].SerializeToString() for _ in range(4)]
    peak = 0
    statuses = {}

    def send(index: int):
        # A comment of the client's own makes each request a different one: repeats are not stored twice.
        body = bodies[index % len(bodies)] + b"\xc2\x3e\x04" + index.to_bytes(4, "little")
        response = telemetry.post(server, body, timeout=120)
        if response.status_code == 503:
            assert response.headers.get("retry-after"), "a refusal says when to come back"
        return response.status_code

    with concurrent.futures.ThreadPoolExecutor(64) as pool:
        pending = [pool.submit(send, index) for index in range(600)]
        for done in concurrent.futures.as_completed(pending):
            statuses[done.result()] = statuses.get(done.result(), 0) + 1
            peak = max(peak, server.resident_bytes())
    assert set(statuses) <= {200, 503}, statuses
    assert statuses.get(200, 0) > 0
    assert peak < 1200 << 20, f"{peak >> 20} MiB at {statuses}"
    wait_until(lambda: works(server), 30, "recovery")
