"""The memory of a process before anything of the SDK is imported."""

from __future__ import annotations

import importlib
import pathlib


def measure(spans: int, in_service: bool) -> dict[str, float]:
    """Note what the process has, then measure what the SDK adds, its modules included.

    `in_service`: as in a process that has numpy and an HTTP client with TLS loaded, as an inference service has.
    """
    if in_service:
        for name in ("http.client", "logging", "ssl", "numpy"):
            importlib.import_module(name)
    pages = int(pathlib.Path("/proc/self/statm").read_text().split()[1])
    baseline = pages * 4096 / 2**20

    import memory

    return memory.measure(spans, baseline)
