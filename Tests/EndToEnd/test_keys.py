"""Keys and tenants: who may write, who may read, and what a wrong key leaves behind."""

import json
import shlex

import grpc
import pytest
import requests
from support import telemetry
from support.server import Server, wait_until


@pytest.fixture(scope="module")
def locked(tmp_path_factory):
    """A server that requires keys."""
    instance = Server(tmp_path_factory.mktemp("locked") / "data", environment={"AXONIZE_REQUIRE_KEYS": "true"})
    try:
        yield instance.start()
    finally:
        instance.close()


def create_key(server, *permissions: str, tenant: str = "default") -> tuple[str, str]:
    """A new key's text and id."""
    arguments = ["keys", "create", "--data-dir", str(server.data_dir), "--tenant", tenant]
    arguments += [f"--permission={permission}" for permission in permissions]
    made = json.loads(server.run(*arguments, "--json").stdout)
    made = made.get("data", made)
    return made["key"], made["id"]


def read(server, trace_id: str, key: str | None = None) -> requests.Response:
    headers = {"authorization": f"Bearer {key}"} if key else {}
    return server.get(f"/api/v1/traces/{trace_id}", headers=headers)


def test_an_ingest_key_writes_and_a_query_key_reads(locked):
    ingest, _ = create_key(locked, "ingest")
    query, _ = create_key(locked, "query")
    request, trace_id = telemetry.trace_request(2)
    assert telemetry.post(locked, request.SerializeToString(), key=ingest).status_code == 200
    assert len(read(locked, trace_id, query).json()["data"]["spans"]) == 2
    assert read(locked, trace_id, ingest).status_code == 403
    assert telemetry.post(locked, request.SerializeToString(), key=query).status_code == 403
    assert read(locked, trace_id).status_code == 401


@pytest.mark.parametrize(
    ("permissions", "written", "read_"),
    [(["edit"], 403, 403), (["query", "edit"], 403, 404), (["ingest", "query"], 200, 200), ([], 200, 200)],
)
def test_a_key_has_the_permissions_it_was_made_with(locked, permissions, written, read_):
    key, identifier = create_key(locked, *permissions)
    request, trace_id = telemetry.trace_request()
    assert telemetry.post(locked, request.SerializeToString(), key=key).status_code == written
    assert read(locked, trace_id, key).status_code == read_
    listed = json.loads(locked.run("keys", "list", "--json", "--data-dir", str(locked.data_dir)).stdout)["data"]
    (found,) = [one["permissions"] for one in listed if one["id"] == identifier]
    assert found == (permissions or ["ingest", "query", "edit"])


@pytest.mark.parametrize("key", [None, "", "wrong", "axz_" + "0" * 40])
def test_a_wrong_key_is_refused_and_stores_nothing(locked, key):
    query, _ = create_key(locked, "query")
    request, trace_id = telemetry.trace_request()
    response = telemetry.post(locked, request.SerializeToString(), key=key)
    assert response.status_code == 401
    assert response.headers.get("www-authenticate")
    with telemetry.GRPCClient(locked, key=key) as client:
        with pytest.raises(grpc.RpcError) as caught:
            client.export(request)
        assert caught.value.code() == grpc.StatusCode.UNAUTHENTICATED
    assert read(locked, trace_id, query).status_code == 404
    assert not key or key not in locked.log


def test_tenants_do_not_see_each_other(locked):
    for tenant in "ab":
        locked.run("tenants", "create", tenant, "--data-dir", str(locked.data_dir))
    keys = {
        tenant: (create_key(locked, "ingest", tenant=tenant)[0], create_key(locked, "query", tenant=tenant)[0])
        for tenant in "ab"
    }
    request, trace_id = telemetry.trace_request(service="of-a")
    assert telemetry.post(locked, request.SerializeToString(), key=keys["a"][0]).status_code == 200
    assert read(locked, trace_id, keys["a"][1]).status_code == 200
    assert read(locked, trace_id, keys["b"][1]).status_code == 404
    services = locked.get("/api/v1/services", headers={"authorization": f"Bearer {keys['b'][1]}"}).json()["data"]
    assert services == []


def test_keys_without_a_directory_are_those_of_the_running_server(locked, tmp_path):
    def run(*words):
        # A home without anything, and a working directory without a configuration.
        return locked.run(*words, check=False, environment={"HOME": str(tmp_path)})

    made = run("keys", "create", "--name", "found")
    if made.returncode == 2:
        # Another server runs on this machine as well, so the command asks which one is meant, and says how.
        (line,) = [line for line in made.stderr.splitlines() if str(locked.data_dir) in line]
        made = run(*shlex.split(line.split("   (")[0])[1:])
    assert made.returncode == 0, made.stderr
    assert str(locked.data_dir) in made.stderr
    assert read(locked, "0" * 31 + "1", made.stdout.strip()).status_code == 404
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [["keys", "list"], ["tenants", "list"], ["keys", "revoke", "a" * 12]])
def test_a_directory_without_a_registry_stays_as_it_is(locked, tmp_path, words):
    missing = tmp_path / "missing"
    result = locked.run(*words, "--data-dir", str(missing), check=False)
    assert result.returncode == 4
    assert str(missing) in result.stderr
    assert not missing.exists()


def test_a_key_of_another_directory_is_warned_of(locked, tmp_path):
    result = locked.run("keys", "create", "--data-dir", str(tmp_path / "other"))
    assert f"axonize keys create --data-dir {locked.data_dir}" in result.stderr


def test_a_revoked_key_is_refused(locked):
    ingest, identifier = create_key(locked, "ingest")
    request, _ = telemetry.trace_request()
    assert telemetry.post(locked, request.SerializeToString(), key=ingest).status_code == 200
    locked.run("keys", "revoke", identifier, "--data-dir", str(locked.data_dir))
    wait_until(
        lambda: telemetry.post(locked, request.SerializeToString(), key=ingest).status_code == 401,
        30,
        "the revocation to be noticed",
    )
    listed = locked.run("keys", "list", "--all", "--data-dir", str(locked.data_dir)).stdout
    assert identifier in listed
    assert ingest not in listed


def test_keys_are_not_kept_in_clear(locked):
    ingest, _ = create_key(locked, "ingest")
    request, _ = telemetry.trace_request()
    assert telemetry.post(locked, request.SerializeToString(), key=ingest).status_code == 200
    secret = ingest.encode()
    for path in locked.data_dir.rglob("*"):
        if path.is_file() and path.stat().st_size < 16 << 20:
            assert secret not in path.read_bytes(), path
    assert ingest not in locked.log


def test_health_needs_no_key(locked):
    assert locked.get("/healthz").status_code == 200


def test_another_address_needs_keys(make_server):
    server = make_server()
    server.http_host = "0.0.0.0"
    server.spawn()
    assert server.process.wait(30) != 0
    assert "key" in server.log
