"""The network layer over live sockets: HTTP/1.1, HTTP/2, gRPC, TLS, limits, timeouts and draining."""

import contextlib
import gzip
import http.client
import json
import socket
import subprocess
import threading
import time
import zlib

import grpc
import pytest
import zstandard
from support.network import NetworkFixture


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=localhost"]
        + ["-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", cert],
        check=True,
        capture_output=True,
    )
    return cert, key


@pytest.fixture(scope="module")
def fixture(certificate):
    cert, key = certificate
    instance = NetworkFixture(loops=2, cert=cert, key=key)
    yield instance
    instance.close()


@pytest.fixture
def make_fixture():
    with contextlib.ExitStack() as stack:

        def make(**options):
            instance = NetworkFixture(**options)
            stack.callback(instance.close)
            return instance

        yield make


def connect(fixture) -> socket.socket:
    return socket.create_connection(("127.0.0.1", fixture.port), timeout=20)


def read_all(connection: socket.socket) -> bytes:
    data = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := connection.recv(65536):
            data += piece
    return data


def talk(fixture, request: bytes) -> bytes:
    """Sends raw bytes and returns everything until the server closes."""
    with connect(fixture) as connection:
        connection.sendall(request)
        return read_all(connection)


def request(fixture, method, path, body=None, headers=None):
    client = http.client.HTTPConnection("127.0.0.1", fixture.port, timeout=20)
    client.request(method, path, body=body, headers=headers or {})
    response = client.getresponse()
    data = response.read()
    client.close()
    return response, data


def figures(fixture):
    return json.loads(request(fixture, "GET", "/statistics")[1])


def test_keep_alive_answers_many_requests_on_one_connection(fixture):
    client = http.client.HTTPConnection("127.0.0.1", fixture.port, timeout=20)
    for _ in range(50):
        client.request("GET", "/small")
        response = client.getresponse()
        assert (response.status, response.read()) == (200, b"hello from axonize!\n")
    sock = client.sock
    assert sock is not None
    client.close()


def test_pipelined_requests_are_answered_in_order(fixture):
    asks = [b"/collected?%d" % index if index % 2 else b"/later" for index in range(20)]
    text = b"".join(
        b"GET %s HTTP/1.1\r\nhost: x\r\n\r\n" % ask
        if b"collected" in ask
        else b"POST %s HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\n%03d" % (ask, index)
        for index, ask in enumerate(asks)
    )
    answer = talk(fixture, text + b"GET /small HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    assert answer.count(b"HTTP/1.1 200 OK") == 21
    places = [
        answer.find(b"GET /collected %d 0" % index if index % 2 else b"\r\n\r\n%03d" % index) for index in range(20)
    ]
    assert -1 not in places and places == sorted(places)


def test_chunked_bodies_go_both_ways(fixture):
    body = bytes(range(256)) * 4000
    pieces = [body[start : start + 7001] for start in range(0, len(body), 7001)]
    for path in ["/echo", "/stream"]:
        response, data = request(fixture, "POST", path, body=iter(pieces[:20] if path == "/echo" else pieces))
        assert response.status == 200
        assert data == (b"".join(pieces[:20]) if path == "/echo" else body)
    response, data = request(fixture, "GET", "/events?3")
    assert response.headers["transfer-encoding"] == "chunked"
    assert data == b"data: 0\n\ndata: 1\n\ndata: 2\n\n"


def test_head_gets_the_length_but_no_body(fixture):
    response, data = request(fixture, "HEAD", "/small")
    assert (response.status, response.headers["content-length"], data) == (200, "20", b"")


def test_expectation_of_continue_is_met_once_the_route_wants_the_body(fixture):
    with connect(fixture) as connection:
        connection.sendall(b"POST /echo HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 4\r\n\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.1 100 Continue\r\n\r\n")
        connection.sendall(b"body")
        assert connection.recv(1000).endswith(b"\r\n\r\nbody")
    refused = talk(fixture, b"POST /private HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 4\r\n\r\n")
    assert refused.startswith(b"HTTP/1.1 401 ") and b"connection: close" in refused


def snappy_block(body: bytes) -> bytes:
    """The block format, in one literal of more than 256 and at most 65,536 bytes."""
    return bytes([len(body) & 127 | 128, len(body) >> 7 & 127 | 128, len(body) >> 14, 0xF4]) + (
        (len(body) - 1).to_bytes(2, "little") + body
    )


@pytest.mark.parametrize(
    ("coding", "encode"),
    [
        ("snappy", snappy_block),
        ("gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("zstd", zstandard.compress),
        ("identity", bytes),
    ],
)
def test_encoded_bodies_are_decoded(fixture, coding, encode):
    body = b"span " * 5000
    response, data = request(fixture, "POST", "/echo", encode(body), {"content-encoding": coding})
    assert (response.status, data) == (200, body)


@pytest.mark.parametrize("encode", [gzip.compress, zlib.compress, zstandard.compress])
def test_a_bomb_is_refused(fixture, encode):
    coding = {gzip.compress: "gzip", zlib.compress: "deflate", zstandard.compress: "zstd"}[encode]
    response, data = request(fixture, "POST", "/echo", encode(bytes(64 << 20)), {"content-encoding": coding})
    assert response.status == 413
    assert json.loads(data)["code"] == "payload_too_large"


def test_bodies_that_are_not_what_they_say_are_refused(fixture):
    assert request(fixture, "POST", "/echo", b"not gzip", {"content-encoding": "gzip"})[0].status == 400
    assert request(fixture, "POST", "/echo", b"x", {"content-encoding": "br"})[0].status == 415


def test_json_is_packed_when_asked(fixture):
    response, data = request(fixture, "GET", "/json", headers={"accept-encoding": "gzip"})
    assert response.headers["content-encoding"] == "gzip"
    assert len(json.loads(gzip.decompress(data))) == 300
    assert request(fixture, "GET", "/json")[0].headers["content-encoding"] is None


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (b"POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 2000000\r\n\r\n", 413),
        (b"GET /small HTTP/1.1\r\nhost: x\r\na: " + b"y" * 40_000, 431),
        (b"GET /small HTTP/1.1\nhost: x\n\n", 400),
        (b"GET /small HTTP/1.1\r\n\r\n", 400),
        (b"POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n", 400),
        (b"GET /small HTTP/2.0\r\nhost: x\r\n\r\n", 505),
        (b"POST /echo HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", 400),
    ],
)
def test_what_is_too_large_or_malformed_is_refused_and_the_connection_ended(fixture, text, status):
    answer = talk(fixture, text)
    assert answer.startswith(b"HTTP/1.1 %d " % status), answer[:200]
    assert b"connection: close" in answer


