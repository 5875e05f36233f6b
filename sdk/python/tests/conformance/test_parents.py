"""Who is whose parent: contexts, threads, asyncio, generators, gevent."""

import asyncio
import contextvars
import gc
import pathlib
import threading
import weakref
from collections.abc import Iterator
from typing import Any

import pytest

from axonize import SpanContext
from tests.conformance.harness import Harness


def parents(harness: Harness) -> dict[str, str | None]:
    """Name of each span to name of its parent."""
    spans = harness.spans()
    names = {span.span_id: span.name for span in spans}
    assert len({span.span_id for span in spans}) == len(spans)
    return {span.name: names.get(span.parent_span_id) for span in spans}


def test_nesting(started: Harness) -> None:
    span = started.core.span
    with span("a"):
        with span("b"), span("c"):
            pass
        with span("d"):
            pass
        with span("e", root=True), span("f"):
            pass
    with span("g"):
        pass
    assert parents(started) == {"c": "b", "b": "a", "d": "a", "f": "e", "e": None, "a": None, "g": None}
    assert started.core.current() is None


def test_current(started: Harness) -> None:
    assert started.core.current() is None
    with started.core.span("a") as outer:
        assert started.core.current() is outer
        with started.core.span("b") as inner:
            assert started.core.current() is inner
        assert started.core.current() is outer
    assert started.core.current() is None


def test_started_by_hand_is_not_current(started: Harness) -> None:
    outer = started.core.span("a").start()
    with started.core.span("b"):
        pass
    with started.core.span("c", parent=outer):
        pass
    outer.end()
    assert parents(started) == {"b": None, "c": "a", "a": None}


def test_entered_after_its_start(started: Harness) -> None:
    outer = started.core.span("a").start()
    with outer, started.core.span("b"):
        pass
    assert parents(started) == {"b": "a", "a": None}


def test_remote_parent(started: Harness) -> None:
    remote = SpanContext(0xABC << 64, 0xDEF, 1, "k=v", True)
    with started.core.span("a", parent=remote) as span:
        assert span.has_remote_parent
        assert span.trace_state == "k=v"
        with started.core.span("b") as inner:
            assert not inner.has_remote_parent
            assert inner.trace_state == "k=v"
    inner, outer = started.spans()
    assert outer.trace_id == inner.trace_id == (0xABC << 64).to_bytes(16, "big")
    assert outer.parent_span_id == (0xDEF).to_bytes(8, "big")
    assert outer.trace_state == inner.trace_state == "k=v"
    assert outer.flags & 0x300 == 0x300
    assert inner.flags & 0x300 == 0x100


def test_remote_parent_as_current(started: Harness) -> None:
    started.core.current_variable.set(SpanContext(5, 6, 1, "", True))
    with started.core.span("a"):
        pass
    started.core.current_variable.set(None)
    assert started.span().parent_span_id == (6).to_bytes(8, "big")


@pytest.mark.parametrize("parent", [SpanContext(0, 0), "nonsense", object(), SpanContext(1 << 128, 1)])
def test_parent_without_identity(started: Harness, parent: object) -> None:
    with started.core.span("a", parent=parent):
        pass
    assert started.span().parent_span_id == b""


def test_threads_begin_without_a_parent(started: Harness) -> None:
    def work() -> None:
        with started.core.span("thread"):
            pass

    with started.core.span("main"):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        context = contextvars.copy_context()
        other = threading.Thread(target=lambda: context.run(work))
        other.start()
        other.join()
    spans = started.spans()
    assert [span.name for span in spans] == ["thread", "thread", "main"]
    assert [span.parent_span_id for span in spans] == [b"", spans[2].span_id, b""]


def test_many_threads(started: Harness) -> None:
    def work(number: int) -> None:
        for index in range(200):
            with started.core.span(f"outer {number} {index}"), started.core.span(f"inner {number} {index}"):
                pass

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = parents(started)
    assert len(found) == 3200
    assert all(found[f"inner {n} {i}"] == f"outer {n} {i}" for n in range(8) for i in range(200))
    stats = started.core.stats()
    assert (stats["started"], stats["ended"], stats["exported"]) == (3200, 3200, 3200)


def test_asyncio(started: Harness) -> None:
    async def work(number: int) -> None:
        with started.core.span(f"outer {number}"):
            await asyncio.sleep(0.001 * (number % 3))
            with started.core.span(f"inner {number}"):
                await asyncio.sleep(0)

    async def main() -> None:
        with started.core.span("main"):
            await asyncio.gather(*(work(number) for number in range(40)))

    asyncio.run(main())
    found = parents(started)
    assert len(found) == 81
    for number in range(40):
        assert found[f"inner {number}"] == f"outer {number}"
        assert found[f"outer {number}"] == "main"


def test_task_outlives_its_parent(started: Harness) -> None:
    async def late(gate: asyncio.Event) -> None:
        await gate.wait()
        with started.core.span("late"):
            pass

    async def main() -> None:
        gate = asyncio.Event()
        with started.core.span("main"):
            task = asyncio.create_task(late(gate))
            await asyncio.sleep(0)
        gate.set()
        await task

    asyncio.run(main())
    assert parents(started) == {"main": None, "late": "main"}


def test_generators(started: Harness) -> None:
    def items() -> Iterator[int]:
        with started.core.span("generator"):
            yield 1
            yield 2

    # A plain generator shares its consumer's context: its span stays current between the items.
    with started.core.span("consumer"):
        for _ in items():
            pass
        assert started.core.current().name == "consumer"
    assert parents(started) == {"generator": "consumer", "consumer": None}


