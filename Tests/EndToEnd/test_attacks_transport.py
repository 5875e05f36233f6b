"""Attacks on the transport by strangers and by web pages, scaled down: memory stays bounded, others are served.

Each was once seen to take gigabytes or tens of seconds. The bounds here are far above what a sound server needs and far
below what a broken one takes.
"""

import contextlib
import pathlib
import resource
import select
import socket
import threading
import time

import pytest
import requests
from support import http2, telemetry
from support.network import NetworkFixture
from support.server import free_ports, wait_until

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
    """HTTP/2: a peer that lets no answer out holds what a connection may hold, 128 MiB, and no more."""
    request, trace_id = telemetry.trace_request(5000, attributes={"text": "x" * 400})
    assert telemetry.post(server, request.SerializeToString()).status_code == 200
    before = server.resident_bytes()
    peak = held = 0
    with http2.connect(address(server), window=0) as connection, bystander(server):
        # 80 answers of 5 MiB.
        for stream in range(1, 161, 2):
            block = http2.request(f"/api/v1/traces/{trace_id}", authority="localhost")
            connection.sendall(http2.headers(stream, block))
        for _ in range(16):
            time.sleep(0.5)
            peak = max(peak, server.resident_bytes() - before)
            held = max(held, held_bytes(server))
        report("shut window", grown=f"{peak >> 20} MiB", held=f"{held >> 20} MiB")
    assert held <= 128 * MIB
    # Without the limit it was 512 MiB.
    assert peak < 340 * MIB
    wait_until(lambda: held_bytes(server) < MIB, 30, "the memory to be given back")


def held_bytes(server) -> int:
    for line in server.get("/metrics").text.splitlines():
        if line.startswith("axonize_http_held_bytes "):
            return int(float(line.split()[1]))
    raise AssertionError("no axonize_http_held_bytes")


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


def test_a_second_server_on_the_same_folder_is_told_that_one_runs_already(make_server):
    first = make_server("first").start()
    second = make_server("first")
    second.log_path = first.log_path.with_name("second.log")
    second.http_port = first.http_port
    second.spawn()
    assert second.process.wait(30) == 1
    assert f"already running with the data directory {first.data_dir}: process {first.process.pid}" in second.log
    assert "take_over" not in second.log


def test_a_port_of_another_program_is_not_offered_to_be_shared(make_server):
    with socket.create_server(("127.0.0.1", 0)) as other:
        server = make_server()
        server.http_port = other.getsockname()[1]
        server.spawn()
        assert server.process.wait(30) == 1
        assert "choose another address (--http)" in server.log
        assert "take_over" not in server.log


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


def test_a_chunk_beyond_the_limit_is_refused_at_once(server):
    with socket.create_connection(address(server, server.otlp_port), timeout=30) as connection:
        connection.sendall(
            b"POST /v1/traces HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-protobuf\r\n"
            b"transfer-encoding: chunked\r\n\r\nffffffffffffff\r\n"
        )
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")
