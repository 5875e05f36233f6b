"""Forks in every state of a span: each span is sent by one process, and once."""

import os
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.api.test_init import run
from tests.conftest import CORES
from tests.receiver import Receiver

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")

BEGIN = """
import os, sys, threading, axonize
axonize.init(sys.argv[1], service_name="fork", interval=3600)
def reap(pid):
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert code in (0, 3), code
"""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


def calls(receiver: Receiver) -> float:
    """LLM operations in the last metrics of every process."""
    last = {}
    for request in receiver.metrics:
        (resource,) = request.resource_metrics
        (pid,) = (item.value.int_value for item in resource.resource.attributes if item.key == "process.pid")
        counts = [
            point.count
            for metric in resource.scope_metrics[0].metrics
            if metric.name == "gen_ai.client.operation.duration"
            for point in metric.histogram.data_points
        ]
        last[pid] = sum(counts)
    return sum(last.values())


STATES = {
    "the child leaves through the span": (
        """
with axonize.span("parent"):
    pid = os.fork()
    if pid == 0:
        with axonize.span("child"): pass
        sys.exit(3)
    reap(pid)
""",
        {"parent": None, "child": "parent"},
    ),
    "the child leaves by an error": (
        """
sys.excepthook = lambda *_: None
with axonize.span("outer"):
    with axonize.span("parent"):
        pid = os.fork()
        if pid == 0:
            with axonize.span("child"): pass
            raise SystemExit(3) from ValueError("of the child")
        reap(pid)
""",
        {"outer": None, "parent": "outer", "child": "parent"},
    ),
    "the child ends at once": (
        """
with axonize.span("parent"):
    pid = os.fork()
    if pid == 0:
        with axonize.span("never sent"): pass
        os._exit(3)
    reap(pid)
""",
        {"parent": None},
    ),
    "an LLM span": (
        """
with axonize.llm_span("parent", model="m") as span:
    span.record_token()
    pid = os.fork()
    if pid == 0:
        span.record_token()
        assert not span.is_recording()
        with axonize.llm_span("child", model="m") as own:
            assert own.is_recording()
            own.record_token()
        sys.exit(3)
    reap(pid)
    span.record_token()
""",
        {"parent": None, "child": "parent"},
    ),
    "a span made before the fork and started after it": (
        """
later = axonize.span("later")
pid = os.fork()
if pid == 0:
    with later: pass
    sys.exit(3)
reap(pid)
""",
        {"later": None},
    ),
    "a span started by hand": (
        """
span = axonize.span("parent").start()
pid = os.fork()
if pid == 0:
    span.end()
    with axonize.span("child", parent=span): pass
    sys.exit(3)
reap(pid)
span.end()
""",
        {"parent": None, "child": "parent"},
    ),
    "a child of a child": (
        """
with axonize.span("parent"):
    pid = os.fork()
    if pid == 0:
        with axonize.span("child"):
            grandchild = os.fork()
            if grandchild == 0:
                with axonize.span("grandchild"): pass
                sys.exit(3)
            reap(grandchild)
        sys.exit(3)
    reap(pid)
""",
        {"parent": None, "child": "parent", "grandchild": "child"},
    ),
    "a fork in a thread": (
        """
def work():
    with axonize.span("thread"):
        pid = os.fork()
        if pid == 0:
            try:
                with axonize.span("child"): pass
                sys.exit(3)
            finally:
                axonize.flush(20)
                os._exit(3)
        reap(pid)
with axonize.span("main"):
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
""",
        {"main": None, "thread": None, "child": "thread"},
    ),
    "a generator that the child closes": (
        """
def items():
    with axonize.span("generator"):
        yield 1
        yield 2
stream = items()
next(stream)
pid = os.fork()
if pid == 0:
    stream.close()
    sys.exit(3)
reap(pid)
stream.close()
""",
        {"generator": None},
    ),
    "a child that begins anew": (
        """
with axonize.span("parent"):
    pid = os.fork()
    if pid == 0:
        axonize.shutdown(20)
        axonize.init(sys.argv[1], service_name="anew")
        with axonize.span("child"): pass
        sys.exit(3)
    reap(pid)
""",
        {"parent": None, "child": "parent"},
    ),
    "multiprocessing": (
        """
import multiprocessing
def work():
    with axonize.span("child"): pass
with axonize.span("parent"):
    child = multiprocessing.get_context("fork").Process(target=work)
    child.start()
    child.join()
    assert child.exitcode == 0
""",
        {"parent": None, "child": "parent"},
    ),
}


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("state", STATES)
def test_each_span_is_sent_once(receiver: Receiver, core: str, state: str) -> None:
    program, expected = STATES[state]
    _, error = run(BEGIN + program, f"http://127.0.0.1:{receiver.port}", AXONIZE_CORE=core, PYTHONWARNINGS="ignore")
    assert error == ""
    names = {span.span_id: span.name for span in receiver.spans}
    assert Counter(receiver.names) == Counter(list(expected))
    assert {span.name: names.get(span.parent_span_id) for span in receiver.spans} == expected
    assert not any(event.name == "exception" for span in receiver.spans for event in span.events)
    if state == "an LLM span":
        assert calls(receiver) == 2
        tokens = {
            span.name: item.value.int_value
            for span in receiver.spans
            for item in span.attributes
            if item.key == "gen_ai.usage.output_tokens"
        }
        assert tokens == {"parent": 2, "child": 1}
