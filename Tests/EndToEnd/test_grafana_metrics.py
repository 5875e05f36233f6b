"""Grafana's Prometheus data source, and every query of the dashboards, over series of models and of the server."""

import pathlib
import time

import pytest
import yaml
from support.grafana_metrics import Dashboard, PrometheusSource
from support.server import ROOT

GRAFANA = ROOT / "deploy/grafana"
STEP = 15
STEPS = 40
MODELS = {"llama-3.3": 4, "qwen(3)": 2}
DURATIONS = [
    ("gen_ai_client_operation_duration_seconds", "gen_ai_request_model"),
    ("gen_ai_server_request_duration_seconds", "gen_ai_request_model"),
    ("gen_ai_server_time_to_first_token_seconds", "gen_ai_request_model"),
    ("gen_ai_server_time_per_output_token_seconds", "gen_ai_request_model"),
    ("vllm:time_to_first_token_seconds", "model_name"),
    ("vllm:e2e_request_latency_seconds", "model_name"),
]


def histogram(name: str, labels: str, calls: int, milliseconds: int) -> list[str]:
    """Lines of a histogram of which half lies below 0.1, the rest up to 1; all in all 0.4 a call."""
    counts = {"0.1": calls // 2, "1.0": calls, "+Inf": calls}
    lines = [f'{name}_bucket{{{labels},le="{bound}"}} {count} {milliseconds}' for bound, count in counts.items()]
    return [
        *lines,
        f"{name}_sum{{{labels}}} {calls * 0.4} {milliseconds}",
        f"{name}_count{{{labels}}} {calls} {milliseconds}",
    ]


def page(step: int, milliseconds: int) -> str:
    """What the clients, the model servers and vLLM report at a step: each model has so many calls in each."""
    families: dict[str, tuple[str, list[str]]] = {}

    def add(name: str, kind: str, lines: list[str]):
        families.setdefault(name, (kind, []))[1].extend(lines)

    for model, rate in MODELS.items():
        calls = rate * step
        for name, label in DURATIONS:
            add(name, "histogram", histogram(name, f'{label}="{model}"', calls, milliseconds))
        failed = f'gen_ai_request_model="{model}",error_type="timeout"'
        name = DURATIONS[0][0]
        add(name, "histogram", histogram(name, failed, calls, milliseconds))
        for kind, tokens in (("input", 100), ("output", 20)):
            labels = f'gen_ai_request_model="{model}",gen_ai_token_type="{kind}"'
            sums = [f"gen_ai_client_token_usage_sum{{{labels}}} {calls * tokens} {milliseconds}"]
            counts = [f"gen_ai_client_token_usage_count{{{labels}}} {calls} {milliseconds}"]
            add("gen_ai_client_token_usage", "histogram", sums + counts)
        vllm = f'{{model_name="{model}"}}'
        for name, value in (("num_requests_running", 3), ("num_requests_waiting", 1), ("kv_cache_usage_perc", 0.5)):
            add(f"vllm:{name}", "gauge", [f"vllm:{name}{vllm} {value} {milliseconds}"])
        for name, each in (("prefix_cache_hits", 3), ("prefix_cache_queries", 4)):
            add(f"vllm:{name}_total", "counter", [f"vllm:{name}_total{vllm} {calls * each} {milliseconds}"])
        for name, each in (("prompt_tokens", 100), ("generation_tokens", 20)):
            add(f"vllm:{name}_total", "counter", [f"vllm:{name}_total{vllm} {calls * each} {milliseconds}"])
    lines = []
    for name, (kind, samples) in families.items():
        lines += [f"# TYPE {name} {kind}", *samples]
    return "\n".join(lines) + "\n"


def own_page(server, milliseconds: int) -> str:
    """The server's own metrics as if they were read at a time."""
    lines = server.get("/metrics").text.splitlines()
    return "".join(f"{line} {milliseconds}\n" if line and line[0] != "#" else f"{line}\n" for line in lines)


@pytest.fixture(scope="module")
def filled(server) -> tuple[int, int]:
    """Ten minutes of samples every 15 s; first and last of their times, in seconds."""
    end = int(time.time()) // STEP * STEP
    start = end - (STEPS - 1) * STEP
    for step in range(STEPS):
        milliseconds = (start + step * STEP) * 1000
        body = page(step, milliseconds) + own_page(server, milliseconds)
        response = server.session.post(f"{server.url}/api/v1/import/prometheus", body.encode(), timeout=30)
        assert response.status_code == 204, response.text
    return start, end


@pytest.fixture(scope="module", params=["/prometheus", ""])
def source(request, server, filled) -> PrometheusSource:
    return PrometheusSource(server, request.param)


def test_save_and_test_succeeds(source):
    assert source.health() == 2
    assert int(source.build_info()["version"].split(".")[0]) >= 2
    assert source.rules() == []


def test_the_query_builder_finds_metrics_labels_and_values(source, filled):
    start, end = filled
    names = source.label_values("__name__", start, end)
    assert {"gen_ai_client_token_usage_sum", "vllm:num_requests_running", "axonize_series"} <= set(names)
    chosen = source.label_values("__name__", start, end, '{gen_ai_token_type="input"}')
    assert chosen == ["gen_ai_client_token_usage_count", "gen_ai_client_token_usage_sum"]
    assert {"__name__", "gen_ai_request_model", "le"} <= set(source.label_names(start, end))
    labels = source.label_names(start, end, **{"match[]": "vllm:num_requests_running"})
    assert labels == ["__name__", "model_name"]
    assert [one["model_name"] for one in source.series("vllm:num_requests_running", start, end)] == sorted(MODELS)
    assert source.metadata()["vllm:num_requests_running"][0]["type"] == "gauge"


def test_exemplars_may_be_asked_for(source, filled):
    assert source.exemplars("gen_ai_client_operation_duration_seconds_bucket", *filled) == []
    refused = source._post("query_exemplars", query="sum(", start="1", end="2")
    assert refused.status_code == 400
    assert refused.json()["errorType"] == "bad_data"


def dashboards() -> list[pathlib.Path]:
    """Those over series that are sent; test_grafana_fleet.py has those of machines."""
    return [path for path in sorted((GRAFANA / "dashboards").glob("*.json")) if path.stem not in ("hosts", "gpus")]


@pytest.mark.parametrize("path", dashboards(), ids=lambda path: path.stem)
def test_every_variable_has_values_and_every_query_of_every_panel_a_result(source, filled, path):
    start, end = filled
    dashboard = Dashboard(path)
    chosen = {}
    for name, (metric, label) in dashboard.variables().items():
        chosen[name] = source.label_values(label, start, end, metric)
        assert chosen[name] == sorted(MODELS), name
    everything = {name: [".*"] for name in chosen}
    targets = dashboard.targets()
    assert targets
    for title, target in targets:
        results = []
        for choice in (everything, chosen, {name: values[:1] for name, values in chosen.items()}):
            # "All" is not escaped: it stands in the dashboard as a pattern.
            query = target["expr"]
            if choice is everything:
                query = query.replace("$model", ".*").replace("$served_model", ".*")
            query = Dashboard.substituted(query, choice, interval="1m", range_=f"{end - start}s")
            found = source.instant(query, end) if target["instant"] else source.range(query, start, end, STEP)
            assert found, f"{title}: {query}"
            results.append(sorted(found, key=str))
        assert results[0] == results[1], f"{title}: choosing every value differs from All"


def test_panels_show_the_numbers_that_were_sent(source, filled):
    start, end = filled
    path = GRAFANA / "dashboards/inference.json"
    targets = {}
    for title, target in Dashboard(path).targets():
        targets.setdefault(title, []).append(target["expr"])

    def at_end(title: str, index: int = 0) -> dict[str, float]:
        query = targets[title][index].replace("$model", ".*").replace("$served_model", ".*")
        found = source.range(Dashboard.substituted(query, {}, interval="1m", range_="10m"), start, end, STEP)
        return {"".join(one["metric"].values()): float(one["values"][-1][1]) for one in found}

    # Calls that went well and calls that failed, as many of each.
    assert at_end("Calls") == pytest.approx({model: 2 * rate / STEP for model, rate in MODELS.items()})
    assert at_end("Failed calls") == pytest.approx(dict.fromkeys(MODELS, 0.5))
    assert at_end("Duration of calls")[""] == pytest.approx(0.1)
    assert at_end("Duration of calls", 1)[""] == pytest.approx(0.91)
    assert at_end("Tokens") == pytest.approx({"input": 600 / STEP, "output": 120 / STEP})
    assert at_end("Tokens of a call") == pytest.approx({"input": 100, "output": 20})
    assert at_end("KV cache in use") == dict.fromkeys(MODELS, 0.5)
    assert at_end("Prefix cache hits") == pytest.approx(dict.fromkeys(MODELS, 0.75))


def test_the_data_sources_lead_to_what_the_server_has_at_its_default_address(server):
    """Their paths exist, and the panels' data source is one of them."""
    provisioned = yaml.safe_load((GRAFANA / "provisioning/datasources/axonize.yaml").read_text())["datasources"]
    default = "http://localhost:8080"
    health = {"prometheus": "/api/v1/status/buildinfo", "tempo": "/api/echo", "jaeger": "/api/services"}
    assert {one["type"] for one in provisioned} == set(health)
    for one in provisioned:
        assert one["url"].startswith(f"{default}/")
        response = server.get(one["url"].removeprefix(default) + health[one["type"]])
        assert response.status_code == 200, response.text
    assert "http: 127.0.0.1:8080" in (ROOT / "axonize.yaml").read_text()
    uids = {one["uid"] for one in provisioned}
    for one in provisioned:
        for destination in one["jsonData"].get("exemplarTraceIdDestinations", []):
            assert destination["datasourceUid"] in uids
