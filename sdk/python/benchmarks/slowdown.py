"""How much slower an inference thread is for being traced: a numpy workload with and without spans, in pairs."""

from __future__ import annotations

import contextlib
import time

import axonize
import numpy as np
import subject
from sink import sink
from timing import interval_of_median

SPANS_PER_SECOND = 1000


def layer(state: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """A step of a small network: a product and a softmax, about a millisecond in all with `steps`."""
    state = state @ weight
    state -= state.max(axis=1, keepdims=True)
    np.exp(state, out=state)
    state /= state.sum(axis=1, keepdims=True)
    return state


def steps_of_a_millisecond(state: np.ndarray, weight: np.ndarray) -> int:
    """How many steps take 1/SPANS_PER_SECOND."""
    begin = time.thread_time_ns()
    for _ in range(300):
        layer(state, weight)
    each = (time.thread_time_ns() - begin) / 300
    return max(1, round(1e9 / SPANS_PER_SECOND / each))


def block(state: np.ndarray, weight: np.ndarray, spans: int, steps: int, traced: bool) -> int:
    """Thread CPU time of `spans` requests."""
    begin = time.thread_time_ns()
    for _ in range(spans):
        with axonize.span("step") if traced else contextlib.nullcontext():
            for _ in range(steps):
                layer(state, weight)
    return time.thread_time_ns() - begin


def measure(pairs: int) -> dict[str, float]:
    """The slowdown in percent with its 95 % interval; the empty context manager of the untraced side is not free."""
    generator = np.random.default_rng(7)
    state = generator.random((64, 128), dtype=np.float32)
    weight = generator.random((128, 128), dtype=np.float32)
    with sink() as port:
        subject.start(port)
        steps = steps_of_a_millisecond(state, weight)
        block(state, weight, 100, steps, True)
        ratios = []
        for pair in range(pairs):
            order = (True, False) if pair % 2 else (False, True)
            took = {traced: block(state, weight, 25, steps, traced) for traced in order}
            ratios.append((took[True] / took[False] - 1) * 100)
        subject.stop()
    low, median, high = interval_of_median(ratios)
    return {"slowdown_percent": median, "low_percent": low, "high_percent": high, "pairs": pairs}
