#!/usr/bin/env python3
"""Measures the figures of docs/benchmarks.md: `make bench`.

Server, load generator and clients share one machine, as they do on a small team's one server. Nothing here asserts a
time: with --smoke everything runs once at a tiny size, to show that the benchmarks still work.
"""

import argparse
import json
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "Tests/EndToEnd"), str(ROOT / "Benchmarks")]

import day
import figures
from support.server import Server


def machine() -> dict:
    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True)
    return {
        "cpu": cpu,
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(memory),
        "kernel": platform.release(),
        "commit": commit.stdout.strip() or "unknown",
        "load_average_before": round(os.getloadavg()[0], 2),
    }


def note(results: dict, name: str, value: dict):
    results[name] = value
    print(f"{name}: {json.dumps(value)}", file=sys.stderr, flush=True)


def measure_day(folder: pathlib.Path, options: argparse.Namespace) -> dict:
    """The questions of a day, over a store that stays in the folder for the next run."""
    results = {"machine": machine()}
    folder.mkdir(parents=True, exist_ok=True)
    server = Server(folder / "data")
    try:
        server.start()
        note(results, "day_stored", day.fill(server, folder, options.day_spans, quiet_seconds(options)))
        note(results, "day", day.ask(server, results["day_stored"], options.repeats, options.question))
    finally:
        server.close()
    return results


def measure_part(folder: pathlib.Path, options: argparse.Namespace, part: str) -> dict:
    """One part of the measurements, on a server of its own."""
    results = {"machine": machine()}
    seconds = 1 if options.smoke else 20
    if part == "backfill":
        note(results, part, backfill(folder, options))
        return results
    server = Server(folder / "data")
    try:
        server.start()
        if part == "low_rates":
            note(results, "idle", figures.idle(server, seconds))
            note(results, part, figures.low_rates(server, seconds))
        else:
            note(results, part, figures.full_rates(server, seconds, quiet_seconds(options)))
    finally:
        server.close()
    return results


def backfill(folder: pathlib.Path, options: argparse.Namespace) -> dict:
    """Spans of a day against live ones, in turns, each time in an empty store."""
    runs: dict[str, list] = {"live": [], "day": []}
    for _ in range(1 if options.smoke else 3):
        for name, times in (("live", {}), ("day", {"replay_seconds": 86400})):
            server = Server(folder / "backfill")
            try:
                server.start()
                runs[name].append(figures.backfill(server, options.backfill_spans, **times))
            finally:
                server.close()
            shutil.rmtree(folder / "backfill")
    live, a_day = (statistics.median(run["spans_per_second"] for run in runs[name]) for name in ("live", "day"))
    return {**runs, "ratio": a_day / live}


def quiet_seconds(options: argparse.Namespace) -> float:
    """How long merges may take to come to rest."""
    return 5 if options.smoke else 180


def measure(folder: pathlib.Path, options: argparse.Namespace) -> dict:
    results = {"machine": machine()}
    quiet = quiet_seconds(options)

    def step(name: str, value: dict):
        note(results, name, value)

    server = Server(folder / "data")
    try:
        server.start()
        step("idle", figures.idle(server, 1 if options.smoke else 20))
        step("low_rates", figures.low_rates(server, 1 if options.smoke else 20))
        if NGINX_AND_WRK:
            step("small_get", figures.small_get(server, 1 if options.smoke else 10, folder))
        step("full_rates", figures.full_rates(server, 1 if options.smoke else 20, quiet))
        step("ingest_grpc", figures.ingest(server, options.seconds, quiet, connections=2, in_flight=options.in_flight))
    finally:
        server.close()
    shutil.rmtree(folder / "data")
    step("backfill", backfill(folder, options))

    server = Server(folder / "day")
    try:
        server.start()
        step("stored", figures.fill(server, options.spans, quiet))
        step("queries", figures.queries(server, results["stored"], options.repeats))
        step("restart", figures.restart(server))
    finally:
        server.close()
    shutil.rmtree(folder / "day")
    return {**measure_day(folder / "day", options), **results}


NGINX_AND_WRK = figures.NGINX.exists() and shutil.which("wrk") is not None


