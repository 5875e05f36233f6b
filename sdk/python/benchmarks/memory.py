"""What the SDK adds to a process's memory: idle, and with the server down and a million spans offered."""

from __future__ import annotations

import pathlib
import socket
import time

import axonize


def resident() -> float:
    """Resident memory of this process in MiB."""
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def closed_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def measure(spans: int, baseline: float) -> dict[str, float]:
    """Memory before and after; `baseline` is that of the process before axonize was imported."""
    axonize.init(endpoint=f"http://127.0.0.1:{closed_port()}", service_name="benchmark")
    for _ in range(100):
        with axonize.span("warm") as span:
            span.set_attribute("k", 10)
    time.sleep(2)
    idle = resident() - baseline
    for index in range(spans):
        with axonize.span("retrieve") as span:
            span.set_attribute("k", index)
        # As fast as a busy service, so that the thread gets its turn on a small machine.
        if index % 1000 == 999:
            time.sleep(0.0005)
    down = resident() - baseline
    figures = axonize.stats()
    axonize.shutdown(0.1)
    after = axonize.stats()
    dropped = after["dropped_queue_full"] + after["dropped_send_failed"] + after["dropped_too_large"]
    counted = after["exported"] + dropped
    return {
        "idle_mib": idle,
        "server_down_mib": down,
        "offered": figures["ended"],
        "dropped_and_counted": counted,
    }
