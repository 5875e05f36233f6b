"""Histograms with fixed bounds."""

from bisect import bisect_left
from collections.abc import Sequence


class Histogram:
    """Counts of one series between given bounds (a value equal to a bound is in the bucket below it)."""

    __slots__ = ("bounds", "count", "counts", "maximum", "minimum", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.count = 0
        self.total = 0.0
        self.minimum = 0.0
        self.maximum = 0.0

    def record(self, value: float) -> None:
        """Count a value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.minimum = value if self.count == 0 else min(self.minimum, value)
        self.maximum = value if self.count == 0 else max(self.maximum, value)
        self.count += 1
        self.total += value