def test_a_chunked_body_beyond_the_limit_is_refused(fixture):
    chunk = b"10000\r\n" + bytes(0x10000) + b"\r\n"
    with connect(fixture) as connection:
        connection.sendall(b"POST /echo HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            for _ in range(20):
                connection.sendall(chunk)
        assert read_all(connection).startswith(b"HTTP/1.1 413 ")


def test_slow_and_half_sent_requests_are_ended(make_fixture):
    fixture = make_fixture(head=300, body=300, request=1500, idle=500)
    # An unfinished head is cut, however it dribbles.
    with connect(fixture) as connection:
        connection.sendall(b"GET /small HTTP/1.1\r\nhost:")
        with contextlib.suppress(ConnectionError):
            for _ in range(100):
                connection.sendall(b" ")
                time.sleep(0.05)
        assert read_all(connection) == b""
    # A body that stops is told so.
    answer = talk(fixture, b"POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nhalf")
    assert answer.startswith(b"HTTP/1.1 408 ")
    # A handler that takes too long is answered for.
    answer = talk(fixture, b"GET /slow?60000 HTTP/1.1\r\nhost: x\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 503 ")
    # An idle connection just ends.
    with connect(fixture) as connection:
        assert read_all(connection) == b""
    assert request(fixture, "GET", "/small")[0].status == 200
    assert figures(fixture)["timed_out"] >= 3


def test_a_peer_that_does_not_read_is_cut_off(make_fixture):
    fixture = make_fixture(write=500)
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", fixture.port))
        connection.sendall(b"GET /big?50000000 HTTP/1.1\r\nhost: x\r\n\r\n")
        deadline = time.monotonic() + 20
        while figures(fixture)["open"] > 1:
            assert time.monotonic() < deadline, "the stalled connection is still open"
            time.sleep(0.1)
    assert figures(fixture)["timed_out"] == 1


def test_connections_beyond_the_limit_are_told_so_and_the_rest_go_on(make_fixture):
    fixture = make_fixture(connections=10, peer=10, idle=60_000)
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(connect(fixture)) for _ in range(10)]
        held[0].sendall(b"GET /small HTTP/1.1\r\nhost: x\r\n\r\n")
        assert b"200 OK" in held[0].recv(1000)
        assert talk(fixture, b"").startswith(b"HTTP/1.1 503 ")
        held[9].sendall(b"GET /small HTTP/1.1\r\nhost: x\r\n\r\n")
        assert b"200 OK" in held[9].recv(1000)


def test_a_thousand_idle_connections_do_not_keep_others_out(fixture):
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(connect(fixture)) for _ in range(1000)]
        assert request(fixture, "GET", "/small")[1] == b"hello from axonize!\n"
        held[-1].sendall(b"GET /small HTTP/1.1\r\nhost: x\r\n\r\n")
        assert b"200 OK" in held[-1].recv(1000)
        # The kernel says that a connection is there before a loop has accepted it.
        deadline = time.monotonic() + 20
        while figures(fixture)["open"] < 1000:
            assert time.monotonic() < deadline, "not every connection was accepted"
            time.sleep(0.05)


