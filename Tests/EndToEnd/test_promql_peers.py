"""Prometheus and Axonize get the same samples and are asked the queries of Prometheus' own compliance suite."""

import itertools
import json
import math
import pathlib
import time

import numpy
import pytest
import requests
import yaml
from support.prometheus import prometheus
from support.remote_write import STALE, Sender, Series, Template

CORPUS = pathlib.Path(__file__).parents[3] / "shared" / "corpora" / "promql" / "promql-test-queries.yml"

# What the compliance suite puts into its templates (prometheus/compliance, promql/testcases/expand.go).
ARITHMETIC = ["+", "-", "*", "/", "%", "^"]
COMPARISONS = ["==", "!=", "<", ">", "<=", ">="]
VARIANTS = {
    "range": ["1s", "15s", "1m", "5m", "15m", "1h"],
    "offset": ["1m", "5m", "10m"],
    "simpleAggrOp": ["sum", "avg", "max", "min", "count", "stddev", "stdvar"],
    "simpleTimeAggrOp": ["sum", "avg", "max", "min", "count", "stddev", "stdvar", "absent", "last"],
    "topBottomOp": ["topk", "bottomk"],
    "quantile": ["-0.5", "0.1", "0.5", "0.75", "0.95", "0.90", "0.99", "1", "1.5"],
    "arithBinOp": ARITHMETIC,
    "binOp": ARITHMETIC + COMPARISONS,
    "compBinOp": COMPARISONS,
    "simpleMathFunc": ["abs", "ceil", "floor", "exp", "sqrt", "ln", "log2", "log10", "round"],
    "extrapolatedRateFunc": ["delta", "rate", "increase"],
    "clampFunc": ["clamp_min", "clamp_max"],
    "instantRateFunc": ["idelta", "irate"],
    "dateFunc": ["day_of_month", "day_of_week", "days_in_month", "hour", "minute", "month", "year"],
}

# What Prometheus 3 and we answer, and 2.42 refuses, with the reason.
NEWER = {
    'label_replace(demo_num_cpus, "~invalid", "", "src", "(.*)")': "names of labels may be any UTF-8 since 3.0",
    'label_join(demo_num_cpus, "~invalid", "-", "instance")': "names of labels may be any UTF-8 since 3.0",
}

# What 2.42 is asked instead, with the reason.
ASKED_OTHERWISE = {
    "avg_over_time(rate(demo_cpu_usage_seconds_total[1m])[2m:10s])": (
        "avg_over_time(rate(demo_cpu_usage_seconds_total[1m])[119s:10s])",
        "ranges are open on the left since 3.0: the step at the start of a subquery's window is not in it",
    ),
    "demo_memory_usage_bytes atan2 demo_memory_usage_bytes": (
        "sum without () (demo_memory_usage_bytes atan2 demo_memory_usage_bytes)",
        "2.42 keeps the name of the metric, which no other operator does, and later versions do not",
    ),
}

# What the suite does not have.
FURTHER = [
    "demo_num_cpus @ end()",
    "sum(rate(demo_cpu_usage_seconds_total[5m] @ start()))",
    "demo_memory_usage_bytes offset 1m30s > bool 500000",
    "group by (job) (demo_memory_usage_bytes)",
    "sgn(delta(demo_memory_usage_bytes[2m]))",
    "demo_memory_usage_bytes atan2 demo_memory_usage_bytes",
    "demo_memory_usage_bytes and on (instance) demo_num_cpus == 4",
    "demo_memory_usage_bytes{type='free'} or demo_num_cpus",
    "demo_memory_usage_bytes unless demo_memory_usage_bytes{type=~'free|used'}",
    "absent_over_time(demo_intermittent_metric[30s])",
    "present_over_time(demo_intermittent_metric[30s])",
    "count_over_time(demo_intermittent_metric[2m])",
    "stddev_over_time(demo_disk_usage_bytes[3m])",
    "scalar(sum(demo_num_cpus)) + vector(1)",
    "topk by (type) (1, demo_memory_usage_bytes)",
    "quantile by (type) (0.3, demo_memory_usage_bytes)",
    "demo_num_cpus * on () group_left () count(demo_num_cpus)",
    "demo_memory_usage_bytes + demo_num_cpus",
    "demo_num_cpus + on (job) demo_num_cpus",
    "sum(demo_memory_usage_bytes",
    "rate(demo_memory_usage_bytes)",
    "demo_num_cpus[5m]",
    '"a text"',
    "1 == 2",
]


