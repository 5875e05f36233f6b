"""Fixtures: a server shared by the tests of one file, and a factory for tests that break theirs."""

import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from support.server import BINARY, Server

# The exporters read these; a developer's own settings must not steer the tests. No proxy lies before loopback.
for name in list(os.environ):
    if name.startswith("OTEL_") or name.lower() in {"http_proxy", "https_proxy", "all_proxy"}:
        del os.environ[name]


def pytest_configure(config):
    if not BINARY.exists():
        raise pytest.UsageError(f"{BINARY} is missing; build it with `make build`")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A running server; tests of one module share it and keep apart by trace ids and service names."""
    instance = Server(tmp_path_factory.mktemp("server") / "data")
    try:
        yield instance.start()
    finally:
        instance.close()


@pytest.fixture
def make_server(tmp_path):
    """Makes servers that end with the test. `name` tells apart several data folders of one test."""
    made = []

    def make(name: str = "data", **options) -> Server:
        instance = Server(tmp_path / name, **options)
        made.append(instance)
        return instance

    yield make
    for instance in made:
        instance.close()
