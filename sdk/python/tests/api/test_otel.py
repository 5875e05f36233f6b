"""OpenTelemetry over our core. Registration is for a whole process, so each test has its own."""

import subprocess
import sys

import pytest

pytest.importorskip("opentelemetry.trace")

HEAD = """
import axonize
from axonize.testing import record
from axonize.otel import register
from opentelemetry import trace, context, baggage
assert register() and register()
tracer = trace.get_tracer("their.library", "1.5", schema_url="https://schema", attributes={"k": "v"})
def parents(spans):
    names = {span.span_id: span.name for span in spans.spans}
    return {span.name: names.get(span.parent_span_id, span.parent_span_id) for span in spans.spans}
"""


def run(script: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", HEAD + script], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


def test_each_sees_the_other() -> None:
    run("""
with record() as spans:
    with axonize.span("ours") as ours:
        assert trace.get_current_span().get_span_context().span_id == ours.span_id
        with tracer.start_as_current_span("theirs") as theirs:
            assert trace.get_current_span() is theirs
            assert axonize.current_span().span_id == theirs.get_span_context().span_id
            with axonize.span("inner") as inner:
                trace.get_current_span().set_attribute("by", "them")
                with tracer.start_as_current_span("innermost"):
                    pass
                assert axonize.current_span() is inner
            assert axonize.current_span() is theirs.span
        assert axonize.current_span() is ours
        assert trace.get_current_span().get_span_context().span_id == ours.span_id
    assert axonize.current_span() is None
    assert trace.get_current_span() is trace.INVALID_SPAN
assert parents(spans) == {"innermost": "inner", "inner": "theirs", "theirs": "ours", "ours": None}
assert spans.one("inner").attributes == {"by": "them"}
assert spans.one("theirs").scope == "their.library"
assert spans.one("theirs").scope_version == "1.5"
assert spans.one("ours").scope == "axonize"
""")


def test_fields() -> None:
    run("""
with record() as spans:
    other = trace.SpanContext(7, 8, True, trace.TraceFlags(1))
    links = [trace.Link(other, {"l": 2})]
    with tracer.start_as_current_span("a", kind=trace.SpanKind.SERVER, attributes={"x": 1}, links=links,
                                      start_time=5_000_000_000) as span:
        assert span.is_recording() and span.name == "a" and span.parent is None
        span.set_attribute("y", [1, 2])
        span.set_attributes({"z": True})
        span.add_event("e", {"k": 1}, 6_000_000_000)
        span.add_link(other)
        span.set_status(trace.Status(trace.StatusCode.ERROR, "why"))
        span.update_name("b")
        span.record_exception(ValueError("v"))
    try:
        with tracer.start_as_current_span("fails"):
            raise KeyError("k")
    except KeyError:
        pass
    late = tracer.start_span("late")
    late.end(9_000_000_000_000_000_000)
found = spans.one("b")
assert (found.kind, found.start_time) == ("server", 5_000_000_000)
assert (found.status, found.status_description) == ("error", "why")
assert found.attributes == {"x": 1, "y": [1, 2], "z": True}
assert found.event("e").time == 6_000_000_000
assert [(link.trace_id[-1], link.span_id[-1]) for link in found.links] == [("7", "8"), ("7", "8")]
assert [link.attributes for link in found.links] == [{"l": 2}, {}]
fails = spans.one("fails")
assert fails.status == "error" and fails.event("exception").attributes["exception.type"] == "KeyError"
assert spans.one("late").end_time == 9_000_000_000_000_000_000
""")


def test_contexts() -> None:
    run("""
import asyncio
remote = trace.NonRecordingSpan(trace.SpanContext(0xabc, 0xdef, True, trace.TraceFlags(1)))
with record() as spans:
    token = context.attach(trace.set_span_in_context(remote))
    with axonize.span("of remote"):
        assert baggage.get_baggage("k") is None
    context.detach(token)
    with tracer.start_as_current_span("explicit", context=trace.set_span_in_context(remote)):
        pass
    with axonize.span("outer"):
        token = context.attach(baggage.set_baggage("k", "v"))
        assert axonize.current_span().name == "outer"
        with axonize.span("inner"):
            assert baggage.get_baggage("k") == "v"
            assert trace.get_current_span().get_span_context().span_id == axonize.current_span().span_id
        context.detach(token)
        with tracer.start_as_current_span("root", context=context.Context()):
            with axonize.span("child of root"):
                pass
        assert axonize.current_span().name == "outer"
    @tracer.start_as_current_span("decorated")
    def work():
        with axonize.span("in decorated"):
            pass
    work()
    async def one(n):
        with tracer.start_as_current_span(f"task {n}"):
            await asyncio.sleep(0.001)
            with axonize.span(f"child {n}"):
                await asyncio.sleep(0)
    async def main():
        with axonize.span("main"):
            await asyncio.gather(*(one(n) for n in range(10)))
    asyncio.run(main())
found = parents(spans)
assert found["of remote"] == "%016x" % 0xdef
assert found["explicit"] == "%016x" % 0xdef
assert found["inner"] == "outer" and found["root"] is None and found["child of root"] == "root"
assert found["in decorated"] == "decorated"
assert all(found[f"child {n}"] == f"task {n}" and found[f"task {n}"] == "main" for n in range(10))
""")


def test_instrumentation_of_requests() -> None:
    pytest.importorskip("opentelemetry.instrumentation.requests")
    run("""
import threading, http.server, warnings
warnings.simplefilter("ignore")
import requests
from opentelemetry.instrumentation.requests import RequestsInstrumentor
seen = []
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        seen.append(self.headers["traceparent"])
        self.send_response(200); self.send_header("Content-Length", "0"); self.end_headers()
    def log_message(self, *_): pass
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
RequestsInstrumentor().instrument()
with record() as spans:
    with axonize.span("ours"):
        assert requests.get(f"http://127.0.0.1:{server.server_address[1]}/x").status_code == 200
span = spans.one("GET")
assert span.kind == "client"
assert span.parent_span_id == spans.one("ours").span_id
assert span.scope == "opentelemetry.instrumentation.requests"
assert 200 in span.attributes.values()
assert seen == [f"00-{span.trace_id}-{span.span_id}-01"], seen
""")


def test_instrumentation_of_openinference() -> None:
    pytest.importorskip("openinference.instrumentation")
    run("""
from openinference.instrumentation import OITracer, TraceConfig, using_session
oi = OITracer(trace.get_tracer("oi"), config=TraceConfig(hide_inputs=True))
with record() as spans:
    with using_session("s1"), axonize.span("ours"):
        with oi.start_as_current_span("llm", openinference_span_kind="llm") as span:
            span.set_attribute("llm.model_name", "m")
            span.set_input("secret")
            with axonize.span("inside"):
                pass
found = spans.one("llm")
assert found.attributes["llm.model_name"] == "m"
assert found.attributes["openinference.span.kind"] == "LLM"
assert found.attributes["session.id"] == "s1"
assert "secret" not in str(found.attributes)
assert parents(spans) == {"inside": "llm", "llm": "ours", "ours": None}
""")


def test_init() -> None:
    run("""
axonize.shutdown()
axonize.init(otel=True, endpoint="http://127.0.0.1:9", metrics=False)
with tracer.start_as_current_span("a") as span:
    assert span.is_recording()
import logging
logging.disable()
trace.get_tracer_provider().shutdown()
assert not axonize.is_started()
""")
