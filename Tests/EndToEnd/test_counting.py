"""Analytics, sessions and users count each span and each call once, in whatever requests and order the spans come."""

import random
import time

import pytest
from support import telemetry
from support.telemetry import new_span_id, new_trace_id, span

MILLISECOND = 1_000_000
MINUTE = 60_000 * MILLISECOND


def call(trace_id: bytes, tokens: tuple[int, int] | None, *, model: str = "m-1", answered: str = "", **fields):
    attributes = {"gen_ai.operation.name": "chat", "gen_ai.request.model": model}
    if tokens:
        attributes |= {"gen_ai.usage.input_tokens": tokens[0], "gen_ai.usage.output_tokens": tokens[1]}
    if answered:
        attributes["gen_ai.response.model"] = answered
    attributes |= fields.pop("attributes", {})
    fields.setdefault("start_time_unix_nano", time.time_ns() - 5 * MINUTE)
    return span(trace_id, "chat", attributes=attributes, **fields)


def send(server, service: str, *spans):
    body = telemetry.export_request(list(spans), service=service).SerializeToString()
    assert telemetry.post(server, body).status_code == 200


def overview(server, service: str, group_by: str = "model", **filters) -> dict:
    data = server.data("/api/v1/analytics/overview", service=service, group_by=group_by, **filters)
    names = ("span_count", "call_count", "error_count", "input_tokens", "output_tokens")
    rows = {"total": data["total"], **{group["group"]: group for group in data["groups"]}}
    return {name: tuple(row[figure] for figure in names) for name, row in rows.items()}


def agent(trace_id: bytes) -> list:
    """An agent that tells the tokens of its two calls together; something without tokens lies between."""
    top, step = new_span_id(), new_span_id()
    return [
        call(trace_id, (300, 30), span_id=top),
        span(trace_id, "step", span_id=step, parent_span_id=top, start_time_unix_nano=time.time_ns() - 5 * MINUTE),
        call(trace_id, (100, 10), parent_span_id=step),
        call(trace_id, (200, 20), parent_span_id=top),
    ]


ORDERS = ("one request", "children first", "parents first", "shuffled, and all twice")
# Roll-ups come every five seconds.
ROLL_UP_SECONDS = 6


def send_agent(server, order: str):
    spans = agent(new_trace_id())
    chance = random.Random(4)
    match order:
        case "one request":
            send(server, order, *spans)
        case "children first":
            for one in reversed(spans):
                send(server, order, one)
        case "parents first":
            for one in spans:
                send(server, order, one)
        case _:
            for one in chance.sample(spans, len(spans)) + chance.sample(spans, len(spans)):
                send(server, order, one)


def test_of_calls_in_each_other_the_innermost_count(server):
    for order in ORDERS:
        send_agent(server, order)
    for when in ("before the next roll-up", "after it"):
        for order in ORDERS:
            assert overview(server, order) == {"total": (4, 2, 0, 300, 30), "m-1": (2, 2, 0, 300, 30)}, (order, when)
            assert overview(server, order, "service")[order] == (4, 2, 0, 300, 30), (order, when)
            series = server.data("/api/v1/analytics/throughput", service=order, step="60m")["series"]
            assert sum(point["input_tokens"] for point in series[0]["points"]) == 300, (order, when)
        if when != "after it":
            time.sleep(ROLL_UP_SECONDS)


def test_what_is_sent_again_after_a_kill_counts_once(make_server):
    server = make_server().start()
    outer, inner = agent(new_trace_id())[0], new_span_id()
    send(server, "killed", outer, call(new_trace_id(), (1, 1)))
    server.kill()
    server.start()
    # Split otherwise than before, and with the call inside the agent that counted already.
    send(server, "killed", outer)
    send(server, "killed", call(outer.trace_id, (7, 7), span_id=inner, parent_span_id=outer.span_id))
    send(
        server,
        "killed",
        call(outer.trace_id, (7, 7), span_id=inner, parent_span_id=outer.span_id),
        call(b"x" * 16, None),
    )
    assert overview(server, "killed")["m-1"] == (3, 3, 0, 8, 8)
    assert server.data("/api/v1/services")[0]["span_count"] == 4


