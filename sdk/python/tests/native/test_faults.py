"""What only the native core can get wrong: its thread, its parser of answers, its memory, the interpreter's life."""

import contextlib
import gc
import os
import pathlib
import socket
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from types import ModuleType

import pytest

from axonize._settings import CoreSettings
from tests.receiver import Receiver, wait_until

native = pytest.importorskip("axonize._native")


@pytest.fixture
def core() -> Iterator[ModuleType]:
    yield native
    native.shutdown(0.5)
    native.current_variable.set(None)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


def start(core: ModuleType, port: int, **settings: object) -> None:
    given = {"interval": 0.05, "backoff_first": 0.01, "backoff_last": 0.05, "timeout": 5.0, **settings}
    core.start(CoreSettings(sender="http", host="127.0.0.1", port=port, path="/v1/traces", **given))


def spans(core: ModuleType, *names: str) -> None:
    for name in names:
        with core.span(name):
            pass


def program(text: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a program of its own with the native core."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(text)],
        env={**os.environ, "AXONIZE_CORE": "native", **variables},
        text=True,
        capture_output=True,
        timeout=60,
    )


class Scripted:
    """Answers each request on its connection with bytes as they are; the last answer is used again."""

    def __init__(self, *answers: bytes, closes: bool = False) -> None:
        self.answers = list(answers)
        self.closes = closes
        self.requests = 0
        self.connections = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection: socket.socket) -> None:
        with connection:
            while head := self.read_head(connection):
                length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                while length > 0:
                    length -= len(connection.recv(length))
                self.requests += 1
                answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                # In small pieces, so that every place in an answer is once the end of what has come.
                with contextlib.suppress(ConnectionError):
                    for begin in range(0, len(answer), 7):
                        connection.sendall(answer[begin : begin + 7])
                if self.closes:
                    return

    @staticmethod
    def read_head(connection: socket.socket) -> bytes:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            byte = connection.recv(1)
            if not byte:
                return b""
            head += byte
        return head

    def close(self) -> None:
        self.listener.close()


PARTIAL = b"\x0a\x02\x08\x01"  # partial_success { rejected_spans: 1 }


@pytest.mark.parametrize(
    ("answer", "closes", "rejected"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", False, 0),
        (b"HTTP/1.1 200 OK\r\ncontent-LENGTH:   4  \r\n\r\n" + PARTIAL, False, 1),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n" + PARTIAL, False, 1),
        (b"HTTP/1.1 204 No Content\r\n\r\n", False, 0),
        (b"HTTP/1.0 200 OK\r\n\r\n" + PARTIAL, True, 1),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n" + PARTIAL + b"\r\n0\r\n\r\n", False, 1),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"2;name=value\r\n" + PARTIAL[:2] + b"\r\n02\r\n" + PARTIAL[2:] + b"\r\n0\r\nTrailer: 1\r\n\r\n",
            False,
            1,
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n\x0a\xff\xff", False, 0),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n\x12\x03abc\x0a\x02\x08\x01", False, 1),
    ],
)
def test_answers(core: ModuleType, answer: bytes, closes: bool, rejected: int) -> None:
    server = Scripted(answer, closes=closes)
    try:
        start(core, server.port)
        for _ in range(3):
            spans(core, "a")
            assert core.flush(20)
        stats = core.stats()
        assert (stats["exported"], stats["rejected"], stats["dropped_send_failed"]) == (
            3 - 3 * rejected,
            3 * rejected,
            0,
        )
        assert server.connections == (3 if closes else 1)
        assert server.requests == 3
    finally:
        server.close()


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 20",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffff\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 100_000,
        b"\r\n\r\n\r\n\r\n",
    ],
)
def test_answers_that_are_none(core: ModuleType, answer: bytes) -> None:
    server = Scripted(answer, closes=True)
    try:
        start(core, server.port, retries=1)
        spans(core, "a")
        assert core.flush(20)
        stats = core.stats()
        assert (stats["exported"], stats["dropped_send_failed"], stats["retries"]) == (0, 1, 1)
    finally:
        server.close()


