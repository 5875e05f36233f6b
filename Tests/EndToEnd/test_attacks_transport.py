"""Attacks on the transport by strangers and by web pages, scaled down: memory stays bounded, others are served.

Each was once seen to take gigabytes or tens of seconds. The bounds here are far above what a sound server needs and far
below what a broken one takes.
"""

import concurrent.futures
import contextlib
import json
import pathlib
import resource
import select
import socket
import subprocess
import threading
import time

import pytest
import requests
from support import http2, telemetry
from support.network import NetworkFixture
from support.server import Server, free_ports, wait_until

MIB = 1 << 20


def address(server, port=None):
    return ("127.0.0.1", port or server.http_port)


def slow_reader(server) -> socket.socket:
    """A connection whose peer takes next to nothing."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(address(server))
    connection.setblocking(False)
    return connection


def send_for(connections, data: bytes, seconds: float) -> int:
    """Sends again and again on all connections as far as they take it, reading nothing; how many bytes went out."""
    sent = 0
    offsets = dict.fromkeys(connections, 0)
    end = time.monotonic() + seconds
    while offsets and time.monotonic() < end:
        _, writable, _ = select.select([], list(offsets), [], 0.1)
        for connection in writable:
            try:
                count = connection.send(data[offsets[connection] :])
            except BlockingIOError:
                continue
            except OSError:
                del offsets[connection]
                continue
            sent += count
            offsets[connection] = (offsets[connection] + count) % len(data)
    return sent


@contextlib.contextmanager
def bystander(server):
    """A well-behaved client beside an attack; yields its times, and fails when it is not served."""
    times, failures, stop = [], [], threading.Event()

    def ask():
        while not stop.is_set():
            began = time.monotonic()
            try:
                if requests.get(f"{server.url}/healthz", timeout=60).status_code != 200:
                    failures.append("not 200")
            except requests.RequestException as error:
                failures.append(repr(error))
            times.append(time.monotonic() - began)
            stop.wait(0.05)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield times
    finally:
        stop.set()
        thread.join()
    assert failures == []


def report(name: str, **figures):
    """What was seen, for the log of the run (`pytest -s`)."""
    print(f"\n{name}: " + ", ".join(f"{key} {value}" for key, value in figures.items()))


def cpu_seconds(server) -> float:
    fields = pathlib.Path(f"/proc/{server.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


# Unread answers


def test_pipelined_answers_that_nobody_reads_are_not_kept(server):
    requests_at_once = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" * 2000
    before = server.resident_bytes()
    with contextlib.ExitStack() as stack, bystander(server) as times:
        connections = [stack.enter_context(slow_reader(server)) for _ in range(4)]
        sent = send_for(connections, requests_at_once, 3)
        grown = server.resident_bytes() - before
        report("pipelined", sent=f"{sent >> 20} MiB", grown=f"{grown >> 20} MiB", slowest=f"{max(times):.2f} s")
    # Four times a quarter of a MiB of requests and of answers, and what the kernel's buffers hold.
    assert grown < 48 * MIB, f"grew by {grown >> 20} MiB for {sent >> 20} MiB of requests"


def test_what_is_held_back_is_answered_when_the_peer_reads(server):
    count = 4000
    with socket.create_connection(address(server), timeout=60) as connection:
        request = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
        sender = threading.Thread(target=connection.sendall, args=(request * count,))
        sender.start()
        time.sleep(0.3)
        answers, rest = 0, b""
        while answers < count:
            piece = connection.recv(1 << 20)
            assert piece, f"closed after {answers} answers"
            rest += piece
            answers += rest.count(b'{"status":"ok"}')
            rest = rest[rest.rfind(b'{"status":"ok"}') + 15 :] if b'{"status":"ok"}' in rest else rest
        sender.join()


def test_sending_does_not_count_as_reading(fixture):
    """A peer that goes on sending but reads nothing is cut off after the write timeout all the same."""
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", fixture.port))
        connection.sendall(b"GET /big?50000000 HTTP/1.1\r\nhost: x\r\n\r\n")
        with pytest.raises(OSError):
            for _ in range(200):
                connection.sendall(b"GET /small HTTP/1.1\r\nhost: x\r\n\r\n")
                time.sleep(0.1)


@pytest.fixture
def fixture():
    instance = NetworkFixture(write=1000)
    yield instance
    instance.close()


def test_a_shut_window_does_not_collect_answers(server):
    """HTTP/2: streams whose answers the peer does not let out hold bounded memory, and others are served."""
    before = server.resident_bytes()
    with contextlib.ExitStack() as stack, bystander(server):
        for _ in range(4):
            connection = stack.enter_context(http2.connect(address(server), window=0))
            for stream in range(1, 401, 2):
                path = "/api/v1/openapi.json"
                connection.sendall(http2.headers(stream, http2.request(path, authority="localhost")))
        wait_until(lambda: works(server), 30, "an answer beside shut windows")
        grown = server.resident_bytes() - before
        report("shut window", grown=f"{grown >> 20} MiB")
    # 800 answers of 60 KiB.
    assert grown < 160 * MIB


# Heads of HTTP/2


def reference_flood(stream: int) -> bytes:
    """A head that puts a large field into the table and refers to it 12,000 times, one byte each."""
    block = http2.request("/healthz", authority="localhost") + http2.literal(b"a", b"b" * 3900, index=True)
    return http2.headers(stream, block + b"\xbe" * 12_000)


def test_references_to_a_large_field_cost_nothing(server):
    before = cpu_seconds(server)
    with bystander(server) as times:
        for _ in range(4):
            with http2.connect(address(server)) as connection:
                with contextlib.suppress(OSError):
                    for stream in range(1, 61, 2):
                        connection.sendall(reference_flood(stream))
                frames = http2.read_frames(connection, until_closed=True)
                assert any(frame.kind == http2.GOAWAY and frame.code == 0xB for frame in frames), (
                    "no GOAWAY with ENHANCE_YOUR_CALM"
                )
    spent = cpu_seconds(server) - before
    report("references", cpu=f"{spent:.2f} s", slowest=f"{max(times):.2f} s")
    # 120 heads would check 47 MB each, which took 4 s.
    assert spent < 2.5


def test_trailers_are_bounded_as_heads_are(server):
    before = cpu_seconds(server)
    with http2.connect(address(server, server.otlp_port)) as connection:
        with contextlib.suppress(OSError):
            for stream in range(1, 101, 2):
                head = http2.request("/v1/traces", authority="localhost", method="POST")
                connection.sendall(http2.headers(stream, head, flags=http2.END_HEADERS))
                block = http2.literal(b"a", b"b" * 3900, index=True) + b"\xbe" * 12_000
                connection.sendall(http2.headers(stream, block))
        frames = http2.read_frames(connection, until_closed=True)
    assert any(frame.kind == http2.GOAWAY and frame.code == 0xB for frame in frames)
    # 50 blocks of trailers took 1.7 s.
    assert cpu_seconds(server) - before < 1.5


def test_many_small_fields_are_refused(server):
    """16,000 fields of a byte: their text is small, what keeps them is not."""
    before = server.resident_bytes()
    block = http2.request("/v1/traces", authority="localhost", method="POST")
    block += http2.literal(b"a", b"", index=True) + b"\xbe" * 16_000
    with contextlib.ExitStack() as stack, bystander(server):
        for _ in range(4):
            connection = stack.enter_context(http2.connect(address(server, server.otlp_port)))
            with contextlib.suppress(OSError):
                for stream in range(1, 501, 2):
                    connection.sendall(http2.headers(stream, block, flags=http2.END_HEADERS))
        time.sleep(0.5)
        grown = server.resident_bytes() - before
        report("small fields", grown=f"{grown >> 20} MiB")
    assert grown < 64 * MIB


def test_a_head_beyond_the_limits_is_told_so(server):
    for count, status in ((90, "200"), (120, "431")):
        block = http2.request("/healthz", authority="localhost")
        block += b"".join(http2.literal(b"x-%d" % index, b"") for index in range(count))
        with http2.connect(address(server)) as connection:
            connection.sendall(http2.headers(1, block))
            frames = http2.read_frames(connection, until_end_of=1)
        assert http2.status(frames, 1) == status


# Connections


def works(server) -> bool:
    request, trace_id = telemetry.trace_request()
    return telemetry.post(server, request.SerializeToString()).status_code == 200 and server.trace(trace_id) is not None


@contextlib.contextmanager
def many_files(count: int):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, count)), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def limited(server, soft: int, hard: int):
    """Starts a server under limits of open files."""
    command = server.command()
    server.command = lambda: ["bash", "-c", f'ulimit -Sn {soft} && ulimit -Hn {hard} && exec "$0" "$@"', *command]
    return server.start()


def open_file_limit(server) -> tuple[str, str]:
    for line in pathlib.Path(f"/proc/{server.process.pid}/limits").read_text().splitlines():
        if line.startswith("Max open files"):
            return tuple(line.split()[3:5])
    raise AssertionError("no limit in /proc")


def test_idle_connections_leave_the_store_its_files(make_server):
    server = limited(make_server(), soft=700, hard=1024)
    assert open_file_limit(server) == ("1024", "1024")
    assert "open files" in server.log
    with many_files(2048), contextlib.ExitStack() as stack:
        for _ in range(1100):
            with contextlib.suppress(OSError):
                stack.enter_context(socket.create_connection(address(server), timeout=10))
        # One address has at most half of the connections, so there is room for others, such as this client's by IPv4
        # loopback's next address.
        with requests.Session() as session:
            session.mount("http://", SourceAddress("127.0.0.2"))
            request, trace_id = telemetry.trace_request(100)
            response = session.post(
                f"{server.otlp_endpoint}/v1/traces",
                data=request.SerializeToString(),
                headers={"content-type": "application/x-protobuf"},
                timeout=30,
            )
            assert response.status_code == 200, response.text
    assert len(server.wait_for_trace(trace_id, 100)["spans"]) == 100


class SourceAddress(requests.adapters.HTTPAdapter):
    """Connects from an address of loopback's choice."""

    def __init__(self, source: str):
        self.source = source
        super().__init__()

    def init_poolmanager(self, *args, **kwargs):
        super().init_poolmanager(*args, source_address=(self.source, 0), **kwargs)


