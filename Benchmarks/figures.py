"""The measurements behind docs/benchmarks.md, each a function that answers named figures."""

import datetime
import http.client
import json
import pathlib
import random
import statistics
import subprocess
import time
import urllib.parse

import process
from support.server import ROOT, Server, clean_environment, free_ports, wait_until

LOAD = ROOT / ".build/release/axonize-load"
NGINX = ROOT / ".deps/tools/usr/sbin/nginx"
EVER = "2020-01-01T00:00:00Z"


def send(server: Server, **options) -> dict:
    """Runs the load generator; its report."""
    transport = options.get("transport", "grpc")
    port = server.grpc_port if transport == "grpc" else server.otlp_port
    arguments = [LOAD, "--endpoint", f"127.0.0.1:{port}"]
    for name, value in options.items():
        arguments += [f"--{name.replace('_', '-')}", str(value)]
    result = subprocess.run(arguments, capture_output=True, text=True)
    if result.returncode != 0:
        raise RuntimeError(f"{arguments}: {result.stdout}{result.stderr}")
    return json.loads(result.stdout)


def idle(server: Server, seconds: float) -> dict:
    time.sleep(seconds)
    before = process.cpu_seconds(server.process.pid)
    time.sleep(seconds)
    return {
        "idle_resident_mb": process.resident_bytes(server.process.pid) / 1e6,
        "idle_cpu_percent": (process.cpu_seconds(server.process.pid) - before) / seconds * 100,
    }


def ingest(server: Server, seconds: float, quiet_seconds_max: float, **options) -> dict:
    """As fast as answers come; CPU time is read again once merges are done, so that they are included."""
    pid = server.process.pid
    cpu_before = process.cpu_seconds(pid)
    with process.Sampler(pid) as seen:
        report = send(server, seconds=seconds, **options)
    cpu_sending = process.cpu_seconds(pid) - cpu_before
    quiet_after = process.wait_until_quiet(pid, quiet_seconds_max)
    cpu_all = process.cpu_seconds(pid) - cpu_before
    spans = report["acknowledged_spans"]
    return {
        "spans": spans,
        "seconds": report["seconds"],
        "spans_per_second": report["acknowledged_spans_per_second"],
        "refused_spans": report["refused_spans"],
        "server_cpu_us_per_span_while_sending": cpu_sending / spans * 1e6,
        "server_cpu_us_per_span_with_merges": cpu_all / spans * 1e6,
        "server_cpu_us_per_span_by_thread_while_sending": {
            name: taken / spans * 1e6 for name, taken in seen.seconds_by_thread.items() if taken > 0
        },
        "merges_quiet_after_s": quiet_after,
        "resident_mb_median": seen.median / 1e6,
        "resident_mb_peak": seen.peak / 1e6,
        "acknowledgement_ms_p50": report["latency_ms"]["p50"],
        "acknowledgement_ms_p99": report["latency_ms"]["p99"],
        "sender_cpu_us_per_span": report["client_cpu_seconds"] / spans * 1e6,
    }


# Spans a second and spans a request of the rates that most servers have.
LOW_RATES = [(100, 10), (1_000, 50), (10_000, 100), (30_000, 500)]


def low_rates(server: Server, seconds: float) -> dict:
    """CPU of the server in percent of a core at low rates, with spans of now, and the time to their acknowledgement."""
    figures = {}
    pid = server.process.pid
    for rate, batch in LOW_RATES:
        began, before = time.monotonic(), process.cpu_seconds(pid)
        report = send(server, seconds=seconds, rate=rate, batch_spans=batch, connections=2)
        used = process.cpu_seconds(pid) - before
        figures[str(rate)] = {
            "cpu_percent": used / (time.monotonic() - began) * 100,
            "acknowledgement_ms_p50": report["latency_ms"]["p50"],
            "acknowledgement_ms_p99": report["latency_ms"]["p99"],
            "acknowledged_spans": report["acknowledged_spans"],
        }
    return figures


