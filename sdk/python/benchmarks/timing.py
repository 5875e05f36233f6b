"""Timing that stands a busy machine: thread CPU time, many short rounds, medians, pairs in turn."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable

Body = Callable[[int], None]


def empty(count: int) -> None:
    """The loop that every body has, to be subtracted."""
    for _ in range(count):
        pass


def cost(body: Body, count: int) -> float:
    """Thread CPU nanoseconds of one of `count` rounds of a body, without its loop."""
    begin = time.thread_time_ns()
    empty(count)
    middle = time.thread_time_ns()
    body(count)
    end = time.thread_time_ns()
    return ((end - middle) - (middle - begin)) / count


def in_turn(bodies: dict[str, tuple[Body, int]], rounds: int, pause: float = 0.0) -> dict[str, float]:
    """The median cost of each body, measured in turn so that a change of the machine meets all of them alike."""
    costs: dict[str, list[float]] = {name: [] for name in bodies}
    for name, (body, count) in bodies.items():
        cost(body, count)  # warms caches and freelists
        costs[name].clear()
    for _ in range(rounds):
        for name, (body, count) in bodies.items():
            costs[name].append(cost(body, count))
            if pause:
                time.sleep(pause)
    return {name: statistics.median(values) for name, values in costs.items()}


def interval_of_median(values: list[float], share: float = 0.95, samples: int = 2000) -> tuple[float, float, float]:
    """The median with its confidence interval by the bootstrap: (low, median, high)."""
    chooser = random.Random(7)
    medians = sorted(statistics.median(chooser.choices(values, k=len(values))) for _ in range(samples))
    edge = int(samples * (1 - share) / 2)
    return medians[edge], statistics.median(values), medians[-1 - edge]
