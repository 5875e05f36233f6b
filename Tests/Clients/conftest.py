"""Fixtures: one server that requires keys, the stand-in of the providers, and the tap between clients and server."""

import json
import pathlib
import sys

import pytest

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(FOLDER), str(FOLDER.parent / "EndToEnd")]

from harness.provider import Provider
from harness.tap import Tap
from support.server import BINARY, Server


def pytest_configure(config):
    config.addinivalue_line("markers", "light: a library that CI installs")
    if not BINARY.exists():
        raise pytest.UsageError(f"{BINARY} is missing; build it with `make build`")


class Api:
    """The server's REST API with a key that may query."""

    def __init__(self, server: Server, key: str):
        self.server = server
        self.headers = {"authorization": f"Bearer {key}"}

    def __call__(self, path: str, **parameters):
        return self.page(path, **parameters)["data"]

    def page(self, path: str, **parameters) -> dict:
        response = self.server.get(path, headers=self.headers, **parameters)
        assert response.status_code == 200, f"{response.url}: {response.status_code} {response.text}"
        return response.json()


def make_tenant(server: Server, tenant: str):
    server.run("tenants", "create", tenant, f"--data-dir={server.data_dir}")


def make_key(server: Server, permission: str, tenant: str) -> str:
    arguments = [f"--data-dir={server.data_dir}", f"--permission={permission}", f"--tenant={tenant}", "--json"]
    answer = json.loads(server.run("keys", "create", *arguments).stdout)
    return answer.get("data", answer)["key"]


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    instance = Server(tmp_path_factory.mktemp("server") / "data", environment={"AXONIZE_REQUIRE_KEYS": "true"})
    try:
        yield instance.start()
    finally:
        instance.close()


@pytest.fixture(scope="session")
def provider():
    instance = Provider()
    yield instance
    instance.close()


@pytest.fixture(scope="session")
def tap(server):
    instance = Tap(server.otlp_endpoint)
    yield instance
    instance.close()
