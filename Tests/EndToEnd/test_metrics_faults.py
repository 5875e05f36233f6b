"""Crashes, sick disks, garbage and hostile queries under Prometheus' remote write: what was acknowledged stays."""

import concurrent.futures
import contextlib
import os
import pathlib
import random
import socket
import threading
import time
import urllib.parse

import pytest
import requests
from support.prometheus_api import answer, ask, now, vector
from support.remote_write import compress, headers, message, write
from support.server import Server, wait_until
from test_broken_store import broken_table, plain_metric
from test_faults import ROUNDS, small_disk  # noqa: F401

SERIES_PER_REQUEST = 50


def works(server) -> bool:
    """Whether the process runs, and a well-behaved client is served."""
    assert server.process.poll() is None, server.log[-2000:]
    name = f"works_{random.randrange(2**48)}"
    return write(server, [({"__name__": name}, [(now(), 1)])]).status_code == 204 and len(vector(server.url, name)) == 1


class Load:
    """Clients that each send the samples of their series in order, and remember what was acknowledged and what not."""

    def __init__(self, server, clients: list[str], first: int):
        self.server = server
        self.acknowledged: dict[str, list[int]] = {client: [] for client in clients}
        self.unanswered: list[tuple[str, int]] = []
        self.wrong: list[str] = []
        self.first = first
        self.running = True
        self.threads = [threading.Thread(target=self.send, args=[client]) for client in clients]
        for thread in self.threads:
            thread.start()

    @staticmethod
    def body(client: str, moment: int) -> bytes:
        names = [{"__name__": "load", "client": client, "n": str(n)} for n in range(SERIES_PER_REQUEST)]
        return compress(message([(name, [(moment, 1.0)]) for name in names]))

    def send(self, client: str):
        moment = self.first
        with requests.Session() as session:
            session.trust_env = False
            while self.running:
                moment += 1
                try:
                    status = post(session, self.server, self.body(client, moment)).status_code
                except requests.RequestException:
                    self.unanswered.append((client, moment))
                    return
                if status == 204:
                    self.acknowledged[client].append(moment)
                elif status != 503:
                    self.wrong.append(f"status {status}")

    @property
    def count(self) -> int:
        return sum(len(moments) for moments in self.acknowledged.values())

    def stop(self):
        self.running = False
        for thread in self.threads:
            thread.join()


def post(session, server, body: bytes, **fields: str) -> requests.Response:
    named = {name.replace("_", "-"): value for name, value in fields.items()}
    return session.post(f"{server.url}/api/v1/write", data=body, headers=headers() | named, timeout=60)


def counts(server, moment: int) -> dict[str, tuple[float, float]]:
    """How many series each client has, and how many samples all of its series."""
    seconds = moment / 1000
    series = vector(server.url, "count by (client) (last_over_time(load[1h]))", time=seconds)
    samples = vector(server.url, "sum by (client) (count_over_time(load[1h]))", time=seconds)
    assert series.keys() == samples.keys()
    return {client: (series[client], samples[client]) for client in series}