def table(results: dict) -> str:
    """The figures as Markdown, beside what they are to reach."""
    ingest, query = results["ingest_grpc"], results["queries"]
    rows = [
        (
            "server CPU per stored span, gRPC, merges included",
            f"{ingest['server_cpu_us_per_span_with_merges']:.1f} µs",
            "≤ 5 µs",
        ),
        (
            f"stored spans/s, sender on the same cores, {ingest['seconds']:.0f} s",
            f"{ingest['spans_per_second']:,.0f}",
            "≥ 150,000",
        ),
        ("disk per span, after merges", f"{results['stored']['disk_bytes_per_span']:.1f} B", "≤ 45 B"),
        (
            f"trace by id, p95 at {results['stored']['spans']:,} spans",
            f"{query['trace_by_id']['p95_ms']:.1f} ms",
            "20 ms",
        ),
        (
            "service + time + duration search, p95",
            f"{query['search_service_time_duration']['p95_ms']:.1f} ms",
            "40 ms",
        ),
        (
            "attribute equality over all, p95",
            f"{query['attribute_equality_over_all']['p95_ms']:.1f} ms",
            "100 ms",
        ),
        ("overview, p95", f"{query['overview']['p95_ms']:.1f} ms", "50 ms"),
        ("resident memory, idle", f"{results['idle']['idle_resident_mb']:.0f} MB", "≤ 300 MB"),
        ("resident memory, sustained ingest (peak)", f"{ingest['resident_mb_peak']:.0f} MB", "≤ 700 MB"),
        ("start to ready with these spans stored", f"{results['restart']['start_to_ready_s']:.2f} s", "≤ 1 s"),
    ]
    idle = results["idle"]
    rows.append(("CPU of an idle server, of a core", f"{idle['idle_cpu_percent']:.2f} %", "≤ 1 %"))
    for rate, wanted in [("100", 3), ("1000", 5), ("10000", 15), ("30000", 35)]:
        low = results["low_rates"][rate]
        measured = f"{low['cpu_percent']:.1f} %, {low['acknowledgement_ms_p99']:.1f} ms"
        name = f"CPU at {int(rate):,} spans/s, of a core, and acknowledgement p99"
        rows.append((name, measured, f"≤ {wanted} %" + (", ≤ 10 ms" if rate == "1000" else "")))
    for count, full in results["full_rates"].items():
        name = f"acknowledgement at full rate, {count} requests in flight on each of 2 connections, p50 and p99"
        times = f"{full['acknowledgement_ms_p50']:.0f}, {full['acknowledgement_ms_p99']:.0f} ms"
        rows.append((name, f"{times} at {full['spans_per_second']:,.0f} spans/s", "none"))
    if "small_get" in results:
        small = results["small_get"]
        cost = f"{small['axonize_cpu_us_per_request']:.1f} / {small['nginx_cpu_us_per_request']:.1f} µs"
        rows.append(("small GET: CPU per request, ours / nginx", f"{cost} = {small['ratio']:.2f}", "≤ 1.2 times"))
    rows.append(("backfill of a day, of the rate of live spans", f"{results['backfill']['ratio']:.2f}", "≥ 0.5"))
    rows.append(
        (
            f"filling a day with {results['day_stored']['spans']:,} spans, spans/s",
            f"{results['day_stored']['spans_per_second']:,.0f}",
            "half of the above",
        )
    )
    lines = ["| figure | measured | to reach |", "|---|---|---|"]
    lines += [f"| {name} | {measured} | {wanted} |" for name, measured, wanted in rows]
    lines += ["", *day.table(results["day"])]
    shares = list(ingest["server_cpu_us_per_span_by_thread_while_sending"].items())[:6]
    lines += ["", "µs of CPU a span by thread, while they are sent: " + ", ".join(f"{n} {t:.2f}" for n, t in shares)]
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="length of the ingest measurement (60)")
    parser.add_argument("--spans", type=int, default=10_000_000, help="size of the store for queries (10 M)")
    parser.add_argument("--day-spans", type=int, default=5_000_000, help="size of the store of a day (5 M)")
    parser.add_argument("--day", type=pathlib.Path, help="only the questions of a day; the store stays in this folder")
    parser.add_argument("--question", default="", help="with --day: only questions whose name holds this")
    parser.add_argument("--backfill-spans", type=int, default=2_000_000, help="size of each run of the backfill (2 M)")
    parser.add_argument("--only", choices=["low_rates", "full_rates", "backfill"], help="only this part, as JSON")
    parser.add_argument("--repeats", type=int, default=200, help="questions of each kind (200)")
    parser.add_argument("--in-flight", type=int, default=32, help="requests in flight on each of 2 connections (32)")
    parser.add_argument("--json", type=pathlib.Path, help="also write every figure to this file")
    parser.add_argument("--folder", type=pathlib.Path, help="where the store lives while it is measured")
    parser.add_argument("--smoke", action="store_true", help="tiny sizes, only to see that everything works")
    options = parser.parse_args()
    if options.smoke:
        options.seconds, options.spans, options.day_spans, options.repeats = 1, 20_000, 20_000, 4
        options.backfill_spans = 20_000
    if options.day:
        results = measure_day(options.day, options)
        print("\n".join(day.table(results["day"])))
        return
    with tempfile.TemporaryDirectory(dir=options.folder, prefix="axonize-bench-") as folder:
        if options.only:
            print(json.dumps(measure_part(pathlib.Path(folder), options, options.only), indent=2))
            return
        results = measure(pathlib.Path(folder), options)
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n")
    print(f"{json.dumps(results['machine'])}\n\n{table(results)}")


if __name__ == "__main__":
    main()