def test_one_address_cannot_have_every_connection(make_server):
    server = make_server(arguments=["--limits-connections=40"]).start()
    server.session.close()
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(socket.create_connection(address(server), timeout=10)) for _ in range(25)]
        refused = []
        for connection in held:
            connection.settimeout(0.2)
            with contextlib.suppress(TimeoutError):
                refused.append(connection.recv(100))
        assert len(refused) >= 5 and all(answer.startswith(b"HTTP/1.1 503 ") for answer in refused)
        other = stack.enter_context(socket.create_connection(address(server), 10, ("127.0.0.3", 0)))
        other.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert other.recv(100).startswith(b"HTTP/1.1 200 ")


def is_closed(connection) -> bool:
    try:
        return connection.recv(1) == b""
    except BlockingIOError:
        return False


def test_silent_strangers_go_first_when_it_is_crowded(make_server):
    arguments = ["--limits-connections=20", "--limits-connections-per-address=20", "--limits-header-timeout=500ms"]
    server = make_server(arguments=arguments).start()
    known = socket.create_connection(address(server), timeout=10)
    with contextlib.closing(known), contextlib.ExitStack() as stack:
        known.sendall(b"GET /api/v1/services HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert known.recv(1000).startswith(b"HTTP/1.1 200 ")
        few = [stack.enter_context(socket.create_connection(address(server), timeout=10)) for _ in range(5)]
        time.sleep(1.2)
        for connection in few:
            connection.setblocking(False)
            with pytest.raises(BlockingIOError):
                connection.recv(1)
        many = [stack.enter_context(socket.create_connection(address(server), timeout=10)) for _ in range(9)]
        # They are let go until half of the connections are free again.
        for connection in many:
            connection.setblocking(False)
        wait_until(lambda: len([None for connection in few + many if is_closed(connection)]) >= 4, 30, "their end")
        # Who has been let in stays.
        known.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"200 OK" in known.recv(1000)


# Ports


def test_a_second_server_on_the_same_port_names_the_first(make_server):
    first = make_server("first").start()
    second = make_server("second")
    second.http_port = first.http_port
    second.spawn()
    assert second.process.wait(30) == 1
    assert f"process {first.process.pid} (axonize)" in second.log and str(first.data_dir) in second.log, second.log
    assert "take_over" in second.log
    assert not (second.data_dir / "engine").exists(), "the store was opened"
    assert works(first)


def test_a_port_is_taken_over_when_asked(make_server):
    first = make_server("first").start()
    second = make_server("second", arguments=["--take-over"])
    second.http_port, second.grpc_port, second.otlp_port = first.http_port, first.grpc_port, first.otlp_port
    second.start()
    assert first.stop() == 0
    assert works(second)


def test_of_two_servers_that_start_at_once_one_runs(make_server):
    ports = free_ports(3)
    pair = [make_server(name) for name in ("one", "two")]
    for server in pair:
        server.http_port, server.grpc_port, server.otlp_port = ports
        server.spawn()
    wait_until(lambda: any(server.process.poll() is not None for server in pair), 60, "one of them to end")
    wait_until(lambda: any(server.is_ready() for server in pair), 60, "the other to be ready")
    assert sorted(server.process.poll() is None for server in pair) == [False, True]


# Web pages

FOREIGN = [
    ({"Host": "evil.example"}, 421, "host_not_allowed"),
    ({"Host": "evil.example:8080"}, 421, "host_not_allowed"),
    ({"Host": "localhost.evil.example"}, 421, "host_not_allowed"),
    ({"Host": "192.168.1.5:8080"}, 421, "host_not_allowed"),
    ({"Host": "intranet"}, 421, "host_not_allowed"),
    ({"Origin": "http://evil.example"}, 403, "cross_site_request"),
    ({"Origin": "null"}, 403, "cross_site_request"),
    ({"Sec-Fetch-Site": "cross-site"}, 403, "cross_site_request"),
    ({"Sec-Fetch-Site": "same-site"}, 403, "cross_site_request"),
    ({"X-Forwarded-For": "203.0.113.9"}, 403, "forwarded_request"),
    ({"X-Forwarded-For": "127.0.0.1, 203.0.113.9"}, 403, "forwarded_request"),
    ({"Forwarded": 'for="[2001:db8::1]:4711";proto=http'}, 403, "forwarded_request"),
]


@pytest.mark.parametrize(("headers", "status", "code"), FOREIGN)
def test_requests_of_foreign_pages_are_refused_everywhere(server, headers, status, code):
    for port in (server.http_port, server.grpc_port, server.otlp_port):
        for path in ("/healthz", "/readyz"):
            refused(requests.get(f"http://127.0.0.1:{port}{path}", headers=headers, timeout=30), status, code)
        request, _ = telemetry.trace_request()
        response = requests.post(
            f"http://127.0.0.1:{port}/v1/traces",
            data=request.SerializeToString(),
            headers={"content-type": "application/x-protobuf", **headers},
            timeout=30,
        )
        refused(response, status, code)
    for path in ("/metrics", "/api/v1/traces", "/jaeger/api/services", "/tempo/api/search", "/api/v1/tail"):
        refused(requests.get(f"{server.url}{path}", headers=headers, timeout=30), status, code)


def refused(response, status: int, code: str):
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.headers["content-type"] == "application/problem+json"
    assert "require_keys" in response.json()["detail"], "it says what to do"


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "localhost:8080"},
        {"Host": "LOCALHOST"},
        {"Host": "localhost."},
        {"Host": "[::1]:8080"},
        {"Host": "127.1.2.3"},
        {"Origin": "http://localhost:3000"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {"X-Forwarded-For": "127.0.0.1, ::1"},
        {"Forwarded": 'for=127.0.0.1;proto=http, for="[::1]:80"'},
    ],
)
def test_requests_of_this_machine_are_taken(server, headers):
    assert requests.get(f"{server.url}/api/v1/services", headers=headers, timeout=30).status_code == 200


