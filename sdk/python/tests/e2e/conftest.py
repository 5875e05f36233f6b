"""The real server."""

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from tests.receiver import free_port, wait_until

ROOT = pathlib.Path(__file__).resolve().parents[4]
BINARY = pathlib.Path(os.environ.get("AXONIZE_BINARY", ROOT / ".build/release/axonize"))


class Server:
    def __init__(self, folder: pathlib.Path) -> None:
        self.http, self.grpc, self.otlp = free_port(), free_port(), free_port()
        self.log = (folder / "server.log").open("wb")
        # Three folders up: where `make setup` puts the engine beside the build.
        self.process = subprocess.Popen(
            [
                str(BINARY),
                "serve",
                f"--data-dir={folder / 'data'}",
                f"--http=127.0.0.1:{self.http}",
                f"--otlp-grpc=127.0.0.1:{self.grpc}",
                f"--otlp-http=127.0.0.1:{self.otlp}",
            ],
            stdout=self.log,
            stderr=subprocess.STDOUT,
            cwd=BINARY.resolve().parents[2],
        )

    def is_ready(self) -> bool:
        assert self.process.poll() is None, "the server ended"
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"http://127.0.0.1:{self.http}/readyz", timeout=2).close()
            return True
        return False

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.http}/api/v1{path}", timeout=30) as answer:
            return json.load(answer)["data"]

    def trace(self, trace_id: str, count: int) -> list[dict[str, Any]]:
        """The spans of a trace, once `count` of them are there."""
        found: list[dict[str, Any]] = []

        def is_there() -> bool:
            try:
                found[:] = self.get(f"/traces/{trace_id}")["spans"]
            except urllib.error.HTTPError as error:
                assert error.code == 404, error.read()
                error.close()
            return len(found) >= count

        wait_until(is_there, 30)
        assert len(found) == count
        return found

    def close(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if not BINARY.exists():
        pytest.skip(f"no server at {BINARY}: build it with `make build` or set AXONIZE_BINARY")
    server = Server(tmp_path_factory.mktemp("server"))
    try:
        wait_until(server.is_ready, 60)
        yield server
    finally:
        server.close()


def now() -> int:
    return time.time_ns()
