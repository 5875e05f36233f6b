"""Metrics with software that is not ours: Prometheus sends and is compared with, promtool and curl ask."""

import contextlib
import json
import math
import subprocess

import prometheus_client
import prometheus_client.openmetrics.exposition
import pytest
import requests
from support.prometheus import node_exporter, prometheus, tool
from support.prometheus_api import answer, now, vector
from support.remote_write import write
from support.server import free_ports, wait_until


def difference(ours: dict[str, float], theirs: dict[str, float]) -> list[str]:
    """Where two vectors differ by more than the last digits."""
    lines = [f"only ours: {labels}" for labels in ours.keys() - theirs.keys()]
    lines += [f"only theirs: {labels}" for labels in theirs.keys() - ours.keys()]
    for labels in ours.keys() & theirs.keys():
        one, other = ours[labels], theirs[labels]
        same = (math.isnan(one) and math.isnan(other)) or one == other or math.isclose(one, other, rel_tol=1e-9)
        lines += [] if same else [f"{labels}: ours {one}, theirs {other}"]
    return lines


# Prometheus as the sender

CONFIGURATION = """
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - {{job_name: node, static_configs: [{{targets: ['{exporter}']}}]}}
  - {{job_name: prometheus, static_configs: [{{targets: ['127.0.0.1:{port}']}}]}}
remote_write:
  - url: {url}/api/v1/write
    metadata_config: {{send_interval: 2s}}
    queue_config: {{batch_send_deadline: 500ms}}
"""


@pytest.fixture(scope="module")
def scraped(server, tmp_path_factory):
    """A Prometheus that scrapes node_exporter and itself and sends to us; its URL, and a time with what went before."""
    folder = tmp_path_factory.mktemp("peer")
    port = free_ports(1)[0]
    with node_exporter(folder) as exporter:
        text = CONFIGURATION.format(exporter=exporter, port=port, url=server.url)
        with prometheus(folder, text, port=port) as peer:
            times = wait_until(
                lambda: vector(peer, "timestamp(up) and (count_over_time(up[1m]) > 15)"), 60, "scrapes of both targets"
            )
            # Between the scrapes of both targets, which come at the same fraction of each second: 2.42 has the sample
            # at the start of a window too, 3 and we do not.
            places = sorted(moment % 1 for moment in times.values())
            gap = places[-1] - places[0]
            fraction = places[0] + gap / 2 if gap > 0.1 else places[0] + 0.5
            end = round(math.floor(max(times.values())) - 1 + fraction % 1, 3)

            # It does not send what it scrapes before it has begun to send.
            def samples(url: str) -> set[tuple[str, float, str]]:
                everything = answer(url, "query", query='{job=~"node|prometheus"}[11s]', time=end)["result"]
                return {
                    (json.dumps(one["metric"], sort_keys=True), moment, repr(float(value)))
                    for one in everything
                    for moment, value in one["values"]
                }

            theirs = samples(peer)
            assert len(theirs) > 5_000
            with contextlib.suppress(AssertionError):
                wait_until(lambda: samples(server.url) == theirs, 30, "every sample")
            ours = samples(server.url)
            assert (sorted(theirs - ours)[:5], sorted(ours - theirs)[:5]) == ([], [])
            yield peer, end


QUERIES = [
    '{job=~"node|prometheus"}',
    "count_over_time(node_cpu_seconds_total[5s])",
    "up == 1",
    "sum by (job) (scrape_samples_scraped)",
    "rate(node_cpu_seconds_total[10s])",
    'sum without (cpu) (rate(node_cpu_seconds_total{mode!="idle"}[10s]))',
    "1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes",
    "topk(3, node_filesystem_size_bytes)",
    "sum by (__name__) ({__name__=~'node_network_.*_total'})",
    "histogram_quantile(0.9, rate(prometheus_http_request_duration_seconds_bucket[10s]))",
    "sum by (le) (increase(prometheus_http_request_duration_seconds_bucket[10s]))",
    "prometheus_engine_query_duration_seconds{quantile='0.9'}",
    "max_over_time(deriv(process_resident_memory_bytes[5s])[5s:1s])",
    "node_uname_info * on (instance) group_right (nodename) node_load1",
    "changes(node_context_switches_total[10s]) > 0",
    "absent(nothing_of_this_name)",
    "label_replace(up, 'host', '$1', 'instance', '(.*):.*')",
]


