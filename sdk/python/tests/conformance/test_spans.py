"""A span on the wire, field by field."""

import time
from typing import Any

import pytest

from tests.conformance.harness import RESOURCE, Harness, pairs


def test_fields_of_a_span(harness: Harness) -> None:
    harness.start(scope_name="main", scope_version="1.2", resource_schema_url="https://schema")
    before = time.time_ns()
    with harness.core.span("outer", "server") as outer, harness.core.span("inner") as inner:
        inner.set_attribute("k", 1)
    after = time.time_ns()
    (request,) = harness.requests()
    (resource,) = request.resource_spans
    assert resource.resource.SerializeToString() == RESOURCE
    assert resource.schema_url == "https://schema"
    (scope,) = resource.scope_spans
    assert (scope.scope.name, scope.scope.version) == ("main", "1.2")
    first, second = scope.spans
    assert (first.name, second.name) == ("inner", "outer")
    assert (first.kind, second.kind) == (1, 2)
    assert first.trace_id == second.trace_id == outer.trace_id.to_bytes(16, "big")
    assert first.span_id == inner.span_id.to_bytes(8, "big")
    assert first.parent_span_id == second.span_id == outer.span_id.to_bytes(8, "big")
    assert second.parent_span_id == b""
    slack = 5_000_000
    assert before - slack <= second.start_time_unix_nano <= first.start_time_unix_nano
    assert first.end_time_unix_nano <= second.end_time_unix_nano <= after + slack
    assert first.flags & 0x1FF == second.flags & 0x1FF == 0x101
    assert (outer.start_time, outer.end_time) == (second.start_time_unix_nano, second.end_time_unix_nano)
    assert (inner.parent_span_id, outer.parent_span_id) == (outer.span_id, None)
    assert inner.trace_id_hex == first.trace_id.hex()
    assert inner.span_id_hex == first.span_id.hex()


@pytest.mark.parametrize(
    ("kind", "number"),
    [("internal", 1), ("server", 2), ("client", 3), ("producer", 4), ("consumer", 5), ("CLIENT", 3), (4, 4), ("x", 1)],
)
def test_kinds(started: Harness, kind: object, number: int) -> None:
    with started.core.span("s", kind):
        pass
    assert started.span().kind == number


def test_kind_of_opentelemetry(started: Harness) -> None:
    trace = pytest.importorskip("opentelemetry.trace")
    for kind in trace.SpanKind:
        with started.core.span(kind.name, kind):
            pass
    assert [(span.name, span.kind) for span in started.spans()] == [
        ("INTERNAL", 1),
        ("SERVER", 2),
        ("CLIENT", 3),
        ("PRODUCER", 4),
        ("CONSUMER", 5),
    ]


def test_values_of_every_type(started: Harness) -> None:
    values = {
        "text": "Grüße 🙂",
        "empty": "",
        "true": True,
        "false": False,
        "int": 42,
        "zero": 0,
        "negative": -7,
        "least": -(1 << 63),
        "most": (1 << 63) - 1,
        "float": 1.5,
        "infinite": float("inf"),
        "bytes": b"\x00\xff",
        "texts": ["a", "b"],
        "numbers": (1, 2.5, -3),
        "mixed": ["a", 1, None, True, [2], {"k": "v"}],
        "nothing": [],
        "map": {"a": 1, "b": {"c": [1, 2]}},
    }
    with started.core.span("s", attributes=values):
        pass
    found = pairs(started.span().attributes)
    assert list(found) == list(values)
    assert found == {**values, "numbers": [1, 2.5, -3]}


def test_odd_values_become_what_fits(started: Harness, caplog: pytest.LogCaptureFixture) -> None:
    numpy = pytest.importorskip("numpy")

    class Odd:
        def __str__(self) -> str:
            return "odd"

    class Broken:
        def __str__(self) -> str:
            raise RuntimeError("no")

        __repr__ = __str__

    deep: list = []
    for _ in range(20):
        deep = [deep]
    with started.core.span("s") as span:
        span.set_attribute("odd", Odd())
        span.set_attribute("none", None)
        span.set_attribute("broken", Broken())
        span.set_attribute("large", 1 << 70)
        span.set_attribute("surrogate", "a\ud800b")
        span.set_attribute("deep", deep)
        span.set_attribute("numpy.int", numpy.int32(5))
        span.set_attribute("numpy.float", numpy.float32(0.5))
        span.set_attribute("numpy.double", numpy.float64(0.25))
        span.set_attribute("numpy.bool", numpy.bool_(True))
        span.set_attribute("set", {1})
        span.set_attribute("", "left out")
        span.set_attribute(7, "left out")
    found = pairs(started.span().attributes)
    assert found.pop("broken").startswith("<<class")
    assert isinstance(found.pop("deep"), list)
    assert found == {
        "odd": "odd",
        "none": "None",
        "large": "1180591620717411303424",
        "surrogate": "a?b",
        "numpy.int": 5,
        "numpy.float": 0.5,
        "numpy.double": 0.25,
        "numpy.bool": True,
        "set": "{1}",
    }


