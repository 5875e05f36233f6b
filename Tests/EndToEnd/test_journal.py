"""The journal of acknowledged requests: what was acknowledged survives crashes, power failures and damage, once."""

import contextlib
import os
import random
import signal
import subprocess
import time

import pytest
import requests
from support import telemetry
from support.server import BINARY, clean_environment, wait_until
from test_broken_store import broken_table, plain_metric
from test_faults import SPANS_PER_REQUEST, Load, assert_stored_once, post

ROUNDS = int(os.environ.get("AXONIZE_KILL_ROUNDS", "3"))
HEADER_BYTES = 64


def segments(server) -> list:
    return sorted((server.data_dir / "journal").glob("*.journal"))


def send(server) -> str:
    """Sends a new trace that MUST be acknowledged; its id."""
    request, trace_id = telemetry.trace_request(SPANS_PER_REQUEST)
    response = telemetry.post(server, request.SerializeToString())
    assert response.status_code == 200, response.text
    return trace_id


def frames(segment) -> list[tuple[int, int]]:
    """Where the frames of a segment begin and end. docs/adr/0014-journal.md has the layout."""
    data = segment.read_bytes()
    found, offset = [], HEADER_BYTES
    while offset < len(data):
        assert data[offset : offset + 8] == data[32:40], "a frame begins with the marker of its segment"
        end = offset + 32 + int.from_bytes(data[offset + 8 : offset + 12], "little")
        found.append((offset, end))
        offset = end
    assert offset == len(data)
    return found


@contextlib.contextmanager
def uncommitted(server):
    """Keeps the engine from storing spans, so that what is acknowledged is in the journal alone when the block ends."""
    with broken_table(server, "spans"):
        yield
        server.kill()


@pytest.mark.parametrize("sync", ["always", "interval", "never"])
def test_acknowledged_spans_survive_kill_9_under_load_exactly_once(make_server, sync):
    seed = int(os.environ.get("AXONIZE_SEED", time.time_ns() % 2**32))
    chance = random.Random(seed)
    print(f"seed {seed}")
    server = make_server(environment={"AXONIZE_INGEST_FSYNC": sync}).start()
    for _ in range(ROUNDS):
        load = Load(server)
        wait_until(lambda load=load: len(load.acknowledged) >= 20 or load.wrong, 60, "load")
        # Sometimes a question has begun a commit when the process ends, sometimes nothing is committed yet.
        if chance.random() < 0.5:
            server.trace(load.acknowledged[0])
        time.sleep(chance.uniform(0, 0.3))
        server.kill()
        load.stop()
        assert load.wrong == []
        server.start()
        with requests.Session() as session:
            session.trust_env = False
            for trace_id, body in load.unanswered:
                assert post(session, server, body) == 200
                load.acknowledged.append(trace_id)
        for trace_id in load.acknowledged:
            assert_stored_once(server, trace_id)
    assert plain_metric(server, "axonize_journal_requests_lost_total") == 0
    assert server.stop() == 0
    assert segments(server) == [], "a server that was stopped leaves nothing to replay"


def test_a_journal_cut_anywhere_keeps_every_whole_request(make_server):
    """Goal: what a power failure leaves of a file is used. Method: cut it at random bytes, count what lies before."""
    seed = int(os.environ.get("AXONIZE_SEED", time.time_ns() % 2**32))
    chance = random.Random(seed)
    print(f"seed {seed}")
    server = make_server(environment={"AXONIZE_INGEST_FSYNC": "always"}).start()
    for _ in range(ROUNDS):
        with uncommitted(server):
            sent = [send(server) for _ in range(5)]
        (segment,) = segments(server)
        places = frames(segment)
        assert len(places) == len(sent)
        size = chance.randrange(HEADER_BYTES, places[-1][1] + 1)
        os.truncate(segment, size)
        server.start()
        for trace_id, (_, end) in zip(sent, places, strict=True):
            if end <= size:
                assert_stored_once(server, trace_id)
            else:
                assert server.trace(trace_id) is None
        assert plain_metric(server, "axonize_journal_damaged_places_total") == 0
        assert server.stop() == 0
        server.start()
    assert server.stop() == 0


