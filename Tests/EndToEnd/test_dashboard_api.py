"""What the pages of the dashboard ask beside the lists: columns of a trace, heat maps, comparisons, graphs, facets."""

import time

import pytest
from support import telemetry
from support.telemetry import new_span_id, new_trace_id, span

MILLISECOND = 1_000_000
MINUTE = 60_000 * MILLISECOND


def send(server, service: str, *spans, resource=None):
    body = telemetry.export_request(list(spans), service=service, resource=resource).SerializeToString()
    assert telemetry.post(server, body).status_code == 200


def call(trace_id: bytes, start: int, milliseconds: int, *, model: str = "m-1", attributes=None, **fields):
    """A call of a model that takes some time."""
    own = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "vllm",
        "gen_ai.request.model": model,
        "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.output_tokens": 10,
    }
    end = start + milliseconds * MILLISECOND
    return span(
        trace_id,
        "chat",
        attributes=own | (attributes or {}),
        start_time_unix_nano=start,
        end_time_unix_nano=end,
        **fields,
    )


def texts(column: dict) -> list[str]:
    return [column["values"][row] for row in column["rows"]]


@pytest.fixture(scope="module")
def long_trace(server):
    """A trace of 3,000 spans in three services, the last of them under a parent that never comes."""
    trace_id, root = new_trace_id(), new_span_id()
    start = time.time_ns() - 5 * MINUTE
    spans = [span(trace_id, "root", span_id=root, start_time_unix_nano=start, end_time_unix_nano=start + MINUTE)]
    for number in range(2998):
        at = start + number * 10 * MILLISECOND
        spans.append(
            call(trace_id, at, 5, parent_span_id=root, attributes={"gpu.0.resource_uuid": f"GPU-{number % 2}"})
        )
    spans.append(span(trace_id, "lost", parent_span_id=new_span_id(), start_time_unix_nano=start + MINUTE))
    for number, service in enumerate(("front", "middle", "back")):
        send(server, service, *spans[number::3])
    return trace_id.hex()


def test_a_skeleton_has_the_columns_of_the_whole_trace(server, long_trace):
    whole = server.data(f"/api/v1/traces/{long_trace}")
    response = server.get(f"/api/v1/traces/{long_trace}?fields=skeleton")
    skeleton = response.json()["data"]
    for name in ("root_name", "span_count", "error_count", "duration_ns", "start_time_unix_nano", "input_tokens"):
        assert skeleton[name] == whole[name], name
    spans, columns = whole["spans"], skeleton["spans"]
    assert columns["span_id"] == [one["span_id"] for one in spans]
    ids = columns["span_id"] + columns["missing_parents"]
    assert [place if place is None else ids[place] for place in columns["parent"]] == [
        one["parent_span_id"] for one in spans
    ]
    for name in ("name", "service_name", "kind"):
        assert texts(columns[name]) == [one[name] for one in spans], name
    assert len(columns["missing_parents"]) == 1
    assert len(skeleton["calls"]["span"]) == len(skeleton["gpus"]["span"]) == 2998
    assert len(response.content) * 10 < len(server.get(f"/api/v1/traces/{long_trace}").content)
    one = spans[17]
    assert server.data(f"/api/v1/traces/{long_trace}/spans/{one['span_id']}") == one


def test_a_heat_map_and_a_percentile_tell_the_slow_calls(server):
    service, start = "heat", time.time_ns() - 10 * MINUTE
    spans = [call(new_trace_id(), start + n * MILLISECOND, 20) for n in range(99)]
    slow = call(new_trace_id(), start + MINUTE, 3000, attributes={"customer": "c-1"})
    send(server, service, *spans, slow)
    heat = server.data("/api/v1/analytics/heatmap", service=service, step="1m", rows_per_doubling="2")
    cells = [
        (row, count) for column in heat["columns"] for row, count in zip(column["rows"], column["counts"], strict=True)
    ]
    # 20 ms and 3 s in half doublings of 1,024 ns.
    assert sorted(cells) == [(28, 99), (42, 1)]
    for filters in ({"min_duration_ms": "1000"}, {"attr.customer": "c-1"}, {"q": "{ duration > 1s }"}):
        assert server.data("/api/v1/analytics/heatmap", service=service, **filters)["span_count"] == 1, filters
    for when in ("before the next roll-up", "after it"):
        assert server.data("/api/v1/analytics/heatmap", service=service, step="30m")["span_count"] == 100, when
        place = server.data(f"/api/v1/traces/{slow.trace_id.hex()}/spans/{slow.span_id.hex()}/percentile")
        assert (place["percentile"], place["span_count"], place["model"]) == (99.5, 100, "m-1"), when
        assert abs(place["median_ns"] - 20 * MILLISECOND) < MILLISECOND
        if when != "after it":
            time.sleep(6)


