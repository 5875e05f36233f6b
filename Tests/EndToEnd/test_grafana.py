"""Grafana's Jaeger and Tempo data sources over a trace of two services, in the requests that they send."""

import base64
import time
from types import SimpleNamespace

import pytest
from google.protobuf import json_format
from opentelemetry.proto.trace.v1 import trace_pb2
from support import telemetry
from support.grafana import Jaeger, Tempo, check, spans_by_id

SECOND = 1_000_000_000
EVENT = "gen_ai.first_token"


@pytest.fixture(scope="module")
def sent(server):
    """A request of `front` that calls `model/llama`, and one of `other`; sent a minute ago on their clocks."""
    trace_id = telemetry.new_trace_id()
    root, child = telemetry.new_span_id(), telemetry.new_span_id()
    start = (time.time_ns() // SECOND - 60) * SECOND + 123_456_789
    front = telemetry.span(
        trace_id,
        "POST /chat",
        span_id=root,
        kind=trace_pb2.Span.SPAN_KIND_SERVER,
        start_time_unix_nano=start,
        end_time_unix_nano=start + 900_000_001,
        attributes={"http.status_code": 500, "ratio": 0.5, "cached": False, "big": 2**60, "raw": b"\x00\xff"},
        status=trace_pb2.Status(code=trace_pb2.Status.STATUS_CODE_ERROR, message="out of memory"),
        trace_state="vendor=1",
        flags=0x101,
    )
    model = telemetry.span(
        trace_id,
        "chat llama",
        span_id=child,
        parent_span_id=root,
        kind=trace_pb2.Span.SPAN_KIND_CLIENT,
        start_time_unix_nano=start + 1_000,
        end_time_unix_nano=start + 700_000_000,
        attributes={
            "gen_ai.request.model": "llama-3",
            "gen_ai.usage.input_tokens": 12,
            "stop": ["a", "b"],
            "options": {"seed": 7},
        },
        events=[
            trace_pb2.Span.Event(
                time_unix_nano=start + 5_000_001, name=EVENT, attributes=telemetry.key_values({"index": 0})
            )
        ],
        links=[
            trace_pb2.Span.Link(
                trace_id=bytes(15) + b"\x01", span_id=root, attributes=telemetry.key_values({"why": "retry"})
            )
        ],
    )
    request = telemetry.export_request([front], service="front", resource={"zone": "eu-1"})
    request.MergeFrom(telemetry.export_request([model], service="model/llama", resource={"gpu.count": 8}))
    assert telemetry.post(server, request.SerializeToString()).status_code == 200
    other, other_id = telemetry.trace_request(2, service="other")
    assert telemetry.post(server, other.SerializeToString()).status_code == 200
    server.wait_for_trace(trace_id.hex(), 2)
    server.wait_for_trace(other_id, 2)
    return SimpleNamespace(
        id=trace_id.hex(),
        root=root.hex(),
        child=child.hex(),
        start=start,
        other_id=other_id,
        request=request,
        spans={root.hex(): front, child.hex(): model},
    )


@pytest.fixture(params=["/jaeger", ""], ids=["prefix", "bare"])
def jaeger(server, request):
    return Jaeger(server, request.param)


@pytest.fixture(params=["/tempo", ""], ids=["prefix", "bare"])
def tempo(server, request):
    return Tempo(server, request.param)


def ids(traces: list[dict]) -> set[str]:
    return {trace["traceID"] for trace in traces}


class TestJaeger:
    def test_names_of_services_and_operations(self, jaeger, sent):
        assert {"front", "model/llama", "other"} <= set(jaeger.services())
        assert jaeger.operations("front") == ["POST /chat"]
        assert jaeger.operations("model/llama") == ["chat llama"]
        assert jaeger.operations("nobody") == []
        unescaped = jaeger.server.get(f"{jaeger.prefix}/api/services/model/llama/operations")
        assert unescaped.json()["data"] == ["chat llama"]

    def test_operations_with_kinds(self, server, sent):
        assert server.data("/api/operations", service="front") == [{"name": "POST /chat", "spanKind": "server"}]
        assert server.data("/api/operations", service="front", spanKind="client") == []

    def test_a_trace_is_whole_and_exact(self, jaeger, sent):
        trace = jaeger.trace(sent.id)
        assert trace["traceID"] == sent.id and trace["warnings"] is None
        spans = {span["spanID"]: span for span in trace["spans"]}
        root, child = spans[sent.root], spans[sent.child]
        assert (root["startTime"], root["duration"]) == (sent.start // 1_000, 900_000)
        assert root["references"] == [] and root["flags"] == 1
        assert child["references"] == [
            {"refType": "CHILD_OF", "traceID": sent.id, "spanID": sent.root},
            {"refType": "FOLLOWS_FROM", "traceID": "0000000000000001", "spanID": sent.root},
        ]
        tags = {tag["key"]: (tag["type"], tag["value"]) for tag in root["tags"]}
        assert tags == {
            "otel.scope.name": ("string", "tests"),
            "otel.scope.version": ("string", "1"),
            "http.status_code": ("int64", 500),
            "ratio": ("float64", 0.5),
            "cached": ("bool", False),
            "big": ("int64", str(2**60)),
            "raw": ("binary", base64.b64encode(b"\x00\xff").decode()),
            "span.kind": ("string", "server"),
            "otel.status_code": ("string", "ERROR"),
            "error": ("bool", True),
            "otel.status_description": ("string", "out of memory"),
            "w3c.tracestate": ("string", "vendor=1"),
        }
        assert child["logs"] == [
            {
                "timestamp": (sent.start + 5_000_001) // 1_000,
                "fields": [
                    {"key": "event", "type": "string", "value": EVENT},
                    {"key": "index", "type": "int64", "value": 0},
                ],
            }
        ]
        process = trace["processes"][root["processID"]]
        assert process == {"serviceName": "front", "tags": [{"key": "zone", "type": "string", "value": "eu-1"}]}
        child_tags = {tag["key"]: tag["value"] for tag in child["tags"]}
        assert (child_tags["stop"], child_tags["options"]) == ('["a","b"]', '{"seed":7}')

    def test_a_missing_trace(self, server):
        response = server.get(f"/jaeger/api/traces/{'a' * 32}")
        assert response.status_code == 404
        assert response.json()["errors"] == [{"code": 404, "msg": "trace not found"}]

    @pytest.mark.parametrize(
        "parameters",
        [
            {},
            {"operation": "POST /chat"},
            {"tags": '{"http.status_code":"500"}'},
            {"tags": '{"error":"true"}'},
            {"tags": '{"span.kind":"server","zone":"eu-1"}'},
            {"tag": "otel.status_description:out of memory"},
            {"minDuration": "900ms", "maxDuration": "1s"},
            {"lookback": "1h", "limit": 20},
        ],
    )
    def test_a_search_finds_the_whole_trace(self, jaeger, sent, parameters):
        traces = jaeger.search(service="front", **parameters)
        assert sent.id in ids(traces) and sent.other_id not in ids(traces)
        found = next(trace for trace in traces if trace["traceID"] == sent.id)
        assert len(found["spans"]) == 2

    @pytest.mark.parametrize(
        "parameters",
        [
            {"operation": "GET /chat"},
            {"tags": '{"http.status_code":"200"}'},
            {"tags": '{"error":"false"}'},
            {"tags": '{"span.kind":"client"}'},
            {"minDuration": "901ms"},
            {"maxDuration": "899ms"},
        ],
    )
    def test_a_search_leaves_out_what_does_not_match(self, jaeger, sent, parameters):
        assert sent.id not in ids(jaeger.search(service="front", **parameters))

    def test_times_are_microseconds(self, jaeger, sent):
        micros = sent.start // 1_000
        assert ids(jaeger.search(service="front", start=micros, end=micros)) == {sent.id}
        assert jaeger.search(service="front", start=micros + 1, end=micros + 1_000) == []

    def test_several_ids_at_once(self, server, sent):
        response = server.get("/api/traces", traceID=[sent.id, sent.other_id, "f" * 32]).json()
        assert ids(response["data"]) == {sent.id, sent.other_id}
        assert response["errors"] == [{"msg": "trace not found", "traceID": "f" * 32}]

    def test_the_dependency_graph(self, jaeger, sent):
        links = jaeger.dependencies(time.time_ns() // 1_000_000, 3_600_000)
        assert {"parent": "front", "child": "model/llama", "callCount": 1} in links
        assert all(link["parent"] != link["child"] for link in links)

    def test_the_third_version_speaks_otlp(self, server, sent):
        answer = server.get(f"/api/v3/traces/{sent.id}").json()
        spans = {
            span["spanId"]: span
            for group in answer["result"]["resourceSpans"]
            for scope in group["scopeSpans"]
            for span in scope["spans"]
        }
        assert set(spans) == set(sent.spans)
        assert (spans[sent.root]["traceId"], spans[sent.root]["kind"]) == (sent.id, 2)
        assert {"front", "other"} <= set(server.get("/api/v3/services").json()["services"])
        operations = server.get("/api/v3/operations", service="front").json()["operations"]
        assert operations == [{"name": "POST /chat", "spanKind": "server"}]


class TestTempo:
    def test_health_and_version(self, tempo):
        assert tempo.health() == "echo"
        assert tempo.version()

    def test_a_trace_is_whole_and_exact(self, tempo, sent):
        seconds = sent.start // SECOND
        trace = tempo.trace(sent.id, start=seconds - 60, end=seconds + 60)
        received = spans_by_id(trace)
        assert set(received) == set(sent.spans)
        for span_id, original in sent.spans.items():
            span, scope, resource = received[span_id]
            # Attributes with a typed column come first; their order is no part of their meaning.
            for message in (span, original):
                message.attributes.sort(key=lambda item: item.key)
            # A status is always told, as Tempo does; an absent one means the same as an empty one.
            original.status.SetInParent()
            assert span == original
            assert (scope.name, scope.version) == ("tests", "1")
            service = next(item.value.string_value for item in resource.attributes if item.key == "service.name")
            assert service == ("front" if span_id == sent.root else "model/llama")

    def test_the_first_version_says_the_same(self, server, sent):
        first = server.get(f"/tempo/api/traces/{sent.id}", headers={"Accept": "application/protobuf"})
        assert spans_by_id(trace_pb2.TracesData.FromString(first.content)) == spans_by_id(
            Tempo(server, "/tempo").trace(sent.id)
        )

    def test_json_is_protobufs_mapping(self, server, sent):
        expected = Tempo(server, "/tempo").trace(sent.id)
        first = server.get(f"/tempo/api/traces/{sent.id}").json()
        second = server.get(f"/tempo/api/v2/traces/{sent.id}").json()
        assert json_format.ParseDict({"resourceSpans": first["batches"]}, trace_pb2.TracesData()) == expected
        assert json_format.ParseDict(second["trace"], trace_pb2.TracesData()) == expected

    def test_a_missing_trace(self, tempo):
        assert tempo.trace("a" * 32) is None

    @pytest.mark.parametrize(
        "query",
        [
            "{}",
            '{resource.service.name="front"}',
            '{resource.service.name="front" && name="POST /chat" && status=error}',
            "{ span.http.status_code = 500 && duration > 800ms }",
            '{ .zone =~ "eu-.*" }',
            '{ resource.service.name = "front" } > { resource.service.name = "model/llama" }',
            '{ span.gen_ai.request.model = "llama-3" && kind = client }',
            "{ traceDuration > 899ms && traceDuration < 901ms }",
            '{ rootName = "POST /chat" } | select(span.ratio)',
        ],
    )
    def test_traceql_finds_the_trace(self, tempo, sent, query):
        seconds = sent.start // SECOND
        traces = tempo.search(query, limit=20, spss=3, start=seconds - 3_600, end=seconds + 3_600)
        found = next(trace for trace in traces if trace["traceID"] == sent.id)
        assert (found["rootServiceName"], found["rootTraceName"]) == ("front", "POST /chat")
        assert (found["startTimeUnixNano"], found["durationMs"]) == (str(sent.start), 900)
        assert found["serviceStats"] == {
            "front": {"spanCount": 1, "errorCount": 1},
            "model/llama": {"spanCount": 1},
        }
        assert found["spanSets"][0]["spans"], "the matching spans are told"
        assert found["spanSet"] == found["spanSets"][0]

    def test_the_spans_of_a_trace_tell_what_the_query_reads(self, tempo, sent):
        query = '{ resource.service.name = "model/llama" && span.gen_ai.usage.input_tokens > 1 } | select(span.stop)'
        trace = next(trace for trace in tempo.search(query) if trace["traceID"] == sent.id)
        spans = trace["spanSets"][0]
        assert spans["matched"] == 1
        assert spans["spans"] == [
            {
                "spanID": sent.child,
                "name": "chat llama",
                "startTimeUnixNano": str(sent.start + 1_000),
                "durationNanos": "699999000",
                "attributes": [
                    {"key": "service.name", "value": {"stringValue": "model/llama"}},
                    {"key": "gen_ai.usage.input_tokens", "value": {"intValue": "12"}},
                    {
                        "key": "stop",
                        "value": {"arrayValue": {"values": [{"stringValue": "a"}, {"stringValue": "b"}]}},
                    },
                ],
            }
        ]

    def test_more_spans_match_than_are_told(self, server, sent):
        trace = next(
            trace
            for trace in Tempo(server, "/tempo").search('{ .service.name = "other" }', spss=1)
            if trace["traceID"] == sent.other_id
        )
        assert len(trace["spanSets"][0]["spans"]) == 1
        assert trace["spanSets"][0]["matched"] == 2

    @pytest.mark.parametrize(
        ("tags", "parameters"),
        [
            ("service.name=front", {}),
            ("service.name=FRO zone=eu", {}),
            ('name="post /chat"', {}),
            ("http.status_code=500", {"minDuration": "900ms", "maxDuration": "901ms"}),
            ("status.code=error", {}),
        ],
    )
    def test_tags_find_the_trace(self, tempo, sent, tags, parameters):
        traces = tempo.search_tags(tags, **parameters)
        assert sent.id in ids(traces) and sent.other_id not in ids(traces)

    def test_errors_tell_the_place(self, server):
        response = server.get("/tempo/api/search", q="{ span.x == 1 }")
        assert response.status_code == 400
        assert "line 1, column" in response.text

    def test_metrics_are_refused_clearly(self, server):
        response = server.get("/tempo/api/metrics/query_range", q="{} | rate()")
        assert response.status_code == 404 and "/api/v1/analytics" in response.text

    def test_names_of_tags(self, tempo, server, sent):
        tags = tempo.tags(limit=5000)
        assert {"service.name", "zone", "gpu.count"} <= set(tags["resource"])
        assert {"http.status_code", "gen_ai.request.model", "stop"} <= set(tags["span"])
        assert "duration" in tags["intrinsic"]
        assert set(tempo.tags(scope="span")) == {"span"}
        assert "zone" in server.get("/api/search/tags").json()["tagNames"]
        narrowed = tempo.tags(q='{ resource.service.name = "front" }')
        assert "http.status_code" in narrowed["span"] and "stop" not in narrowed["span"]

    def test_values_of_tags(self, tempo, server, sent):
        assert ("string", "front") in tempo.values(".service.name")
        assert ("string", "model/llama") in tempo.values("resource.service.name")
        assert ("int", "500") in tempo.values("span.http.status_code")
        assert ("float", "0.5") in tempo.values(".ratio")
        assert ("bool", "false") in tempo.values("span.cached")
        assert ("string", "llama-3") in tempo.values("span.gen_ai.request.model")
        assert ("int", "8") in tempo.values("resource.gpu.count")
        assert ("string", "POST /chat") in tempo.values("name")
        assert ("string", "POST /chat") in tempo.values("rootName")
        assert ("string", "front") in tempo.values("rootServiceName")
        assert [value for _, value in tempo.values("status")] == ["error", "ok", "unset"]
        assert tempo.values("resource.service.name", q="{ span.http.status_code = 500 }") == [("string", "front")]
        # A query that is still being written counts as none.
        assert ("string", "front") in tempo.values("resource.service.name", q="{ span.x = }")
        flat = server.get("/api/search/tag/service.name/values").json()
        check(flat, {"tagValues": [str]})
        assert "front" in flat["tagValues"]


def test_keys_are_asked_for(make_server):
    """Both APIs read through the same door as `/api/v1`."""
    server = make_server(environment={"AXONIZE_REQUIRE_KEYS": "true"}).start()
    for path in ["/api/services", "/jaeger/api/services", "/tempo/api/search", "/api/search/tags"]:
        assert server.get(path).status_code == 401