def expanded(case: dict) -> list[str]:
    names = case.get("variant_args", [])
    queries = []
    for values in itertools.product(*(VARIANTS[name] for name in names)):
        query = case["query"]
        for name, value in zip(names, values, strict=True):
            query = query.replace("{{." + name + "}}", value)
        queries.append(query)
    return queries


def demo_series() -> list[Series]:
    """Series like those of the service that the suite is written for."""
    found = []
    for port in range(10000, 10003):
        base = {"instance": f"demo.promlabs.com:{port}", "job": "demo"}

        def add(name, base=base, **labels):
            found.append(Series(tuple(sorted(({"__name__": name} | base | labels).items()))))

        for kind in ("buffers", "cached", "free", "used"):
            add("demo_memory_usage_bytes", type=kind)
        for mode in ("idle", "system", "user"):
            add("demo_cpu_usage_seconds_total", mode=mode)
        for name in ("demo_num_cpus", "demo_disk_usage_bytes", "demo_batch_last_success_timestamp_seconds"):
            add(name)
        for bound in ("0.01", "0.05", "0.1", "0.5", "1", "+Inf"):
            add("demo_api_request_duration_seconds_bucket", le=bound, method="GET", path="/api", status="200")
        add("demo_api_request_duration_seconds_sum", method="GET", path="/api", status="200")
        add("demo_api_request_duration_seconds_count", method="GET", path="/api", status="200")
        add("demo_intermittent_metric")
    return found


class DemoValues:
    """Values that go on from time to time: counters with resets, gauges, a series that comes and goes."""

    def __init__(self, series: list[Series]):
        self.series = series
        self.random = numpy.random.default_rng(7)
        self.values = numpy.array([self._start(dict(one.labels)) for one in series])

    def _start(self, labels: dict) -> float:
        name = labels["__name__"]
        if name == "demo_num_cpus":
            return 4.0
        if name == "demo_intermittent_metric":
            return 1.0
        return float(self.random.integers(1_000, 1_000_000)) if "bytes" in name else 0.0

    def at(self, step: int, seconds: float) -> numpy.ndarray:
        for index, one in enumerate(self.series):
            labels = dict(one.labels)
            name = labels["__name__"]
            if name == "demo_memory_usage_bytes":
                self.values[index] += float(self.random.integers(-500, 500))
            elif name == "demo_disk_usage_bytes":
                self.values[index] += float(self.random.integers(0, 300))
            elif name == "demo_batch_last_success_timestamp_seconds" and step % 60 == 0:
                self.values[index] = math.floor(seconds)
            elif name == "demo_cpu_usage_seconds_total":
                restarts = step % 400 == 399
                self.values[index] = 0.0 if restarts else self.values[index] + self.random.random() * 5
            elif name.startswith("demo_api_request_duration_seconds"):
                bound = float(labels.get("le", "+Inf"))
                share = min(1.0, 0.3 + (0 if math.isinf(bound) else bound)) if bound < 1 else 1.0
                self.values[index] += math.floor(20 * share)
        values = self.values.copy()
        if step % 40 >= 30:
            for index, one in enumerate(self.series):
                if dict(one.labels)["__name__"] == "demo_intermittent_metric":
                    values[index] = STALE if step % 40 == 30 else values[index]
        return values

    def mask(self, step: int) -> list[bool]:
        gone = step % 40 > 30
        return [not (gone and dict(one.labels)["__name__"] == "demo_intermittent_metric") for one in self.series]


