"""Scores over HTTP and by command: kept over a kill, in lists, filters and queries."""

import json

import requests
from support import telemetry


def add(server, *scores):
    response = requests.post(f"{server.url}/api/v1/scores", json={"scores": list(scores)}, timeout=30)
    assert response.status_code == 200, response.text
    return response.json()["data"]["ids"]


def test_scores_are_found_by_lists_filters_and_queries_also_after_a_kill(make_server):
    server = make_server().start()
    traces = []
    for service in ("good", "bad", "none"):
        request, trace_id = telemetry.trace_request(3, service=service, attributes={"session.id": f"s-{service}"})
        assert telemetry.post(server, request.SerializeToString()).status_code == 200
        traces.append(trace_id if isinstance(trace_id, str) else trace_id.hex())
    good, bad, none = traces
    server.wait_for_trace(good, 3)
    spans = server.data(f"/api/v1/traces/{bad}/spans")
    add(
        server,
        {"id": "1", "name": "helpfulness", "value": 0.2, "trace_id": good},
        {"name": "solved", "value": True, "trace_id": good, "source": "human", "comment": "it\nworked"},
        {"name": "helpfulness", "value": 0.3, "trace_id": bad, "span_id": spans[1]["span_id"]},
        {"name": "tone", "value": "cold", "trace_id": bad, "source": "llm"},
        {"name": "csat", "value": 4, "session_id": "s-good"},
    )
    assert add(server, {"id": "1", "name": "helpfulness", "value": 0.9, "trace_id": good}) == ["1"]

    # What was acknowledged is there whatever becomes of the process.
    server.kill()
    server = make_server().start()
    assert server.data("/api/v1/scores/1")["value"] == 0.9

    def found(path, **parameters):
        response = requests.get(f"{server.url}/api/v1/{path}", params={"start": "-1h"} | parameters, timeout=30)
        assert response.status_code == 200, response.text
        return response.json()["data"]

    rows = {row["trace_id"]: row for row in found("traces")}
    assert {tally["name"]: tally["latest"] for tally in rows[good]["scores"]} == {"helpfulness": 0.9, "solved": True}
    assert "scores" not in rows[none]
    assert [tally["name"] for tally in server.data(f"/api/v1/traces/{bad}")["scores"]] == ["helpfulness", "tone"]
    scored = [span for span in server.data(f"/api/v1/traces/{bad}/spans") if "scores" in span]
    assert [span["span_id"] for span in scored] == [spans[1]["span_id"]]
    sessions = {row["session_id"]: row for row in found("sessions")}
    assert sessions["s-good"]["scores"][0]["mean"] == 4

    for parameters, expected in [
        ({"score.helpfulness>": "0.8"}, {good}),
        ({"score.helpfulness<0.8": ""}, {bad}),
        ({"score.tone": "cold"}, {bad}),
        ({"score.tone!": "cold"}, set()),
        ({"score.solved": "true", "score.helpfulness>0.5": ""}, {good}),
        ({"q": "{ score.helpfulness > 0.25 }"}, {good, bad}),
        ({"q": '{ score.tone =~ "c.*" && name != "" }'}, {bad}),
        ({"q": "{ score.solved }"}, {good}),
        ({"q": "{ score.helpfulness = nil }"}, {bad, none}),
        ({"q": "{ score.helpfulness != nil } | count() > 1"}, {good}),
        ({"q": '{ score.helpfulness = "0.9" }'}, set()),
    ]:
        assert {row["trace_id"] for row in found("traces", **parameters)} == expected, parameters
    # A score of a trace is one of each of its spans, that of a span is its own.
    assert len(found("spans", **{"score.helpfulness>": "0"})) == 4
    for parameters, part in [
        ({"score.tone>": "cold"}, "takes a number"),
        ({"score.tone": ""}, "expected score."),
        ({"q": "{ score.tone > 5ms }"}, "a score is compared with"),
    ]:
        response = requests.get(f"{server.url}/api/v1/traces", params=parameters, timeout=30)
        assert response.status_code == 400, parameters
        assert part in response.json()["errors"][0]["detail"]

    # Grafana's way to the same.
    tempo = requests.get(f"{server.url}/tempo/api/search", params={"q": "{ score.helpfulness > 0.8 }"}, timeout=30)
    assert [trace["traceID"] for trace in tempo.json()["traces"]] == [good]
    assert requests.delete(f"{server.url}/api/v1/scores/1", timeout=30).status_code == 204
    assert found("traces", **{"score.helpfulness>": "0.8"}) == []


def test_scores_by_command(server):
    request, trace_id = telemetry.trace_request(1)
    assert telemetry.post(server, request.SerializeToString()).status_code == 200
    trace_id = trace_id if isinstance(trace_id, str) else trace_id.hex()
    words = ["--trace", trace_id, "--comment", "fine", "--id", "mine", "--server", server.url]
    assert server.run("scores", "add", "helpfulness", "0.75", *words).stdout == "added mine\n"
    table = server.run("scores", "list", "--trace", trace_id, "--server", server.url).stdout
    assert "helpfulness" in table and "0.75" in table and "human" in table
    names = json.loads(server.run("scores", "names", "--json", "--server", server.url).stdout)["data"]
    assert [(name["name"], name["mean"]) for name in names if name["name"] == "helpfulness"] == [("helpfulness", 0.75)]
    assert server.run("scores", "delete", "mine", "--server", server.url).stdout == "deleted mine\n"
