"""The queue of the native core: its bound, its order, and that it uses few slots again and again."""

import os
import random
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from types import ModuleType

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from axonize._settings import CoreSettings
from tests.receiver import Receiver

native = pytest.importorskip("axonize._native")


@pytest.fixture
def core() -> Iterator[ModuleType]:
    yield native
    native.shutdown(0.5)
    native.current_variable.set(None)


def record(core: ModuleType, *names: str) -> None:
    for name in names:
        with core.span(name):
            pass


def taken(core: ModuleType) -> list[str]:
    """The names of all that is queued."""
    names = []
    while (batch := core.drain(0)) is not None:
        request = ExportTraceServiceRequest.FromString(batch[0])
        names += [
            span.name for resource in request.resource_spans for scope in resource.scope_spans for span in scope.spans
        ]
        core.settle(batch[1], 0)
    return names


@pytest.mark.parametrize("before", [0, 1, 16, 63, 64])
def test_all_slots_can_be_used_after_any_number(core: ModuleType, before: int) -> None:
    core.start(CoreSettings(sender="python", interval=60.0, queue_slots=64))
    for _ in range(3):
        record(core, *["earlier"] * before)
        assert len(taken(core)) == before
        dropped = core.stats()["dropped_queue_full"]
        record(core, *[str(number) for number in range(71)])
        stats = core.stats()
        assert stats["queued"] == 64
        assert stats["dropped_queue_full"] - dropped == 7
        assert taken(core) == [str(number) for number in range(64)]
        assert core.stats()["queued"] == 0


def test_records_stay_in_order_however_many_are_taken(core: ModuleType) -> None:
    core.start(CoreSettings(sender="python", interval=60.0, queue_slots=64, batch_spans=20))
    generator = random.Random(5)
    given, found = [], []
    for _ in range(500):
        names = [f"{len(given) + number}" for number in range(generator.randrange(25))]
        given += names
        record(core, *names)
        if generator.random() < 0.5:
            found += taken(core)
        elif (batch := core.drain(0)) is not None:
            # A part of them: the rest lies in the middle of the queue.
            request = ExportTraceServiceRequest.FromString(batch[0])
            found += [span.name for span in request.resource_spans[0].scope_spans[0].spans]
            core.settle(batch[1], 0)
        if len(given) - len(found) > 64 - 25:
            found += taken(core)
    found += taken(core)
    assert core.stats()["dropped_queue_full"] == 0
    assert found == given


def test_threads_record_while_another_takes(core: ModuleType) -> None:
    core.start(CoreSettings(sender="python", interval=0.001, queue_slots=64, batch_spans=16))
    threads = [
        threading.Thread(target=lambda n=n: record(core, *[f"{n} {i}" for i in range(20_000)])) for n in range(4)
    ]
    for thread in threads:
        thread.start()
    found = []
    while any(thread.is_alive() for thread in threads):
        found += taken(core)
    for thread in threads:
        thread.join()
    found += taken(core)
    stats = core.stats()
    assert stats["ended"] == 80_000
    assert len(found) + stats["dropped_queue_full"] == 80_000
    assert len(set(found)) == len(found)
    for number in range(4):
        indices = [int(name.split()[1]) for name in found if name.startswith(f"{number} ")]
        assert indices == sorted(indices)


def test_flushes_end_when_what_they_wait_for_was_sent(core: ModuleType) -> None:
    receiver = Receiver()
    try:
        core.start(CoreSettings(sender="http", host="127.0.0.1", port=receiver.port, path="/v1/traces", interval=60.0))
        for count in range(200):
            record(core, *["a"] * (count % 5))
            assert core.flush(20)
            assert len(receiver.names) == sum(number % 5 for number in range(count + 1))
    finally:
        core.shutdown(1)
        receiver.close()


@pytest.mark.skipif("asan" in os.environ.get("LD_PRELOAD", ""), reason="the sanitizer keeps freed memory")
def test_memory_is_that_of_the_longest_backlog() -> None:
    program = """
    from axonize import _native as core
    from axonize._settings import CoreSettings

    def resident():
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * 4096

    def rounds(count):
        for _ in range(count):
            for _ in range(100):
                with core.span("a"):
                    pass
            core.settle(core.drain(0)[1], 0)

    core.start(CoreSettings(sender="python", interval=60.0, queue_slots=65536))
    rounds(10)
    before = resident()
    rounds(1000)
    print(resident() - before)
    """
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        env={**os.environ, "AXONIZE_CORE": "native"},
        text=True,
        capture_output=True,
        timeout=60,
        check=True,
    )
    # 101,000 spans, of which 65,536 would take 32 MiB of slots.
    assert int(result.stdout) < 2 << 20
