"""Exemplars: those that Prometheus scrapes and sends are those that it shows, and none comes twice or gets lost."""

import contextlib

import prometheus_client
import pytest
import requests
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from support.grafana_metrics import PrometheusSource
from support.prometheus import prometheus
from support.prometheus_api import answer, ask, now
from support.remote_write import HEADERS_2, compress, headers, message, message_2
from support.server import free_ports, wait_until
from test_broken_store import broken_table, plain_metric

TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"

PEER = """
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - {{job_name: peer, static_configs: [{{targets: ['127.0.0.1:{page}'], labels: {{instance: page}}}}]}}
remote_write:
  - url: {url}/api/v1/write
    send_exemplars: true
    queue_config: {{batch_send_deadline: 200ms}}
"""

OURS = """
scrape_configs:
  - {{job_name: ours, scrape_interval: 1s, scrape_timeout: 1s, static_configs: [
      {{targets: ['127.0.0.1:{page}'], labels: {{instance: page}}}}]}}
"""


@contextlib.contextmanager
def measured_program():
    """A page with exemplars; its port and what is measured."""
    registry = prometheus_client.CollectorRegistry()
    calls = prometheus_client.Counter("calls", "Calls.", ["model"], registry=registry)
    seconds = prometheus_client.Histogram("call_seconds", "Times.", buckets=[0.1, 1, 10], registry=registry)
    port = free_ports(1)[0]
    page, thread = prometheus_client.start_http_server(port, "127.0.0.1", registry)
    try:
        yield port, calls, seconds
    finally:
        page.shutdown()
        thread.join(30)
        page.server_close()


def exemplars(url: str, query: str, **parameters) -> list[dict]:
    return answer(url, "query_exemplars", query=query, **parameters)


def json(response: requests.Response):
    """The body; None for none, which is Prometheus' answer to a query without a selector."""
    return response.json() if response.content else None


def of_job(found: list[dict], job: str) -> list[dict]:
    """Without the name of the job, which is the one difference between what two servers have scraped."""
    for series in found:
        assert series["seriesLabels"].pop("job") == job
    return found


def test_exemplars_are_those_that_prometheus_has(make_server, tmp_path):
    with measured_program() as (page, calls, seconds):
        (tmp_path / "scrape.yml").write_text(OURS.format(page=page))
        server = make_server(environment={"AXONIZE_METRICS_SCRAPE_FILE": str(tmp_path / "scrape.yml")}).start()
        text = PEER.format(page=page, url=server.url)
        with prometheus(tmp_path, text, "--enable-feature=exemplar-storage") as peer:
            start = now() / 1000
            for number, model in enumerate(["a", "b", "a"]):
                calls.labels(model).inc(exemplar={"trace_id": f"{number + 1:032x}", "span_id": SPAN})
                for value in (0.05, 0.5, 60):
                    seconds.observe(value + number / 1000, {"trace_id": f"{number + 1:032x}", "user": f"é{number}"})
                last = f"{number + 1:032x}"

                def has_last(url: str, job: str, last=last) -> bool:
                    """Whether the exemplars of this round were scraped, and have arrived."""
                    found = exemplars(url, f'call_seconds_bucket{{job="{job}"}}')
                    ids = [exemplar["labels"]["trace_id"] for series in found for exemplar in series["exemplars"]]
                    return ids.count(last) == 3

                for url, job in ((peer, "peer"), (server.url, "peer"), (server.url, "ours")):
                    wait_until(lambda url=url, job=job: has_last(url, job), 60, f"exemplars of {job}")
            selectors = (
                'call_seconds_bucket{job="JOB"}', 'calls_total{job="JOB", model="a"}',
                'histogram_quantile(0.9, rate(call_seconds_bucket{job="JOB"}[1m])) > on () sum(calls_total{job="JOB"})',
            )  # fmt: skip
            for selector in selectors:
                query = selector.replace("JOB", "peer")
                expected = exemplars(peer, query, start=start, end=now() / 1000)
                assert expected
                assert exemplars(server.url, query, start=start, end=now() / 1000) == expected
                scraped = exemplars(server.url, selector.replace("JOB", "ours"), start=start, end=now() / 1000)
                assert of_job(scraped, "ours") == of_job(expected, "peer")
            assert exemplars(server.url, "calls_total", end=start - 60) == exemplars(
                peer, "calls_total", end=start - 60
            )
            for parameters in (
                {"query": "nothing"},
                {"query": "1"},
                {"query": "calls_total", "start": "2", "end": "1"},
            ):
                ours, theirs = (ask(url, "query_exemplars", **parameters) for url in (server.url, peer))
                assert (ours.status_code, json(ours)) == (theirs.status_code, json(theirs))
            for parameters in ({"query": "sum("}, {"query": "calls_total", "start": "x"}, {}):
                ours, theirs = (ask(url, "query_exemplars", **parameters) for url in (server.url, peer))
                assert (ours.status_code, ours.json()["errorType"]) == (theirs.status_code, theirs.json()["errorType"])
        assert server.stop() == 0


