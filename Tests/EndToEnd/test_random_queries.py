"""Random questions over random traces, against a plain evaluation: every API tells the same, and what is right.

A failure names the seed; AXONIZE_RANDOM_SEED=SEED asks the same questions again.
"""

import os
import random
import time

import pytest
from support import random_traces as plain
from support.random_traces import MICROSECOND, MILLISECOND, MINUTE, SECOND, SERVICES

TRACE_COUNT = 90
QUESTIONS = 75


class World:
    """A server that holds random traces, and those traces."""

    def __init__(self, server, seed: int):
        self.server = server
        self.seed = seed
        self.now = time.time_ns()
        generator = plain.Generator(seed, self.now)
        self.traces = [generator.trace() for _ in range(TRACE_COUNT)]
        for spans in generator.requests(self.traces):
            answer = server.session.post(f"{server.otlp_endpoint}/v1/traces", json=plain.otlp_json(spans), timeout=30)
            assert answer.status_code == 200 and not answer.json().get("partialSuccess"), answer.text
        self.by_id = {trace.trace_id: trace for trace in self.traces}

    def duration_of(self, span) -> int:
        return self.by_id[span.trace_id].duration


@pytest.fixture(scope="module")
def world(server):
    seed = int(os.environ.get("AXONIZE_RANDOM_SEED", "0")) or random.SystemRandom().randrange(1, 2**32)
    print(f"AXONIZE_RANDOM_SEED={seed}")
    return World(server, seed)


def rfc3339(nanoseconds: int) -> str:
    seconds, rest = divmod(nanoseconds, SECOND)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{rest:09d}Z"


def a_range(chance: random.Random, now: int) -> tuple[int, int]:
    """A part of the last hours; often all of them."""
    if chance.random() < 0.3:
        return now - 300 * MINUTE, now + 5 * MINUTE
    start = now - chance.randrange(1, 200) * MINUTE - chance.randrange(SECOND)
    return start, start + chance.choice([2, 9, 30, 120]) * MINUTE


def filters(chance: random.Random, of_traces: bool) -> tuple[dict, list, list]:
    """Parameters, and what they ask of one span and of the whole trace."""
    parameters: dict = {}
    of_span, of_trace = [], []

    def ask(name, value, condition, ofs):
        parameters[name] = value
        ofs.append(condition)

    if chance.random() < 0.3:
        service = chance.choice(SERVICES)
        ask("service", service, lambda span: span.service == service, of_span)
    if chance.random() < 0.2:
        ask("status", "error", lambda span: span.status == 2, of_span)
    if chance.random() < 0.2:
        model = chance.choice(plain.MODELS)
        ask("model", model, lambda span: span.attributes.get("gen_ai.request.model") == model, of_span)
    if chance.random() < 0.15:
        number = chance.randrange(5)
        ask("attr.n", str(number), lambda span: span.attributes.get("n") == number, of_span)
    if chance.random() < 0.1:
        ask("attr.tags", '["x"]', lambda span: span.attributes.get("tags") == ["x"], of_span)
    if chance.random() < 0.2:
        session = chance.choice(plain.SESSIONS)
        if of_traces:

            def has(trace):
                return any(span.attributes.get("gen_ai.conversation.id") == session for span in trace.spans)

            ask("session", session, has, of_trace)
        else:
            ask("session", session, lambda span: span.attributes.get("gen_ai.conversation.id") == session, of_span)
    for name, least in (("min_duration_ms", True), ("max_duration_ms", False)):
        if chance.random() < 0.2:
            bound = chance.choice([0, 3, 20, 500, 60_000, 1_500_000])

            def compare(item, bound=bound, least=least):
                return item.duration >= bound * MILLISECOND if least else item.duration <= bound * MILLISECOND

            ask(name, bound, compare, of_trace if of_traces else of_span)
    return parameters, of_span, of_trace


def selected_spans(world, parameters, of_span, query, start, end):
    """The spans of each trace that a search finds, by trace."""
    found = {}
    for trace in world.traces:
        spans = [span for span in trace.spans if start <= span.start < end]
        if query:
            spans = query.select(spans)
        spans = [span for span in spans if all(holds(span) for holds in of_span)]
        if spans:
            found[trace.trace_id] = spans
    return found


def pages(world, path: str, **parameters) -> list[dict]:
    items = []
    cursor = {}
    for _ in range(1000):
        answer = world.server.get(path, **parameters, **cursor)
        assert answer.status_code == 200, f"{answer.url}: {answer.text}"
        page = answer.json()
        items += page["data"]
        if page["next_cursor"] is None:
            return items
        cursor = {"cursor": page["next_cursor"]}
    raise AssertionError("pages without end")


