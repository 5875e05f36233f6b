"""The memory of a process before anything of the SDK is imported."""

from __future__ import annotations

import pathlib


def measure(spans: int) -> dict[str, float]:
    """Note what the process has, then measure what the SDK adds, its modules included."""
    pages = int(pathlib.Path("/proc/self/statm").read_text().split()[1])
    baseline = pages * 4096 / 2**20

    import memory

    return memory.measure(spans, baseline)
