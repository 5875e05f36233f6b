"""A store that breaks while the server runs: clients are told, operators see it, and it mends by itself."""

import concurrent.futures
import contextlib
import os
import subprocess
import time

import pytest
import requests
from support import telemetry
from support.server import wait_until

SPAN_COUNT = 20


def send(server) -> tuple[requests.Response, str]:
    """Sends a new trace; the answer and the trace's id."""
    request, trace_id = telemetry.trace_request(SPAN_COUNT)
    return telemetry.post(server, request.SerializeToString(), timeout=60), trace_id


def accepted(server) -> str | None:
    """Sends a new trace; its id if it was stored."""
    response, trace_id = send(server)
    assert response.status_code in (200, 503), response.text
    return trace_id if response.status_code == 200 else None


def metric(server, name: str, signal: str = "traces") -> float:
    prefix = f'axonize_ingest_{name}{{signal="{signal}"}} '
    (line,) = [line for line in server.get("/metrics").text.splitlines() if line.startswith(prefix)]
    return float(line.removeprefix(prefix))


def counted_spans(server) -> int:
    """What the derived tables say."""
    return sum(row["span_count"] for row in server.data("/api/v1/services", start="-1h"))


def plain_metric(server, name: str) -> float:
    return next(float(line.split()[1]) for line in server.get("/metrics").text.splitlines() if line.startswith(name))


def assert_whole(server, trace_id: str):
    assert len(server.trace(trace_id)["spans"]) == SPAN_COUNT


@contextlib.contextmanager
def read_only(folder):
    """Makes a folder read-only for everybody, root included, as a file system does after an error of its disk.

    A bind mount of the folder on itself: a file system with files that are open for writing cannot be made read-only.
    """
    if os.geteuid() != 0:
        pytest.skip("mounting needs root")
    result = subprocess.run(["mount", "--bind", folder, folder], capture_output=True, text=True)
    if result.returncode != 0:
        pytest.skip(f"nothing can be mounted here: {result.stderr.strip()}")
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", folder], check=True)
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


@contextlib.contextmanager
def broken_table(server, name: str):
    """Puts a file in the place of a table's folder, so that every insert into the table fails in the engine."""
    folder = (server.data_dir / "engine/data/axonize" / name).resolve(strict=True)
    aside = folder.with_name(f"{folder.name}-aside")
    folder.rename(aside)
    folder.write_text("not a folder")
    try:
        yield
    finally:
        folder.unlink()
        aside.rename(folder)


def test_a_folder_that_becomes_read_only_is_told_and_recovers(make_server):
    server = make_server().start()
    kept = accepted(server)
    assert_whole(server, kept)
    with read_only(server.data_dir):
        wait_until(lambda: "read-only" in send(server)[0].text, 30, "a refusal that names the cause")
        response, _ = send(server)
        assert response.status_code == 503
        assert response.headers["retry-after"]
        ready = server.get("/readyz")
        assert ready.status_code == 503
        assert "read-only" in ready.json()["checks"]["ingest"]
        assert server.get("/healthz").status_code == 200
        assert metric(server, "requests_refused_total") > 0
        assert_whole(server, kept)
    assert_whole(server, wait_until(lambda: accepted(server), 30, "recovery by itself"))
    wait_until(server.is_ready, 30, "readiness")
    assert server.stop() == 0


def test_an_engine_that_cannot_write_is_told_and_recovers(make_server):
    server = make_server().start()
    assert_whole(server, accepted(server))
    with broken_table(server, "spans"):
        response, waiting = send(server)
        assert response.status_code == 200, "the journal has it"
        # The table cannot be read either, and that is said instead of "not found".
        answer = server.get(f"/api/v1/traces/{waiting}")
        assert answer.status_code == 503 and answer.json()["code"] == "store_unavailable"
        ready = server.get("/readyz")
        assert ready.status_code == 503
        assert "traces: the store is unavailable" in ready.json()["checks"]["ingest"]
        assert metric(server, "commits_failed_total") >= 1
        assert metric(server, "commit_retries_total") >= 1
        assert metric(server, "queue_bytes") > 0
        assert "commit failed" in server.log
        assert server.get("/healthz").status_code == 200
        # Another signal has another table.
        assert telemetry.post(server, b"", path="/v1/logs").status_code == 200
    wait_until(lambda: metric(server, "queue_bytes") == 0, 30, "recovery by itself")
    assert_whole(server, waiting)
    assert_whole(server, accepted(server))
    # What the server says of itself may be a second old.
    wait_until(server.is_ready, 30, "the complaint to end with a commit that succeeds")
    assert server.stop() == 0


