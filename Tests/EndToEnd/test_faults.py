"""Crashes and sick disks: what was acknowledged is there afterwards, exactly once; what cannot be stored is refused."""

import contextlib
import os
import random
import signal
import subprocess
import threading
import time

import pytest
import requests
from support import telemetry
from support.server import wait_until

SPANS_PER_REQUEST = 100
ROUNDS = int(os.environ.get("AXONIZE_KILL_ROUNDS", "3"))


class Load:
    """Clients that send as fast as they can, retry what got no answer, and remember what was acknowledged."""

    def __init__(self, server, senders: int = 3):
        self.server = server
        self.acknowledged: list[str] = []
        self.unanswered: list[tuple[str, bytes]] = []
        self.wrong: list[str] = []
        self.running = True
        self.threads = [threading.Thread(target=self.send) for _ in range(senders)]
        for thread in self.threads:
            thread.start()

    def send(self):
        with requests.Session() as session:
            session.trust_env = False
            while self.running:
                request, trace_id = telemetry.trace_request(
                    SPANS_PER_REQUEST, attributes={"round": 1, "text": "x" * 50}
                )
                body = request.SerializeToString()
                try:
                    status = post(session, self.server, body)
                except requests.RequestException:
                    self.unanswered.append((trace_id, body))
                    return
                if status == 200:
                    self.acknowledged.append(trace_id)
                elif status != 503:
                    self.wrong.append(f"status {status}")

    def stop(self):
        self.running = False
        for thread in self.threads:
            thread.join()


def post(session, server, body: bytes) -> int:
    headers = {"content-type": "application/x-protobuf"}
    return session.post(f"{server.otlp_endpoint}/v1/traces", data=body, headers=headers, timeout=60).status_code


def assert_stored_once(server, trace_id: str):
    trace = server.trace(trace_id)
    assert trace is not None, f"the acknowledged trace {trace_id} is gone"
    ids = [span["span_id"] for span in trace["spans"]]
    assert len(ids) == SPANS_PER_REQUEST
    assert len(set(ids)) == SPANS_PER_REQUEST


def test_acknowledged_spans_survive_kill_9_exactly_once(make_server):
    """Goal: an acknowledgement means stored. Method: kill -9 at a random moment under load, start again, count.

    A client that got no answer sends the same bytes again, as the official exporters do; that must not make doubles,
    whether or not the first try was stored.
    """
    seed = int(os.environ.get("AXONIZE_SEED", time.time_ns() % 2**32))
    chance = random.Random(seed)
    print(f"seed {seed}")
    server = make_server().start()
    everything: list[str] = []
    unanswered = 0
    for _ in range(ROUNDS):
        load = Load(server)
        wait_until(lambda load=load: len(load.acknowledged) >= 20 or load.wrong, 60, "load")
        time.sleep(chance.uniform(0, 0.5))
        server.kill()
        load.stop()
        assert load.wrong == []
        unanswered += len(load.unanswered)
        server.start()
        with requests.Session() as session:
            session.trust_env = False
            for trace_id, body in load.unanswered:
                assert post(session, server, body) == 200
                load.acknowledged.append(trace_id)
        for trace_id in load.acknowledged:
            assert_stored_once(server, trace_id)
        everything += load.acknowledged
    for trace_id in chance.sample(everything, min(len(everything), 100)):
        assert_stored_once(server, trace_id)
    print(f"{ROUNDS} kills, {len(everything)} requests of {SPANS_PER_REQUEST} spans, {unanswered} of them sent again")
    assert server.stop() == 0


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGILL], ids=lambda number: number.name)
def test_a_crash_ends_the_process(make_server, number):
    """Goal: what supervises the server can start it again. The engine's own handlers would wait for ever."""
    server = make_server().start()
    request, trace_id = telemetry.trace_request(SPANS_PER_REQUEST)
    with requests.Session() as session:
        session.trust_env = False
        assert post(session, server, request.SerializeToString()) == 200
    server.process.send_signal(number)
    assert server.process.wait(60) == -number
    server.start()
    assert_stored_once(server, trace_id)
    assert server.stop() == 0


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 256 MiB in memory; only root can mount one."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256m", "tmpfs", str(folder)]
    result = subprocess.run(mount, capture_output=True, text=True)
    if result.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {result.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_refuses_and_recovers(make_server, small_disk):
    server = make_server("small/data", environment={"AXONIZE_DISK_FREE_MIN": "48MiB"}).start()
    request, kept = telemetry.trace_request(SPANS_PER_REQUEST)
    assert telemetry.post(server, request.SerializeToString()).status_code == 200
    assert_stored_once(server, kept)

    ballast = small_disk / "ballast"
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(b"\x00" * (1 << 20))

    def refused_for_the_disk():
        body = telemetry.trace_request(SPANS_PER_REQUEST)[0].SerializeToString()
        response = telemetry.post(server, body)
        return (
            response.status_code == 503 and response.headers["retry-after"] and "disk is almost full" in response.text
        )

    wait_until(refused_for_the_disk, 60, "a refusal that names the disk")
    assert server.get("/healthz").status_code == 200, "the service stays up"
    assert_stored_once(server, kept)

    ballast.unlink()

    def accepted():
        request, trace_id = telemetry.trace_request(SPANS_PER_REQUEST)
        return trace_id if telemetry.post(server, request.SerializeToString()).status_code == 200 else None

    assert_stored_once(server, wait_until(accepted, 60, "recovery by itself"))
    assert server.stop() == 0


def test_a_folder_that_cannot_be_written_is_named(make_server, tmp_path):
    # A file where the folder should be stops root too, which permissions would not.
    (tmp_path / "blocked").write_text("not a folder")
    server = make_server("blocked/data")
    server.log_path = tmp_path / "blocked.log"
    server.spawn()
    assert server.process.wait(30) not in (0, -6, -11)
    assert "blocked" in server.log, server.log


def test_a_read_only_folder_is_named(make_server, tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    if os.geteuid() == 0:
        mount = ["mount", "-t", "tmpfs", "-o", "ro,size=16m", "tmpfs", str(folder)]
        if subprocess.run(mount, capture_output=True).returncode != 0:
            pytest.skip("no file system can be mounted here, and root may write everywhere else")
    else:
        folder.chmod(0o500)
    try:
        server = make_server()
        server.spawn()
        assert server.process.wait(30) not in (0, -6, -11)
        assert str(folder) in server.log, server.log
        assert "read-only" in server.log.lower() or "permission" in server.log.lower() or "writ" in server.log.lower()
    finally:
        if os.geteuid() == 0:
            subprocess.run(["umount", "-l", str(folder)], check=True)