# Requests in flight on each of two connections.
IN_FLIGHT = [4, 16, 32]


def full_rates(server: Server, seconds: float, quiet_seconds_max: float) -> dict:
    """As `ingest`, with few and with many requests in flight; one after another on one server."""
    return {
        str(count): ingest(server, seconds, quiet_seconds_max, connections=2, in_flight=count) for count in IN_FLIGHT
    }


def backfill(server: Server, spans: int, **times) -> dict:
    """Stores spans as fast as answers come: live ones, or with `replay_seconds` those of a time, in its order."""
    before = process.cpu_seconds(server.process.pid)
    report = send(server, seconds=0, spans=spans, connections=2, in_flight=32, gpu_key="gpu.uuid", **times)
    return {
        "spans_per_second": report["acknowledged_spans_per_second"],
        "refused_spans": report["refused_spans"],
        "server_cpu_us_per_span_while_sending": (process.cpu_seconds(server.process.pid) - before) / spans * 1e6,
    }


def fill(server: Server, spans: int, quiet_seconds_max: float, **options) -> dict:
    """Stores as many spans as if they had come through the last 24 hours, in the order of their times."""
    began = time.time()
    cpu_before = process.cpu_seconds(server.process.pid)
    report = send(server, seconds=0, spans=spans, connections=2, in_flight=32, replay_seconds=86400, seed=7, **options)
    process.wait_until_quiet(server.process.pid, quiet_seconds_max)
    return {
        "spans": spans,
        "spans_per_second": report["acknowledged_spans_per_second"],
        "server_cpu_us_per_span_with_merges": (process.cpu_seconds(server.process.pid) - cpu_before) / spans * 1e6,
        "first_unix_seconds": began - 86400,
        "last_unix_seconds": began,
        "disk_bytes_per_span": process.active_disk_bytes(server.data_dir) / spans,
    }


def instant(unix_seconds: float) -> str:
    return datetime.datetime.fromtimestamp(unix_seconds, datetime.UTC).isoformat().replace("+00:00", "Z")


def percentile(values: list[float], fraction: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * fraction))]


class Asker:
    """Asks one server on a kept-alive connection. The library of the tests takes 3 ms of its own for each question."""

    def __init__(self, server: Server):
        self.connection = http.client.HTTPConnection("127.0.0.1", server.http_port, timeout=60)

    def ask(self, path: str, **parameters) -> tuple[float, dict]:
        """Milliseconds until the whole answer is here, and the answer."""
        target = f"{path}?{urllib.parse.urlencode(parameters)}" if parameters else path
        began = time.perf_counter()
        self.connection.request("GET", target)
        response = self.connection.getresponse()
        body = response.read()
        taken = (time.perf_counter() - began) * 1e3
        if response.status != 200:
            raise RuntimeError(f"{target}: {response.status} {body[:500]!r}")
        # Tempo's answers have no `data`.
        answer = json.loads(body)
        return taken, answer.get("data", answer)

    def timed(self, repeats: int, question) -> dict:
        """Asks `question(index)`, a path and its parameters, so many times after one that does not count."""
        taken = []
        for index in range(repeats + 1):
            path, parameters = question(index)
            taken.append(self.ask(path, **parameters)[0])
        return {"p50_ms": percentile(taken[1:], 0.5), "p95_ms": percentile(taken[1:], 0.95)}


