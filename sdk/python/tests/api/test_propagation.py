"""Across processes and threads."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

import axonize
from axonize.testing import Recorder


def test_inject_and_extract(axonize_spans: Recorder) -> None:
    with axonize.span("a") as span, axonize.baggage(user="Grüße", plan="pro"):
        carrier = axonize.inject({})
        assert carrier["traceparent"] == f"00-{span.trace_id_hex}-{span.span_id_hex}-01"
        assert carrier["baggage"] == "user=Gr%C3%BC%C3%9Fe,plan=pro"
    context = axonize.extract(carrier)
    assert context is not None
    assert context.is_remote
    assert (context.trace_id, context.span_id, context.trace_flags) == (span.trace_id, span.span_id, 1)
    assert context.baggage == {"user": "Grüße", "plan": "pro"}
    with axonize.attach(context):
        assert axonize.get_baggage() == context.baggage
        with axonize.span("b"):
            assert axonize.inject()["baggage"] == carrier["baggage"]
    assert axonize.get_baggage() == {}
    assert axonize.current_span() is None
    assert axonize_spans.one("b").parent_span_id == axonize_spans.one("a").span_id


def test_unsampled() -> None:
    with axonize.span("a"):
        assert axonize.inject()["traceparent"].endswith("-00")


def test_nothing_to_inject() -> None:
    assert axonize.inject() == {}


def test_tracestate_goes_through(axonize_spans: Recorder) -> None:
    headers = {b"Traceparent": b"00-" + b"0" * 31 + b"1-000000000000000a-01", b"TraceState": b"a=1,b=2"}
    with axonize.attach(axonize.extract(headers)), axonize.span("a"):
        assert axonize.inject()["tracestate"] == "a=1,b=2"
    assert axonize_spans.one("a").trace_state == "a=1,b=2"


@pytest.mark.parametrize(
    "value",
    [
        "",
        "nonsense",
        "00-" + "0" * 32 + "-000000000000000a-01",
        "00-" + "0" * 31 + "1-0000000000000000-01",
        "ff-" + "0" * 31 + "1-000000000000000a-01",
        "00-" + "0" * 31 + "1-000000000000000a-01-more",
        "00-" + "A" * 32 + "-000000000000000a-01",
        "00-" + "0" * 31 + "1-000000000000000a",
    ],
)
def test_invalid_traceparent(value: str) -> None:
    assert axonize.extract({"traceparent": value}) is None


def test_later_versions_are_read() -> None:
    context = axonize.extract({"traceparent": "cc-" + "0" * 31 + "1-000000000000000a-09-more"})
    assert context is not None
    assert context.trace_flags == 1


def test_baggage_alone() -> None:
    context = axonize.extract({"baggage": "a=1;meta=x, b = 2 ,=3,c"})
    assert context is not None
    assert not context.is_valid
    assert context.baggage == {"a": "1", "b": "2"}


def test_as_opentelemetry_reads_it(axonize_spans: Recorder) -> None:
    pytest.importorskip("opentelemetry")
    from opentelemetry.baggage.propagation import W3CBaggagePropagator
    from opentelemetry.trace import get_current_span
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    with axonize.span("a") as span, axonize.baggage(k="v w"):
        carrier = axonize.inject({})
    theirs = get_current_span(TraceContextTextMapPropagator().extract(carrier)).get_span_context()
    assert (theirs.trace_id, theirs.span_id) == (span.trace_id, span.span_id)
    from opentelemetry import baggage

    assert dict(baggage.get_all(W3CBaggagePropagator().extract(carrier))) == {"k": "v w"}


def test_threads(axonize_spans: Recorder) -> None:
    def work() -> None:
        with axonize.span("work"):
            assert axonize.get_baggage() == {"k": "v"}

    with axonize.span("main"), axonize.baggage(k="v"):
        threads = [threading.Thread(target=axonize.propagate(work)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with axonize.ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda _: work(), range(3)))
            pool.submit(work).result()
        with ThreadPoolExecutor(2) as plain:
            wrapped = axonize.PropagatingExecutor(plain)
            list(wrapped.map(lambda _: work(), range(2)))
            wrapped.submit(work).result()
    main = axonize_spans.one("main")
    assert len(axonize_spans.children(main)) == len(axonize_spans.named("work")) == 10


def test_greenlets() -> None:
    pytest.importorskip("gevent")
    import subprocess
    import sys

    script = """
from gevent import monkey; monkey.patch_all()
import gevent, axonize
from gevent.pool import Pool
with axonize.span("a") as a:
    assert gevent.spawn(axonize.current_span).get() is None
    assert gevent.spawn(axonize.propagate(axonize.current_span)).get() is a
    assert Pool(2).map(axonize.propagate(lambda _: axonize.current_span() is a), range(4)) == [True] * 4
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