def test_memory_stays_bounded_while_the_engine_cannot_write(make_server):
    server = make_server(environment={"AXONIZE_INGEST_QUEUE": "16MiB"}).start()
    assert accepted(server)
    with broken_table(server, "spans"):
        body = telemetry.trace_request(2000, attributes={"text": "x" * 400})[0].SerializeToString()
        before = server.resident_bytes()

        def push(index: int) -> str:
            tail = b"\xc2\x3e\x04" + index.to_bytes(4, "little")
            response = telemetry.post(server, body + tail, timeout=120)
            assert response.status_code in (200, 503), response.text
            return response.text if response.status_code == 503 else ""

        with concurrent.futures.ThreadPoolExecutor(32) as pool:
            texts = list(pool.map(push, range(200)))
        assert any("queue is full" in text for text in texts)
        assert "" in texts, "the journal takes what fits into memory"
        grown = server.resident_bytes() - before
        assert grown < 400 << 20, f"grew by {grown >> 20} MiB"
        assert metric(server, "queue_bytes") <= 24 << 20
    wait_until(lambda: metric(server, "queue_bytes") == 0, 60, "recovery by itself")
    assert_whole(server, accepted(server))


def test_spans_whose_roll_up_fails_are_whole_all_the_same(make_server):
    server = make_server().start()
    with broken_table(server, "span_minutes_staging"):
        response, trace_id = send(server)
        assert response.status_code == 200, "its spans are stored"
        wait_until(lambda: "roll-up failed" in server.log, 30, "a warning")
        assert_whole(server, trace_id)
        assert counted_spans(server) == SPAN_COUNT
    # The next roll-up takes them, once.
    assert accepted(server)
    wait_until(lambda: plain_metric(server, "axonize_rollup_lag_seconds") == 0, 30, "the roll-up")
    assert counted_spans(server) == 2 * SPAN_COUNT
    assert server.stop() == 0
    server.start()
    assert counted_spans(server) == 2 * SPAN_COUNT
    assert server.stop() == 0


def test_logs_that_are_sent_again_are_stored_once_also_after_a_crash(make_server):
    logs = pytest.importorskip("opentelemetry.proto.logs.v1.logs_pb2")
    service = pytest.importorskip("opentelemetry.proto.collector.logs.v1.logs_service_pb2")

    def request(text: str, **times) -> bytes:
        record = logs.LogRecord(body=telemetry.any_value(text), **times)
        scope = logs.ScopeLogs(log_records=[record])
        return service.ExportLogsServiceRequest(
            resource_logs=[logs.ResourceLogs(scope_logs=[scope])]
        ).SerializeToString()

    def bodies(server) -> list[str]:
        return sorted(row["body"] for row in server.data("/api/v1/logs", start="2020-01-01T00:00:00Z"))

    server = make_server().start()
    timed = request("timed", observed_time_unix_nano=time.time_ns())
    untimed = request("untimed")
    for body in (timed, timed, untimed, untimed):
        assert telemetry.post(server, body, path="/v1/logs").status_code == 200
    assert bodies(server) == ["timed", "untimed", "untimed"]
    server.kill()
    server.start()
    for body in (timed, untimed):
        assert telemetry.post(server, body, path="/v1/logs").status_code == 200
    assert bodies(server) == ["timed", "untimed", "untimed", "untimed"]