@pytest.fixture(scope="module")
def peer(tmp_path_factory):
    """The URL of a Prometheus without targets."""
    if not CORPUS.exists():
        pytest.skip(f"the corpus is not at {CORPUS}")
    with prometheus(tmp_path_factory.mktemp("peer"), "global: {scrape_interval: 1h}\n") as url:
        yield url


@pytest.fixture(scope="module")
def filled(server, peer):
    """Both servers with the same 90 minutes; when these end, in seconds."""
    series = demo_series()
    values = DemoValues(series)
    # Whole steps of the queries, and samples between whole seconds: 2.42 counts a sample at the start of a window,
    # 3 does not.
    end = int(time.time()) // 60 * 60 - 60
    templates = {
        True: Template(series),
        False: Template([one for one in series if "demo_intermittent" not in str(one)]),
    }
    steps = 90 * 60 // 5
    with (
        Sender(server.url.removeprefix("http://"), "/api/v1/write") as ours,
        Sender(peer.removeprefix("http://"), "/api/v1/write") as theirs,
    ):
        for step in range(steps):
            seconds = end - (steps - step) * 5 + 1.7
            all_values = values.at(step, seconds)
            mask = values.mask(step)
            template = templates[all(mask)]
            body = template.request(round(seconds * 1000), all_values[numpy.array(mask)])
            for sender in (ours, theirs):
                sender.send(body)
    return end


def ask(url: str, query: str, end: int) -> dict:
    return requests.post(
        f"{url}/api/v1/query_range",
        data={"query": query, "start": end - 600, "end": end, "step": 10},
        timeout=30,
    ).json()


def is_close(ours: str, theirs: str) -> bool:
    one, other = float(ours), float(theirs)
    if math.isnan(one) or math.isnan(other):
        return math.isnan(one) and math.isnan(other)
    return one == other or math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)


def difference(ours: dict, theirs: dict) -> str | None:
    if ours["status"] != theirs["status"]:
        return f"ours: {ours.get('error', 'a result')}; theirs: {theirs.get('error', 'a result')}"
    if ours["status"] == "error":
        return None if ours["errorType"] == theirs["errorType"] else f"ours: {ours}; theirs: {theirs}"
    if ours["data"]["resultType"] != theirs["data"]["resultType"]:
        return "of other types"
    mine = {json.dumps(one["metric"], sort_keys=True): one["values"] for one in ours["data"]["result"]}
    others = {json.dumps(one["metric"], sort_keys=True): one["values"] for one in theirs["data"]["result"]}
    if mine.keys() != others.keys():
        only_ours, only_theirs = sorted(mine.keys() - others.keys())[:3], sorted(others.keys() - mine.keys())[:3]
        return f"series only ours: {only_ours}, only theirs: {only_theirs}"
    for labels, values in mine.items():
        if [time for time, _ in values] != [time for time, _ in others[labels]]:
            return f"{labels} has values at {len(values)} times, theirs at {len(others[labels])}"
        for (time_, one), (_, other) in zip(values, others[labels], strict=True):
            if not is_close(one, other):
                return f"{labels} at {time_} is {one}, theirs {other}"
    return None


def test_queries_of_the_compliance_suite_have_the_results_of_prometheus(server, peer, filled):
    cases = yaml.safe_load(CORPUS.read_text())["test_cases"]
    queries = {query: case.get("should_fail", False) for case in cases for query in expanded(case)}
    assert len(queries) > 500 and NEWER.keys() <= queries.keys()
    found = []
    for query, should_fail in (queries | dict.fromkeys(FURTHER, False)).items():
        otherwise, _ = ASKED_OTHERWISE.get(query, (query, ""))
        ours, theirs = ask(server.url, query, filled), ask(peer, otherwise, filled)
        if query in NEWER:
            assert (ours["status"], theirs["status"]) == ("success", "error"), query
            continue
        if should_fail:
            assert ours["status"] == "error", query
        text = difference(ours, theirs)
        if text:
            found.append(f"{query}: {text}")
    assert not found, f"{len(found)} of {len(queries) + len(FURTHER)} differ:\n" + "\n".join(found[:40])