@pytest.mark.parametrize("query", QUERIES)
def test_what_prometheus_sends_has_the_same_results(server, scraped, query):
    peer, end = scraped
    theirs = vector(peer, query, time=end)
    assert theirs
    assert difference(vector(server.url, query, time=end), theirs) == []


def test_metadata_of_prometheus_arrives(server, scraped):
    peer, _ = scraped
    theirs = {name: (of[0]["type"], of[0]["help"]) for name, of in answer(peer, "metadata").items()}
    assert len(theirs) > 200

    def same() -> bool:
        ours = {name: (of[0]["type"], of[0]["help"]) for name, of in answer(server.url, "metadata").items()}
        return theirs.items() <= ours.items()

    wait_until(same, 20, "the metadata of every metric")
    (one,) = answer(server.url, "metadata", metric="node_cpu_seconds_total").values()
    assert one == [{"type": "counter", "help": theirs["node_cpu_seconds_total"][1], "unit": ""}]


def test_series_labels_and_values_are_those_of_prometheus(server, scraped):
    peer, end = scraped
    of = {"match[]": '{job="node"}', "start": end - 60, "end": end}
    for path in ["series", "labels", "label/mode/values", "label/__name__/values", "label/nothing/values"]:
        ours, theirs = answer(server.url, path, **of), answer(peer, path, **of)
        if path == "series":
            ours, theirs = ([json.dumps(one, sort_keys=True) for one in some] for some in (ours, theirs))
        assert sorted(ours) == sorted(theirs), path


# promtool and curl as the ones who ask


