#!/usr/bin/env python3
"""Measures the CPU time of the job that computes energy by the minute: of servers with it, less that of those without.

Three pairs of servers run at once: at rest, with eight GPUs of the stand-in, and with these and spans on them. In one
of each pair the first minute is due after an hour (`fleet.energy_delay`), in the other after a second. Build before:
`swift build --build-tests` for the stand-in and `scripts/build-release.sh axonize`.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import pathlib
import random
import re
import shutil
import sys
import tempfile
import threading
import time

import requests

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "Tests/EndToEnd"), str(ROOT / "Benchmarks")]

import process
from support.server import Server, wait_until

STAND_IN = ROOT / ".build/debug/libnvml-stand-in.so"
KINDS = ("at rest", "8 GPUs", "8 GPUs and spans")
DELAYS = {"off": "1h", "on": "1s"}
SPANS_PER_TRACE = 10
SECOND = 1_000_000_000


def trace(numbers: random.Random, end: int, gpu: str) -> list[dict]:
    """A request of one to four seconds with nine steps, one after the other, all on one GPU."""
    duration = numbers.randrange(SECOND, 4 * SECOND)
    start, trace_id = end - duration, f"{numbers.getrandbits(128):032x}"
    ids = [f"{numbers.getrandbits(64):016x}" for _ in range(SPANS_PER_TRACE)]
    step = duration // SPANS_PER_TRACE
    times = [(start, end), *((start + place * step, start + (place + 1) * step) for place in range(1, SPANS_PER_TRACE))]
    attributes = [
        {"key": "hw.id", "value": {"stringValue": gpu}},
        {"key": "gen_ai.request.model", "value": {"stringValue": f"model-{numbers.randrange(3)}"}},
        {"key": "gen_ai.usage.output_tokens", "value": {"intValue": str(numbers.randrange(10, 500))}},
    ]
    return [
        {
            "traceId": trace_id,
            "spanId": span_id,
            "parentSpanId": ids[0] if place else "",
            "name": "step" if place else "chat",
            "kind": 1,
            "startTimeUnixNano": str(begin),
            "endTimeUnixNano": str(until),
            "attributes": attributes,
        }
        for place, (span_id, (begin, until)) in enumerate(zip(ids, times, strict=True))
    ]


def send(servers: list[Server], rate: int, stopping: threading.Event, statuses: dict[int, int]) -> None:
    """Sends each second the same spans to all servers."""
    gpus = gpus_of(servers[0])
    numbers, session = random.Random(1), requests.Session()
    session.trust_env = False
    due = time.monotonic()
    while not stopping.wait(max(0.0, due - time.monotonic())):
        due += 1
        now = time.time_ns()
        spans = [
            span
            for place in range(rate // SPANS_PER_TRACE)
            for span in trace(numbers, now - numbers.randrange(SECOND), gpus[place % len(gpus)])
        ]
        body = json.dumps({"resourceSpans": [{"resource": {}, "scopeSpans": [{"spans": spans}]}]})
        for server in servers:
            response = session.post(
                f"{server.url}/v1/traces", data=body, headers={"content-type": "application/json"}, timeout=60
            )
            statuses[response.status_code] = statuses.get(response.status_code, 0) + 1


def gpus_of(server: Server) -> list[str]:
    def found() -> list[str]:
        data = server.data("/api/v1/query", query="axonize_gpu_resource_info")
        return sorted({one["metric"]["uuid"] for one in data["result"]})

    return wait_until(lambda: len(gpus := found()) == 8 and gpus, 60, "the GPUs")


def own_figures(server: Server) -> dict[str, float]:
    """The server's own metrics of the job."""
    text = server.get("/metrics").text
    return {
        match[1]: float(match[2])
        for match in re.finditer(r"^axonize_energy_(\w+?)(?:_total)? (\S+)$", text, re.MULTILINE)
    }


def measure(folder: pathlib.Path, rate: int, warm_up_seconds: float, seconds: float) -> dict:
    library = folder / "libnvidia-ml.so.1"
    shutil.copy(STAND_IN, library)
    pathlib.Path(f"{library}.txt").write_text("h200x8\nload wave\npatient")
    gpus = {"AXONIZE_FLEET_GPU_ENABLED": "true", "AXONIZE_FLEET_NVML_LIBRARY": str(library)}
    with contextlib.ExitStack() as stack:
        servers: dict[tuple[str, str], Server] = {}
        for kind in KINDS:
            for state, delay in DELAYS.items():
                environment = {"AXONIZE_FLEET_ENERGY_DELAY": delay} | ({} if kind == KINDS[0] else gpus)
                server = Server(folder / f"{kind} {state}".replace(" ", "-"), environment=environment)
                stack.callback(server.close)
                servers[kind, state] = server.start()
        stopping, statuses = threading.Event(), {}
        loaded = [server for (kind, _), server in servers.items() if kind == KINDS[2]]
        sender = threading.Thread(target=send, args=(loaded, rate, stopping, statuses))
        sender.start()
        try:
            time.sleep(warm_up_seconds)
            before = {key: process.cpu_seconds(server.process.pid) for key, server in servers.items()}
            figures = {key: own_figures(server) for key, server in servers.items()}
            began = time.monotonic()
            time.sleep(seconds)
            spent = time.monotonic() - began
            cores = {
                key: 100 * (process.cpu_seconds(server.process.pid) - before[key]) / spent
                for key, server in servers.items()
            }
            found: dict = {"seconds": round(spent)}
            for kind in KINDS:
                off, on = cores[kind, "off"], cores[kind, "on"]
                own = own_figures(servers[kind, "on"])
                found[kind] = {
                    "core_percent": {"off": round(off, 3), "on": round(on, 3), "job": round(on - off, 3)},
                    "job": {name: round(value - figures[kind, "on"].get(name, 0), 4) for name, value in own.items()},
                }
            found["statuses"] = statuses
        finally:
            stopping.set()
            sender.join()
        for server in servers.values():
            server.stop()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rate", type=int, default=1_000, help="spans a second")
    parser.add_argument("--warm-up-seconds", type=float, default=90)
    parser.add_argument("--seconds", type=float, default=240)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measure(pathlib.Path(folder), arguments.rate, arguments.warm_up_seconds, arguments.seconds)
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
