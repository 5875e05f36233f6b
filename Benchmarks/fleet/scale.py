#!/usr/bin/env python3
"""Measures an agent with eight GPUs of the stand-in, and a server on one core with what 200 such agents send.

An agent sends to this program for a while. What it sent is then sent again and again, with the names, GPUs and times of
as many machines as are asked for, at the pace of the machines. Build before: `swift build --build-tests` for the
stand-in and `scripts/build-release.sh axonize`.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import http.client
import http.server
import json
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

import numpy

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "Tests/EndToEnd"), str(ROOT / "Benchmarks")]

import process
from figures import percentile
from support import remote_write
from support.server import BINARY, Server, clean_environment, free_ports

STAND_IN = ROOT / ".build/debug/libnvml-stand-in.so"
NAME = "node-000"
# `machine 61680` of the stand-in, which stands in each UUID.
UUID_PART = b"-f0f0-0000-0000-"
SEND_SECONDS = 5


def uncompress(data: bytes) -> bytes:
    library = remote_write._SNAPPY
    size = ctypes.c_size_t()
    if library.snappy_uncompressed_length(data, ctypes.c_size_t(len(data)), ctypes.byref(size)) != 0:
        raise ValueError("not snappy")
    out = ctypes.create_string_buffer(size.value)
    library.snappy_uncompress(data, ctypes.c_size_t(len(data)), out, ctypes.byref(size))
    return out.raw[: size.value]


class Recorder(http.server.ThreadingHTTPServer):
    """Takes what an agent sends."""

    daemon_threads = True

    def __init__(self) -> None:
        (port,) = free_ports(1)
        self.written: list[bytes] = []
        self.report = b""
        super().__init__(("127.0.0.1", port), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.path.endswith("/write"):
            self.server.written.append(uncompress(body))
        else:
            self.server.report = body
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def varint(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, at
        shift += 7


def fields(data: bytes, at: int, end: int):
    """Number, begin and end of each field; of a number its value in the place of the end."""
    while at < end:
        tag, at = varint(data, at)
        if tag & 7 == 2:
            size, at = varint(data, at)
            yield tag >> 3, at, at + size
            at += size
        elif tag & 7 == 1:
            yield tag >> 3, at, at + 8
            at += 8
        else:
            begin = at
            _, at = varint(data, at)
            yield tag >> 3, begin, at


class Recorded:
    """A request with the places of what differs between machines and times."""

    def __init__(self, body: bytes) -> None:
        self.body = numpy.frombuffer(body, dtype=numpy.uint8)
        times = [
            begin
            for kind, at, end in fields(body, 0, len(body))
            if kind == 1
            for part, sample_at, sample_end in fields(body, at, end)
            if part == 2
            for value, begin, _ in fields(body, sample_at, sample_end)
            if value == 2
        ]
        self.times = numpy.array(times)
        self.sample_count = len(times)
        parts = self.body[self.times[:, None] + numpy.arange(6)].astype(numpy.int64)
        self.milliseconds = ((parts & 0x7F) << (numpy.arange(6) * 7)).sum(axis=1)
        self.names = places(body, NAME.encode())
        self.uuids = places(body, UUID_PART)

    def request(self, machine: int, shift: int) -> bytes:
        """Of a machine, so many milliseconds later."""
        body = self.body.copy()
        shifts = numpy.arange(6) * 7
        parts = ((self.milliseconds + shift)[:, None] >> shifts & 0x7F).astype(numpy.uint8)
        parts[:, :5] |= 0x80
        body[self.times[:, None] + numpy.arange(6)] = parts
        for found, text in ((self.names, name(machine).encode()), (self.uuids, uuid_part(machine))):
            if len(found):
                body[found[:, None] + numpy.arange(len(text))] = numpy.frombuffer(text, dtype=numpy.uint8)
        return remote_write.compress(body.tobytes())


def places(body: bytes, text: bytes) -> numpy.ndarray:
    return numpy.array([match.start() for match in re.finditer(re.escape(text), body)], dtype=numpy.int64)


def name(machine: int) -> str:
    return f"node-{machine:03d}"


def uuid_part(machine: int) -> bytes:
    return b"-%04x-0000-0000-" % machine


def record(folder: pathlib.Path, seconds: int) -> tuple[list[Recorded], bytes, dict]:
    """What an agent sends, and what that costs the machine."""
    recorder = Recorder()
    library = folder / "libnvidia-ml.so.1"
    shutil.copy(STAND_IN, library)
    pathlib.Path(f"{library}.txt").write_text("h200x8\nload wave\npatient\nmachine 61680")
    command = [str(BINARY), "agent", f"--server={recorder.url}", f"--instance={NAME}", f"--spool-dir={folder}/spool"]
    command += ["--gpu-enabled=true", f"--nvml-library={library}"]
    with (folder / "agent.log").open("wb") as log:
        agent = subprocess.Popen(command, stdout=log, stderr=log, env=clean_environment({}))
    try:
        # What is done once, such as opening the driver, is no part of the cost.
        time.sleep(15)
        first = len(recorder.written)
        before, began = process.cpu_seconds(agent.pid), time.monotonic()
        time.sleep(seconds)
        cost = {
            "agent_core_percent": 100 * (process.cpu_seconds(agent.pid) - before) / (time.monotonic() - began),
            "agent_resident_mb": process.resident_bytes(agent.pid) / 1e6,
        }
    finally:
        agent.terminate()
        agent.wait()
    bodies = [Recorded(body) for body in recorder.written[first:-1]]
    cost["samples_per_request"] = sum(body.sample_count for body in bodies) / len(bodies)
    cost["collection_ms"] = collection_milliseconds(recorder.written)
    recorder.shutdown()
    return bodies, recorder.report, cost


def collection_milliseconds(bodies: list[bytes]) -> dict[str, list[float]]:
    """The median and the longest run of each collector, as the agent has measured them; the five longest."""
    found: dict[str, list[float]] = {}
    for body in bodies:
        for kind, at, end in fields(body, 0, len(body)):
            if kind != 1:
                continue
            parts = list(fields(body, at, end))
            labels = {}
            for part, begin, until in parts:
                if part == 1:
                    (_, key, key_end), (_, text, text_end) = fields(body, begin, until)
                    labels[body[key:key_end]] = body[text:text_end]
            if labels.get(b"__name__") != b"node_scrape_collector_duration_seconds":
                continue
            for part, begin, until in parts:
                if part != 2:
                    continue
                (value,) = (
                    numpy.frombuffer(body[a:b], "<f8")[0] for kind, a, b in fields(body, begin, until) if kind == 1
                )
                found.setdefault(labels[b"collector"].decode(), []).append(1000 * float(value))
    times = {name: [round(percentile(all_, 0.5), 2), round(max(all_), 2)] for name, all_ in found.items()}
    return dict(sorted(times.items(), key=lambda one: -one[1][0])[:5])


def watch_itself(folder: pathlib.Path, seconds: int) -> dict[str, float]:
    """What servers at rest cost that watch nothing, their machine, and their machine with eight GPUs."""
    library = folder / "libnvidia-ml.so.1"
    kinds = {
        "nothing": {},
        "host": {"AXONIZE_FLEET_HOST_ENABLED": "true"},
        "host and 8 GPUs": {
            "AXONIZE_FLEET_HOST_ENABLED": "true",
            "AXONIZE_FLEET_GPU_ENABLED": "true",
            "AXONIZE_FLEET_NVML_LIBRARY": str(library),
        },
    }
    with contextlib.ExitStack() as stack:
        servers = {}
        for number, (kind, environment) in enumerate(kinds.items()):
            server = Server(folder / f"watching-{number}", environment=environment)
            stack.callback(server.close)
            servers[kind] = server.start()
        time.sleep(30)
        before = {kind: process.cpu_seconds(server.process.pid) for kind, server in servers.items()}
        began = time.monotonic()
        time.sleep(seconds)
        return {
            kind: 100 * (process.cpu_seconds(server.process.pid) - before[kind]) / (time.monotonic() - began)
            for kind, server in servers.items()
        }


class Load:
    """Machines that send their samples and reports every five seconds, each at a time of its own."""

    def __init__(self, server: Server, bodies: list[Recorded], report: bytes, count: int, threads: int) -> None:
        self.server, self.bodies, self.report = server, bodies, report
        self.is_running = True
        self.lock = threading.Lock()
        self.latencies: list[float] = []
        self.lags: list[float] = []
        self.statuses: dict[str, int] = {}
        self.sample_count = 0
        chance = random.Random(1)
        phases = [(chance.uniform(0, SEND_SECONDS), machine) for machine in range(count)]
        self.began = time.time() + 1
        self.threads = [
            threading.Thread(target=self.run, args=(sorted(phases[number::threads]),)) for number in range(threads)
        ]
        for thread in self.threads:
            thread.start()

    def run(self, phases) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.http_port, timeout=60)
        round_ = 0
        while self.is_running:
            # As many rounds as there are bodies are played in the order in which they were recorded.
            body = self.bodies[round_ % len(self.bodies)]
            newest = int(body.milliseconds.max())
            for phase, machine in phases:
                due = self.began + round_ * SEND_SECONDS + phase
                pause = due - time.time()
                if pause > 0:
                    time.sleep(pause)
                if not self.is_running:
                    break
                request = body.request(machine, int(due * 1000) // 1000 * 1000 - newest)
                status, seconds = self.post(connection, "/api/v1/write", request, remote_write.headers())
                report = self.report.replace(NAME.encode(), name(machine).encode()).replace(
                    UUID_PART, uuid_part(machine)
                )
                self.post(connection, "/api/v1/nodes/report", report, {"content-type": "application/json"})
                with self.lock:
                    self.latencies.append(seconds)
                    self.lags.append(time.time() - due)
                    if status == 204 or status == 200:
                        self.sample_count += body.sample_count
            round_ += 1

    def post(self, connection, path: str, body: bytes, headers: dict) -> tuple[int, float]:
        began = time.perf_counter()
        connection.request("POST", path, body, headers)
        response = connection.getresponse()
        text = response.read()
        with self.lock:
            key = f"{path} {response.status}"
            self.statuses[key] = self.statuses.get(key, 0) + 1
            if response.status >= 300 and self.statuses[key] == 1:
                print(f"{key}: {text[:300]!r}", file=sys.stderr)
        return response.status, time.perf_counter() - began

    def stop(self) -> None:
        self.is_running = False
        for thread in self.threads:
            thread.join()


def measure(folder: pathlib.Path, bodies, report: bytes, arguments) -> dict:
    server = Server(folder / "data")
    command = server.command()
    server.command = lambda: ["taskset", "--cpu-list", arguments.core, *command]
    server.start()
    found: dict = {"machines": arguments.machines, "seconds": arguments.seconds}
    try:
        load = Load(server, bodies, report, arguments.machines, threads=40)
        time.sleep(min(20, arguments.seconds / 4))
        pid = server.process.pid
        before, began, samples = process.cpu_seconds(pid), time.monotonic(), load.sample_count
        questions: dict[str, list[float]] = {}
        minutes = []
        while time.monotonic() - began < arguments.seconds:
            minute, cpu = time.monotonic(), process.cpu_seconds(pid)
            while time.monotonic() - minute < min(60, arguments.seconds):
                time.sleep(5)
                for path, parameters in (
                    ("/api/v1/query", {"query": "avg by (instance) (axonize_gpu_power_watts)"}),
                    ("/api/v1/nodes", {"limit": 100}),
                ):
                    asked = time.perf_counter()
                    response = server.get(path, timeout=60, **parameters)
                    assert response.status_code == 200, response.text
                    questions.setdefault(path, []).append(1000 * (time.perf_counter() - asked))
            minutes.append(
                [
                    round(100 * (process.cpu_seconds(pid) - cpu) / (time.monotonic() - minute), 1),
                    round(process.resident_bytes(pid) / 1e6),
                ]
            )
            print("core %, resident MB:", minutes[-1], load.statuses, file=sys.stderr, flush=True)
        spent = time.monotonic() - began
        found["core_percent"] = 100 * (process.cpu_seconds(pid) - before) / spent
        found["samples_per_second"] = (load.sample_count - samples) / spent
        load.stop()
        found["by_minute"] = minutes
        found["resident_mb"] = process.resident_bytes(pid) / 1e6
        found["statuses"] = load.statuses
        found["write_ms"] = {share: 1000 * percentile(load.latencies, share) for share in (0.5, 0.95, 0.99)}
        found["behind_ms"] = {share: 1000 * percentile(load.lags, share) for share in (0.5, 0.99)}
        found["question_ms"] = {path: percentile(times, 0.5) for path, times in questions.items()}
        found["nodes"] = json.loads(server.run("nodes", "--json", "--limit", "1000").stdout)["data"].__len__()
        found["disk_bytes_per_sample"] = process.active_disk_bytes(folder / "data") / max(1, load.sample_count)
        for thread, seconds in sorted(by_name(process.thread_seconds(pid)).items(), key=lambda one: -one[1])[:8]:
            found.setdefault("thread_seconds", {})[thread] = round(seconds, 1)
        assert server.stop() == 0
    finally:
        server.close()
    return found


def by_name(threads: dict[str, tuple[str, float]]) -> dict[str, float]:
    sums: dict[str, float] = {}
    for thread, seconds in threads.values():
        sums[thread] = sums.get(thread, 0) + seconds
    return sums


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--machines", type=int, default=200)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--record-seconds", type=int, default=60)
    parser.add_argument("--watch-seconds", type=int, default=120, help="0 leaves out servers that watch themselves")
    parser.add_argument("--core", default="0", help="the core of the server")
    arguments = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        bodies, report, cost = record(folder, arguments.record_seconds)
        print(json.dumps(cost, indent=2), flush=True)
        if arguments.watch_seconds:
            found = watch_itself(folder, arguments.watch_seconds)
            print(json.dumps({"server_core_percent": found}, indent=2), flush=True)
        if arguments.machines:
            print(json.dumps(measure(folder, bodies, report, arguments), indent=2))


if __name__ == "__main__":
    main()
