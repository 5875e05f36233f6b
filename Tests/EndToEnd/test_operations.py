"""What operators rely on: health, metrics, start and stop, what the binary needs."""

import signal
import socket
import subprocess
import threading

import pytest
import requests
from support import telemetry
from support.server import BINARY, ROOT, wait_until


def test_the_binary_needs_neither_foundation_nor_a_toolchain():
    libraries = subprocess.run(["ldd", str(BINARY)], check=True, capture_output=True, text=True).stdout
    assert "not found" not in libraries
    assert "Foundation" not in libraries
    assert "swift" not in libraries.lower()
    assert "python" not in libraries.lower()


def test_health_is_told(server):
    assert server.get("/healthz").status_code == 200
    ready = server.get("/readyz")
    assert ready.status_code == 200
    text = ready.text.lower()
    assert "store" in text or "engine" in text, "readiness names what it checked"


def test_metrics_pass_promtool(server):
    request, _ = telemetry.trace_request(7)
    assert telemetry.post(server, request.SerializeToString()).status_code == 200
    response = server.get("/metrics")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain")
    promtool = ROOT / ".deps/tools/usr/bin/promtool"
    result = subprocess.run([promtool, "check", "metrics"], input=response.content, capture_output=True, timeout=30)
    assert (result.returncode, result.stdout + result.stderr) == (0, b"")


def test_an_unknown_path_is_a_problem_document(server):
    response = server.get("/api/v1/nothing")
    assert response.status_code == 404
    assert response.headers["content-type"].startswith("application/problem+json")
    assert response.json()["code"]


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/nothing", "/api/v1/traces/xyz", "/api/v1/services?x=1"])
def test_every_problem_document_has_the_same_form(server, path):
    response = server.get(path, headers={"x-request-id": "mine-1"})
    problem = response.json()
    assert problem["type"] == f"urn:axonize:problem:{problem['code']}"
    assert problem["title"][0].isupper()
    assert problem["status"] == response.status_code
    assert problem["instance"] == path.split("?")[0]
    assert problem["request_id"] == "mine-1"


def test_a_request_that_is_refused_by_its_head_has_a_problem_document(server):
    problem = server.get("/" + "x" * 100_000).json()
    assert problem["type"] == f"urn:axonize:problem:{problem['code']}"
    assert problem["title"] and problem["detail"]


@pytest.mark.parametrize("signal", ["trace", "metric", "log"])
@pytest.mark.parametrize("port", ["http_port", "otlp_port"])
def test_an_export_to_a_misspelt_path_is_told_the_right_one(server, signal, port):
    response = requests.post(f"http://127.0.0.1:{getattr(server, port)}/v1/{signal}", data=b"", timeout=30)
    assert response.status_code == 404
    assert f"/v1/{signal}s." in response.json()["detail"]


def test_the_port_for_otlp_tells_where_the_api_is(server):
    response = requests.get(f"http://127.0.0.1:{server.otlp_port}/api/v1/traces", timeout=30)
    assert response.status_code == 404
    assert "The REST API is at another port, 8080 by default" in response.json()["detail"]


def test_tls_to_a_plain_port_is_told_to_the_log_once(make_server):
    server = make_server(arguments=["--limits-header-timeout=5m", "--event-loops=1"]).start()
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", server.http_port), timeout=30) as connection:
            connection.sendall(b"\x16\x03\x01\x02\x00\x01")
            assert connection.recv(100) == b""
    assert "axonize_http_connections_wrong_protocol_total 3" in server.get("/metrics").text
    assert server.log.count("a client spoke TLS to a port without") == 1


def test_a_folder_that_cannot_be_used_is_told_with_its_cause_once(make_server, tmp_path):
    (tmp_path / "file").write_text("")
    server = make_server(data_dir_argument=str(tmp_path / "file/data")).spawn()
    assert server.process.wait(30) == 1
    assert server.log.count("Not a directory") == 1, server.log


