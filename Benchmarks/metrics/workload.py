"""Series and values of the measurements: counters that grow by whole numbers, gauges that waver."""

from __future__ import annotations

from collections.abc import Iterator

import numpy
from support.remote_write import Series, Template


def named(name: str, count: int, *, instances: int, job: str) -> list[Series]:
    """Series of one metric, spread over instances, with six labels."""
    return [
        Series(
            (
                ("__name__", name),
                ("code", str(200 + index // instances % 10)),
                ("handler", f"/api/v1/operation-{index // instances}"),
                ("instance", f"host-{index % instances}:9100"),
                ("job", job),
                ("zone", f"eu-{index % 3}"),
            )
        )
        for index in range(count)
    ]


class Values:
    """A matrix of values, a row for each series: counters first, then as many gauges.

    A counter grows by a Poisson number with a mean of its own, from 1 to 1000. Of gauges every second is a percentage
    with one decimal that wavers by a point, every second a number of bytes in pages of 4096 that wavers by a hundred.
    """

    def __init__(self, counters: int, gauges: int, steps: int, *, seed: int):
        chance = numpy.random.default_rng(seed)
        self.matrix = numpy.empty((counters + gauges, steps))
        for row in range(counters):
            self.matrix[row] = chance.poisson(10 ** (3 * row / max(1, counters)), steps).cumsum() + 1_000_000
        for row in range(counters, counters + gauges):
            if row % 2 == 0:
                walk = 50 + 20 * numpy.sin(numpy.arange(steps) / 1_000 + row) + chance.normal(0, 1, steps)
                self.matrix[row] = walk.clip(0, 100).round(1)
            else:
                self.matrix[row] = (1_000_000 + chance.normal(0, 100, steps).cumsum().round()).clip(1) * 4096


def requests(
    series: list[Series], values: Values, *, first: int, step: int, samples: int
) -> Iterator[tuple[int, bytes]]:
    """Requests in the order of time, each with so many samples of every series; times in milliseconds."""
    template = Template(series, samples=samples)
    for start in range(0, values.matrix.shape[1], samples):
        part = values.matrix[:, start : start + samples]
        if part.shape[1] < samples:
            template = Template(series, samples=part.shape[1])
        times = first + (start + numpy.arange(part.shape[1], dtype=numpy.int64)) * step
        yield part.size, template.request(numpy.tile(times, len(series)), part.reshape(-1))