def test_a_dict_whose_items_are_none(started: Harness) -> None:
    class Odd(dict[str, object]):
        def items(self) -> Any:
            return [5, None, (), ("one",), ("k", 1), ("a", "b", "c")]

    with started.core.span("a", attributes={"odd": Odd(x=1), "after": 1}) as span:
        span.add_event("e", Odd(x=1))
        span.set_attributes(Odd(x=1))
    sent = started.span()
    assert pairs(sent.attributes)["after"] == 1
    assert pairs(sent.attributes)["k"] == 1
    assert pairs(sent.events[0].attributes) == {"k": 1}


def test_an_attribute_is_replaced_in_place(started: Harness) -> None:
    with started.core.span("s", attributes={"a": 1, "b": "x" * 300, "c": 3}) as span:
        span.set_attribute("a", "long " * 50)
        span.set_attribute("b", 2)
        span.set_attributes({"c": [1], "d": 4})
    found = pairs(started.span().attributes)
    assert list(found.items()) == [("a", "long " * 50), ("b", 2), ("c", [1]), ("d", 4)]


def test_events_and_exceptions(started: Harness) -> None:
    with pytest.raises(LookupError), started.core.span("s") as span:
        span.add_event("cache.miss", {"key": "k", "size": 3}, 1_700_000_000_000_000_000)
        span.add_event("plain")
        span.record_exception(ValueError("handled"), {"more": 1})
        raise LookupError("gone")
    found = started.span()
    first, second, handled, left = found.events
    assert (first.name, first.time_unix_nano, pairs(first.attributes)) == (
        "cache.miss",
        1_700_000_000_000_000_000,
        {"key": "k", "size": 3},
    )
    assert second.name == "plain"
    assert found.start_time_unix_nano <= second.time_unix_nano <= found.end_time_unix_nano
    assert handled.name == left.name == "exception"
    attributes = pairs(handled.attributes)
    assert attributes["exception.type"] == "ValueError"
    assert attributes["exception.message"] == "handled"
    assert attributes["exception.escaped"] == "False"
    assert attributes["more"] == 1
    attributes = pairs(left.attributes)
    assert attributes["exception.type"] == "LookupError"
    assert attributes["exception.escaped"] == "True"
    assert 'raise LookupError("gone")' in attributes["exception.stacktrace"]
    assert (found.status.code, found.status.message) == (2, "LookupError: gone")
    assert pairs(found.attributes) == {"error.type": "LookupError"}


def test_exception_of_a_module_is_named_with_it(started: Harness) -> None:
    import json

    with pytest.raises(json.JSONDecodeError), started.core.span("s") as span:
        span.set_attribute("error.type", "mine")
        span.set_status("error", "mine too")
        json.loads("{")
    found = started.span()
    assert pairs(found.events[0].attributes)["exception.type"] == "json.decoder.JSONDecodeError"
    assert pairs(found.attributes) == {"error.type": "mine"}
    assert found.status.message == "mine too"


def test_leaving_a_program_is_no_error(started: Harness) -> None:
    with pytest.raises(KeyboardInterrupt), started.core.span("s"):
        raise KeyboardInterrupt
    found = started.span()
    assert not found.events
    assert found.status.code == 0


def test_status(started: Harness) -> None:
    def status(*steps: tuple) -> tuple[int, str]:
        with started.core.span("s") as span:
            for step in steps:
                span.set_status(*step)
        found = started.span().status
        return found.code, found.message

    assert status() == (0, "")
    assert status(("ok", "ignored")) == (1, "")
    assert status(("error", "why")) == (2, "why")
    assert status(("ERROR", "why"), ("unset",)) == (2, "why")
    assert status((2, "why"), (1,)) == (1, "")
    assert status(("ok",), ("error", "too late")) == (1, "")
    assert status(("error", "a"), ("error", "b")) == (2, "b")
    assert status(("nonsense",)) == (0, "")
    trace = pytest.importorskip("opentelemetry.trace")
    assert status((trace.Status(trace.StatusCode.ERROR, "of theirs"),)) == (2, "of theirs")
    assert status((trace.Status(trace.StatusCode.ERROR, "of theirs"), None)) == (2, "of theirs")
    assert status((trace.StatusCode.OK,)) == (1, "")


