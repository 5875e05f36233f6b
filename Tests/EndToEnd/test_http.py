"""What HTTP itself promises, over live sockets: HEAD, clients that end their side, requests without a path."""

import socket

import pytest
from support import http2, telemetry

PATHS = [
    "/",
    "/healthz",
    "/readyz",
    "/api/v1/openapi.json",
    "/api/v1/services",
    "/api/v1/traces",
    "/api/v1/traces/00000000000000000000000000000001",
    "/jaeger/api/services",
    "/tempo/api/echo",
    "/nothing",
    "/v1/traces",
]


def exchange(server, request: str, *, half_close: bool = False) -> tuple[int, dict[str, str], bytes]:
    """Sends a request as it is; status, fields and what follows the head of the response up to the end."""
    with socket.create_connection(("127.0.0.1", server.http_port), timeout=30) as connection:
        connection.sendall(request.encode())
        if half_close:
            connection.shutdown(socket.SHUT_WR)
        data = b""
        while piece := connection.recv(1 << 16):
            data += piece
    head, _, rest = data.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    fields = dict(line.lower().split(": ", 1) for line in lines[1:])
    return int(lines[0].split()[1]), fields, rest


def ask(method: str, target: str, *fields: str) -> str:
    return "\r\n".join([f"{method} {target} HTTP/1.1", "host: localhost", "connection: close", *fields, "", ""])


@pytest.mark.parametrize("coding", ["identity", "gzip"])
@pytest.mark.parametrize("path", PATHS)
def test_head_gets_the_length_of_get(server, path, coding):
    status, fields, body = exchange(server, ask("GET", path, f"accept-encoding: {coding}"))
    assert int(fields["content-length"]) == len(body) > 0
    head_status, head_fields, nothing = exchange(server, ask("HEAD", path, f"accept-encoding: {coding}"))
    assert nothing == b""
    assert head_status == status
    changing = {"date", "x-request-id"}
    if "request_id" in body.decode(errors="replace"):
        assert len(head_fields.pop("content-length")) == len(fields.pop("content-length"))
    assert {name: value for name, value in head_fields.items() if name not in changing} == {
        name: value for name, value in fields.items() if name not in changing
    }


def test_head_of_a_live_tail_ends_at_once(server):
    status, fields, body = exchange(server, ask("HEAD", "/api/v1/tail"))
    assert (status, fields["transfer-encoding"], body) == (200, "chunked", b"")
    assert "content-length" not in fields


@pytest.mark.parametrize("path", ["/healthz", "/api/v1/services", "/api/v1/traces", "/jaeger/api/services"])
def test_a_client_that_ends_its_side_gets_its_response(server, path):
    request, _ = telemetry.trace_request()
    assert telemetry.post(server, request.SerializeToString()).status_code == 200
    for method in ("GET", "HEAD"):
        status, fields, body = exchange(server, ask(method, path), half_close=True)
        assert status == 200
        assert int(fields["content-length"]) > 0
        assert len(body) == (int(fields["content-length"]) if method == "GET" else 0)


def test_the_server_as_a_whole_has_no_options(server):
    status, fields, body = exchange(server, ask("OPTIONS", "*"))
    assert (status, fields["allow"], fields["content-type"]) == (405, "get, head, post", "application/problem+json")
    assert b'"code":"method_not_allowed"' in body
    assert b"/api/v1/openapi.json" in body


@pytest.mark.parametrize("target", ["localhost:443", "example.com:443"])
def test_the_server_is_not_a_proxy(server, target):
    status, fields, body = exchange(server, ask("CONNECT", target))
    assert (status, fields["content-type"]) == (501, "application/problem+json")
    assert b'"code":"not_implemented"' in body
    assert b"is not a proxy" in body


def test_http2_says_the_same(server):
    for head, status in (
        # `:method CONNECT` has neither `:scheme` nor `:path` (RFC 9113, section 8.5).
        (http2.literal(b":method", b"CONNECT") + http2.literal(b":authority", b"example.com:443"), "501"),
        (
            http2.literal(b":method", b"OPTIONS")
            + http2.literal(b":scheme", b"http")
            + http2.literal(b":path", b"*")
            + http2.literal(b":authority", b"localhost"),
            "405",
        ),
    ):
        with http2.connect(("127.0.0.1", server.http_port)) as connection:
            connection.sendall(http2.headers(1, head))
            frames = http2.read_frames(connection, until_end_of=1)
        assert http2.status(frames, 1) == status
