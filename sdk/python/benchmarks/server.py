"""A real server for a benchmark, with its data in a temporary folder."""

from __future__ import annotations

import contextlib
import pathlib
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now."""
    with contextlib.ExitStack() as stack:
        listeners = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [listener.getsockname()[1] for listener in listeners]


@contextlib.contextmanager
def server(binary: pathlib.Path, root: pathlib.Path) -> Iterator[int]:
    """Run a server from `root`, where it finds its engine; gives the port of OTLP."""
    http, grpc, otlp = free_ports(3)
    with tempfile.TemporaryDirectory() as folder:
        command = [
            str(binary), "serve", "--data-dir", f"{folder}/data", "--http", f"127.0.0.1:{http}",
            "--otlp-grpc", f"127.0.0.1:{grpc}", "--otlp-http", f"127.0.0.1:{otlp}",
        ]  # fmt: skip
        with pathlib.Path(folder, "log").open("wb") as log:
            process = subprocess.Popen(command, cwd=root, stdout=log, stderr=log)
            try:
                wait_for(otlp, process)
                yield otlp
            finally:
                process.terminate()
                process.wait(30)


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until somebody listens."""
    for _ in range(300):
        if process.poll() is not None:
            raise SystemExit(f"benchmarks: the server ended with status {process.returncode}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise SystemExit("benchmarks: the server does not listen")
