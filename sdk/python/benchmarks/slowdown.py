"""How much slower an inference thread is for being traced: a numpy workload with and without spans, in pairs."""

from __future__ import annotations

import os
import statistics
import time
from typing import Any

# One thread computes: threads of the linear algebra library that wait for each other would count as its time.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import subject
from sink import sink
from timing import interval_of_median, mean_of_most

import axonize

SPANS_PER_SECOND = 1000


def layer(state: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """A layer of a small network: a product and a softmax, many of which are a millisecond."""
    state = state @ weight
    state -= state.max(axis=1, keepdims=True)
    np.exp(state, out=state)
    state /= state.sum(axis=1, keepdims=True)
    return state


def work(state: np.ndarray, weight: np.ndarray, layers: int) -> None:
    """The layers of a step, by the same code with and without a span: code that ran last in another place is cold."""
    for _ in range(layers):
        layer(state, weight)


def layers_of_a_millisecond(state: np.ndarray, weight: np.ndarray) -> int:
    """How many layers take 1/SPANS_PER_SECOND; the shortest of many tries, since a busy machine makes others longer."""
    shortest = min(step(state, weight, 10, None) for _ in range(200)) / 10
    return max(1, round(1e9 / SPANS_PER_SECOND / shortest))


class Empty:
    """A context manager that does nothing: what the statement itself costs when it is rarely run."""

    def __init__(self, name: str) -> None:
        pass

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        pass


def step(state: np.ndarray, weight: np.ndarray, layers: int, make: Any) -> int:
    """Thread CPU time of one request of a millisecond, inside of what `make` makes."""
    begin = time.thread_time_ns()
    if make is None:
        work(state, weight, layers)
    else:
        with make("step"):
            work(state, weight, layers)
    return time.thread_time_ns() - begin


def measure(pairs: int) -> dict[str, float]:
    """The slowdown in percent with its 95 % interval, from traced and untraced steps in random order."""
    generator = np.random.default_rng(7)
    state = generator.random((64, 128), dtype=np.float32)
    weight = generator.random((128, 128), dtype=np.float32)
    ways: list[Any] = [None, Empty, axonize.span]
    with sink() as port:
        subject.start(port)
        layers = layers_of_a_millisecond(state, weight)
        took: dict[Any, list[int]] = {way: [] for way in ways}
        for _ in range(pairs):
            for place in generator.permutation(len(ways)):
                took[ways[place]].append(step(state, weight, layers, ways[place]))
        subject.stop()
    usual = statistics.median(took[None])

    def slowdown(way: Any) -> tuple[float, float, float, float]:
        differences = [with_it - without for with_it, without in zip(took[way], took[None], strict=True)]
        low, median, high = interval_of_median(differences)
        return low / usual * 100, median / usual * 100, high / usual * 100, mean_of_most(differences) / usual * 100

    low, median, high, mean = slowdown(axonize.span)
    _, empty_median, _, empty_mean = slowdown(Empty)
    return {
        "slowdown_percent": median,
        "low_percent": low,
        "high_percent": high,
        "mean_percent": mean,
        "empty_percent": empty_median,
        "empty_mean_percent": empty_mean,
        "pairs": pairs,
        "step_us": usual / 1000,
    }
