"""The thread that sends metrics and samples GPUs."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from axonize import _core, _resource
from axonize._metrics import encoder
from axonize._metrics.llm import INSTRUMENTS, llm_metrics
from axonize._metrics.sdk import sdk_metrics
from axonize._sending.transport import Transport, describe, remedy_of
from axonize._version import __version__
from axonize._warn import warn_first


class MetricsThread:
    """Wakes at intervals; a failed request is not repeated, since the next one carries the same sums."""

    def __init__(
        self,
        transport: Transport | None,
        resource: Mapping[str, Any],
        interval: float,
        report_warnings: Callable[[], object],
        has_metrics: bool,
        gpu_interval_ms: int,
        key_origin: str | None,
        has_proxy: bool,
    ) -> None:
        self._transport = transport
        self._resource = _resource.encode(resource)
        self._interval = interval
        self._report_warnings = report_warnings
        self._has_metrics = has_metrics
        self._key_origin = key_origin
        self._has_proxy = has_proxy
        self._gpu_interval = max(gpu_interval_ms, 100) / 1000 if gpu_interval_ms else 0.0
        self._start = time.time_ns()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="axonize-metrics", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """Send the last values and end; waits at most `timeout` seconds."""
        self._stop.set()
        self._thread.join(timeout)

    def _run(self) -> None:
        # The first look is early, so that a wrong endpoint is noticed while somebody watches.
        next_metrics = time.monotonic() + self._interval
        next_gpus = time.monotonic() + self._gpu_interval
        next_warnings = time.monotonic() + 1.0
        while not self._stop.is_set():
            due = min(next_metrics, next_warnings, next_gpus if self._gpu_interval else next_metrics)
            self._stop.wait(max(due - time.monotonic(), 0.0))
            now = time.monotonic()
            if now >= next_warnings:
                self._guard(self._report_warnings)
                next_warnings = now + 5.0
            if now >= next_metrics and not self._stop.is_set():
                self._guard(self._send_metrics)
                next_metrics = max(next_metrics + self._interval, now)
            if self._gpu_interval and now >= next_gpus and not self._stop.is_set():
                self._guard(self._send_gpus)
                next_gpus = max(next_gpus + self._gpu_interval, now)
        self._guard(self._send_metrics)
        if self._transport is not None:
            self._transport.close()

    def _guard(self, work: Callable[[], object]) -> None:
        try:
            work()
        except Exception as error:
            # Not its text: libraries put the values of headers into theirs.
            warn_first("metrics", "metrics could not be sent: %s", type(error).__name__)

    def _send_metrics(self) -> None:
        if not self._has_metrics or self._transport is None:
            return
        now = time.time_ns()
        metrics: list[bytes] = []
        for name, series in llm_metrics.collect().items():
            unit, description, _ = INSTRUMENTS[name]
            data = encoder.histogram(list(series.items()), self._start, now)
            metrics.append(encoder.metric(name, unit, description, data))
        metrics += sdk_metrics(_core.stats(), self._start, now)
        self._send(metrics)

    def _send_gpus(self) -> None:
        from axonize._gpu.snapshot import gpu_metrics

        metrics = gpu_metrics(time.time_ns())
        if metrics:
            self._send(metrics)

    def _send(self, metrics: list[bytes]) -> None:
        if self._transport is None:
            return
        try:
            reply = self._transport.send(encoder.request(self._resource, "axonize", __version__, metrics))
        except OSError as error:
            again = "" if self._stop.is_set() else "; the next ones carry the same sums"
            warn_first("metrics.send", "metrics could not be sent (%s)%s", error.strerror or error, again)
            return
        if not 200 <= reply.status < 300:
            warn_first(
                "metrics.refused",
                "the receiver does not take metrics (%s)%s",
                describe(reply.status),
                remedy_of(reply.status, self._key_origin, self._has_proxy),
            )