def curl(*arguments) -> str:
    return subprocess.run(["curl", "-sS", *map(str, arguments)], check=True, capture_output=True, text=True).stdout


def test_http2_by_prior_knowledge_shares_the_port(fixture):
    write = ["-w", " %{http_version} %{http_code}"]
    url = f"http://127.0.0.1:{fixture.port}"
    assert curl("--http2-prior-knowledge", *write, f"{url}/small") == "hello from axonize!\n 2 200"
    body = "x" * 500_000
    assert curl("--http2-prior-knowledge", "--data-binary", body[:100_000], f"{url}/echo") == body[:100_000]
    big = curl("--http2-prior-knowledge", f"{url}/big?3000000")
    assert len(big) == 3_000_000
    assert curl("--http2-prior-knowledge", f"{url}/events?2") == "data: 0\n\ndata: 1\n\n"


def test_tls_agrees_on_http2_or_http1(fixture, certificate):
    write = ["-w", " %{http_version}", "--cacert", certificate[0]]
    url = f"https://localhost:{fixture.tls_port}"
    assert curl("--http2", *write, f"{url}/small") == "hello from axonize!\n 2"
    assert curl("--http1.1", *write, f"{url}/small") == "hello from axonize!\n 1.1"
    assert len(curl("--http2", "--cacert", certificate[0], f"{url}/big?2000000")) == 2_000_000
    assert len(curl("--http1.1", "--cacert", certificate[0], f"{url}/big?2000000")) == 2_000_000


def test_tls_to_a_plain_port_is_closed(make_fixture):
    # The limit of waiting is far above the test's, so only a close at once ends it.
    fixture = make_fixture(head=300)
    with connect(fixture) as connection:
        connection.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(506))
        assert read_all(connection) == b""
    with connect(fixture) as connection:
        connection.sendall(b"\x16")
        assert read_all(connection) == b""
    assert curl(f"http://127.0.0.1:{fixture.port}/small") == "hello from axonize!\n"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_plain_http_to_a_port_with_tls_is_told(fixture, method):
    with socket.create_connection(("127.0.0.1", fixture.tls_port), timeout=20) as connection:
        connection.sendall(f"{method} /small HTTP/1.1\r\nhost: localhost\r\n\r\n".encode())
        answer = read_all(connection)
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert answer.endswith(b"\r\n\r\nThis port speaks https.\n")


def test_a_head_that_is_too_large_is_refused_on_http2(fixture):
    url = f"http://127.0.0.1:{fixture.port}/small"
    assert (
        curl("--http2-prior-knowledge", "-H", "a: " + "y" * 40_000, "-o", "-", "-w", "%{http_code}", url)[-3:] == "431"
    )


PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
SMALL_GET = b"\x82\x86\x04\x06/small\x41\x01x"


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


@pytest.mark.parametrize(
    ("settings", "head_flags"),
    [(b"\x00\x04\x00\x00\x00\x00", 5), (b"", 1)],
    ids=["the window stays shut", "the head has no end"],
)
def test_http2_streams_that_stand_still_are_ended(make_fixture, settings, head_flags):
    fixture = make_fixture(head=300, write=300)
    with connect(fixture) as connection:
        connection.sendall(PREFACE + frame(4, 0, 0, settings) + frame(1, head_flags, 1, SMALL_GET))
        deadline = time.monotonic() + 20
        while figures(fixture)["timed_out"] == 0:
            assert time.monotonic() < deadline, "the stream is still there"
            time.sleep(0.1)


# gRPC


@contextlib.contextmanager
def channel(fixture, **options):
    target = f"127.0.0.1:{fixture.port}"
    arguments = [("grpc.max_receive_message_length", -1)]
    with grpc.insecure_channel(target, options=arguments, **options) as opened:
        yield opened


def call(opened, method, message, **options):
    return opened.unary_unary(f"/test.Echo/{method}")(message, timeout=options.pop("timeout", 20), **options)


@pytest.mark.parametrize(
    "compression", [grpc.Compression.NoCompression, grpc.Compression.Gzip, grpc.Compression.Deflate]
)
def test_grpc_messages_of_every_size_come_back(fixture, compression):
    with channel(fixture) as opened:
        for size in [0, 1, 1000, 70_000, 3_000_000]:
            message = bytes(index % 251 for index in range(size))
            for method in ["Unary", "Later"]:
                assert call(opened, method, message, compression=compression) == message


