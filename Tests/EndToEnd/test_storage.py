"""What is kept: `axonize storage`, its endpoint, who may see it, and roll-ups of samples that arrive."""

import contextlib
import json
import subprocess
import time

import numpy
import requests
from support.remote_write import Sender, Series, Template
from support.server import BINARY, wait_until

LEVELS = ["sample_minutes", "sample_five_minutes", "sample_hours", "sample_days"]


def storage(server, **headers) -> requests.Response:
    return server.get("/api/v1/storage", headers=headers)


def rows(server) -> dict:
    return {table["table"]: table for table in storage(server).json()["data"]}


def test_samples_and_their_roll_ups_are_shown(server):
    # So many rows that they are committed and rolled up at once, not after some time.
    series_count, sample_count = 2_000, 100
    series = [Series((("__name__", "node_load1"), ("instance", f"host-{n}:9100"))) for n in range(series_count)]
    template = Template(series, samples=sample_count)
    now = int(time.time()) // 60 * 60_000
    times = now - numpy.arange(sample_count, 0, -1) * 15_000
    with contextlib.closing(Sender(f"127.0.0.1:{server.http_port}", "/api/v1/write")) as sender:
        sender.send(template.request(numpy.tile(times, series_count), numpy.zeros(template.count)))

    def is_stored() -> bool:
        tables = rows(server)
        return tables["samples"]["rows"] >= template.count and all(tables[level]["rows"] for level in LEVELS)

    wait_until(is_stored, 60, "the roll-ups of samples")
    tables = rows(server)
    assert tables["samples"]["rows"] == template.count
    assert tables["samples"]["bytes"] > 0
    assert tables["samples"]["retention_seconds"] == 15 * 86400
    assert tables["samples"]["next_deletion_at"] > time.strftime("%Y-%m-%d", time.gmtime())
    assert tables["samples"]["oldest_day"] <= tables["samples"]["newest_day"]
    assert tables["sample_days"]["retention_seconds"] is None
    assert tables["sample_hours"]["retention_seconds"] == 365 * 86400

    shown = subprocess.run(
        [BINARY, "storage", "--server", server.url], check=True, capture_output=True, text=True, timeout=60
    ).stdout.splitlines()
    assert shown[0].split()[:3] == ["TABLE", "ROWS", "SIZE"]
    assert next(line for line in shown if line.startswith("samples ")).split()[1] == "200,000"
    as_json = subprocess.run(
        [BINARY, "storage", "--server", server.url, "--json"], check=True, capture_output=True, text=True, timeout=60
    ).stdout
    assert [table["table"] for table in json.loads(as_json)["data"]] == list(tables)


def test_percentiles_outlive_samples(make_server):
    """What is read of sketches is less than 1 % from numpy's percentiles of the samples, with and without PromQL."""
    kept = make_server(arguments=["--metrics-retention", "5d"]).start()
    hours, times = 48, numpy.arange(1, 48 * 120 + 1) * 30_000
    start = (int(time.time()) // 3_600 - hours - 2) * 3_600_000
    random = numpy.random.default_rng(7)
    values = numpy.stack(
        [random.lognormal(3, 1.5, len(times)), random.normal(0, 100, len(times)), numpy.full(len(times), 42.5)]
    )
    series = [Series((("__name__", "latency"), ("instance", f"host-{n}"))) for n in range(len(values))]
    template = Template(series, samples=len(times))
    with contextlib.closing(Sender(f"127.0.0.1:{kept.http_port}", "/api/v1/write")) as sender:
        sender.send(template.request(numpy.tile(start + times, len(series)), values.ravel()))
    range_ = {"start": start // 1000, "end": start // 1000 + hours * 3600}
    quantiles = {"p50": 50, "p95": 95, "p99": 99}

    def history(server) -> list[list[dict]]:
        whole = {key: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(value)) for key, value in range_.items()}
        page = server.get("/api/v1/metrics/history", name="latency", step="1h", **whole)
        assert page.status_code == 200, page.text
        return [one["points"] for one in sorted(page.json()["data"], key=lambda one: one["labels"]["instance"])]

    # A sample at the end of a step is of that step in a level, and of the next one among samples.
    exact = history(kept)
    assert not any("approximate" in point for points in exact for point in points)
    assert kept.stop() == 0
    # Sketches follow within ten minutes, or after a start.
    kept.start()
    wait_until(lambda: rows(kept)["sample_hour_sketches"]["rows"] >= hours * len(series), 60, "sketches")
    wait_until(lambda: rows(kept)["sample_hours"]["rows"] >= hours * len(series), 60, "roll-ups")
    assert kept.stop() == 0

    left = make_server(arguments=["--metrics-retention", "1h"]).start()
    for number, points in enumerate(history(left)):
        assert len(points) == hours
        for hour, point in enumerate(points):
            of_hour = values[number][hour * 120 : (hour + 1) * 120]
            assert point["approximate"]
            assert point["count"] == 120
            assert numpy.isclose(point["mean"], of_hour.mean(), rtol=1e-9)
            assert (point["min"], point["max"]) == (of_hour.min(), of_hour.max())
            for name, percent in quantiles.items():
                wanted = numpy.percentile(of_hour, percent)
                assert numpy.isclose(point[name], wanted, rtol=0.01, atol=0.1 if number == 1 else 0), (
                    number,
                    hour,
                    name,
                )
    for percent in quantiles.values():
        query = {"query": f"quantile_over_time({percent / 100}, latency[1d])", "step": 86_400}
        first = (range_["start"] // 86_400 + 2) * 86_400
        answer = left.get("/api/v1/query_range", **query, start=first, end=first)
        for one in answer.json()["data"]["result"]:
            number = int(one["metric"]["instance"].removeprefix("host-"))
            inside = (start + times > (first - 86_400) * 1000) & (start + times <= first * 1000)
            wanted = numpy.percentile(values[number][inside], percent)
            assert numpy.isclose(float(one["values"][0][1]), wanted, rtol=0.01, atol=0.1 if number == 1 else 0)
        assert len(answer.json()["data"]["result"]) == len(series)
    assert left.stop() == 0


def test_a_key_of_another_tenant_is_refused(make_server):
    server = make_server(arguments=["--require-keys"])
    server.start()

    def axonize(*arguments):
        command = [BINARY, *arguments, "--data-dir", server.data_dir]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout.strip()

    axonize("tenants", "create", "other")
    first = axonize("keys", "create", "-p", "query")
    other = axonize("keys", "create", "-p", "query", "--tenant", "other")
    writer = axonize("keys", "create", "-p", "ingest")
    wait_until(lambda: storage(server, **{"x-api-key": first}).status_code == 200, 30, "the new key to count")
    for key, code in [(other, 403), (writer, 403), ("", 401)]:
        response = storage(server, **({"x-api-key": key} if key else {}))
        assert (response.status_code, key) == (code, key)