def test_the_authority_of_http2_is_looked_at(server):
    def ask(authority: str) -> str:
        with http2.connect(address(server)) as connection:
            connection.sendall(http2.headers(1, http2.request("/api/v1/services", authority=authority)))
            return http2.status(http2.read_frames(connection, until_end_of=1), 1)

    assert ask("evil.example:8080") == "421"
    assert ask("localhost:8080") == "200"


def test_every_answer_keeps_pages_from_using_it(server):
    paths = ["/", "/healthz", "/metrics", "/api/v1/services", "/api/v1/nothing", "/nothing", "/jaeger/api/services"]
    for path in paths:
        headers = requests.get(f"{server.url}{path}", timeout=30).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert "access-control-allow-origin" not in headers
    head = subprocess.run(
        ["curl", "-sS", "--http2-prior-knowledge", "-D", "-", "-o", "/dev/null", f"{server.url}/healthz"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.lower()
    assert "x-content-type-options: nosniff" in head and "cross-origin-resource-policy: same-origin" in head


def test_names_can_be_allowed_and_keys_make_names_irrelevant(make_server):
    named = make_server("named", arguments=["--allowed-hosts=gpu-box,traces.example.org"]).start()
    for host, status in (("gpu-box:8080", 200), ("traces.example.org", 200), ("other.example.org", 421)):
        assert requests.get(f"{named.url}/healthz", headers={"Host": host}, timeout=30).status_code == status
    keyed = make_server("keyed", arguments=["--require-keys"]).start()
    for headers in ({"Host": "other.example.org"}, {"X-Forwarded-For": "203.0.113.9"}):
        assert requests.get(f"{keyed.url}/healthz", headers=headers, timeout=30).status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "TRACE", "OPTIONS"])
