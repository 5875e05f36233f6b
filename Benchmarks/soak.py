#!/usr/bin/env python3
"""A long run at a steady rate with readers beside it: `make soak`. Memory must stay flat and nothing may be refused.

Prints a line of figures every period and, at the end, the median resident memory of the first and the last third.
Status 1 when a span was refused or failed, a question got no answer, or memory grew by more than a tenth.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "Tests/EndToEnd"), str(ROOT / "Benchmarks")]

import figures
import process
from support.server import Server

GROWTH_MAX = 1.1


def ask(server: Server) -> int:
    """The questions of a dashboard that is open; how many got another answer than 200."""
    paths = ["/api/v1/traces", "/api/v1/services", "/api/v1/analytics/overview", "/metrics", "/readyz"]
    return sum(server.get(path).status_code != 200 for path in paths)


def soak(server: Server, rate: float, seconds: float, period_seconds: float) -> dict:
    pid = server.process.pid
    command = [figures.LOAD, "--endpoint", f"127.0.0.1:{server.grpc_port}", "--rate", f"{rate:g}", "--in-flight", "32"]
    load = subprocess.Popen([*command, "--seconds", f"{seconds:g}"], stdout=subprocess.PIPE, text=True)
    began, cpu_before = time.monotonic(), process.cpu_seconds(pid)
    memory, unanswered = [], 0
    while load.poll() is None:
        time.sleep(period_seconds)
        memory.append(process.resident_bytes(pid))
        unanswered += ask(server)
        print(
            f"{time.monotonic() - began:.0f} s: resident {memory[-1] / 1e6:.0f} MB, "
            f"disk {process.disk_bytes(server.data_dir) / 1e6:.0f} MB",
            file=sys.stderr,
            flush=True,
        )
    report = json.loads(load.communicate()[0])
    # The first minute or so fills caches and is not growth.
    settled = memory[len(memory) // 10 :]
    third = max(1, len(settled) // 3)
    return {
        "seconds": report["seconds"],
        "acknowledged_spans": report["acknowledged_spans"],
        "refused_spans": report["refused_spans"],
        "failed_spans": report["failed_spans"],
        "questions_without_answer": unanswered,
        "server_cpu_us_per_span": (process.cpu_seconds(pid) - cpu_before) / max(1, report["acknowledged_spans"]) * 1e6,
        "resident_mb_first_third": sorted(settled[:third])[third // 2] / 1e6,
        "resident_mb_last_third": sorted(settled[-third:])[third // 2] / 1e6,
        "resident_mb_peak": max(memory) / 1e6,
        "acknowledgement_ms_p99": report["latency_ms"]["p99"],
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=75_000, help="spans a second (75,000)")
    parser.add_argument("--seconds", type=float, default=600, help="length (600)")
    parser.add_argument("--period", type=float, default=5, help="seconds between samples (5)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="axonize-soak-") as folder:
        server = Server(pathlib.Path(folder) / "data")
        try:
            result = soak(server.start(), options.rate, options.seconds, options.period)
            result["stop_status"] = server.stop()
        finally:
            server.close()
    print(json.dumps(result, indent=2))
    lost = result["refused_spans"] + result["failed_spans"] + result["questions_without_answer"]
    grew = result["resident_mb_last_third"] > result["resident_mb_first_third"] * GROWTH_MAX
    return 1 if lost or grew or result["stop_status"] != 0 else 0


if __name__ == "__main__":
    sys.exit(main())
