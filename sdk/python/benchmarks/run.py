#!/usr/bin/env python3
"""Measures the figures of docs/sdk/benchmarks.md, each in a process of its own.

Usage: run.py [--quick] [--json FILE] [--server BINARY --root FOLDER] [FIGURE ...]

Figures: cost, slowdown, load, export, memory, memory_in_service. ``load`` needs the server's binary and the folder from
which it finds its engine (default: this repository's). Nothing here asserts a time; ``--quick`` runs all once, small.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import platform
import subprocess
import sys
from typing import Any

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
FIGURES = ("cost", "slowdown", "load", "export", "memory", "memory_in_service")
# What to reach: the key of a result, its unit and divisor, the limit, and whether more is better.
TARGETS = [
    ("span, no attributes", "cost", "span_ns", "ns", 1, "<= 300"),
    ("span, 3 attributes", "cost", "span_3_attributes_ns", "ns", 1, "<= 450"),
    ("opentelemetry-python, no attributes", "cost", "opentelemetry_span_ns", "ns", 1, ""),
    ("opentelemetry-python, 3 attributes", "cost", "opentelemetry_span_3_attributes_ns", "ns", 1, ""),
    ("ratio, no attributes", "cost", "ratio", "", 1, ">= 30"),
    ("ratio, 3 attributes", "cost", "ratio_3_attributes", "", 1, ">= 30"),
    ("record_token", "cost", "record_token_ns", "ns", 1, "<= 60"),
    ("llm_span, 1,000 tokens and usage", "cost", "llm_span_1000_tokens_ns", "us", 1000, "<= 60"),
    ("slowdown of numpy at 1,000 spans/s", "slowdown", "slowdown_percent", "%", 1, "< 0.2"),
    ("  95 % interval, low", "slowdown", "low_percent", "%", 1, ""),
    ("  95 % interval, high", "slowdown", "high_percent", "%", 1, ""),
    ("  mean without the outer tenth", "slowdown", "mean_percent", "%", 1, ""),
    ("  an empty context manager instead of the span", "slowdown", "empty_percent", "%", 1, ""),
    ("  its mean without the outer tenth", "slowdown", "empty_mean_percent", "%", 1, ""),
    ("offered from 4 threads, server up", "load", "offered_per_second", "spans/s", 1, ""),
    ("  dropped", "load", "dropped", "spans", 1, "0"),
    ("encode + send, off the GIL", "export", "spans_per_cpu_second", "M spans/s", 1e6, ">= 1"),
    ("  exported at full rate of one thread", "export", "exported_per_second", "M spans/s", 1e6, ""),
    ("encode + send over gRPC, off the GIL", "export", "grpc_spans_per_cpu_second", "M spans/s", 1e6, ">= 1"),
    ("  exported at full rate of one thread", "export", "grpc_exported_per_second", "M spans/s", 1e6, ""),
    ("memory, idle, in a bare interpreter", "memory", "idle_mib", "MiB", 1, "<= 8"),
    ("memory, idle, beside numpy and an HTTP client", "memory_in_service", "idle_mib", "MiB", 1, "<= 8"),
    ("memory, server down, 1M spans offered", "memory", "server_down_mib", "MiB", 1, "bounded"),
    ("  dropped and counted", "memory", "dropped_and_counted", "spans", 1, "all"),
]


def one(figure: str, options: argparse.Namespace) -> dict[str, Any]:
    """Measure one figure in this process."""
    quick = options.quick
    if figure.startswith("memory"):
        import memory_baseline

        return memory_baseline.measure(100_000 if quick else 1_000_000, figure == "memory_in_service")
    if figure == "cost":
        import cost

        return cost.measure(5 if quick else 300)
    if figure == "slowdown":
        import slowdown

        return slowdown.measure(100 if quick else 20_000)
    import load

    if figure == "export":
        return load.off_the_gil(1 if quick else 15)
    import server

    with server.server(options.server, options.root) as port:
        return load.at_rate(port, 100_000, 1 if quick else 20)


def machine() -> dict[str, Any]:
    """Where this was measured."""
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "cpu": names[0] if names else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "load_average": round(os.getloadavg()[0], 2),
    }


def table(results: dict[str, Any]) -> str:
    """The results as Markdown."""
    lines = ["| figure | measured | to reach |", "|---|---|---|"]
    for title, figure, key, unit, divisor, target in TARGETS:
        if key not in results.get(figure, {}):
            continue
        value = results[figure][key] / divisor
        text = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
        lines.append(f"| {title} | {text} {unit} | {target} |")
    return "\n".join(lines)


def main() -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("figures", nargs="*", metavar="FIGURE", help="default: all")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--server", type=pathlib.Path, default=ROOT / ".build/release/axonize")
    parser.add_argument("--root", type=pathlib.Path, default=ROOT)
    parser.add_argument("--one", choices=FIGURES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(one(options.one, options)))
        return 0
    unknown = set(options.figures) - set(FIGURES)
    if unknown:
        parser.error(f"unknown figures: {', '.join(sorted(unknown))}")
    results: dict[str, Any] = {"machine": machine()}
    for figure in options.figures or FIGURES:
        if figure == "load" and not options.server.exists():
            print(f"load: left out, there is no {options.server}; see --server", file=sys.stderr)
            continue
        arguments = [argument for argument in sys.argv[1:] if argument not in FIGURES]
        command = [sys.executable, __file__, "--one", figure, *arguments]
        output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=HERE).stdout
        results[figure] = json.loads(output.splitlines()[-1])
        print(f"{figure}: {json.dumps(results[figure])}", file=sys.stderr, flush=True)
    print(json.dumps(results["machine"]))
    print(table(results))
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
