"""Timing that stands a busy machine: thread CPU time, many short rounds, medians, pairs in turn."""

from __future__ import annotations

import math
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


def mean_of_most(values: list[float]) -> float:
    """The mean without the least and the greatest twentieth: it counts what only some rounds pay, as page faults."""
    ordered = sorted(values)
    left_out = len(ordered) // 20
    return statistics.fmean(ordered[left_out : len(ordered) - left_out])


def interval_of_median(values: list[float]) -> tuple[float, float, float]:
    """The median with its 95 % confidence interval by order statistics: (low, median, high)."""
    ordered = sorted(values)
    half = 0.98 * math.sqrt(len(ordered))
    low = ordered[max(0, int(len(ordered) / 2 - half))]
    high = ordered[min(len(ordered) - 1, int(len(ordered) / 2 + half))]
    return low, statistics.median(ordered), high