def test_generator_closed_in_another_context(started: Harness) -> None:
    def items() -> Iterator[int]:
        with started.core.span("generator"):
            yield 1

    stream = items()
    next(stream)
    contextvars.copy_context().run(stream.close)
    with started.core.span("after"):
        pass
    del stream
    gc.collect()
    assert parents(started) == {"generator": None, "after": None}
    assert started.core.current() is None


def test_left_in_the_wrong_order(started: Harness) -> None:
    first, second = started.core.span("first"), started.core.span("second")
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    with started.core.span("inside second"):
        pass
    second.__exit__(None, None, None)
    with started.core.span("after"):
        pass
    assert started.core.current() is None
    found = parents(started)
    assert found == {"first": None, "inside second": "second", "second": "first", "after": None}


def test_gevent() -> None:
    pytest.importorskip("gevent")
    import subprocess
    import sys

    # Patching is for a whole process.
    script = """
from gevent import monkey
monkey.patch_all()
import gevent, sys, importlib
from axonize._settings import CoreSettings
from tests.conformance.harness import Harness, RESOURCE
core = importlib.import_module(sys.argv[1])
harness = Harness(core)
harness.start()
def work(number):
    with core.span(f"outer {number}"):
        gevent.sleep(0.001 * (number % 3))
        with core.span(f"inner {number}"):
            gevent.sleep(0)
gevent.joinall([gevent.spawn(work, number) for number in range(40)])
spans = harness.spans()
names = {span.span_id: span.name for span in spans}
found = {span.name: names.get(span.parent_span_id) for span in spans}
assert len(found) == 80
for number in range(40):
    assert found[f"inner {number}"] == f"outer {number}", number
    assert found[f"outer {number}"] is None
print("fine")
"""
    from tests.conftest import CORES

    for name in CORES:
        done = subprocess.run(
            [sys.executable, "-c", script, f"axonize._{name}"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            cwd=pathlib.Path(__file__).parents[2],
        )
        assert done.stdout.strip() == "fine", done.stderr


class Label:
    """Something that a span keeps alive as long as it lives itself."""


def test_spans_left_in_another_context_do_not_keep_each_other(harness: Harness) -> None:
    # Not sampled, so that no queue keeps them.
    harness.start(sampler="always_off", parent_based=False)
    alive: weakref.WeakSet[Label] = weakref.WeakSet()
    other = contextvars.copy_context()

    def enter() -> Any:
        label = Label()
        alive.add(label)
        span = harness.core.llm_span("left", labels=label)
        span.__enter__()
        return span

    # As by async generators that another task closes; in the older core each of them walked through all before it.
    for _ in range(2000):
        other.run(enter().__exit__, None, None, None)
    gc.collect()
    assert len(alive) <= 2
    # Each is left while the next one is current already.
    span = enter()
    for _ in range(2000):
        following = enter()
        span.__exit__(None, None, None)
        span = following
    gc.collect()
    assert len(alive) <= 4
    span.__exit__(None, None, None)
    assert harness.core.current() is None


def test_a_hundred_thousand_spans_left_in_another_context_take_no_longer_each(started: Harness) -> None:
    other = contextvars.copy_context()
    # With time that grows with the square this would not end in the tests' time.
    for _ in range(100_000):
        span = started.core.span("left")
        span.__enter__()
        other.run(span.__exit__, None, None, None)
    # As deep as no stack is: all are left inside out, and none of them is a parent of what follows.
    spans = [started.core.span("deep") for _ in range(100_000)]
    for span in spans:
        span.__enter__()
    for span in reversed(spans):
        other.run(span.__exit__, None, None, None)
    del spans, span
    assert started.core.current() is None
    with started.core.span("after") as after:
        assert after.parent_span_id is None


class Strange(int):
    """An int whose methods are not those of int."""

    answer: Any = None

    def to_bytes(self, *_: Any, **__: Any) -> Any:
        return self.answer

    def __index__(self) -> int:
        raise RuntimeError("no index")

    def __lt__(self, _: object) -> bool:
        raise RuntimeError("no order")


@pytest.mark.parametrize("answer", [None, "text", b"", b"short", b"x" * 64, 5, object()])
def test_ids_of_subclasses_of_int_are_their_numbers(started: Harness, answer: object) -> None:
    kind = type("Kind", (Strange,), {"answer": answer})
    parent = SpanContext(kind(0xABC << 64 | 5), kind(0xDEF), 1, "", True)
    with started.core.span("a", parent=parent, links=[parent]):
        pass
    span = started.span()
    assert span.trace_id == (0xABC << 64 | 5).to_bytes(16, "big")
    assert span.parent_span_id == (0xDEF).to_bytes(8, "big")
    assert span.links[0].span_id == span.parent_span_id


@pytest.mark.parametrize("ids", [(-1, 1), (1 << 128, 1), (1, -1), (1, 1 << 64), (1.0, 1), ("1", 1), (None, 1)])
def test_ids_that_are_none(started: Harness, ids: tuple[Any, Any]) -> None:
    parent = SpanContext(1, 1)
    object.__setattr__(parent, "trace_id", ids[0])
    object.__setattr__(parent, "span_id", ids[1])
    with started.core.span("a", parent=parent):
        pass
    assert started.span().parent_span_id == b""