def question(world, chance: random.Random, of_traces: bool):
    parameters, of_span, of_trace = filters(chance, of_traces)
    query = None
    if chance.random() < 0.6:
        query = plain.query(chance, world.duration_of)
        parameters["q"] = query.text
    start, end = a_range(chance, world.now)
    found = selected_spans(world, parameters, of_span, query, start, end)
    found = {
        identity: spans for identity, spans in found.items() if all(holds(world.by_id[identity]) for holds in of_trace)
    }
    order = chance.choice(["-start_time", "-start_time", "start_time", "-duration", "duration"])
    parameters |= {
        "start": rfc3339(start),
        "end": rfc3339(end),
        "sort": order,
        "limit": chance.choice([2, 7, 50, 1000]),
    }
    return parameters, found, order


def check_traces(world, chance):
    parameters, found, order = question(world, chance, of_traces=True)
    key = {
        "-start_time": lambda spans: max(span.start for span in spans),
        "start_time": lambda spans: min(span.start for span in spans),
        "-duration": lambda spans: world.duration_of(spans[0]),
        "duration": lambda spans: world.duration_of(spans[0]),
    }[order]
    wanted = sorted(found, key=lambda identity: (key(found[identity]), identity), reverse=order.startswith("-"))
    seen = pages(world, "/api/v1/traces", **parameters)
    assert [trace["trace_id"] for trace in seen] == wanted, parameters
    for summary in seen:
        check_summary(summary, world.by_id[summary["trace_id"]], parameters)


def check_summary(summary: dict, trace: plain.Trace, parameters):
    root = trace.root
    services = [
        {
            "name": name,
            "span_count": sum(span.service == name for span in trace.spans),
            "error_count": sum(span.service == name and span.status == 2 for span in trace.spans),
        }
        for name in sorted({span.service for span in trace.spans})
    ]
    wanted = {
        "trace_id": trace.trace_id,
        "root_name": root and root.name,
        "root_service": root and root.service,
        "start_time_unix_nano": str(trace.start),
        "end_time_unix_nano": str(trace.end),
        "duration_ns": trace.duration,
        "span_count": len(trace.spans),
        "error_count": sum(span.status == 2 for span in trace.spans),
        "input_tokens": trace.tokens("input"),
        "output_tokens": trace.tokens("output"),
    }
    assert {name: summary[name] for name in wanted} == wanted, parameters
    if "services" in summary:
        assert summary["services"] == services, parameters
        models = {span.attributes.get("gen_ai.request.model") for span in trace.spans} - {None}
        assert summary["models"] == sorted(models), parameters


def check_spans(world, chance):
    parameters, found, order = question(world, chance, of_traces=False)
    key = (lambda span: span.duration) if "duration" in order else (lambda span: span.start)
    wanted = sorted(
        (span for spans in found.values() for span in spans),
        key=lambda span: (key(span), span.trace_id, span.span_id),
        reverse=order.startswith("-"),
    )
    seen = pages(world, "/api/v1/spans", **parameters)
    assert [(span["trace_id"], span["span_id"], span["duration_ns"]) for span in seen] == [
        (span.trace_id, span.span_id, span.duration) for span in wanted
    ], parameters


