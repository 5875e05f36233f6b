#!/usr/bin/env python3
"""Measures series beside Debian's Prometheus and VictoriaMetrics: a table of docs/benchmarks.md, part of `make bench`.

All servers get the same requests in one run, each in an empty folder; what is compared is CPU time, which depends less
on what else the machine does than wall time. Nothing here asserts a time: --smoke runs everything once at a tiny size.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import json
import os
import pathlib
import shutil
import sys
import tempfile
import threading
import time
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "Tests/EndToEnd"), str(ROOT / "Benchmarks")]

import peers
import process
import report
import workload
from figures import percentile
from support.remote_write import Template


@dataclass(frozen=True)
class Sizes:
    """How much is measured; the defaults are those of the table."""

    rate_series: int = 10_000
    rate_steps: int = 600
    low_seconds: int = 30
    day_seconds: int = 86_400
    host_series: int = 100
    scrape_series: int = 1_000
    active_series: int = 100_000
    rounds: int = 20
    quiet_seconds: float = 240


SMOKE = Sizes(
    rate_series=200,
    rate_steps=4,
    low_seconds=2,
    day_seconds=1_200,
    host_series=20,
    scrape_series=100,
    active_series=2_000,
    rounds=2,
    quiet_seconds=3,
)


@contextlib.contextmanager
def running(folder: pathlib.Path, kinds):
    """The servers, empty; what they stored is deleted afterwards."""
    started = []
    try:
        for kind in kinds:
            started.append(kind(folder))
            started[-1].start()
        yield started
    finally:
        for peer in started:
            peer.close()
            shutil.rmtree(peer.folder)


def wait_until_done(peer, sizes: Sizes):
    """Waits for what a server does with samples after it has stored them."""
    time.sleep(min(peer.derives_after_seconds, sizes.quiet_seconds))
    process.wait_until_quiet(peer.pid, sizes.quiet_seconds)


def full_rate(folder: pathlib.Path, kind, sizes: Sizes) -> dict:
    """Requests of 5,000 samples as fast as responses come, on two connections, each with half of the series."""
    half = sizes.rate_series // 2
    series = workload.named("rate_total", half * 2, instances=100, job="rate")
    first = time.time_ns() // 1_000_000 - sizes.rate_steps * 15_000
    bodies: list[list[bytes]] = []
    for number in range(2):
        values = workload.Values(half // 2, half - half // 2, sizes.rate_steps, seed=number)
        part = series[number * half : (number + 1) * half]
        bodies.append([body for _, body in workload.requests(part, values, first=first, step=15_000, samples=1)])
    count = half * 2 * sizes.rate_steps
    failures: list[BaseException] = []

    def send(peer, mine: list[bytes]):
        try:
            sender = peer.sender()
            for body in mine:
                sender.send(body)
        except (OSError, RuntimeError) as failure:
            failures.append(failure)

    with running(folder, [kind]) as (peer,):
        before = peer.cpu_seconds()
        began = time.monotonic()
        threads = [threading.Thread(target=send, args=(peer, mine)) for mine in bodies]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]
        peer.store_all(count)
        stored_after = time.monotonic() - began
        cpu_sending = peer.cpu_seconds() - before
        wait_until_done(peer, sizes)
        return {
            "samples": count,
            "samples_per_second": count / stored_after,
            "cpu_us_per_sample_until_stored": cpu_sending / count * 1e6,
            "cpu_us_per_sample_with_merges": (peer.cpu_seconds() - before) / count * 1e6,
        }


def low_rate(peer, sizes: Sizes, *, series_count: int, period: float) -> float:
    """CPU in percent of a core while every series gets a sample each period, with the time of now."""
    series = workload.named(f"low_{series_count}", series_count, instances=10, job="low")
    steps = round(sizes.low_seconds / period)
    values = workload.Values(series_count // 2, series_count - series_count // 2, steps, seed=3)
    template, sender = Template(series), peer.sender()
    # After a stall requests follow each other at once, so times go by the step, not by the clock.
    first = time.time_ns() // 1_000_000
    began, before = time.monotonic(), peer.cpu_seconds()
    for step in range(steps):
        sender.send(template.request(first + round(step * period * 1_000), values.matrix[:, step]))
        time.sleep(max(0.0, began + (step + 1) * period - time.monotonic()))
    return (peer.cpu_seconds() - before) / (time.monotonic() - began) * 100


def low_rates(folder: pathlib.Path, kind, sizes: Sizes) -> dict:
    with running(folder, [kind]) as (peer,):
        process.wait_until_quiet(peer.pid, sizes.quiet_seconds)
        began, before = time.monotonic(), peer.cpu_seconds()
        time.sleep(min(10, sizes.low_seconds))
        return {
            "idle_cpu_percent": (peer.cpu_seconds() - before) / (time.monotonic() - began) * 100,
            "cpu_percent_100_series_10_hz": low_rate(peer, sizes, series_count=100, period=0.1),
            "cpu_percent_1000_series_1_hz": low_rate(peer, sizes, series_count=1_000, period=1),
        }


def active_series(folder: pathlib.Path, kind, sizes: Sizes) -> dict:
    """What four samples of each of many series add to the resident memory of an empty server."""
    series = workload.named("active", sizes.active_series, instances=1_000, job="active")
    steps = 4
    values = workload.Values(sizes.active_series // 2, sizes.active_series - sizes.active_series // 2, steps, seed=5)
    first = time.time_ns() // 1_000_000 - steps * 15_000
    with running(folder, [kind]) as (peer,):
        process.wait_until_quiet(peer.pid, sizes.quiet_seconds)
        empty, sender = peer.resident_bytes(), peer.sender()
        groups = [(at, Template(series[at : at + 5_000])) for at in range(0, len(series), 5_000)]
        with process.Sampler(peer.pid) as seen:
            for step in range(steps):
                for at, template in groups:
                    sender.send(template.request(first + step * 15_000, values.matrix[at : at + 5_000, step]))
            peer.store_all(len(series) * steps)
            process.wait_until_quiet(peer.pid, sizes.quiet_seconds)
        return {
            "empty_mb": empty / 1e6,
            "added_mb": (peer.resident_bytes() - empty) / 1e6,
            "added_mb_peak": (seen.peak - empty) / 1e6,
        }


def fill(servers: list, series, values, *, first: int, step: int, samples: int, sizes: Sizes) -> dict:
    """Sends the same requests to all, then waits until each has merged what it got; bytes and CPU of a sample."""
    senders = [peer.sender() for peer in servers]
    before = [peer.cpu_seconds() for peer in servers]
    count = 0
    for size, body in workload.requests(series, values, first=first, step=step, samples=samples):
        count += size
        for sender in senders:
            sender.send(body)
    results = {}
    for peer, cpu in zip(servers, before, strict=True):
        peer.store_all(count)
        wait_until_done(peer, sizes)
        results[peer.name] = {
            "samples": count,
            "bytes_per_sample": peer.disk_bytes_per_sample(count),
            "cpu_us_per_sample_with_merges": (peer.cpu_seconds() - cpu) / count * 1e6,
        }
    return results


def ask(servers: list, path: str, question, rounds: int) -> dict:
    """Asks `question(round)` in turns, after one that does not count; CPU time and time of one question."""
    taken: dict[str, list[float]] = {peer.name: [] for peer in servers}
    used = dict.fromkeys(taken, 0.0)
    shapes = {}
    for number in range(rounds + 1):
        for peer in servers:
            before = peer.cpu_seconds()
            milliseconds, data = peer.ask(path, **question(number))
            # Collectors of garbage go on for a moment.
            time.sleep(0.05)
            shapes.setdefault(number, {})[peer.name] = len(data["result"])
            if number > 0:
                taken[peer.name].append(milliseconds)
                used[peer.name] += peer.cpu_seconds() - before
    for counts in shapes.values():
        if len(set(counts.values())) != 1:
            raise RuntimeError(f"{path} {question(0)}: responses of different numbers of series: {counts}")
    return {
        name: {
            "series": shapes[0][name],
            "cpu_ms": used[name] / rounds * 1e3,
            "p50_ms": percentile(taken[name], 0.5),
            "p95_ms": percentile(taken[name], 0.95),
        }
        for name in taken
    }


def host_day(folder: pathlib.Path, kinds, sizes: Sizes) -> dict:
    """A day of a sample a second, and the history of one metric of a host."""
    half = sizes.host_series // 2
    series = workload.named("host_total", half, instances=10, job="host")
    series += workload.named("host_gauge", half, instances=10, job="host")
    end = int(time.time()) // 60 * 60
    first = (end - sizes.day_seconds) * 1_000
    values = workload.Values(half, half, sizes.day_seconds, seed=11)
    with running(folder, kinds) as servers:
        stored = fill(servers, series, values, first=first, step=1_000, samples=60, sizes=sizes)

        def history(number: int) -> dict:
            query = f'max_over_time(host_gauge{{instance="host-{number % 10}:9100",code="200"}}[1m])'
            return {"query": query, "start": first / 1_000 + 60, "end": end - 1, "step": 60}

        return {"stored": stored, "history": ask(servers, "query_range", history, sizes.rounds)}


def scrape_day(folder: pathlib.Path, kinds, sizes: Sizes) -> dict:
    """A day of a sample every 15 s, and queries over it."""
    count = sizes.scrape_series
    series = workload.named("scrape_total", count, instances=50, job="scrape")
    series += workload.named("scrape_gauge", count, instances=50, job="scrape")
    end = int(time.time()) // 60 * 60
    first = (end - sizes.day_seconds) * 1_000
    values = workload.Values(count, count, sizes.day_seconds // 15, seed=13)
    rate = "sum by (instance) (rate(scrape_total[5m]))"
    with running(folder, kinds) as servers:
        stored = fill(servers, series, values, first=first, step=15_000, samples=4, sizes=sizes)

        def whole_day(number: int) -> dict:
            return {"query": rate, "start": end - sizes.day_seconds + number, "end": end - 60 + number, "step": 60}

        def hour(number: int) -> dict:
            through = end - 60 - number * 15
            return {"query": rate, "start": max(through - 3_600, end - sizes.day_seconds), "end": through, "step": 15}

        def instant(number: int) -> dict:
            return {"query": '{job="scrape"}', "time": end - 60 - number * 15}

        return {
            "stored": stored,
            "day": ask(servers, "query_range", whole_day, max(2, sizes.rounds // 4)),
            "hour": ask(servers, "query_range", hour, sizes.rounds),
            "instant": ask(servers, "query", instant, sizes.rounds),
        }


PARTS = {"full_rate": full_rate, "low_rates": low_rates, "active_series": active_series}
DAYS = {"host_day": host_day, "scrape_day": scrape_day}


def measure(folder: pathlib.Path, sizes: Sizes, only: list[str]) -> dict:
    kinds = peers.installed()
    results: dict = {
        "began": datetime.datetime.now(datetime.UTC).isoformat(timespec="minutes"),
        "load_average": [os.getloadavg()[0]],
    }
    for name, part in PARTS.items():
        if name in only:
            results[name] = {kind.name: part(folder, kind, sizes) for kind in kinds}
            print(f"{name}: {json.dumps(results[name])}", file=sys.stderr, flush=True)
    for name, day in DAYS.items():
        if name in only:
            results[name] = day(folder, kinds, sizes)
            print(f"{name}: {json.dumps(results[name])}", file=sys.stderr, flush=True)
    results["load_average"].append(os.getloadavg()[0])
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", choices=[*PARTS, *DAYS], help="only these parts")
    parser.add_argument("--folder", type=pathlib.Path, help="where the stores lie while they are measured")
    parser.add_argument("--json", type=pathlib.Path, help="also write every number to this file")
    parser.add_argument("--smoke", action="store_true", help="tiny sizes, only to see that everything works")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder, prefix="axonize-metrics-") as folder:
        results = measure(pathlib.Path(folder), SMOKE if options.smoke else Sizes(), options.only or [*PARTS, *DAYS])
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n")
    names = [kind.name for kind in peers.installed()]
    print(f"{results['began']}, load {results['load_average']}\n\n{report.table(results, names)}")


if __name__ == "__main__":
    main()
