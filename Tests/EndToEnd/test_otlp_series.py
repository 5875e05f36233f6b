"""Metrics of the official OpenTelemetry SDK become series that PromQL reads."""

import time

import pytest
import requests
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.metrics import Observation
from opentelemetry.sdk.metrics import Counter, Histogram, MeterProvider
from opentelemetry.sdk.metrics.export import AggregationTemporality, PeriodicExportingMetricReader
from opentelemetry.sdk.metrics.view import ExponentialBucketHistogramAggregation, View
from opentelemetry.sdk.resources import Resource
from support.server import wait_until

CUMULATIVE = {}
DELTA = {Counter: AggregationTemporality.DELTA, Histogram: AggregationTemporality.DELTA}


class Program:
    """A program that is measured by the SDK and exports when it is told to."""

    def __init__(self, url: str, job: str, temporality: dict, compression=Compression.NoCompression):
        self._reader = PeriodicExportingMetricReader(
            OTLPMetricExporter(endpoint=url, compression=compression, preferred_temporality=temporality),
            export_interval_millis=3_600_000,
        )
        self._provider = MeterProvider(
            metric_readers=[self._reader],
            resource=Resource.create(
                {
                    "service.name": job,
                    "service.namespace": "shop",
                    "service.instance.id": "i-1",
                    "host.name": "h1",
                }
            ),
            views=[
                View(
                    instrument_name="payload.size",
                    aggregation=ExponentialBucketHistogramAggregation(max_size=20),
                )
            ],
        )
        meter = self._provider.get_meter("e2e", "1.2")
        self.requests = meter.create_counter("http.server.requests", unit="{request}", description="Requests.")
        self.active = meter.create_up_down_counter("http.server.active")
        self.duration = meter.create_histogram(
            "http.server.duration", unit="s", explicit_bucket_boundaries_advisory=[0.005, 0.5, 10]
        )
        self.size = meter.create_histogram("payload.size", unit="By")
        meter.create_observable_gauge("cpu.utilization", [lambda _: [Observation(0.25, {"cpu": 3})]], unit="1")

    def export(self) -> None:
        assert self._provider.force_flush()

    def close(self) -> None:
        self._provider.shutdown()


def value(server, query: str) -> dict:
    """The values of an instant query by the labels that differ."""
    response = requests.get(f"{server.url}/api/v1/query", params={"query": query}, timeout=30).json()
    assert response["status"] == "success", response
    return {tuple(sorted(one["metric"].items())): float(one["value"][1]) for one in response["data"]["result"]}


@pytest.mark.parametrize("prefix", ["", "/prometheus"])
@pytest.mark.parametrize(
    ("name", "temporality", "compression"),
    [("cumulative", CUMULATIVE, Compression.NoCompression), ("delta", DELTA, Compression.Gzip)],
)
def test_metrics_of_the_sdk_are_series(server, prefix, name, temporality, compression):
    job = name + prefix.replace("/", "-")
    program = Program(f"{server.url}{prefix}/api/v1/otlp/v1/metrics", job, temporality, compression)
    try:
        for count in (2, 3):
            for _ in range(count):
                program.requests.add(1, {"http.method": "GET"})
                program.active.add(1)
                program.duration.record(0.25)
            program.duration.record(60)
            program.size.record(1024)
            program.size.record(1 << 24)
            program.export()
            time.sleep(0.01)
    finally:
        program.close()
    base = {"instance": "i-1", "job": f"shop/{job}", "otel_scope_name": "e2e", "otel_scope_version": "1.2"}

    def labels(**own):
        return tuple(sorted((base | own).items()))

    def one(metric: str, **own) -> float | None:
        found = value(server, f'{metric}{{job="shop/{job}"}}')
        return found.get(labels(__name__=metric, **own))

    wait_until(lambda: one("http_server_requests_total", http_method="GET") == 5, 10, "the counter")
    assert one("http_server_active") == 5
    assert one("cpu_utilization_ratio", cpu="3") == 0.25
    for bound, count in (("0.005", 0), ("0.5", 5), ("10", 5), ("+Inf", 7)):
        assert one("http_server_duration_seconds_bucket", le=bound) == count
    assert one("http_server_duration_seconds_count") == 7
    assert one("http_server_duration_seconds_sum") == 121.25
    assert one("payload_size_bytes_count") == 4
    assert one("payload_size_bytes_sum") == 2 * (1024 + (1 << 24))
    buckets = {
        float(dict(key)["le"]): count
        for key, count in value(server, f'payload_size_bytes_bucket{{job="shop/{job}"}}').items()
    }
    assert 3 <= len(buckets) <= 22
    for recorded, below, at in ((1024, 0, 2), (1 << 24, 2, 4)):
        assert max((count for le, count in buckets.items() if le < recorded), default=0) == below
        assert min(count for le, count in buckets.items() if le >= recorded) == at
    # What the resource says is joined by job and instance, as with Prometheus.
    joined = value(
        server,
        f'sum by (host_name) (http_server_requests_total{{job="shop/{job}"}}'
        " * on (job, instance) group_left (host_name) target_info)",
    )
    assert joined == {(("host_name", "h1"),): 5}
    metadata = requests.get(f"{server.url}/api/v1/metadata", timeout=30).json()["data"]
    assert metadata["http_server_requests_total"] == [{"type": "counter", "unit": "", "help": "Requests."}]
    assert metadata["http_server_duration_seconds"][0]["type"] == "histogram"


