"""What the whole core shares: limits, the sampler, clocks, ids, counters."""

import random
from collections.abc import Callable
from itertools import count
from threading import Lock
from time import monotonic_ns, time_ns
from typing import Any


class Counter:
    """A number that threads raise without a lock: ``next`` on itertools' counter is one step of the interpreter."""

    __slots__ = ("_count", "add")

    def __init__(self) -> None:
        self._count = count()
        self.add = self._count.__next__

    @property
    def value(self) -> int:
        """How often ``add`` was called."""
        # The one way to read the counter that does not raise it and works in every version of Python.
        return int(repr(self._count)[6:-1])


class Tally:
    """Counters of rare events, behind a lock."""

    __slots__ = ("_counts", "_lock")

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._lock = Lock()

    def add(self, name: str, number: int = 1) -> None:
        """Raise a counter."""
        with self._lock:
            self._counts[name] = self._counts.get(name, 0) + number

    def get(self, name: str) -> int:
        """The value of a counter."""
        return self._counts.get(name, 0)


class Runtime:
    """The one object of its kind; spans read it, ``start`` fills it."""

    def __init__(self) -> None:
        self.attribute_limit = 128
        self.event_limit = 128
        self.link_limit = 128
        self.event_attribute_limit = 128
        self.link_attribute_limit = 128
        self.span_bytes = 4 << 20
        self.sampler = "always_off"
        self.parent_based = False
        self.sampled_below = 0
        self.llm_sink: Callable[[Any], object] | None = None
        self.enqueue: Callable[[Any], None] = lambda span: None
        self.started = Counter()
        self.tally = Tally()
        self.warnings = 0
        self.warned = 0
        self.last_status = 0
        self.last_error = 0
        self.fixed_id = 0
        self.fixed_clock = 0
        self.offset = 0
        self.monotonic = monotonic_ns
        self.random_bits = random.Random().getrandbits
        # Raised in a forked child: spans of before are the parent's.
        self.generation = 0
        self.check_clock()

    def count(self, name: str, number: int) -> None:
        """Raise a counter of rare events."""
        self.tally.add(name, number)

    def check_clock(self) -> None:
        """Measure the difference between the clocks again, so that a step of the system's time is followed."""
        before = monotonic_ns()
        now = time_ns()
        offset = now - (before + monotonic_ns()) // 2
        # Below this the difference is the measurement's own noise, and times in one process should not jitter.
        if abs(offset - self.offset) > 200_000:
            self.offset = offset

    def check_clock_unless_fixed(self) -> None:
        """As ``check_clock``, but leave a clock of tests alone."""
        if not self.fixed_clock:
            self.check_clock()

    def unix_time(self) -> int:
        """Nanoseconds since 1970."""
        return self.monotonic() + self.offset

    def random_id(self, bits: int) -> int:
        """A number of up to `bits` bits that is not 0; where ids are fixed, the next one."""
        if self.fixed_id:
            value = self.fixed_id
            self.fixed_id += 1
            return value
        return self.random_bits(bits) or 1

    def root_is_sampled(self, trace_id: int) -> bool:
        """The decision for a span without a parent's to follow."""
        if self.sampler == "traceidratio":
            # https://opentelemetry.io/docs/specs/otel/trace/sdk/#traceidratiobased
            return trace_id & 0xFFFF_FFFF_FFFF_FFFF < self.sampled_below
        return self.sampler == "always_on"

    def warn(self, bit: int) -> None:
        """Note what happened for the first time."""
        if not self.warned & bit:
            self.warned |= bit
            self.warnings |= bit

    def set_fixed_clock(self, time: int) -> None:
        """Make both clocks stand still, or go again."""
        self.fixed_clock = time
        if time:
            self.offset = 0
            self.monotonic = lambda: self.fixed_clock
        else:
            self.monotonic = monotonic_ns
            self.offset = 0
            self.check_clock()

    def forked(self) -> None:
        """Begin anew in a forked child."""
        self.random_bits = random.Random().getrandbits
        self.generation += 1
        self.started = Counter()
        self.tally = Tally()


runtime = Runtime()