def test_pages_that_can_only_be_read_say_so(server, method):
    for path in ("/", "/healthz", "/readyz", "/metrics"):
        response = requests.request(method, f"{server.url}{path}", timeout=30)
        assert (response.status_code, response.headers["allow"]) == (405, "GET, HEAD")


# Keys


def create_key(server, permission: str) -> tuple[str, str]:
    """A new key's text and id."""
    arguments = ["keys", "create", f"--data-dir={server.data_dir}", "--permission", permission, "--json"]
    made = json.loads(server.run(*arguments).stdout)
    made = made.get("data", made)
    return made["key"], made["id"]


@pytest.fixture(scope="module")
def keyed_server(tmp_path_factory):
    instance = Server(tmp_path_factory.mktemp("keyed") / "data", arguments=["--require-keys"])
    try:
        yield instance.start()
    finally:
        instance.close()


def test_strangers_learn_nothing_of_a_server_with_keys(keyed_server):
    (query, _), (ingest, _) = create_key(keyed_server, "query"), create_key(keyed_server, "ingest")
    for path in ("/metrics", "/"):
        assert requests.get(f"{keyed_server.url}{path}", timeout=30).status_code == 401
        for key, status in ((query, 200), (ingest, 403)):
            headers = {"x-api-key": key}
            wait_until(
                lambda path=path, headers=headers, status=status: (
                    requests.get(f"{keyed_server.url}{path}", headers=headers, timeout=30).status_code == status
                ),
                10,
                f"{status} at {path}",
            )
    assert requests.get(f"{keyed_server.url}/healthz", timeout=30).status_code == 200
    assert requests.get(f"{keyed_server.url}/readyz", timeout=30).status_code == 200