def test_links(started: Harness) -> None:
    from axonize import SpanContext

    with started.core.span("target", root=True) as target:
        pass
    remote = SpanContext(1 << 100, 5, 0, "a=b", True)
    with started.core.span("s", links=[target, (remote, {"why": "batch"})]) as span:
        span.add_link(remote)
        span.add_link("nonsense")
    found = started.spans()[1]
    first, second, third = found.links
    assert (first.trace_id, first.span_id) == (target.trace_id.to_bytes(16, "big"), target.span_id.to_bytes(8, "big"))
    assert first.flags & 0x301 == 0x101
    assert (second.trace_id, second.span_id) == ((1 << 100).to_bytes(16, "big"), (5).to_bytes(8, "big"))
    assert second.trace_state == third.trace_state == "a=b"
    assert second.flags & 0x301 == 0x300
    assert pairs(second.attributes) == {"why": "batch"}


def test_links_of_opentelemetry(started: Harness) -> None:
    trace = pytest.importorskip("opentelemetry.trace")
    context = trace.SpanContext(7, 8, False, trace.TraceFlags(1), trace.TraceState([("k", "v")]))
    with started.core.span("s", links=[trace.Link(context, {"a": 1})]):
        pass
    (link,) = started.span().links
    assert (link.trace_id[-1], link.span_id[-1], link.trace_state) == (7, 8, "k=v")
    assert pairs(link.attributes) == {"a": 1}


def test_given_times(started: Harness) -> None:
    span = started.core.span("s", start_time=1_000_000_000)
    span.start()
    span.end(3_000_000_000)
    found = started.span()
    assert (found.start_time_unix_nano, found.end_time_unix_nano) == (1_000_000_000, 3_000_000_000)


def test_a_span_ends_once(started: Harness) -> None:
    span = started.core.span("s").start()
    assert span.is_recording()
    span.end(span.start_time + 5)
    span.end()
    span.set_attribute("late", 1)
    span.add_event("late")
    span.set_status("error")
    span.update_name("late")
    assert not span.is_recording()
    found = started.span()
    assert found.end_time_unix_nano - found.start_time_unix_nano == 5
    assert found.name == "s"
    assert not found.attributes
    assert not found.events


def test_names(started: Harness) -> None:
    with started.core.span("old") as span:
        span.update_name("new")
        span.update_name(3)
    with started.core.span(17):
        pass
    assert [span.name for span in started.spans()] == ["new", "17"]


def test_scopes(started: Harness) -> None:
    first = started.core.register_scope("lib", "1", "https://s", b"\x1a\x0c\x0a\x01k\x12\x07\x0a\x05value")
    again = started.core.register_scope("lib", "1", "https://s", b"\x1a\x0c\x0a\x01k\x12\x07\x0a\x05value")
    other = started.core.register_scope("lib", "2")
    assert (first, again, other) == (1, 1, 2)
    for scope in (first, other, first, 999):
        with started.core.span("s", scope=scope):
            pass
    (request,) = started.requests()
    found = {
        (scope.scope.name, scope.scope.version): (len(scope.spans), scope.schema_url, pairs(scope.scope.attributes))
        for scope in request.resource_spans[0].scope_spans
    }
    assert found == {
        ("lib", "1"): (2, "https://s", {"k": "value"}),
        ("lib", "2"): (1, "", {}),
        ("", ""): (1, "", {}),
    }


def test_fixed_ids_and_clock(started: Harness) -> None:
    started.core.set_fixed_ids(100)
    started.core.set_fixed_clock(1_700_000_000_000_000_000)
    with started.core.span("a") as outer, started.core.span("b") as inner:
        pass
    assert (outer.trace_id, outer.span_id, inner.trace_id, inner.span_id) == (100, 101, 100, 102)
    for span in started.spans():
        assert span.start_time_unix_nano == span.end_time_unix_nano == 1_700_000_000_000_000_000


def test_wrong_arguments_fail_as_in_python(started: Harness) -> None:
    with pytest.raises(TypeError):
        started.core.span()
    with pytest.raises(TypeError):
        started.core.span("s", nonsense=1)
    with started.core.span("s") as span, pytest.raises(TypeError):
        span.set_attribute("k")


def test_what_has_no_truth_is_taken_as_it_is(started: Harness) -> None:
    class Array(list[object]):
        """As numpy's, whose truth is an error."""

        def __bool__(self) -> bool:
            raise ValueError("the truth value of an array is ambiguous")

    with started.core.span("other") as other, started.core.span("a", links=Array([other]), parent=Array()):
        pass
    span, _ = started.spans()
    assert span.parent_span_id == b""
    assert len(span.links) == 1
