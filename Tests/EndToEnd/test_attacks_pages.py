"""What web pages, proxies and clients without a key can do with a server: nothing that it should not do for them."""

import concurrent.futures
import json
import pathlib
import subprocess

import pytest
import requests
from support import http2, telemetry
from support.server import Server, wait_until


def address(server):
    return ("127.0.0.1", server.http_port)


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
    assert response.json()["request_id"] == response.headers["x-request-id"] != ""


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
    for path in ("/metrics", "/api/v1/session"):
        response = requests.get(f"{keyed_server.url}{path}", timeout=30)
        assert response.status_code == 401
        assert response.json()["request_id"] == response.headers["x-request-id"] != ""
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
    before = written()
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: server.get("/readyz").status_code, range(400)))
    assert set(answers) == {200}
    grown = written() - before
    # One write transaction each was 8 KiB and more.
    assert grown < 1 << 20