def test_a_restart_keeps_everything(make_server):
    server = make_server().start()
    request, trace_id = telemetry.trace_request(20, attributes={"n": 1})
    assert telemetry.post(server, request.SerializeToString()).status_code == 200
    before = server.trace(trace_id)
    assert server.stop() == 0
    server.start()
    assert server.trace(trace_id) == before
    assert server.stop() == 0


def test_a_second_server_on_the_same_folder_is_refused(make_server):
    first = make_server().start()
    second = make_server()
    second.log_path = first.log_path.with_name("second.log")
    second.spawn()
    assert second.process.wait(30) != 0
    assert str(second.data_dir) in second.log, second.log
    assert first.is_ready()
    request, trace_id = telemetry.trace_request()
    assert telemetry.post(first, request.SerializeToString()).status_code == 200
    assert first.trace(trace_id)


def test_a_taken_port_is_named(make_server):
    server = make_server()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", server.http_port))
        taken.listen()
        server.spawn()
        assert server.process.wait(30) != 0
    assert str(server.http_port) in server.log, server.log


def test_stopping_under_load_loses_nothing_acknowledged(make_server):
    server = make_server().start()
    acknowledged = []
    failures = []
    stopping = threading.Event()

    def send():
        with requests.Session() as session:
            session.trust_env = False
            while True:
                request, trace_id = telemetry.trace_request(50)
                try:
                    response = session.post(
                        f"{server.otlp_endpoint}/v1/traces",
                        data=request.SerializeToString(),
                        headers={"content-type": "application/x-protobuf"},
                        timeout=30,
                    )
                except requests.RequestException:
                    if not stopping.is_set():
                        failures.append("a request failed before the stop")
                    return
                if response.status_code == 200:
                    acknowledged.append(trace_id)
                elif response.status_code == 503 and stopping.is_set():
                    return
                else:
                    failures.append(f"{response.status_code} {response.text}")
                    return

    senders = [threading.Thread(target=send) for _ in range(4)]
    for sender in senders:
        sender.start()
    wait_until(lambda: len(acknowledged) >= 40 or failures, 30, "load")
    stopping.set()
    assert server.stop() == 0
    for sender in senders:
        sender.join()
    assert failures == []
    server.start()
    for trace_id in acknowledged:
        assert len(server.trace(trace_id)["spans"]) == 50


def test_a_stop_ends_live_tails_as_whole_responses(make_server):
    server = make_server().start()
    with server.session.get(f"{server.url}/api/v1/tail", stream=True, timeout=60) as tail:
        lines = tail.iter_lines()
        assert next(lines) == b""
        server.process.send_signal(signal.SIGTERM)
        # A response that is cut would raise: its last chunk is missing.
        assert all(line == b"" for line in lines)
    assert server.process.wait(60) == 0


def test_a_stop_ends_idle_connections(make_server):
    server = make_server().start()
    with socket.create_connection(("127.0.0.1", server.http_port)) as idle:
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(30) == 0
        idle.settimeout(5)
        assert idle.recv(1) == b""


def test_the_api_describes_itself(server):
    document = server.get("/api/v1/openapi.json")
    assert document.status_code == 200
    assert document.json()["openapi"].startswith("3.1")
    assert document.json()["servers"][0]["url"] == "/api/v1"
    assert "/traces/{trace_id}" in document.json()["paths"]


@pytest.mark.parametrize("arguments", [["serve", "--no-such-flag"], ["nonsense"], ["trace"]])
def test_a_wrong_command_line_is_explained(arguments):
    result = subprocess.run([str(BINARY), *arguments], capture_output=True, text=True, timeout=30)
    assert result.returncode not in (0, -6, -11)
    assert result.stderr.strip()
    assert result.stdout == ""


def test_a_client_without_a_server_says_what_to_do():
    result = subprocess.run(
        [str(BINARY), "traces", "--server", "http://127.0.0.1:1"], capture_output=True, text=True, timeout=30
    )
    assert result.returncode != 0
    assert "127.0.0.1:1" in result.stderr
