"""The exporter into memory."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

from axonize import _content, _core, _lifecycle, _resource, _scopes
from axonize._configuration import Redact
from axonize._metrics.llm import llm_metrics
from axonize._settings import CoreSettings
from axonize._version import __version__
from axonize.testing._decode import RecordedSpan, spans_of

# 2023-11-14T22:13:20Z
DEFAULT_TIME = 1_700_000_000_000_000_000


class Clock:
    """The time that spans see; it moves when the test moves it."""

    def __init__(self, time: int) -> None:
        self._time = time
        _core.set_fixed_clock(time)

    @property
    def time(self) -> int:
        """Nanoseconds since 1970."""
        return self._time

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._time += round(seconds * 1e9)
        _core.set_fixed_clock(self._time)


class Recorder:
    """The spans that ended since ``record`` began or ``clear`` was called."""

    def __init__(self, clock: Clock | None) -> None:
        self._spans: list[RecordedSpan] = []
        self._clock = clock

    @property
    def clock(self) -> Clock:
        """The clock; raises LookupError when ``record(fixed_clock=False)``."""
        if self._clock is None:
            raise LookupError("the clock is the system's; record(fixed_clock=True) makes it stand still")
        return self._clock

    @property
    def spans(self) -> list[RecordedSpan]:
        """Every span that has ended, in the order of their ends."""
        while (batch := _core.drain(0.0)) is not None:
            body, count = batch
            self._spans += spans_of(body)
            _core.settle(count, 0)
        return list(self._spans)

    def names(self) -> list[str]:
        """The names of ``spans``."""
        return [span.name for span in self.spans]

    def named(self, name: str) -> list[RecordedSpan]:
        """The spans of a name."""
        return [span for span in self.spans if span.name == name]

    def one(self, name: str) -> RecordedSpan:
        """The one span of a name; raises LookupError when there is none or there are several."""
        found = self.named(name)
        if len(found) != 1:
            raise LookupError(f"{len(found)} spans {name!r} of {self.names()}")
        return found[0]

    def children(self, span: RecordedSpan) -> list[RecordedSpan]:
        """The spans whose parent is `span`."""
        return [other for other in self.spans if other.parent_span_id == span.span_id]

    def clear(self) -> None:
        """Forget the spans of until now."""
        _ = self.spans
        self._spans.clear()

    def __len__(self) -> int:
        return len(self.spans)


@contextmanager
def record(
    *,
    fixed_ids: bool = True,
    fixed_clock: bool = False,
    time: int = DEFAULT_TIME,
    capture_content: bool = False,
    content_max_length: int = 16384,
    redact: Redact | None = None,
    resource: Mapping[str, Any] | None = None,
    **settings: Any,
) -> Generator[Recorder, None, None]:
    """Within ``with``: spans are kept in memory, and ``axonize.init`` of the code under test does nothing.

    Args:
        fixed_ids: Ids count from 1, so that they can be compared with what is written down.
        fixed_clock: The clock stands at `time` until ``recorder.clock.advance``.
        time: Nanoseconds since 1970.
        capture_content: As for ``init``.
        content_max_length: As for ``init``.
        redact: As for ``init``.
        resource: Attributes of the resource.
        settings: Limits and samplers by the names of the core's settings, such as ``span_attribute_limit=3``.

    Raises:
        RuntimeError: ``init`` was called before, or another ``record`` is in force.

    """
    if _lifecycle.is_started():
        raise RuntimeError("axonize is started already; call axonize.shutdown() before recording in memory")
    core_settings = CoreSettings(
        resource=_resource.encode(resource or {"service.name": "test"}),
        scope_name="axonize",
        scope_version=__version__,
        sender="python",
        interval=3600.0,
        queue_slots=settings.pop("queue_slots", 32768),
        llm_sink=llm_metrics.record,
        **settings,
    )
    _core.start(core_settings)
    _scopes.register_again()
    _content.configure(capture_content, content_max_length, redact)
    if fixed_ids:
        _core.set_fixed_ids(1)
    recorder = Recorder(Clock(time) if fixed_clock else None)
    token = _core.current_variable.set(None)
    try:
        yield recorder
        # What was recorded stays readable.
        _ = recorder.spans
    finally:
        _core.current_variable.reset(token)
        _core.set_fixed_ids(0)
        _core.set_fixed_clock(0)
        _core.shutdown(0.0)
        _content.configure(False, 16384, None)
        llm_metrics.clear()
