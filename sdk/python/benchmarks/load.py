"""100,000 spans a second from four threads to a real server, and how fast spans are encoded and sent off the GIL."""

from __future__ import annotations

import pathlib
import statistics
import threading
import time

import subject
from sink import sink

import axonize


def produce(spans: int, per_second: float) -> None:
    """Make spans at a steady rate, in bursts of 50."""
    begin = time.monotonic()
    for index in range(0, spans, 50):
        for _ in range(50):
            with axonize.span("retrieve") as span:
                span.set_attribute("k", index)
        ahead = (index + 50) / per_second - (time.monotonic() - begin)
        if ahead > 0:
            time.sleep(ahead)


def at_rate(port: int, per_second: int, seconds: float, threads: int = 4) -> dict[str, float]:
    """Offer spans at a rate; what became of them."""
    subject.start(port)
    each = int(per_second * seconds / threads) // 50 * 50
    workers = [threading.Thread(target=produce, args=(each, per_second / threads)) for _ in range(threads)]
    begin = time.monotonic()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    took = time.monotonic() - begin
    figures = subject.stop()
    return {
        "offered_per_second": each * threads / took,
        "offered": each * threads,
        "exported": figures["exported"],
        "dropped": figures["dropped_queue_full"] + figures["dropped_send_failed"] + figures["dropped_too_large"],
    }


def export_thread() -> pathlib.Path:
    """The scheduler's figures of the export thread."""
    for _ in range(500):
        for task in pathlib.Path("/proc/self/task").iterdir():
            if (task / "comm").read_text().strip() == "axonize-export":
                return task / "schedstat"
        time.sleep(0.01)
    raise SystemExit("benchmarks: there is no export thread; these figures are the native core's")


def off_the_gil(seconds: float, rounds: int = 3) -> dict[str, float]:
    """CPU time of the export thread for each span while one thread makes them as fast as it can; over HTTP and gRPC.

    The two take turns, and the median of each counts.
    """
    found: dict[str, list[dict[str, float]]] = {"": [], "grpc_": []}
    for _ in range(rounds):
        for prefix, runs in found.items():
            runs.append(one_export(seconds / rounds, grpc=bool(prefix)))
    return {
        prefix + name: statistics.median(run[name] for run in runs)
        for prefix, runs in found.items()
        for name in runs[0]
    }


def one_export(seconds: float, grpc: bool) -> dict[str, float]:
    """One run."""
    with sink(grpc) as port:
        subject.start(port, "grpc" if grpc else "http/protobuf")
        place = export_thread()
        # What a start costs is not a span's.
        time.sleep(0.2)
        before = int(place.read_text().split()[0])
        begin = time.monotonic()
        while time.monotonic() - begin < seconds:
            for _ in range(1000):
                with axonize.span("retrieve") as span:
                    span.set_attribute("k", 10)
        axonize.flush(30)
        took = time.monotonic() - begin
        spent = int(place.read_text().split()[0]) - before
        figures = subject.stop()
    return {
        "encode_and_send_ns": spent / figures["exported"],
        "spans_per_cpu_second": figures["exported"] / spent * 1e9,
        "exported_per_second": figures["exported"] / took,
        "offered_per_second": figures["ended"] / took,
        "dropped": figures["dropped_queue_full"],
    }