def promtool(*arguments: str) -> str:
    done = subprocess.run([tool("promtool"), *arguments], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("prefix", ["", "/prometheus"])
def test_promtool_queries(server, prefix):
    time_ = now() // 1000 * 1000
    name = f"promtool_{prefix.strip('/') or 'root'}"
    series = [({"__name__": name, "zone": zone}, [(time_ - 10_000, 1.5), (time_, 2.5)]) for zone in "ab"]
    assert write(server, series).status_code == 204
    url, seconds = server.url + prefix, time_ // 1000
    out = promtool("query", "instant", f"--time={seconds}", url, name)
    assert sorted(out.splitlines()) == [f'{name}{{zone="{zone}"}} => 2.5 @[{seconds}]' for zone in "ab"]
    out = promtool("query", "range", f"--start={seconds - 10}", f"--end={seconds}", "--step=10s", url, f"sum({name})")
    assert out.splitlines() == ["{} =>", f"3 @[{seconds - 10}]", f"5 @[{seconds}]"]
    span = [f"--start={seconds - 60}", f"--end={seconds}"]
    out = promtool("query", "series", f"--match={name}", *span, url)
    assert out.splitlines() == [f'{{__name__="{name}", zone="{zone}"}}' for zone in "ab"]
    assert {"a", "b"} <= set(promtool("query", "labels", *span, url, "zone").splitlines())
    failed = subprocess.run(
        [tool("promtool"), "query", "instant", url, "sum("], capture_output=True, text=True, timeout=60
    )
    assert failed.returncode == 1 and "bad_data" in failed.stderr and "parse error" in failed.stderr


def test_our_own_page_passes_promtool(server):
    assert write(server, [({"__name__": "checked"}, [(now(), 1)])]).status_code == 204
    page = server.get("/metrics").text
    assert 'axonize_ingest_rows_stored_total{signal="samples"}' in page and "\naxonize_series " in page
    done = subprocess.run(
        [tool("promtool"), "check", "metrics"], input=page, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0 and not done.stderr, done.stdout + done.stderr


def test_curl_sends_queries_as_forms(server):
    time_ = now()
    assert write(server, [({"__name__": "asked_by_curl", "note": "é & +"}, [(time_, 7)])]).status_code == 204
    # Longer than many a server takes in a path.
    query = " or ".join(['asked_by_curl{note="é & +"}'] + [f"nothing_{index:060}" for index in range(250)])

    def curl(path: str, *fields: str) -> dict:
        command = ["curl", "--silent", "--fail-with-body", f"{server.url}/api/v1/{path}"]
        for field in fields:
            command += ["--data-urlencode", f"{field.split('=', 1)[0]}@-" if field.endswith("=") else field]
        done = subprocess.run(command, input=query, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)["data"]

    seconds = time_ / 1000
    (one,) = curl("query", "query=", f"time={seconds}")["result"]
    assert one["value"][1] == "7" and one["metric"]["note"] == "é & +"
    (one,) = curl("query_range", "query=", f"start={seconds}", f"end={seconds + 60}", "step=15")["result"]
    assert len(one["values"]) == 5
    assert len(curl("series", "match[]=asked_by_curl")) == 1
    assert "note" in curl("labels", "match[]=asked_by_curl")


# Pages of prometheus_client


@pytest.mark.parametrize("form", ["text", "openmetrics"])
def test_a_page_of_prometheus_client_is_taken_whole(server, form):
    registry = prometheus_client.CollectorRegistry()
    prefix = f"client_{form}"
    counter = prometheus_client.Counter(f"{prefix}_requests", "Requests\nof a client", ["path"], registry=registry)
    counter.labels('/a"b\\c\nd').inc(3)
    counter.labels("/é").inc()
    gauge = prometheus_client.Gauge(f"{prefix}_level_bytes", "A level", unit="bytes", registry=registry)
    gauge.set(-1.5e-9)
    for name, value in [("nan", math.nan), ("inf", math.inf), ("minus_inf", -math.inf)]:
        prometheus_client.Gauge(f"{prefix}_{name}", name, registry=registry).set(value)
    histogram = prometheus_client.Histogram(f"{prefix}_seconds", "Times", buckets=[0.1, 1], registry=registry)
    summary = prometheus_client.Summary(f"{prefix}_size", "Sizes", registry=registry)
    for value in (0.05, 0.5, 5):
        histogram.observe(value)
        summary.observe(value)
    prometheus_client.Info(f"{prefix}_build", "Build", registry=registry).info({"version": "1.2"})
    prometheus_client.Enum(f"{prefix}_state", "State", states=["on", "off"], registry=registry).state("off")
    if form == "text":
        page, content_type = prometheus_client.generate_latest(registry), prometheus_client.CONTENT_TYPE_LATEST
    else:
        page = prometheus_client.openmetrics.exposition.generate_latest(registry)
        content_type = prometheus_client.openmetrics.exposition.CONTENT_TYPE_LATEST
    with requests.Session() as session:
        session.trust_env = False
        response = session.post(
            f"{server.url}/api/v1/import/prometheus", data=page, headers={"content-type": content_type}, timeout=30
        )
    assert response.status_code == 204, response.text
    expected = {
        json.dumps({"__name__": sample.name, **sample.labels}, sort_keys=True): sample.value
        for family in registry.collect()
        for sample in family.samples
    }
    found = vector(server.url, f'{{__name__=~"{prefix}_.*"}}')
    assert difference(found, expected) == []
    metadata = {name: one[0] for name, one in answer(server.url, "metadata").items() if name.startswith(prefix)}
    total = f"{prefix}_requests_total" if form == "text" else f"{prefix}_requests"
    assert metadata[total]["type"] == "counter" and metadata[total]["help"] == "Requests\nof a client"
    assert metadata[f"{prefix}_seconds"]["type"] == "histogram"
    assert metadata[f"{prefix}_size"]["type"] == "summary"
    if form == "openmetrics":
        assert metadata[f"{prefix}_level_bytes"] == {"type": "gauge", "help": "A level", "unit": "bytes"}
