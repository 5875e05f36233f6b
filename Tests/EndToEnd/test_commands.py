"""The commands that ask a server, as a user runs them: what they print, and their exit codes."""

import http.server
import json
import select
import threading
import time

import pytest
from support import telemetry

SERVICE = "commands"


@pytest.fixture(scope="module")
def filled(server):
    """A server with a trace of a session, a log record and a metric; the trace's id is its attribute."""
    request, trace_id = telemetry.trace_request(
        2,
        service=SERVICE,
        attributes={
            "gen_ai.operation.name": "chat",
            "gen_ai.request.model": "llama-3",
            "gen_ai.usage.input_tokens": 11805,
            "gen_ai.conversation.id": "session-of-commands",
            "user.id": "user-of-commands",
        },
    )
    assert telemetry.post(server, request.SerializeToString()).status_code == 200
    now = time.time_ns()
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": SERVICE}}]}
    record = {
        "timeUnixNano": str(now),
        "severityNumber": 17,
        "body": {"stringValue": "it broke"},
        "traceId": trace_id,
        "attributes": [{"key": "part", "value": {"stringValue": "cache"}}],
    }
    points = [{"timeUnixNano": str(now - second * 10**9), "asDouble": float(second)} for second in range(5)]
    metric = {"name": "commands.power", "unit": "W", "gauge": {"dataPoints": points}}
    for path, body in (
        ("logs", {"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": [record]}]}]}),
        ("metrics", {"resourceMetrics": [{"resource": resource, "scopeMetrics": [{"metrics": [metric]}]}]}),
    ):
        response = server.session.post(f"{server.otlp_endpoint}/v1/{path}", json=body, timeout=30)
        assert response.status_code == 200, response.text
    server.wait_for_trace(trace_id, 2)
    server.filled_trace_id = trace_id
    return server


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["traces", "--service", SERVICE], SERVICE),
        (["spans", "--service", SERVICE, "-n1"], "11,805"),
        (["services"], SERVICE),
        (["logs", "--service", SERVICE, "--severity", "warn", "--text", "BROKE", "-a", "part=cache"], "it broke"),
        (["metrics", "list", "--prefix", "commands_"], "commands_power_watts"),
        (["query", "max_over_time(commands_power_watts[5m])"], SERVICE),
        (["sessions", "--model", "llama-3"], "session-of-commands"),
        (["sessions", "session-of-commands"], "session-of-commands"),
        (["users", "--session", "session-of-commands"], "user-of-commands"),
        (["trace", "latest"], SERVICE),
        (["doctor", "--server", "URL"], "may be queried"),
    ],
)
def test_a_command_shows_what_was_sent(filled, words, text):
    words = [filled.url if word == "URL" else word for word in words]
    shown = filled.run(*words)
    assert text in shown.stdout
    assert shown.stderr == ""
    assert json.loads(filled.run(*words, "--json").stdout)["data"]


def test_a_trace_is_found_by_its_first_digits(filled):
    trace_id = filled.filled_trace_id
    for digits in (6, 12, 31):
        assert filled.run("trace", trace_id[:digits]).stdout.startswith(f"trace {trace_id}\n")
    assert filled.run("logs", "--trace", trace_id, "--json").stdout.count("it broke") == 1
    missing = "0" * 8 if not trace_id.startswith("0" * 8) else "f" * 8
    assert filled.run("trace", missing, check=False).returncode == 4


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["traces", "-q", "{ status = failed }"], 2),
        (["trace", "0" * 31 + "1"], 4),
        (["trace", "nonsense"], 2),
        (["metrics", "list", "x"], 2),
        (["traces", "--server", "http://127.0.0.1:1"], 3),
    ],
)
def test_what_fails_says_why_and_has_its_code(filled, words, code):
    result = filled.run(*words, check=False)
    assert result.returncode == code
    assert result.stderr.startswith("axonize: ")
    assert result.stdout == ""


def test_a_mistake_in_a_query_is_marked(filled):
    result = filled.run("traces", "-q", "{ duration > fast }", check=False)
    line, mark = result.stderr.splitlines()[1:3]
    assert line == "  { duration > fast }"
    assert line[mark.index("^")] == "f"


@pytest.mark.parametrize("words", [["version"], ["config", "check"], ["config", "show"], ["keys", "--help"]])
def test_what_asks_no_server_works_without_one(server, tmp_path, words):
    result = server.run(*words, environment={"HOME": str(tmp_path)})
    assert result.stdout
    assert result.stderr == ""
    assert list(tmp_path.iterdir()) == []
    if "--help" not in words:
        json.loads(server.run(*words, "--json").stdout)


def test_an_unknown_variable_is_named_by_the_server(make_server):
    server = make_server(environment={"AXONIZE_DATADIR": "/elsewhere", "AXONIZE_PORT": "tcp://10.0.0.1:8080"}).start()
    assert "did you mean 'AXONIZE_DATA_DIR'?" in server.log
    assert "AXONIZE_PORT" not in server.log


def test_doctor_names_the_server_that_runs_and_checks_it(make_server):
    server = make_server().start()
    settings = {
        "AXONIZE_DATA_DIR": str(server.data_dir),
        "AXONIZE_HTTP": f"127.0.0.1:{server.http_port}",
        "AXONIZE_OTLP_GRPC": f"127.0.0.1:{server.grpc_port}",
        "AXONIZE_OTLP_HTTP": f"127.0.0.1:{server.otlp_port}",
        "AXONIZE_DISK_FREE_MIN": "0",
    }
    shown = server.run("doctor", environment=settings).stdout
    assert f"process {server.process.pid}, with the data directory {server.data_dir}\n" in shown
    assert shown.count(f"is in use by process {server.process.pid}, a server of Axonize\n") == 3
    assert "may be queried without a key" in shown
    assert shown.endswith("\nA server runs here already, and it works.\n")


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_tail_says_that_the_server_has_stopped(make_server, end):
    server = make_server().start()
    tail = server.popen("tail", "--json")
    try:
        # Only what is stored after it has begun is shown.
        while not select.select([tail.stdout], [], [], 0.2)[0]:
            assert tail.poll() is None
            request, _ = telemetry.trace_request(1, service=SERVICE)
            assert telemetry.post(server, request.SerializeToString()).status_code == 200
        assert SERVICE in tail.stdout.readline()
        getattr(server, end)()
        _, errors = tail.communicate(timeout=60)
    finally:
        tail.kill()
    assert errors == f"axonize: The server at {server.url} has stopped, which ended this command.\n"
    assert tail.returncode == 3


def test_another_server_is_not_taken_for_axonize(server):
    class Silent(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_error(404)

        def log_message(self, *arguments):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Silent) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{other.server_port}"
        result = server.run("trace", "0" * 31 + "1", "--server", url, check=False)
        other.shutdown()
    assert f"The server at {url} is not an Axonize server (status 404)." in result.stderr
    assert result.returncode == 1