def test_a_comparison_tells_why_calls_are_slow(server):
    service, start = "why", time.time_ns() - 10 * MINUTE
    fast = [call(new_trace_id(), start + n * MILLISECOND, 20, attributes={"color": f"c{n % 2}"}) for n in range(200)]
    slow = [
        call(
            new_trace_id(),
            start + n * MILLISECOND,
            900,
            attributes={"color": f"c{n % 2}", "gpu.0.resource_uuid": "GPU-why"},
        )
        for n in range(30)
    ]
    send(server, service, *fast, resource={"host.name": "good"})
    send(server, service, *slow, resource={"host.name": "bad"})
    data = server.data(
        "/api/v1/analytics/compare",
        **{"a.service": service, "a.min_duration_ms": "500", "b.service": service, "b.max_duration_ms": "500"},
    )
    assert (data["a"]["span_count"], data["b"]["span_count"]) == (30, 200)
    found = {(value["field"], value["value"]) for value in data["values"] if value["significant"]}
    assert {("gpu", "GPU-why"), ("resource.host.name", "bad")} <= found
    assert not any(field == "attr.color" for field, _ in found)


def test_the_graph_has_the_calls_between_services(server):
    start, trace_id = time.time_ns() - 10 * MINUTE, new_trace_id()
    top, middle = new_span_id(), new_span_id()
    client = 3
    at = {"start_time_unix_nano": start, "end_time_unix_nano": start + 10 * MILLISECOND}
    send(server, "edge-shop", span(trace_id, "order", span_id=top, **at))
    send(server, "edge-stock", span(trace_id, "stock", span_id=middle, parent_span_id=top, **at))
    query = {"db.system.name": "edge-sql"}
    send(server, "edge-stock", span(trace_id, "SELECT", parent_span_id=middle, kind=client, attributes=query, **at))
    graph = server.data("/api/v1/services/graph")
    edges = {
        (edge["source"], edge["target"], edge["target_kind"], edge["call_count"])
        for edge in graph["edges"]
        if edge["source"].startswith("edge-")
    }
    assert edges == {("edge-shop", "edge-stock", "service", 1), ("edge-stock", "edge-sql", "database", 1)}
    assert {"edge-shop", "edge-stock", "edge-sql"} <= {node["name"] for node in graph["nodes"]}


def test_facets_and_groups_count_what_spans_say(server):
    service, start = "facets", time.time_ns() - 10 * MINUTE
    spans = [
        call(new_trace_id(), start + n * MILLISECOND, 20, attributes={"user.id": f"u-{n % 3}", "plan": f"p-{n % 2}"})
        for n in range(12)
    ]
    send(server, service, *spans, resource={"zone": "eu"})
    facets = server.data("/api/v1/traces/facets", service=service, attributes="attr.plan,resource.zone")
    found = {
        field["field"]: {value["value"]: (value["span_count"], value["trace_count"]) for value in field["values"]}
        for field in facets["fields"]
    }
    assert found["user"] == {"u-0": (4, 4), "u-1": (4, 4), "u-2": (4, 4)}
    assert found["attr.plan"] == {"p-0": (6, 6), "p-1": (6, 6)}
    assert found["resource.zone"] == {"eu": (12, 12)}
    for group, counts in (("user", [4, 4, 4]), ("attr.plan", [6, 6]), ("resource.zone", [12])):
        groups = server.data("/api/v1/analytics/overview", service=service, group_by=group)["groups"]
        assert [row["span_count"] for row in groups] == counts, group
        assert sum(row["input_tokens"] for row in groups) == 1200, group