def test_failed_calls_are_in_the_group_of_their_model(server):
    service = "failing"
    spans = [call(new_trace_id(), (1, 1), model="m9", answered="m9-2024") for _ in range(3)]
    failed = call(new_trace_id(), None, model="m9", attributes={"error.type": "429"})
    failed.status.code = 2
    send(server, service, *spans, failed)
    data = server.data("/api/v1/analytics/overview", service=service, group_by="model")
    assert [(group["group"], group["span_count"], group["error_rate"]) for group in data["groups"]] == [("m9", 4, 0.25)]
    assert overview(server, service, "response_model")["m9-2024"] == (3, 3, 0, 3, 3)
    assert overview(server, service, "request_model")["m9"] == (4, 4, 1, 3, 3)
    assert overview(server, service, "service", response_model="m9-2024")[service] == (3, 3, 0, 3, 3)


def test_a_clock_that_goes_back_makes_no_durations_below_zero(server):
    start = time.time_ns() - 5 * MINUTE
    good = [
        span(new_trace_id(), start_time_unix_nano=start, end_time_unix_nano=start + 20 * MILLISECOND) for _ in range(4)
    ]
    back = [
        span(new_trace_id(), start_time_unix_nano=start, end_time_unix_nano=end) for end in [1, start - 200_000] * 8
    ]
    send(server, "clock", *good, *back)
    total = server.data("/api/v1/analytics/overview", service="clock")["total"]
    assert total["duration_ms"]["mean"] == pytest.approx(80 / 20)
    assert 0 <= total["duration_ms"]["p50"] < 1


def test_sessions_and_users_have_the_counts_of_their_traces(server):
    service = "chats"
    for turn in range(3):
        trace_id, root = new_trace_id(), new_span_id()
        names = {"session.id": "s-1", "user.id": "u-1" if turn < 2 else "u-2"}
        send(server, service, span(trace_id, "POST /chat", span_id=root, attributes=names))
        failed = call(trace_id, (10, 1), parent_span_id=root)
        failed.status.code = 2 if turn == 0 else 0
        send(server, service, failed)

    def counts(path: str, **parameters) -> list:
        names = ("trace_count", "span_count", "error_count", "call_count", "input_tokens", "output_tokens")
        rows = server.data(path, service=service, **parameters)
        return [tuple(row[name] for name in names) for row in rows]

    for is_rolled_up in (False, True):
        if is_rolled_up:
            time.sleep(ROLL_UP_SECONDS)
        assert counts("/api/v1/sessions") == [(3, 6, 1, 3, 30, 3)]
        assert sorted(counts("/api/v1/users")) == [(1, 2, 0, 1, 10, 1), (2, 4, 1, 2, 20, 2)]
        # The session is named by one span, the model by another, the error by a third.
        assert counts("/api/v1/sessions", model="m-1", status="error") == [(1, 2, 1, 1, 10, 1)]
        assert counts("/api/v1/sessions", user="u-2") == [(1, 2, 0, 1, 10, 1)]
        assert counts("/api/v1/users", session="nobody") == []
        assert server.data("/api/v1/users/u-2")["span_count"] == 2
        assert server.get("/api/v1/sessions/s-2").status_code == 404


def test_huge_counts_do_not_make_the_totals_small(server):
    trace_id, huge = new_trace_id(), 2**63 - 1
    calls = [call(trace_id, (huge, huge), model="m-huge") for _ in range(2)] + [call(trace_id, (10, 2), model="m-huge")]
    send(server, "huge", *calls)
    assert overview(server, "huge")["m-huge"] == (3, 3, 0, 10, 2)
    spans = server.data(f"/api/v1/traces/{trace_id.hex()}")["spans"]
    sent = sorted(str(one["attributes"]["gen_ai.usage.input_tokens"]) for one in spans)
    assert sent == ["10", str(huge), str(huge)]
    row = next(row for row in server.data("/api/v1/traces", service="huge") if row["trace_id"] == trace_id.hex())
    assert (row["input_tokens"], row["output_tokens"]) == (10, 2)