def point(**fields) -> dict:
    return {"name": "json.metric", "unit": "ms"} | fields


def send(server, metrics: list[dict]) -> requests.Response:
    return requests.post(
        f"{server.url}/api/v1/otlp/v1/metrics",
        json={"resourceMetrics": [{"scopeMetrics": [{"metrics": metrics}]}]},
        timeout=30,
    )


def test_json_is_taken_and_the_response_names_what_is_rejected(server):
    now = str(time.time_ns())
    response = send(
        server,
        [
            point(gauge={"dataPoints": [{"timeUnixNano": now, "asDouble": 1.5}, {"asDouble": 2}]}),
            point(name="other", sum={"dataPoints": [{"timeUnixNano": now, "asInt": "1"}]}),
        ],
    )
    assert response.status_code == 200
    assert response.json() == {
        "partialSuccess": {
            "rejectedDataPoints": "2",
            "errorMessage": "a data point of json_metric_milliseconds has no time",
        }
    }
    wait_until(
        lambda: value(server, "json_metric_milliseconds") == {(("__name__", "json_metric_milliseconds"),): 1.5},
        10,
        "the gauge",
    )
    assert value(server, "other") == {}


def test_what_is_no_export_is_refused_in_the_form_of_otlp(server):
    url = f"{server.url}/api/v1/otlp/v1/metrics"
    assert requests.get(url, timeout=30).status_code == 405
    assert requests.post(url, data=b"x", headers={"Content-Type": "text/plain"}, timeout=30).status_code == 415
    response = requests.post(url, data=b"{", headers={"Content-Type": "application/json"}, timeout=30)
    assert response.status_code == 400
    assert response.json()["message"].startswith("the request is not a valid OTLP metrics message: ")


def test_deltas_of_a_request_that_comes_again_count_once_and_begin_anew_after_a_crash(make_server):
    server = make_server()
    server.start()

    def delta(number: int, seconds: float) -> None:
        data = {
            "aggregationTemporality": 1,
            "isMonotonic": True,
            "dataPoints": [{"timeUnixNano": str(int(seconds * 1e9)), "asInt": str(number)}],
        }
        assert send(server, [point(name="d", unit="", sum=data)]).json() == {}

    start = time.time() - 20
    delta(5, start)
    delta(5, start)
    delta(2, start + 5)
    wait_until(lambda: list(value(server, "d_total").values()) == [7], 10, "the sum")
    server.kill()
    server.start()
    wait_until(lambda: list(value(server, "d_total").values()) == [7], 10, "the sum of before")
    delta(3, start + 10)
    wait_until(lambda: list(value(server, "d_total").values()) == [3], 10, "the sum that began anew")
    # Counted from the first sample on, the reset among them.
    assert list(value(server, "resets(d_total[5m])").values()) == [1]


def test_what_was_acknowledged_in_any_form_survives_a_kill(make_server):
    server = make_server()
    server.start()
    now = str(time.time_ns())
    gauge = {"dataPoints": [{"timeUnixNano": now, "asInt": "7"}]}
    assert send(server, [point(name="kept.otlp", unit="", gauge=gauge)]).status_code == 200
    page = requests.post(f"{server.url}/api/v1/import/prometheus", data="kept_page 8\n", timeout=30)
    assert page.status_code == 204
    server.kill()
    server.start()
    found = lambda: [list(value(server, name).values()) for name in ("kept_otlp", "kept_page")]  # noqa: E731
    wait_until(lambda: found() == [[7], [8]], 10, "the samples of before")


def test_names_and_promoted_attributes_are_as_the_settings_say(make_server):
    server = make_server(
        environment={
            "AXONIZE_METRICS_OTLP_TRANSLATION": "NoTranslation",
            "AXONIZE_METRICS_OTLP_PROMOTE_RESOURCE_ATTRIBUTES": "host.name, gpu.model",
        }
    )
    server.start()
    program = Program(f"{server.otlp_endpoint}/v1/metrics", "plain", CUMULATIVE)
    program.requests.add(2, {"http.method": "GET"})
    program.export()
    program.close()
    found = value(server, '{"http.server.requests", "http.method"="GET", "host.name"="h1", job="shop/plain"}')
    assert list(found.values()) == [2]
