"""The server under test, as a process on free loopback ports."""

import contextlib
import gc
import os
import pathlib
import signal
import socket
import subprocess
import time

import requests

ROOT = pathlib.Path(__file__).resolve().parents[3]
BINARY = pathlib.Path(os.environ.get("AXONIZE_BINARY", ROOT / ".build/release/axonize"))

# Generous, because a busy machine with two cores must not fail a test that is about something else.
START_SECONDS_MAX = 60
STOP_SECONDS_MAX = 60


def free_ports(count: int) -> list[int]:
    """Loopback ports that nothing listens on; all are held until the last is found, so they differ."""
    with contextlib.ExitStack() as stack:
        ports = []
        for _ in range(count):
            listener = stack.enter_context(socket.socket())
            listener.bind(("127.0.0.1", 0))
            ports.append(listener.getsockname()[1])
        return ports


def wait_until(condition, seconds: float, what: str):
    """Returns the first true answer of `condition`; fails the test with `what` when there is none in time."""
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:g} s for {what}")
        time.sleep(0.02)


class Server:
    """One `axonize serve` process; start it again on the same folder as often as a test needs."""

    def __init__(
        self, data_dir: pathlib.Path, *, arguments=(), environment=None, working_directory=None, data_dir_argument=None
    ):
        self.data_dir = data_dir
        self.data_dir_argument = data_dir_argument or str(data_dir)
        self.working_directory = working_directory
        self.arguments = list(arguments)
        # Series of the machine would be among those that tests count; those that want them say so.
        own = {"AXONIZE_FLEET_HOST_ENABLED": "false", "AXONIZE_FLEET_GPU_ENABLED": "false"}
        self.environment = own | (environment or {})
        self.http_host = "127.0.0.1"
        self.http_port, self.grpc_port, self.otlp_port = free_ports(3)
        self.log_path = data_dir.parent / f"{data_dir.name}.log"
        self.process: subprocess.Popen | None = None
        self.session = requests.Session()
        self.session.trust_env = False

    # Where to reach it.

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http_port}"

    @property
    def grpc_endpoint(self) -> str:
        return f"http://127.0.0.1:{self.grpc_port}"

    @property
    def otlp_endpoint(self) -> str:
        return f"http://127.0.0.1:{self.otlp_port}"

    @property
    def log(self) -> str:
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    # Its life.

    def command(self) -> list[str]:
        return [
            str(BINARY),
            "serve",
            f"--data-dir={self.data_dir_argument}",
            f"--http={self.http_host}:{self.http_port}",
            f"--otlp-grpc=127.0.0.1:{self.grpc_port}",
            f"--otlp-http=127.0.0.1:{self.otlp_port}",
            *self.arguments,
        ]

    def spawn(self):
        """Starts the process without waiting until it is ready."""
        self.session.close()
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                self.command(),
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env=clean_environment(self.environment),
                cwd=self.working_directory,
            )
        return self

    def start(self):
        self.spawn()
        self.wait_ready()
        return self

    def wait_ready(self):
        def ready() -> bool:
            if self.process.poll() is not None:
                raise AssertionError(f"the server ended with status {self.process.returncode}:\n{self.log[-4000:]}")
            return self.is_ready()

        wait_until(ready, START_SECONDS_MAX, "the server to be ready")

    def is_ready(self) -> bool:
        with contextlib.suppress(requests.RequestException):
            return self.session.get(f"{self.url}/readyz", timeout=2).status_code == 200
        return False

    def stop(self) -> int:
        """Asks the server to drain and end; its exit status."""
        # It would wait two seconds for one more request on an idle connection, and a response that is only found by the
        # collector keeps a connection that its session has closed.
        self.session.close()
        gc.collect()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(
                f"the server did not end within {STOP_SECONDS_MAX} s of SIGTERM:\n{self.log[-4000:]}"
            ) from None

    def kill(self):
        """Ends the process with SIGKILL: no chance to flush anything."""
        self.process.kill()
        self.process.wait()

    def close(self):
        if self.process is not None and self.process.poll() is None:
            self.kill()
        self.session.close()

    def resident_bytes(self) -> int:
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise AssertionError("no VmRSS in /proc")

    # Its API.

    def get(self, path: str, *, timeout: float = 30, headers=None, **parameters) -> requests.Response:
        return self.session.get(f"{self.url}{path}", params=parameters, timeout=timeout, headers=headers)

    def data(self, path: str, **parameters):
        """The `data` of a REST answer that must be 200."""
        response = self.get(path, **parameters)
        assert response.status_code == 200, f"{response.url}: {response.status_code} {response.text}"
        return response.json()["data"]

    def trace(self, trace_id: str) -> dict | None:
        """A trace, or None while it is not stored."""
        response = self.get(f"/api/v1/traces/{trace_id}")
        if response.status_code == 404:
            return None
        assert response.status_code == 200, f"{response.url}: {response.status_code} {response.text}"
        return response.json()["data"]

    def wait_for_trace(self, trace_id: str, span_count: int = 1, seconds: float = 10) -> dict:
        def complete():
            trace = self.trace(trace_id)
            return trace if trace is not None and len(trace["spans"]) >= span_count else None

        return wait_until(complete, seconds, f"{span_count} spans of trace {trace_id}\n{self.log[-2000:]}")

    def run(self, *arguments: str, check: bool = True, environment=None) -> subprocess.CompletedProcess:
        """Runs a client command against this server."""
        result = subprocess.run(
            [str(BINARY), *arguments],
            capture_output=True,
            text=True,
            timeout=60,
            env=clean_environment({"AXONIZE_SERVER": self.url, **(environment or {})}),
        )
        if check:
            assert result.returncode == 0, f"{arguments}: {result.returncode}\n{result.stdout}\n{result.stderr}"
        return result

    def popen(self, *arguments: str) -> subprocess.Popen:
        """Starts a client command against this server."""
        return subprocess.Popen(
            [str(BINARY), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=clean_environment({"AXONIZE_SERVER": self.url}),
        )


def clean_environment(extra: dict[str, str]) -> dict[str, str]:
    """The environment without a developer's own settings of Axonize or OpenTelemetry, plus `extra`."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("OTEL_") and (not name.startswith("AXONIZE_") or name == "AXONIZE_ENGINE_LIBRARY")
    }
    return {**kept, **extra}