def queries(server: Server, stored: dict, repeats: int) -> dict:
    """Through REST, one client on a kept-alive connection, a different question each time."""
    chance = random.Random(1)
    span = stored["last_unix_seconds"] - stored["first_unix_seconds"]
    asker = Asker(server)

    def window(seconds: float) -> dict:
        """A range of the day that is stored."""
        start = stored["first_unix_seconds"] + chance.random() * max(0, span - seconds)
        return {"start": instant(start), "end": instant(start + seconds)}

    ids = []
    # Some 7,000 spans: so many come a minute when the day has ten million.
    short = min(span, span * 7_000 / stored["spans"])
    for index in range(40):
        _, found = asker.ask("/api/v1/traces", **window(short), service=f"inference-{index % 20}", limit=50)
        ids += [row["trace_id"] for row in found]
    chance.shuffle(ids)

    def by_id(index: int):
        return f"/api/v1/traces/{ids[index % len(ids)]}", {}

    def search(index: int):
        low = 100 + chance.randrange(400)
        return "/api/v1/traces", {
            **window(3600),
            "service": f"inference-{index % 20}",
            "limit": 20,
            "min_duration_ms": low,
            "max_duration_ms": low + 300,
        }

    def attribute(index: int):
        customer = f"customer-{chance.randrange(10_000):05d}"
        return "/api/v1/traces", {"start": EVER, "limit": 20, "attr.app.customer.id": customer}

    def overview(index: int):
        return "/api/v1/analytics/overview", {"start": EVER}

    return {
        "trace_by_id": asker.timed(repeats, by_id),
        "search_service_time_duration": asker.timed(repeats, search),
        "attribute_equality_over_all": asker.timed(max(3, repeats // 4), attribute),
        "overview": asker.timed(max(3, repeats // 2), overview),
    }


def restart(server: Server) -> dict:
    """Three times, medians: the first start after much else was read finds little of the store in memory."""
    stops, starts = [], []
    for _ in range(3):
        began = time.perf_counter()
        server.stop()
        stopped = time.perf_counter()
        server.start()
        stops.append(stopped - began)
        starts.append(time.perf_counter() - stopped)
    return {
        "stop_s": statistics.median(stops),
        "start_to_ready_s": statistics.median(starts),
        "start_to_ready_s_max": max(starts),
    }


def small_get(server: Server, seconds: float, folder: pathlib.Path) -> dict:
    """CPU per request of a small GET, against nginx: five times in turns, medians, with the same client."""
    (port,) = free_ports(1)
    configuration = folder / "nginx.conf"
    configuration.write_text(
        f"""
        worker_processes 2;
        pid {folder}/nginx.pid;
        error_log {folder}/nginx-error.log;
        events {{ worker_connections 1024; }}
        http {{
          access_log off;
          keepalive_requests 1000000000;
          client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
          uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
          server {{ listen 127.0.0.1:{port}; location / {{ default_type text/plain; return 200 'ok'; }} }}
        }}
        """
    )
    nginx = subprocess.Popen([NGINX, "-c", configuration, "-g", "daemon off;"], env=clean_environment({}))
    try:
        wait_until(lambda: len(children(nginx.pid)) == 2, 10, "nginx")
        figures = {}
        peers = {
            "nginx": ([nginx.pid, *children(nginx.pid)], f"http://127.0.0.1:{port}/"),
            "axonize": ([server.process.pid], f"{server.url}/healthz"),
        }
        costs: dict[str, list[float]] = {name: [] for name in peers}
        for name, (pids, url) in list(peers.items()) * 5:
            before = sum(process.cpu_seconds(pid) for pid in pids)
            output = subprocess.run(
                ["wrk", "-t1", "-c64", f"-d{max(1, seconds / 5):g}s", url], capture_output=True, text=True, check=True
            ).stdout
            requests = int(output.split(" requests in ")[0].split()[-1])
            used = sum(process.cpu_seconds(pid) for pid in pids) - before
            costs[name].append(used / requests * 1e6)
        for name, values in costs.items():
            figures[f"{name}_cpu_us_per_request"] = statistics.median(values)
        figures["ratio"] = statistics.median(
            ours / theirs for ours, theirs in zip(costs["axonize"], costs["nginx"], strict=True)
        )
        return figures
    finally:
        nginx.terminate()
        nginx.wait()


def children(pid: int) -> list[int]:
    return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