def test_a_hundred_threads(core: ModuleType, receiver: Receiver) -> None:
    start(core, receiver.port, queue_slots=65536)
    gate = threading.Barrier(100)

    def work() -> None:
        gate.wait()
        for _ in range(100):
            with core.span("outer") as outer, core.span("inner") as inner:
                assert inner.parent_span_id == outer.span_id

    threads = [threading.Thread(target=work) for _ in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert core.flush(30)
    assert len({span.span_id for span in receiver.spans}) == 20_000


def test_descriptors_closed_by_somebody_else(core: ModuleType, receiver: Receiver) -> None:
    start(core, receiver.port)
    spans(core, "a")
    assert core.flush(20)
    open_ones = [int(path.name) for path in pathlib.Path("/proc/self/fd").iterdir()]
    ours = [descriptor for descriptor in open_ones if is_connected_to(descriptor, receiver.port)]
    assert len(ours) == 1
    os.close(ours[0])
    spans(core, "b")
    assert core.flush(20)
    assert receiver.names == ["a", "b"]


def is_connected_to(descriptor: int, port: int) -> bool:
    try:
        duplicate = socket.socket(fileno=os.dup(descriptor))
    except OSError:
        return False
    with duplicate:
        try:
            return bool(duplicate.getpeername()[1] == port)
        except OSError:
            return False


def test_records_larger_than_a_slot(core: ModuleType, receiver: Receiver) -> None:
    start(core, receiver.port, queue_spill_bytes=1 << 20, interval=60.0)
    for size in (400, 480, 490, 500, 510, 600, 60_000):
        with core.span("a" * 7, attributes={"k": "x" * size}):
            pass
    assert core.flush(20)
    sizes = [len(span.attributes[0].value.string_value) for span in receiver.spans]
    assert sizes == [400, 480, 490, 500, 510, 600, 60_000]


def test_memory_of_large_records_is_bounded(core: ModuleType) -> None:
    core.start(CoreSettings(sender="python", queue_spill_bytes=200_000, batch_spans=8, interval=60.0))
    for _ in range(100):
        with core.span("a", attributes={"k": "x" * 50_000}):
            pass
    stats = core.stats()
    assert stats["queued"] == 3
    assert stats["dropped_queue_full"] == 97
    with core.span("a", attributes={str(key): "x" * 65_000 for key in range(10)}):
        pass
    assert core.stats()["dropped_too_large"] == 1
    while (batch := core.drain(0)) is not None:
        core.settle(batch[1], 0)
    with core.span("a", attributes={"k": "x" * 50_000}):
        pass
    assert core.stats()["queued"] == 1


def test_nothing_is_kept_alive(core: ModuleType) -> None:
    """Every way through a span gives back what it took."""
    core.start(CoreSettings(sender="python", queue_slots=64))

    class Value:
        def __str__(self) -> str:
            return "value"

    def once() -> None:
        parent = core.span("parent", attributes={"a": Value(), "b": [1, {"c": None}]}).start()
        with core.llm_span("child", parent=parent, links=[parent, (parent, {"l": 1})], labels=object()) as span:
            span.record_token(2)
            span.set_usage(input_tokens=1, output_tokens=2)
            span.add_event("e", {"k": "v" * 600})
            span.set_status("error", "text")
            span.update_name("other")
        try:
            with core.span("fails"):
                raise ValueError("why")
        except ValueError:
            pass
        entered = core.span("left in another context")
        entered.__enter__()
        core.span("not started", parent=parent, attributes={"x": 1})
        entered.__exit__(None, None, None)
        parent.end()

    def objects() -> int:
        gc.collect()
        return sum(1 for thing in gc.get_objects() if type(thing).__name__ not in ("frame", "coroutine"))

    for _ in range(10):
        once()
    counts = [sys.getrefcount(thing) for thing in (None, True, core.Span, core.LLMSpan)]
    before = objects()
    for _ in range(1000):
        once()
    after = [sys.getrefcount(thing) for thing in (None, True, core.Span, core.LLMSpan)]
    assert objects() - before < 100
    assert all(abs(new - old) < 200 for old, new in zip(counts, after, strict=True))


def test_exit_sends_what_waits(receiver: Receiver) -> None:
    result = program(
        f"""
        import axonize
        axonize.init(endpoint="http://127.0.0.1:{receiver.port}", service_name="exit", interval=60)
        for index in range(1000):
            with axonize.span("last words"):
                pass
        """
    )
    assert result.returncode == 0, result.stderr
    assert receiver.names.count("last words") == 1000


def test_exit_while_threads_record(receiver: Receiver) -> None:
    result = program(
        f"""
        import threading, time, axonize
        axonize.init(endpoint="http://127.0.0.1:{receiver.port}", service_name="exit", interval=0.01)
        def work():
            while True:
                with axonize.llm_span("busy") as span:
                    span.record_token()
        for _ in range(8):
            threading.Thread(target=work, daemon=True).start()
        time.sleep(0.5)
        """
    )
    assert result.returncode == 0, result.stderr
    assert "Fatal" not in result.stderr
    wait_until(lambda: "busy" in receiver.names)


def test_sub_interpreters_are_refused() -> None:
    result = program(
        """
        import axonize._native as native
        import importlib
        try:
            import _interpreters as interpreters
        except ImportError:
            import _xxsubinterpreters as interpreters
        code = '''
        try:
            import axonize._native
        except ImportError as error:
            assert "interpreter" in str(error), error
        else:
            raise AssertionError("loaded")
        import axonize
        with axonize.span("in Python") as span:
            assert len(span.trace_id_hex) == 32
        '''
        import textwrap
        one = interpreters.create()
        outcome = interpreters.run_string(one, textwrap.dedent(code).replace("AXONIZE_CORE", ""))
        assert outcome is None, outcome
        interpreters.destroy(one)
        with native.span("still here") as span:
            pass
        assert span.end_time
        print("fine")
        """,
        AXONIZE_CORE="",
    )
    assert result.stdout.strip() == "fine", result.stderr


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_many_forks_under_load(core: ModuleType, receiver: Receiver) -> None:
    """AXONIZE_FORKS=1000 for the long run."""
    start(core, receiver.port)
    ends = threading.Event()

    def work() -> None:
        while not ends.is_set():
            spans(core, *(["a"] * 100))

    threads = [threading.Thread(target=work, daemon=True) for _ in range(2)]
    for thread in threads:
        thread.start()
    reader, writer = os.pipe()
    forks = int(os.environ.get("AXONIZE_FORKS", "30"))
    try:
        for _ in range(forks):
            pid = os.fork()
            if pid == 0:
                code = 1
                try:
                    native.after_fork_in_child(b"")
                    with native.span("child") as span:
                        pass
                    os.write(writer, span.trace_id_hex.encode())
                    code = 0 if native.stats()["started"] == 1 else 2
                finally:
                    os._exit(code)
            assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    finally:
        ends.set()
        for thread in threads:
            thread.join()
    os.close(writer)
    with os.fdopen(reader) as pipe:
        ids = pipe.read()
    assert len({ids[begin : begin + 32] for begin in range(0, len(ids), 32)}) == forks