def check_jaeger(world, chance):
    start, end = a_range(chance, world.now)
    start, end = start // MICROSECOND * MICROSECOND, end // MICROSECOND * MICROSECOND
    service = chance.choice(SERVICES)
    parameters = {"service": service, "start": start // MICROSECOND, "end": end // MICROSECOND, "limit": 1500}
    of_span = [lambda span: span.service == service]
    if chance.random() < 0.5:
        number = chance.randrange(5)
        parameters["tags"] = f'{{"n":"{number}"}}'
        of_span.append(lambda span: span.attributes.get("n") == number)
    if chance.random() < 0.3:
        parameters["minDuration"] = "3ms"
        of_span.append(lambda span: span.duration >= 3 * MILLISECOND)
    found = selected_spans(world, parameters, of_span, None, start, end + MICROSECOND)
    answer = world.server.get("/jaeger/api/traces", **parameters)
    assert answer.status_code == 200, answer.text
    seen = answer.json()
    assert not seen["errors"]
    wanted = sorted(found, key=lambda identity: (max(span.start for span in found[identity]), identity), reverse=True)
    assert [trace["traceID"] for trace in seen["data"]] == wanted, parameters
    for trace in seen["data"]:
        spans = sorted((span["spanID"], span["startTime"], span["duration"]) for span in trace["spans"])
        assert spans == sorted(
            (span.span_id, span.start // MICROSECOND, span.duration // MICROSECOND)
            for span in world.by_id[trace["traceID"]].spans
        ), parameters


def check_tempo(world, chance):
    start, end = a_range(chance, world.now)
    start, end = start // SECOND, end // SECOND
    query = plain.query(chance, world.duration_of)
    found = selected_spans(world, {}, [], query, start * SECOND, (end + 1) * SECOND)
    parameters = {"q": query.text, "start": start, "end": end, "limit": 1000, "spss": 100}
    answer = world.server.get("/tempo/api/search", **parameters)
    assert answer.status_code == 200, answer.text
    seen = answer.json()["traces"]
    wanted = sorted(found, key=lambda identity: (max(span.start for span in found[identity]), identity), reverse=True)
    assert [trace["traceID"] for trace in seen] == wanted, parameters
    for summary in seen:
        trace = world.by_id[summary["traceID"]]
        root = trace.root
        assert summary["durationMs"] == trace.duration // MILLISECOND, parameters
        assert summary["startTimeUnixNano"] == str(trace.start), parameters
        assert not root or summary["rootTraceName"] == root.name, parameters
        (spans,) = summary["spanSets"]
        assert spans["matched"] == len(found[trace.trace_id]), parameters
        assert sorted(span["spanID"] for span in spans["spans"]) == sorted(
            span.span_id for span in found[trace.trace_id]
        ), parameters


def numbers(spans, calls) -> dict:
    return {
        "span_count": len(spans),
        "error_count": sum(span.status == 2 for span in spans),
        "input_tokens": sum(span.tokens("input") for span in calls),
        "output_tokens": sum(span.tokens("output") for span in calls),
    }


def check_analytics(world, chance):
    """Copies of a span count once, and of nested spans that tell tokens the innermost."""
    start, end = a_range(chance, world.now)
    # Analytics count whole minutes.
    start, end = start // MINUTE * MINUTE, end // MINUTE * MINUTE
    parameters = {"start": rfc3339(start), "end": rfc3339(end)}
    spans = [span for trace in world.traces for span in trace.spans if start <= span.start < end]
    calls = [span for trace in world.traces for span in trace.calls if start <= span.start < end]
    if chance.random() < 0.4:
        parameters["service"] = chance.choice(SERVICES)
        spans = [span for span in spans if span.service == parameters["service"]]
        calls = [span for span in calls if span.service == parameters["service"]]
    seen = world.server.data("/api/v1/analytics/overview", group_by="service", **parameters)
    wanted = numbers(spans, calls)
    assert {name: seen["total"][name] for name in wanted} == wanted, parameters
    for group in seen["groups"]:
        of_group = [[span for span in found if span.service == group["group"]] for found in (spans, calls)]
        assert {name: group[name] for name in wanted} == numbers(*of_group), parameters
    seen = world.server.data("/api/v1/analytics/overview", group_by="model", **parameters)
    by_model = {group["group"]: {name: group[name] for name in wanted} for group in seen["groups"]}
    models = {span.model for span in calls} - {None}
    for model in models:
        of_model = [span for span in calls if span.model == model]
        assert by_model[model]["input_tokens"] == numbers(of_model, of_model)["input_tokens"], parameters
        assert by_model[model]["output_tokens"] == numbers(of_model, of_model)["output_tokens"], parameters


CHECKS = [check_traces, check_traces, check_spans, check_jaeger, check_tempo, check_analytics]


@pytest.mark.parametrize("derived", [False, True], ids=["newest commits", "derived tables"])
def test_every_api_answers_what_a_plain_evaluation_says(world, derived):
    if derived:
        # Roll-ups come every five seconds; until then readers add the rows of the newest commits.
        time.sleep(6)
    chance = random.Random(f"{world.seed} {derived}")
    for number in range(QUESTIONS):
        check = chance.choice(CHECKS)
        try:
            check(world, chance)
        except AssertionError as error:
            raise AssertionError(f"AXONIZE_RANDOM_SEED={world.seed}, question {number}: {error}") from error


def test_whole_traces_are_told_like_their_summaries(world):
    for trace in world.traces:
        whole = world.server.data(f"/api/v1/traces/{trace.trace_id}")
        check_summary(whole, trace, {"seed": world.seed})
        assert sorted(span["span_id"] for span in whole["spans"]) == sorted(span.span_id for span in trace.spans)