def post(server, body: bytes, fields: dict[str, str]) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        return session.post(f"{server.url}/api/v1/write", data=compress(body), headers=fields, timeout=30)


def test_exemplars_that_only_the_journal_has_are_replayed_once(make_server):
    """A request may have nothing but exemplars; kill -9 loses none and makes none twice."""
    server = make_server(environment={"AXONIZE_INGEST_FSYNC": "always"}).start()
    moment = now()

    def exemplar(name: str, value: float) -> tuple:
        return {"__name__": name}, {"trace_id": TRACE}, moment, value

    with broken_table(server, "exemplars"):
        for _ in range(2):
            assert post(server, message([], exemplars=[exemplar("alone", 1)]), headers()).status_code == 204
        mixed = message([({"__name__": "mixed"}, [(moment, 2)])], exemplars=[exemplar("mixed", 2)])
        assert post(server, mixed, headers()).status_code == 204
        server.kill()
    for _ in range(2):
        server.start()
        for name, value in (("alone", "1"), ("mixed", "2")):
            (series,) = exemplars(server.url, name)
            assert series == {
                "seriesLabels": {"__name__": name},
                "exemplars": [{"labels": {"trace_id": TRACE}, "value": value, "timestamp": moment / 1000}],
            }
        assert answer(server.url, "query", query="count_over_time(mixed[1m])")["result"][0]["value"][1] == "1"
        assert plain_metric(server, "axonize_journal_requests_lost_total") == 0
        assert server.stop() == 0


@pytest.mark.parametrize("count", [1, 12])
def test_remote_write_2_says_how_many_exemplars_it_wrote(server, count):
    moment = now()
    name = f"written_{count}"
    samples = [({"__name__": name}, [(moment, 1)])]
    own = [({"__name__": name}, {"trace_id": TRACE, "n": str(n)}, moment - n, 0.5) for n in range(count)]
    # Too old, which refuses neither the sample nor the request.
    own.append(({"__name__": name}, {"n": "old"}, 0, 1))
    for _ in range(2):
        response = post(server, message_2(samples, own), HEADERS_2)
        assert response.status_code == 204
        assert response.headers["x-prometheus-remote-write-samples-written"] == "1"
        # Of a series of a request ten are taken (metrics.exemplars_per_series_max).
        assert response.headers["x-prometheus-remote-write-exemplars-written"] == str(min(count, 10))
    (series,) = exemplars(server.url, name)
    assert len(series["exemplars"]) == min(count, 10)
    page = requests.get(f"{server.url}/metrics", timeout=30).text
    assert 'axonize_ingest_exemplars_total{outcome="taken"}' in page
    assert 'axonize_ingest_exemplars_total{outcome="refused"}' in page


def test_grafana_goes_from_a_histogram_to_a_trace_of_the_sdk(server):
    reader = PeriodicExportingMetricReader(
        OTLPMetricExporter(endpoint=f"{server.url}/api/v1/otlp/v1/metrics"), export_interval_millis=3_600_000
    )
    meters, tracers = MeterProvider(metric_readers=[reader]), TracerProvider()
    tracers.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter(endpoint=f"{server.otlp_endpoint}/v1/traces")))
    start = now() // 1000
    try:
        meter = meters.get_meter("exemplars")
        duration = meter.create_histogram("sdk.call", unit="s", explicit_bucket_boundaries_advisory=[0.5, 10])
        with tracers.get_tracer("exemplars").start_as_current_span("call"):
            context = trace.get_current_span().get_span_context()
            duration.record(2)
        assert meters.force_flush()
    finally:
        meters.shutdown()
        tracers.shutdown()
    for prefix in ("", "/prometheus"):
        source = PrometheusSource(server, prefix)
        query = "histogram_quantile(0.9, sum by (le) (rate(sdk_call_seconds_bucket[5m])))"
        (series,) = source.exemplars(query, start, now() // 1000 + 1)
        assert series["seriesLabels"]["le"] == "10"
        (exemplar,) = series["exemplars"]
        assert exemplar["labels"] == {"trace_id": f"{context.trace_id:032x}", "span_id": f"{context.span_id:016x}"}
        assert exemplar["value"] == "2"
    # Where the data source of traces looks for the value of the label (exemplarTraceIdDestinations).
    found = server.get(f"/tempo/api/v2/traces/{exemplar['labels']['trace_id']}")
    assert found.status_code == 200, found.text
    assert "call" in found.text