def test_metrics_are_public_when_asked(make_server):
    server = make_server(arguments=["--require-keys", "--metrics-public"]).start()
    assert requests.get(f"{server.url}/metrics", timeout=30).status_code == 200
    assert requests.get(f"{server.url}/api/v1/services", timeout=30).status_code == 401


def test_a_live_tail_ends_with_its_key(keyed_server):
    key, key_id = create_key(keyed_server, "query")
    headers = {"x-api-key": key}

    def tail():
        response = requests.get(f"{keyed_server.url}/api/v1/tail", headers=headers, stream=True, timeout=60)
        return response if response.status_code == 200 else None

    response = wait_until(tail, 10, "the tail to begin")
    lines = response.iter_lines()
    assert next(lines) == b""
    keyed_server.run("keys", "revoke", key_id, f"--data-dir={keyed_server.data_dir}")
    # The answer ends as a whole one; a test that waits for ever is ended by the time limit of the request.
    assert all(line == b"" for line in lines)


def test_readiness_is_cheap(server):
    """A flood of /readyz is answered from one check a second, and writes nothing."""

    def written() -> int:
        for line in pathlib.Path(f"/proc/{server.process.pid}/io").read_text().splitlines():
            if line.startswith("write_bytes:"):
                return int(line.split()[1])
        raise AssertionError("no write_bytes in /proc")

    assert server.is_ready()
    before, cpu = written(), cpu_seconds(server)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: server.get("/readyz").status_code, range(400)))
    assert set(answers) == {200}
    grown = written() - before
    report("readyz", written=f"{grown >> 10} KiB", cpu=f"{cpu_seconds(server) - cpu:.2f} s")
    # One write transaction each was 8 KiB and more.
    assert grown < 1 * MIB


def test_a_chunk_beyond_the_limit_is_refused_at_once(server):
    with socket.create_connection(address(server, server.otlp_port), timeout=30) as connection:
        connection.sendall(
            b"POST /v1/traces HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-protobuf\r\n"
            b"transfer-encoding: chunked\r\n\r\nffffffffffffff\r\n"
        )
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")
