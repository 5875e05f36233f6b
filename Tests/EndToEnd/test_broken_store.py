"""A store that breaks while the server runs: clients get a clear error, operators see it, and it recovers by itself."""

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
        reason = "traces: the store is unavailable: it reports an error, which is in the server's log"
        assert ready.json()["checks"]["ingest"] == f"{reason}; requests are acknowledged and wait in the journal"
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


def test_a_journal_on_a_disk_that_becomes_read_only_is_told_and_recovers(make_server):
    server = make_server().start()
    with read_only(server.data_dir / "journal"):
        wait_until(lambda: not server.is_ready(), 30, "a check of it")
        reason = server.get("/readyz").json()["checks"]["ingest"]
        assert reason.startswith(
            "the journal's disk is read-only; requests are acknowledged when their rows are stored"
        )
    wait_until(server.is_ready, 30, "readiness")
    assert server.stop() == 0


def large_trace(index: int) -> tuple[bytes, str]:
    """A request of 20 spans and 200 KiB, and its trace's id."""
    request, trace_id = telemetry.trace_request(SPAN_COUNT, attributes={"text": f"{index} " + "x" * 10_000})
    return request.SerializeToString(), trace_id


def push(server, count: int, senders: int = 8) -> list[str]:
    """Sends large traces at once, all of which MUST be acknowledged; their ids."""

    def send_one(index: int) -> str:
        body, trace_id = large_trace(index)
        response = telemetry.post(server, body, timeout=120)
        assert response.status_code == 200, response.text
        return trace_id

    with concurrent.futures.ThreadPoolExecutor(senders) as pool:
        return list(pool.map(send_one, range(count)))


def test_an_outage_beyond_memory_is_spooled_and_stored_once(make_server):
    """Goal: the journal holds what memory does not.

    Method: a queue of 4 MiB, 100 MiB of requests while the table is gone, load that goes on when it is back.
    """
    server = make_server(environment={"AXONIZE_INGEST_QUEUE": "4MiB"}).start()
    assert accepted(server)
    with broken_table(server, "spans"):
        before = server.resident_bytes()
        sent = push(server, 500)
        assert metric(server, "queue_bytes") <= 8 << 20
        assert plain_metric(server, "axonize_journal_requests_spooled_total") > 400
        assert plain_metric(server, "axonize_journal_requests_waiting") > 400
        grown = server.resident_bytes() - before
        assert grown < 300 << 20, f"grew by {grown >> 20} MiB"
        answer = server.get(f"/api/v1/traces/{sent[-1]}")
        assert answer.status_code == 503, "what waits on the disk is not called missing"
        warning = "warning: the store is not working; what was accepted recently may be missing."
        assert warning in server.run("services").stderr.splitlines()
    sent += push(server, 50)
    wait_until(lambda: plain_metric(server, "axonize_journal_requests_waiting") == 0, 120, "the spool to be stored")
    wait_until(lambda: metric(server, "queue_bytes") == 0, 60, "the rest to be stored")
    for trace_id in sent:
        assert_whole(server, trace_id)
    assert server.run("services").stderr == ""
    assert counted_spans(server) == (len(sent) + 1) * SPAN_COUNT
    assert plain_metric(server, "axonize_journal_requests_lost_total") == 0
    assert metric(server, "requests_refused_total") == 0
    assert server.stop() == 0


@pytest.mark.parametrize("end", ["kill", "stop"])
def test_a_restart_in_the_middle_of_an_outage_keeps_everything(make_server, end):
    server = make_server(environment={"AXONIZE_INGEST_QUEUE": "4MiB"}).start()
    sent = [accepted(server)]
    assert_whole(server, sent[0])
    # The table can be read and not written, also by the next process.
    folder = (server.data_dir / "engine/data/axonize/spans").resolve(strict=True)
    with read_only(folder):
        sent += push(server, 100)
        assert server.kill() is None if end == "kill" else server.stop() == 0
        server.spawn()
        wait_until(lambda: accepted_by_journal(server, sent), 60, "a start that does not wait for the store")
        sent += push(server, 100)
        assert plain_metric(server, "axonize_journal_requests_found_total") >= 100
        assert plain_metric(server, "axonize_journal_requests_waiting") > 100
    wait_until(lambda: plain_metric(server, "axonize_journal_requests_waiting") == 0, 120, "the spool to be stored")
    wait_until(lambda: metric(server, "queue_bytes") == 0, 60, "the rest to be stored")
    for trace_id in sent:
        assert_whole(server, trace_id)
    assert counted_spans(server) == len(sent) * SPAN_COUNT
    assert server.stop() == 0


def accepted_by_journal(server, sent: list[str]) -> bool:
    """Whether a server that has just been spawned takes a trace, which is added to the others."""
    with contextlib.suppress(requests.RequestException):
        trace_id = accepted(server)
        if trace_id is not None:
            sent.append(trace_id)
        return trace_id is not None
    return False


def test_a_full_journal_refuses_and_what_it_holds_is_stored(make_server):
    environment = {"AXONIZE_INGEST_QUEUE": "4MiB", "AXONIZE_INGEST_JOURNAL_BYTES": "16MiB"}
    server = make_server(environment=environment).start()
    sent = [accepted(server)]
    with broken_table(server, "spans"):
        refusals = []
        for index in range(200):
            body, trace_id = large_trace(index)
            response = telemetry.post(server, body, timeout=60)
            if response.status_code == 200:
                sent.append(trace_id)
            else:
                refusals.append(response)
        assert len(sent) > 50 and len(refusals) > 50
        for response in refusals:
            assert response.status_code == 503
            assert "the journal is full" in response.text
            assert int(response.headers["retry-after"]) >= 1
        assert metric(server, "requests_refused_total") == len(refusals)
        # The checks run once a second.
        reason = "requests are refused: the journal is full (16 MiB waiting to be stored)"
        wait_until(lambda: reason == server.get("/readyz").json()["checks"]["ingest"], 30, "a check of it")
        assert server.get("/readyz").status_code == 503
    wait_until(lambda: plain_metric(server, "axonize_journal_requests_waiting") == 0, 120, "the spool to be stored")
    sent.append(wait_until(lambda: accepted(server), 60, "recovery by itself"))
    for trace_id in sent:
        assert_whole(server, trace_id)
    assert server.stop() == 0


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
