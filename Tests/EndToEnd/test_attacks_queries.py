"""Questions that are meant to occupy or end the server: each is answered or refused in bounds, and others go on."""

import json
import socket
import time

import pytest
from support import telemetry
from support.random_traces import Span, otlp_json

MILLISECOND = 10**6


@pytest.fixture(scope="module")
def deep(server):
    """A chain of 3,000 spans, each the child of the one before; the id of its trace."""
    trace_id = telemetry.new_trace_id().hex()
    now = time.time_ns() - 10**9
    spans = [
        Span(
            trace_id,
            f"{number + 1:016x}",
            f"{number:016x}" if number else "",
            f"hop {number}",
            "chain",
            now + number * 1000,
            now + number * 1000 + MILLISECOND,
            0,
            {"n": number},
            {"service.name": "chain"},
        )
        for number in range(3000)
    ]
    answer = server.session.post(f"{server.otlp_endpoint}/v1/traces", json=otlp_json(spans), timeout=30)
    assert answer.status_code == 200
    server.wait_for_trace(trace_id, 3000)
    return trace_id


@pytest.mark.parametrize(
    "path, parameters, words",
    [
        ("/tempo/api/search", {"tags": " ".join(["a"] * 5000)}, "at most 32"),
        ("/tempo/api/search", {"tags": " ".join(f"k{n}=v" for n in range(33))}, "at most 32"),
        ("/jaeger/api/traces", {"service": "x", "tags": json.dumps({f"k{n}": "v" for n in range(300)})}, "at most 32"),
        ("/jaeger/api/traces", {"service": "x", "tag": [f"k{n}:v" for n in range(33)]}, "at most 32"),
        ("/jaeger/api/traces", {"traceID": [f"{n + 1:032x}" for n in range(101)]}, "at most 100"),
        ("/api/v1/traces", {f"attr.k{n}": "v" for n in range(33)}, "at most 32"),
    ],
)
def test_what_names_too_much_is_refused(server, path, parameters, words):
    answer = server.get(path, **parameters)
    assert answer.status_code == 400 and words in answer.text


def test_32_tags_are_answered(server, deep):
    tags = {f"k{n}": "v" for n in range(31)} | {"n": "7"}
    for path, parameters in [
        ("/jaeger/api/traces", {"service": "chain", "tags": json.dumps(tags)}),
        ("/tempo/api/search", {"tags": " ".join(f"{key}={value}" for key, value in tags.items())}),
    ]:
        answer = server.get(path, **parameters)
        assert answer.status_code == 200, answer.text
        assert not (answer.json().get("data") or answer.json().get("traces"))


def test_abandoned_searches_do_not_stop_others(server, deep):
    for _ in range(6):
        with socket.create_connection(("127.0.0.1", server.http_port), timeout=10) as connection:
            target = "/tempo/api/search?tags=" + "+".join(f"k{n}=v" for n in range(32))
            connection.sendall(f"GET {target} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n".encode())
    assert server.trace(deep)["span_count"] == 3000


@pytest.mark.parametrize(
    "query, count",
    [
        ("{ } >> { }", 2999),
        ("{ } > { }", 2999),
        ('{ name = "hop 0" } >> { name = "hop 2999" }', 1),
        ('{ name = "hop 1" } >> { name = "hop 0" }', 0),
        (" && ".join(["({ } >> { })"] * 20), 2999),
        ("{ } | sum(span.n) = 4498500 | count() = 3000", 3000),
    ],
)
def test_a_deep_chain_is_searched_whole(server, deep, query, count):
    spans = server.data("/api/v1/spans", q=query, service="chain", limit=1000)
    assert len(spans) == min(count, 1000)
    traces = server.data("/api/v1/traces", q=query, service="chain")
    assert [trace["trace_id"] for trace in traces] == ([deep] if count else [])
    found = server.get("/tempo/api/search", q=query, limit=5).json()["traces"]
    assert [trace["spanSets"][0]["matched"] for trace in found] == ([count] if count else [])


def test_a_trace_that_is_asked_for_many_times_is_answered_once(server, deep):
    answer = server.get("/jaeger/api/traces", traceID=[deep] * 100)
    assert answer.status_code == 200
    assert [len(trace["spans"]) for trace in answer.json()["data"]] == [3000]


@pytest.mark.parametrize("path", ["/api/v1/spans", "/api/v1/traces"])
def test_a_search_from_1970_ends(server, deep, path):
    minute = time.time_ns() // 10**9 // 60 * 60
    for nanoseconds in (1, 1000, 999_999_999):
        end = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(minute)) + f".{nanoseconds:09d}Z"
        answer = server.get(path, operation="nothing", start="1970-01-01T00:00:00Z", end=end)
        assert answer.status_code == 200 and answer.json()["data"] == []


def test_cursors_are_checked_like_parameters(server, deep):
    cursor = server.get("/api/v1/spans", service="chain", limit=1).json()["next_cursor"]
    assert cursor
    for forged in (cursor[:-1] + ("A" if cursor[-1] != "A" else "B"), cursor + "00", "A" * len(cursor), cursor * 3):
        answer = server.get("/api/v1/spans", service="chain", limit=1, cursor=forged)
        assert answer.status_code == 400, answer.text
