"""The SDK under test, started as a user starts it."""

from __future__ import annotations

from typing import Literal, cast

import axonize


def start(port: int, protocol: Literal["http/protobuf", "grpc"] = "http/protobuf") -> None:
    """Begin to trace to a receiver on this machine."""
    axonize.init(endpoint=f"http://127.0.0.1:{port}", service_name="benchmark", protocol=protocol)


def stop() -> dict[str, int]:
    """Send what is left and return the counters."""
    axonize.flush(30)
    figures = cast("dict[str, int]", dict(axonize.stats()))
    axonize.shutdown()
    return figures
