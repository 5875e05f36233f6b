"""Random programs of odd values: both cores must say the same, and neither may fail.

AXONIZE_SEEDS=3000 for the long run; under the address sanitizer this is the fuzzing of the C boundary.
"""

import decimal
import enum
import logging
import os
import random
import re
import types
from types import ModuleType
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

import axonize._pure as pure
from axonize._settings import CoreSettings

native = pytest.importorskip("axonize._native")


class Number(enum.IntEnum):
    THREE = 3


class Word(str, enum.Enum):
    WORD = "x"


class Hostile:
    """Fails wherever it is asked for something."""

    def __str__(self) -> str:
        raise RuntimeError

    __repr__ = __str__

    def __index__(self) -> int:
        raise ValueError

    def __float__(self) -> float:
        raise ValueError


SCALARS: list[Any] = [
    "", "x", "é\ud800z", "\U0001f600" * 40, "a" * 600, "y" * 70_000, "ü" * 40_000, 0, -5, 300, 2**63 - 1, -(2**63),
    2**63, -(2**63) - 1, 2**64, 10**40, 10**5000, 0.0, -0.0, 1e308, float("nan"), float("inf"), True, False, None, b"",
    b"abc", b"z" * 70_000, bytearray(b"qq"), memoryview(b"mm"), Number.THREE, Word.WORD, Hostile(), complex(1, 2),
    decimal.Decimal("1.5"), range(3), object,
]  # fmt: skip
LIMITS: list[dict[str, Any]] = [
    {},
    {"span_attribute_limit": 3},
    {"span_event_limit": 1, "span_link_limit": 1},
    {"attribute_value_length_limit": 5},
    {"event_attribute_limit": 1, "link_attribute_limit": 0},
    {"attribute_value_bytes_max": 7},
    {"attribute_value_length_limit": 0},
    {"sampler": "always_off"},
    {"sampler": "traceidratio", "sampler_ratio": 0.5},
    {"parent_based": False, "sampler": "traceidratio", "sampler_ratio": 0.5},
]


class Program:
    """What to do to one span, from a seed."""

    def __init__(self, seed: int) -> None:
        self.random = chooser = random.Random(seed)
        self.limits = chooser.choice(LIMITS)
        self.ids = chooser.getrandbits(62) | 1
        self.is_llm = chooser.random() < 0.4
        self.error = chooser.choice([None, None, ValueError("q"), KeyboardInterrupt(), GeneratorExit()])
        self.end = chooser.choice([None, 10**18 + 5, -1, "x"])
        self.made = {
            "name": chooser.choice(["n", "", "\ud800"]),
            "kind": chooser.choice(
                ["internal", "client", "SERVER", "bad", 3, 0, types.SimpleNamespace(name="CONSUMER")]
            ),
            "attributes": chooser.choice([None, self.attributes()]),
            "links": chooser.choice([None, [], [self.context()], [(self.context(), {"l": 1})], 5, [5, None]]),
            "parent": chooser.choice([None, self.context(), 5]),
            "start_time": chooser.choice([None, 4, -1, "x", 2**64]),
            "root": chooser.choice([True, False]),
        }
        self.calls = [self.call() for _ in range(chooser.randrange(1, 12))]

    def value(self, depth: int = 0) -> Any:
        shape = self.random.randrange(10)
        if shape < 6 or depth > 10:
            return self.random.choice(SCALARS)
        if shape < 8:
            return [self.value(depth + 1) for _ in range(self.random.randrange(4))]
        keys = ["a", "b", "", 1, None, "\ud800", ("t",)]
        return {self.random.choice(keys): self.value(depth + 1) for _ in range(self.random.randrange(4))}

    def key(self) -> Any:
        return self.random.choice(["a", "b", f"key{self.random.randrange(200)}", "k" * 300, "é", "\ud800", "", 5, None])

    def attributes(self) -> Any:
        if self.random.randrange(8) == 0:
            return self.random.choice([5, "abc", [("a", 1)], types.MappingProxyType({"m": 1})])
        return {self.key(): self.value() for _ in range(self.random.randrange(6))}

    def context(self) -> Any:
        return types.SimpleNamespace(
            trace_id=self.random.choice([0, 5, 2**128 - 1, 2**128, -1, "x", self.random.getrandbits(128)]),
            span_id=self.random.choice([0, 7, 2**64, None, self.random.getrandbits(64)]),
            trace_flags=self.random.randrange(3),
            is_remote=self.random.choice([True, False]),
            trace_state=self.random.choice(["", "a=b"]),
        )

    def call(self) -> tuple[str, tuple[Any, ...]]:
        choose = self.random.choice
        return choose(
            [
                ("set_attribute", (self.key(), self.value())),
                ("set_attribute", (self.key(), self.value())),
                ("set_attributes", (self.attributes(),)),
                ("add_event", (choose(["e", "", 5]), self.attributes(), choose([None, 5, -1, 2**64, "x"]))),
                ("add_link", (choose([self.context(), 5, None]), self.attributes())),
                ("set_status", (choose(["ok", "ERROR", 0, 1, 2, 3, -1, None, "bad", 2.0]), choose([None, "d", 5]))),
                ("update_name", (choose(["n2", 5]),)),
                ("record_exception", (choose([ValueError("x"), KeyError("k"), 5]), self.attributes(), 9)),
                ("record_token", (choose([1, 5, "x", True]),)),
                ("set_usage", (choose([None, 5, -1, "x"]), choose([None, 1, 2, 2**70, 1.5]))),
            ]
        )


def outcome(core: ModuleType, seed: int) -> tuple[Any, ...]:
    """Everything that can be seen of a program's run."""
    program = Program(seed)
    records: list[Any] = []
    core.start(CoreSettings(interval=60.0, queue_slots=64, llm_sink=records.append, **program.limits))
    try:
        core.set_fixed_ids(program.ids)
        core.set_fixed_clock(10**18)
        span = (core.llm_span if program.is_llm else core.span)(**program.made)
        span.__enter__()
        for step, (name, arguments) in enumerate(program.calls):
            core.set_fixed_clock(10**18 + step * 1_000_000)
            if hasattr(span, name):
                assert getattr(span, name)(*arguments) is None
        if program.end is not None:
            span.end(program.end)
        span.__exit__(type(program.error) if program.error else None, program.error, None)
        seen = (span.name, span.trace_id_hex, span.span_id_hex, span.parent_span_id, span.trace_state, span.is_sampled)
        times = (span.start_time, span.end_time, core.current())
        batch = core.drain(0)
        body = "" if batch is None else str(ExportTraceServiceRequest.FromString(batch[0]))
        return (seen, times, re.sub("0x[0-9a-f]+|_native|_pure", "", body), [record[1:] for record in records])
    finally:
        core.set_fixed_ids(0)
        core.set_fixed_clock(0)
        core.shutdown(0)


def test_both_cores_say_the_same() -> None:
    logger = logging.getLogger("axonize")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        for seed in range(int(os.environ.get("AXONIZE_SEEDS", "300"))):
            assert repr(outcome(native, seed)) == repr(outcome(pure, seed)), f"seed {seed}"
    finally:
        logger.setLevel(level)
        # Settings outlive the shutdown of a core: the tests that follow have the standard ones.
        for core in (native, pure):
            core.start(CoreSettings())
            core.shutdown(0)
