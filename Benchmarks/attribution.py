#!/usr/bin/env python3
"""Measures what attributing a trace of 1,000 spans on eight GPUs takes, at the HTTP API: a table of docs/adr/0019.

A server in an empty folder gets series of eight GPUs, a sample each second, and spans of one trace with others of other
traces beside them. Nothing here asserts a time: --smoke runs everything once at a tiny size.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import statistics
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "Tests/EndToEnd")]

from support.server import Server

SECOND = 1_000_000_000
GPU_COUNT = 8
GAUGES = {
    "axonize_gpu_power_watts": 600.0,
    "axonize_gpu_utilization_ratio": 0.9,
    "axonize_gpu_memory_used_bytes": 7e10,
    "axonize_gpu_sm_clock_hertz": 1.9e9,
    "axonize_gpu_clock_event_reasons": 4.0,
    "axonize_gpu_sm_active_ratio": 0.8,
    "axonize_gpu_graphics_active_ratio": 0.9,
}


def gpu(number: int) -> str:
    return f"GPU-{number:08x}-0000-0000-0000-000000000000"


def send_series(server: Server, start: int, seconds: int) -> None:
    """Series of the GPUs as a page of text with times, in pages of a minute."""
    for first in range(0, seconds, 60):
        lines = []
        for number in range(GPU_COUNT):
            labels = f'gpu="{number}",uuid="{gpu(number)}",model="NVIDIA H200",instance="gpubox",job="node"'
            for second in range(first, min(first + 60, seconds)):
                at = start // 1_000_000 + second * 1_000
                lines.append(f"axonize_gpu_energy_joules_total{{{labels}}} {1_000_000 + 600 * second} {at}")
                lines.append(f'axonize_gpu_resource_info{{{labels},resource_uuid="{gpu(number)}"}} 1 {at}')
                lines += [f"{name}{{{labels}}} {value} {at}" for name, value in GAUGES.items()]
        response = server.session.post(
            f"{server.url}/api/v1/import/prometheus", data="\n".join(lines) + "\n", timeout=60
        )
        assert response.status_code < 300, response.text


def span(trace: int, number: int, parent: int, start: int, end: int, gpus: list[str]) -> dict:
    attributes = [
        {"key": f"gpu.{place}.resource_uuid", "value": {"stringValue": one}} for place, one in enumerate(gpus)
    ]
    attributes += [
        {"key": "gen_ai.request.model", "value": {"stringValue": "m"}},
        {"key": "gen_ai.usage.output_tokens", "value": {"intValue": "100"}},
    ]
    return {
        "traceId": f"{trace:032x}",
        "spanId": f"{number:016x}",
        "parentSpanId": f"{parent:016x}" if parent else "",
        "name": "decode",
        "kind": 1,
        "startTimeUnixNano": str(start),
        "endTimeUnixNano": str(end),
        "attributes": attributes,
    }


def send_spans(server: Server, spans: list[dict]) -> None:
    for first in range(0, len(spans), 1_000):
        body = {"resourceSpans": [{"resource": {}, "scopeSpans": [{"spans": spans[first : first + 1_000]}]}]}
        response = server.session.post(f"{server.url}/v1/traces", json=body, timeout=60)
        assert response.status_code == 200, response.text


def cpu_ms(server: Server) -> float:
    """CPU time that the server has taken so far, user and system."""
    fields = pathlib.Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1_000 / os.sysconf("SC_CLK_TCK")


def measure(server: Server, trace: int, rounds: int) -> tuple[float, float, float, dict]:
    """Median and greatest time of a request, the server's CPU time for each, and what was responded."""
    times = []
    cpu = cpu_ms(server)
    for _ in range(rounds):
        begin = time.perf_counter()
        response = server.get(f"/api/v1/traces/{trace:032x}/gpu")
        times.append((time.perf_counter() - begin) * 1_000)
        assert response.status_code == 200, response.text
    cpu = (cpu_ms(server) - cpu) / rounds
    times.sort()
    return statistics.median(times), times[-1], cpu, json.loads(response.text)["data"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true")
    smoke = parser.parse_args().smoke
    seconds, count, rounds = (30, 20, 2) if smoke else (600, 1_000, 21)
    base = time.time_ns() - (seconds + 30) * SECOND
    with tempfile.TemporaryDirectory() as folder:
        server = Server(pathlib.Path(folder) / "data").start()
        try:
            send_series(server, base, seconds)
            own = [span(1, 1, 0, base + SECOND, base + (seconds - 1) * SECOND, [])]
            step = (seconds - 2) * SECOND // count
            for number in range(count - 1):
                start = base + SECOND + number * step
                own.append(span(1, number + 2, 1, start, start + 4 * step, [gpu(number % GPU_COUNT)]))
            send_spans(server, own)
            print(f"{'spans beside':>14} {'median ms':>10} {'greatest ms':>12} {'CPU ms':>8} {'response KB':>12}")
            sent = 0
            for others in (0, count, 10 * count):
                send_spans(
                    server,
                    [
                        span(100 + number, 1, 0, start, start + 8 * step, [gpu(number % GPU_COUNT)])
                        for number in range(sent, others)
                        for start in [base + SECOND + (number * 7_919 % count) * step]
                    ],
                )
                sent = others
                median, greatest, cpu, data = measure(server, 1, rounds)
                assert len(data["spans"]) == count - 1, len(data["spans"])
                assert all(one["use"]["energy"].get("joules", 0) > 0 for one in data["spans"])
                print(f"{others:14d} {median:10.1f} {greatest:12.1f} {cpu:8.1f} {len(json.dumps(data)) / 1_000:12.0f}")
        finally:
            server.stop()


if __name__ == "__main__":
    main()