@pytest.mark.parametrize("place", ["frame header", "body", "segment header"])
def test_a_flipped_bit_costs_its_request_alone_and_is_reported(make_server, place):
    server = make_server().start()
    with uncommitted(server):
        sent = [send(server) for _ in range(5)]
    (segment,) = segments(server)
    data = bytearray(segment.read_bytes())
    begin, end = frames(segment)[2]
    offset = {"frame header": begin + 9, "body": (begin + end) // 2, "segment header": 20}[place]
    data[offset] ^= 0x10
    segment.write_bytes(data)
    server.start()
    lost = [] if place == "segment header" else [sent[2]]
    for trace_id in sent:
        if trace_id in lost:
            assert server.trace(trace_id) is None
        else:
            assert_stored_once(server, trace_id)
    assert plain_metric(server, "axonize_journal_damaged_places_total") == 1
    assert plain_metric(server, "axonize_journal_requests_lost_total") == len(lost)
    assert "the journal is damaged" in server.log
    assert server.stop() == 0
    assert segments(server) == []
    assert list((server.data_dir / "journal/refused").glob("*.damaged")), "the damaged file is kept for inspection"
    doctor = subprocess.run(
        [BINARY, "doctor", f"--data-dir={server.data_dir}"], capture_output=True, text=True, env=clean_environment({})
    )
    assert "1 damaged segment of the journal kept in" in doctor.stdout


def test_a_deleted_segment_is_reported(make_server):
    server = make_server(environment={"AXONIZE_INGEST_QUEUE": "512MiB"}).start()
    with uncommitted(server):
        first = send(server)
        # Larger than a segment together.
        filler = telemetry.trace_request(2000, attributes={"text": "x" * 400})[0].SerializeToString()
        for index in range(150):
            tail = b"\xc2\x3e\x04" + index.to_bytes(4, "little")
            assert telemetry.post(server, filler + tail, timeout=60).status_code == 200
        last = send(server)
    files = segments(server)
    assert len(files) >= 3
    gone = len(frames(files[1]))
    files[1].unlink()
    server.start()
    assert_stored_once(server, first)
    assert_stored_once(server, last)
    assert plain_metric(server, "axonize_journal_requests_lost_total") == gone
    assert server.stop() == 0


@contextlib.contextmanager
def small_file_system(folder, size: str):
    """Mounts a file system of a size in memory on a folder; only root can."""
    if os.geteuid() != 0:
        pytest.skip("mounting needs root")
    folder.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    result = subprocess.run(mount, capture_output=True, text=True)
    if result.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {result.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_under_the_journal_loses_nothing(make_server):
    """Goal: what the journal cannot take is answered by its commit, or refused. Method: a journal's disk of 1 MiB."""
    server = make_server()
    body = {"text": "x" * 2_000}

    def attempt() -> tuple[int, str]:
        request, trace_id = telemetry.trace_request(SPANS_PER_REQUEST, attributes=body)
        return telemetry.post(server, request.SerializeToString(), timeout=60).status_code, trace_id

    with small_file_system(server.data_dir / "journal", "1m"):
        server.start()
        sent = []
        for _ in range(10):
            status, trace_id = attempt()
            assert status == 200
            sent.append(trace_id)
        failures = plain_metric(server, "axonize_journal_write_failures_total")
        assert failures > 0, "the disk is too small for all of them"
        for trace_id in sent:
            assert_stored_once(server, trace_id)
        with broken_table(server, "spans"):
            kept = []
            for _ in range(10):
                status, trace_id = attempt()
                assert status in (200, 503)
                if status == 200:
                    kept.append(trace_id)
            assert len(kept) < 10, "neither the disk nor the store has them"
            reason = "no request can be acknowledged: the journal's disk is full, and rows cannot be stored: traces: "
            wait_until(lambda: reason in server.get("/readyz").json()["checks"]["ingest"], 30, "a check of it")
            assert server.get("/readyz").status_code == 503
            server.kill()
        server.start()
        for trace_id in sent + kept:
            assert_stored_once(server, trace_id)
        assert plain_metric(server, "axonize_journal_damaged_places_total") == 0, "half a frame was left behind"
        assert plain_metric(server, "axonize_journal_requests_lost_total") == 0
        assert server.stop() == 0


def test_two_data_directories_cannot_share_a_journal(make_server):
    first = make_server("first").start()
    second = make_server("second")
    second.data_dir.mkdir()
    (second.data_dir / "journal").symlink_to(first.data_dir / "journal")
    second.spawn()
    assert second.process.wait(60) == 1
    assert "is in use by another process" in second.log
    assert_stored_once(first, send(first))
    assert first.stop() == 0


def test_segments_of_another_version_or_folder_are_not_touched(make_server, tmp_path):
    server = make_server("data").start()
    other = make_server("other").start()
    with uncommitted(server):
        trace_id = send(server)
    with uncommitted(other):
        send(other)
    (segment,) = segments(server)
    (foreign,) = segments(other)
    kept = segment.read_bytes()
    for content, reason in [(foreign.read_bytes(), "another data directory"), (newer(kept), "has version 2")]:
        segment.write_bytes(content)
        server.spawn()
        assert server.process.wait(60) == 1
        assert reason in server.log
        assert segment.read_bytes() == content
    segment.write_bytes(kept)
    server.start()
    assert_stored_once(server, trace_id)
    assert server.stop() == 0


def newer(segment: bytes) -> bytes:
    """The same segment as a later version would write it."""
    import zlib

    header = segment[:8] + (2).to_bytes(4, "little") + segment[12:60]
    return header + zlib.crc32(header).to_bytes(4, "little") + segment[64:]


def test_a_retry_of_what_the_journal_holds_is_stored_once(make_server):
    server = make_server().start()
    request, trace_id = telemetry.trace_request(SPANS_PER_REQUEST)
    body = request.SerializeToString()
    with uncommitted(server):
        for _ in range(2):
            assert telemetry.post(server, body).status_code == 200
    (segment,) = segments(server)
    copy = segment.read_bytes()
    server.start()
    assert telemetry.post(server, body).status_code == 200
    assert_stored_once(server, trace_id)
    # As if the process had ended between the commit and the removal from the journal.
    server.kill()
    segment.write_bytes(copy)
    server.start()
    assert_stored_once(server, trace_id)
    assert plain_metric(server, "axonize_journal_requests_found_total") == 1
    assert plain_metric(server, "axonize_journal_requests_replayed_total") == 0
    assert server.stop() == 0


def test_logs_without_a_time_and_spans_of_several_days_are_replayed_once(make_server):
    logs = pytest.importorskip("opentelemetry.proto.logs.v1.logs_pb2")
    service = pytest.importorskip("opentelemetry.proto.collector.logs.v1.logs_service_pb2")
    record = logs.LogRecord(body=telemetry.any_value("untimed"))
    untimed = service.ExportLogsServiceRequest(
        resource_logs=[logs.ResourceLogs(scope_logs=[logs.ScopeLogs(log_records=[record])])]
    ).SerializeToString()
    request, trace_id = telemetry.trace_request(SPANS_PER_REQUEST)
    day = 86_400 * 10**9
    for index, span in enumerate(request.resource_spans[0].scope_spans[0].spans):
        span.start_time_unix_nano -= (index % 3) * day
        span.end_time_unix_nano = span.start_time_unix_nano + 1000
    days = request.SerializeToString()

    def bodies(server) -> list[str]:
        return [row["body"] for row in server.data("/api/v1/logs", start="-1h")]

    server = make_server().start()
    for _ in range(2):
        assert telemetry.post(server, untimed, path="/v1/logs").status_code == 200
    assert telemetry.post(server, days).status_code == 200
    # Both are stored by the questions, and still in the journal.
    assert bodies(server) == ["untimed", "untimed"]
    assert_stored_once(server, trace_id)
    server.kill()
    server.start()
    assert plain_metric(server, "axonize_journal_requests_found_total") == 3
    assert plain_metric(server, "axonize_journal_requests_replayed_total") == 0
    assert bodies(server) == ["untimed", "untimed"]
    assert_stored_once(server, trace_id)
    assert telemetry.post(server, days).status_code == 200
    assert_stored_once(server, trace_id)
    count = sum(row["span_count"] for row in server.data("/api/v1/services", start="-7d"))
    assert count == SPANS_PER_REQUEST
    assert server.stop() == 0


def test_a_question_right_after_the_acknowledgement_sees_the_spans(make_server):
    server = make_server().start()

    def rest(trace_id):
        return len(server.trace(trace_id)["spans"])

    def search(trace_id):
        rows = server.data("/api/v1/traces", start="-1h", limit=500)
        return SPANS_PER_REQUEST if trace_id in {row["trace_id"] for row in rows} else 0

    def jaeger(trace_id):
        return len(server.get(f"/jaeger/api/traces/{trace_id}").json()["data"][0]["spans"])

    def tempo(trace_id):
        batches = server.get(f"/tempo/api/traces/{trace_id}").json()["batches"]
        scopes = [scope for batch in batches for scope in batch.get("scopeSpans", [])]
        return sum(len(scope["spans"]) for scope in scopes)

    for index in range(20):
        ask = [rest, search, jaeger, tempo][index % 4]
        trace_id = send(server)
        assert ask(trace_id) == SPANS_PER_REQUEST, ask.__name__
    total = sum(row["span_count"] for row in server.data("/api/v1/services", start="-1h"))
    assert total == 20 * SPANS_PER_REQUEST, "derived tables count what waits"
    assert server.stop() == 0


def test_a_question_about_yesterday_commits_nothing_of_now_but_sees_late_spans(make_server):
    server = make_server().start()
    day = 86_400 * 10**9

    def yesterday() -> list[str]:
        return [row["trace_id"] for row in server.data("/api/v1/traces", start="-30h", end="-20h")]

    def commits() -> float:
        return plain_metric(server, 'axonize_ingest_commits_total{signal="traces"}')

    before = commits()
    send(server)
    assert yesterday() == []
    services = server.data("/api/v1/services", start="-30h", end="-20h")
    assert services == [] and commits() == before, "nothing that waits is of yesterday"
    request, late = telemetry.trace_request(SPANS_PER_REQUEST)
    for span in request.resource_spans[0].scope_spans[0].spans:
        span.start_time_unix_nano -= day
        span.end_time_unix_nano -= day
    assert telemetry.post(server, request.SerializeToString()).status_code == 200
    assert yesterday() == [late]
    assert commits() > before
    assert server.stop() == 0


def test_a_live_tail_shows_spans_soon(make_server):
    server = make_server().start()
    with server.session.get(f"{server.url}/api/v1/tail", stream=True, timeout=30) as response:
        lines = response.iter_lines(chunk_size=1)
        next(lines)
        trace_id = send(server)
        began = time.monotonic()
        line = next(line for line in lines if line)
        assert trace_id in line.decode()
        assert time.monotonic() - began < 8, "the engine would get it after ten seconds by itself"
    assert server.stop() == 0


def test_what_cannot_be_stored_is_not_called_missing(make_server):
    server = make_server().start()
    old = send(server)
    assert_stored_once(server, old)
    with broken_table(server, "resources"):
        request, trace_id = telemetry.trace_request(1, service=f"new-{time.time_ns()}")
        assert telemetry.post(server, request.SerializeToString()).status_code == 200
        response = server.get(f"/api/v1/traces/{trace_id}")
        assert response.status_code == 503
        assert server.get("/readyz").status_code == 503
    wait_until(lambda: server.trace(trace_id), 30, "the spans once the store works again")
    assert server.stop() == 0


def test_a_stop_by_sigterm_stores_what_waits(make_server):
    server = make_server().start()
    sent = [send(server) for _ in range(3)]
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(60) == 0
    assert segments(server) == []
    server.start()
    assert plain_metric(server, "axonize_journal_requests_found_total") == 0
    for trace_id in sent:
        assert_stored_once(server, trace_id)
    assert server.stop() == 0