@pytest.mark.parametrize("sync", ["always", "interval"])
def test_acknowledged_samples_survive_kill_9_exactly_once(make_server, sync):
    """Goal: an acknowledgement means kept. Method: kill -9 at a random moment under load, start again, count.

    A client that got no answer sends the same bytes again, as Prometheus does; that must not make doubles, whether or
    not the first try was kept.
    """
    seed = int(os.environ.get("AXONIZE_SEED", time.time_ns() % 2**32))
    chance = random.Random(seed)
    print(f"seed {seed}")
    server = make_server(environment={"AXONIZE_INGEST_FSYNC": sync}).start()
    clients = ["a", "b", "c"]
    start = now() - 3_000_000
    total = dict.fromkeys(clients, 0)
    for number in range(ROUNDS):
        load = Load(server, clients, start + number * 500_000)
        wait_until(lambda load=load: load.count >= 60 or load.wrong, 60, "load")
        # Sometimes a question has begun a commit when the process ends, sometimes nothing is committed yet.
        if chance.random() < 0.5:
            vector(server.url, "count(load)")
        time.sleep(chance.uniform(0, 0.3))
        server.kill()
        load.stop()
        assert load.wrong == []
        server.start()
        with requests.Session() as session:
            session.trust_env = False
            for client, moment in load.unanswered:
                for _ in range(2):
                    assert post(session, server, Load.body(client, moment)).status_code == 204
                load.acknowledged[client].append(moment)
        for client, moments in load.acknowledged.items():
            total[client] += len(moments)
        expected = {
            f'{{"client": "{client}"}}': (SERIES_PER_REQUEST, SERIES_PER_REQUEST * count)
            for client, count in total.items()
        }
        assert counts(server, now()) == expected
    assert plain_metric(server, "axonize_journal_requests_lost_total") == 0
    assert plain_metric(server, "axonize_series ") == len(clients) * SERIES_PER_REQUEST
    print(f"{ROUNDS} kills, {sum(total.values())} requests of {SERIES_PER_REQUEST} samples")
    assert server.stop() == 0