@pytest.mark.parametrize(
    ("method", "message", "code", "details"),
    [
        ("Missing", b"", grpc.StatusCode.UNIMPLEMENTED, "no such method"),
        ("Auth", b"", grpc.StatusCode.UNAUTHENTICATED, "no key"),
        ("Fail", b"", grpc.StatusCode.RESOURCE_EXHAUSTED, "queue 100 % full: é"),
        ("Unary", bytes(5 << 20), grpc.StatusCode.RESOURCE_EXHAUSTED, None),
    ],
)
def test_grpc_statuses_arrive(fixture, method, message, code, details):
    with channel(fixture) as opened:
        with pytest.raises(grpc.RpcError) as raised:
            call(opened, method, message)
    assert raised.value.code() == code
    if details:
        assert raised.value.details() == details
    if method == "Fail":
        trailers = dict(raised.value.trailing_metadata())
        assert b"google.rpc.RetryInfo" in trailers["grpc-status-details-bin"]
        assert trailers["grpc-status-details-bin"].endswith(b"\n\x08\x08\x01\x10\x80\xca\xb5\xee\x01")


def test_a_grpc_bomb_is_refused(fixture):
    with channel(fixture) as opened:
        with pytest.raises(grpc.RpcError) as raised:
            call(opened, "Count", bytes(64 << 20), compression=grpc.Compression.Gzip)
    assert raised.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED


def test_grpc_deadlines_are_kept_by_the_server(fixture):
    text = subprocess.run(
        ["curl", "-sS", "--http2-prior-knowledge", "-D", "-", "-o", "-", "-X", "POST", "--data-binary", "@-"]
        + ["-H", "content-type: application/grpc", "-H", "te: trailers", "-H", "grpc-timeout: 100m"]
        + [f"http://127.0.0.1:{fixture.port}/test.Echo/Never"],
        input=bytes(5),
        check=True,
        capture_output=True,
    ).stdout
    assert b"grpc-status: 4" in text


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ([], bytes(3), 3),
        ([], bytes([0, 0, 0, 0, 9, 1]), 3),
        ([], bytes(10), 3),
        (["grpc-encoding: snappy"], bytes(5), 12),
        (["grpc-timeout: soon"], bytes(5), 3),
        ([], bytes([1, 0, 0, 0, 1, 0]), 13),
        (["grpc-encoding: gzip"], bytes([1, 0, 0, 0, 1, 0]), 3),
    ],
)
def test_malformed_grpc_calls_are_refused(fixture, headers, body, status):
    extra = [part for header in headers for part in ("-H", header)]
    text = subprocess.run(
        ["curl", "-sS", "--http2-prior-knowledge", "-D", "-", "-X", "POST", "--data-binary", "@-"]
        + ["-H", "content-type: application/grpc", "-H", "te: trailers", *extra]
        + [f"http://127.0.0.1:{fixture.port}/test.Echo/Unary"],
        input=body,
        check=True,
        capture_output=True,
    ).stdout
    assert b"HTTP/2 200" in text and f"grpc-status: {status}\r\n".encode() in text


def test_many_grpc_calls_at_once(fixture):
    with channel(fixture) as opened:
        method = opened.unary_unary("/test.Echo/Later")
        futures = [method.future(b"%d" % index, timeout=30) for index in range(2000)]
        assert [future.result() for future in futures] == [b"%d" % index for index in range(2000)]


# Draining


def test_drain_loses_no_request(make_fixture):
    old = make_fixture(loops=2, takeover=1)
    fixture = old
    stop = threading.Event()
    failures, counts = [], []

    def http_client():
        count = 0
        client = http.client.HTTPConnection("127.0.0.1", old.port, timeout=20)
        while not stop.is_set():
            try:
                client.request("GET", "/small")
                response = client.getresponse()
                if response.status != 200 or response.read() != b"hello from axonize!\n":
                    failures.append(response.status)
                if response.headers.get("connection") == "close":
                    client.close()
            except (http.client.HTTPException, OSError) as error:
                failures.append(error)
                client.close()
            count += 1
        client.close()
        counts.append(count)

    def grpc_client():
        count = 0
        with channel(fixture) as opened:
            method = opened.unary_unary("/test.Echo/Later")
            while not stop.is_set():
                try:
                    assert method(b"hello", timeout=20, wait_for_ready=True) == b"hello"
                except grpc.RpcError as error:
                    failures.append(error)
                count += 1
        counts.append(count)

    threads = [threading.Thread(target=target) for target in [http_client] * 3 + [grpc_client] * 3]
    for thread in threads:
        thread.start()
    for _ in range(3):
        time.sleep(0.5)
        new = make_fixture(loops=2, port=old.port, takeover=1)
        fixture.terminate()
        assert fixture.drained() == "drained 0"
        fixture = new
    stop.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert sum(counts) > 100
