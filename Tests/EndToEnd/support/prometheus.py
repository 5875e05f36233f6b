"""Prometheus and node_exporter as Debian has them, as processes on free loopback ports."""

import contextlib
import pathlib
import shutil
import subprocess

import pytest
import requests

from .server import ROOT, free_ports, wait_until

START_SECONDS_MAX = 60


def tool(name: str) -> str:
    """Where a program is that scripts/setup.sh unpacks, or the system has; skips the test where there is none."""
    unpacked = ROOT / ".deps/tools/usr/bin" / name
    found = str(unpacked) if unpacked.exists() else shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not here; scripts/setup.sh --for test unpacks it")
    return found


@contextlib.contextmanager
def running(command: list[str], log: pathlib.Path, ready: str):
    """A process that answers at a URL, until the block ends."""
    with log.open("ab") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)

    def is_ready() -> bool:
        assert process.poll() is None, f"{command[0]} ended:\n{log.read_text(errors='replace')[-2000:]}"
        with contextlib.suppress(requests.RequestException):
            return requests.get(ready, timeout=2).ok
        return False

    try:
        wait_until(is_ready, START_SECONDS_MAX, f"{command[0]} to be ready")
        yield process
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def prometheus(folder: pathlib.Path, configuration: str, *options: str, port: int | None = None):
    """Prometheus with a configuration and further options, which takes remote write too; its URL."""
    port = port or free_ports(1)[0]
    (folder / "prometheus.yml").write_text(configuration)
    command = [
        tool("prometheus"), f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
        f"--web.listen-address=127.0.0.1:{port}", "--web.enable-remote-write-receiver", *options,
    ]  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    with running(command, folder / "prometheus.log", f"{url}/-/ready"):
        yield url


@contextlib.contextmanager
def node_exporter(folder: pathlib.Path):
    """node_exporter; its address."""
    address = f"127.0.0.1:{free_ports(1)[0]}"
    command = [tool("prometheus-node-exporter"), f"--web.listen-address={address}"]
    with running(command, folder / "node_exporter.log", f"http://{address}/metrics"):
        yield address