@pytest.mark.parametrize("table", ["samples", "series"])
def test_samples_that_only_the_journal_has_are_replayed_once(make_server, table):
    server = make_server(environment={"AXONIZE_INGEST_FSYNC": "always"}).start()
    moment = now()
    with broken_table(server, table), requests.Session() as session:
        session.trust_env = False
        for index in range(20):
            # Each is sent twice, as after a lost response.
            for _ in range(2):
                assert post(session, server, Load.body("journal", moment + index // 2)).status_code == 204
        server.kill()
    server.start()
    expected = {'{"client": "journal"}': (SERIES_PER_REQUEST, SERIES_PER_REQUEST * 10)}
    assert counts(server, moment + 1000) == expected
    assert plain_metric(server, "axonize_journal_requests_lost_total") == 0
    assert server.stop() == 0
    server.start()
    assert counts(server, moment + 1000) == expected
    assert server.stop() == 0


def test_a_full_disk_refuses_samples_and_recovers(make_server, small_disk):  # noqa: F811
    server = make_server("small/data", environment={"AXONIZE_DISK_FREE_MIN": "48MiB"}).start()
    kept = [({"__name__": "kept"}, [(now(), 1)])]
    assert write(server, kept).status_code == 204
    assert len(vector(server.url, "kept")) == 1
    ballast = small_disk / "ballast"
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(b"\x00" * (1 << 20))

    def refused() -> bool:
        response = write(server, [({"__name__": "refused"}, [(now(), 1)])])
        return (
            response.status_code == 503 and response.headers["retry-after"] and "disk is almost full" in response.text
        )

    wait_until(refused, 60, "a refusal that names the disk")
    assert len(vector(server.url, "last_over_time(kept[1h])")) == 1, "queries go on"
    ballast.unlink()
    wait_until(lambda: write(server, [({"__name__": "after"}, [(now(), 1)])]).status_code == 204, 60, "recovery")
    assert len(vector(server.url, "after")) == 1
    assert server.stop() == 0


# Garbage

GOOD = message([({"__name__": "garbage"}, [(1, 1.0)])])


@pytest.mark.parametrize(
    ("body", "fields", "status", "words"),
    [
        pytest.param(compress(GOOD)[:-4], {}, 400, "snappy", id="snappy cut"),
        pytest.param(compress(GOOD)[:1], {}, 400, "snappy", id="snappy's length alone"),
        pytest.param(b"\xff" * 100, {}, 400, "snappy", id="no snappy"),
        pytest.param(GOOD, {}, 400, "snappy", id="not compressed"),
        pytest.param(b"\xff\xff\xff\xff\x0f" + bytes(100), {}, 413, "", id="announces 4 GiB"),
        pytest.param(compress(b"\xff" * 100), {}, 400, "prometheus.WriteRequest", id="no protobuf"),
        pytest.param(compress(GOOD[:-3]), {}, 400, "prometheus.WriteRequest", id="protobuf cut"),
        pytest.param(compress(b'{"timeseries": []}'), {}, 400, "prometheus.WriteRequest", id="JSON"),
        pytest.param(
            compress(GOOD), {"content_type": "application/json"}, 415, "application/x-protobuf", id="JSON type"
        ),
        pytest.param(compress(GOOD), {"content_type": "text/plain"}, 415, "application/x-protobuf", id="text type"),
        pytest.param(compress(GOOD), {"content_encoding": "br"}, 415, "snappy", id="brotli"),
        pytest.param(compress(bytes(128 << 20)), {}, 413, "", id="128 MiB of zeros"),
        pytest.param(os.urandom(1 << 20) * 80, {}, 413, "", id="80 MiB"),
    ],
)
def test_garbage_is_refused_and_named(server, body, fields, status, words):
    with requests.Session() as session:
        session.trust_env = False
        response = post(session, server, body, **fields)
    assert response.status_code == status, response.text
    assert words in response.text and len(response.text) > 10
    assert works(server)


@pytest.mark.parametrize(
    ("page", "content_type", "words"),
    [
        (b"up 1\nthis is no sample\n", "text/plain", "line 2"),
        (b"up{job=\"x} 1\n", "text/plain", "line 1"),
        (b"up \xff\n", "text/plain", "line 1"),
        (b"# TYPE up gauge\nup 1\n", "application/openmetrics-text", "EOF"),
        (b"up 1\n", "application/json", "text/plain"),
    ],
)  # fmt: skip
def test_pages_that_cannot_be_read_are_refused_whole(server, page, content_type, words):
    with requests.Session() as session:
        session.trust_env = False
        response = session.post(
            f"{server.url}/api/v1/import/prometheus", data=page, headers={"content-type": content_type}, timeout=30
        )
    assert response.status_code in (400, 415) and words in response.text, response.text
    assert vector(server.url, "up") == {}
    assert works(server)


def test_random_damage_is_answered_and_others_are_served(server):
    seed = int(os.environ.get("AXONIZE_SEED", time.time_ns() % 2**32))
    chance = random.Random(seed)
    print(f"seed {seed}")
    moment = now()
    good = message([({"__name__": "damaged", "n": str(n)}, [(moment, n)]) for n in range(20)])
    with requests.Session() as session:
        session.trust_env = False
        for _ in range(300):
            data = bytearray(good)
            for _ in range(chance.randrange(1, 6)):
                data[chance.randrange(len(data))] = chance.randrange(256)
            body = compress(bytes(data[: chance.randrange(1, len(data) + 1)]))
            if chance.random() < 0.2:
                body = body[: chance.randrange(1, len(body) + 1)]
            response = post(session, server, body)
            assert response.status_code in (204, 400, 413), f"seed {seed}: {response.status_code} {response.text}"
    assert works(server), f"seed {seed}"
    # Whatever was kept can be read by everything.
    for path, parameters in [
        ("query", {"query": '{__name__!=""}'}), ("series", {"match[]": '{__name__!=""}'}), ("labels", {}),
        ("label/__name__/values", {}), ("metadata", {}),
    ]:  # fmt: skip
        answer(server.url, path, **parameters)


# Queries


@pytest.fixture(scope="module")
def heavy(tmp_path_factory):
    """A server with 1,000 series of an hour, and when they end, in seconds."""
    server = Server(tmp_path_factory.mktemp("heavy") / "data", arguments=["--query-timeout=5m"]).start()
    try:
        end = now() // 1000 * 1000
        for first in range(0, 1_000, 200):
            series = [
                (
                    {"__name__": "heavy", "n": str(n), "host": f"host-{n % 50}"},
                    [(end - step * 10_000, float(n + step)) for step in range(360)],
                )
                for n in range(first, first + 200)
            ]
            assert write(server, series).status_code == 204
        assert vector(server.url, "sum(count_over_time(heavy[2h]))", time=end / 1000) == {"{}": 360_000}
        yield server, end // 1000
    finally:
        server.close()


def cpu_seconds(server) -> float:
    """What the process has used since it began."""
    fields = pathlib.Path(f"/proc/{server.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def share_of_a_core(server) -> float:
    began, used = time.monotonic(), cpu_seconds(server)
    time.sleep(0.5)
    return (cpu_seconds(server) - used) / (time.monotonic() - began)


def open_query(server, query: str, **parameters) -> socket.socket:
    """A connection that has asked and reads nothing yet."""
    target = f"/api/v1/query_range?{urllib.parse.urlencode({'query': query, **parameters})}"
    connection = socket.create_connection(("127.0.0.1", server.http_port), timeout=30)
    connection.sendall(f"GET {target} HTTP/1.1\r\nhost: localhost\r\n\r\n".encode())
    return connection


# A minute and more of one core.
LONG = "sum(quantile_over_time(0.5, rate(heavy[5m])[50m:1s]))"


def test_queries_whose_clients_have_gone_stop(heavy):
    server, end = heavy
    with contextlib.ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(open_query(server, LONG, start=end - 600, end=end, step=1))
        for _ in range(4):
            wait_until(lambda: share_of_a_core(server) > 0.3, 10, "the queries to be worked at")
    wait_until(lambda: share_of_a_core(server) < 0.2, 20, "the queries to end")
    assert works(server)


EVERYTHING = '{__name__=~".+"}'


@pytest.mark.parametrize(
    ("query", "step", "words"),
    [
        (EVERYTHING, 1, "that a response may have"),
        (f"sum(count_over_time({EVERYTHING}[1h]))", 1, ""),
        (f"sum by (n) (rate({EVERYTHING}[1h:1s]))", 1, ""),
        (f"{EVERYTHING} * on (n) group_left {EVERYTHING}", 1, ""),
        (f"quantile_over_time(0.5, {EVERYTHING}[1h])", 1, ""),
        (f"count_values('v', {EVERYTHING})", 1, ""),
        ("+".join(["heavy"] * 300), 60, "deeper than 256 levels"),
        ("max_over_time(" * 20 + "heavy" + "[1h:1s])" * 20, 60, ""),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_query_over_everything_is_answered_or_refused_in_bounds(heavy, query, step, words):
    server, end = heavy
    peak = server.resident_bytes()
    before = peak
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        pending = pool.submit(
            ask, server.url, "query_range", query=query, start=end - 3600, end=end, step=step, timeout=4
        )
        while not pending.done():
            peak = max(peak, server.resident_bytes())
            time.sleep(0.05)
        response = pending.result()
    grown = peak - before
    assert grown < 2 << 30, f"grew by {grown >> 20} MiB"
    if "that a response may have" in words:
        assert response.status_code == 422
    if response.status_code != 200:
        assert response.status_code in (400, 422, 503), response.text[:300]
        assert response.json()["status"] == "error" and words in response.json()["error"]
    assert works(server)


# Slow peers


def test_slow_senders_and_readers_do_not_hold_up_others(heavy):
    server, end = heavy
    body = compress(message([({"__name__": "slow", "n": str(n)}, [(end * 1000, n)]) for n in range(100)]))
    head = "POST /api/v1/write HTTP/1.1\r\nhost: localhost\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in headers().items())
    head += f"content-length: {len(body)}\r\n\r\n"
    before = server.resident_bytes()
    with contextlib.ExitStack() as stack:
        senders = []
        for _ in range(50):
            sender = stack.enter_context(socket.create_connection(("127.0.0.1", server.http_port), timeout=30))
            sender.sendall(head.encode() + body[:-1])
            senders.append(sender)
        for _ in range(8):
            # Each response has 20 MB.
            stack.enter_context(open_query(server, "heavy", start=end - 3600, end=end, step=10))
        for _ in range(5):
            assert works(server)
        grown = server.resident_bytes() - before
        assert grown < 1 << 30, f"grew by {grown >> 20} MiB"
        for sender in senders:
            sender.sendall(body[-1:])
        for sender in senders:
            assert sender.recv(100).startswith(b"HTTP/1.1 204")
    assert vector(server.url, "count(slow)", time=end) == {"{}": 100}
    assert works(server)
