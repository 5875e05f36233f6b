"""The metrics of LLM operations (OpenTelemetry's GenAI conventions, gen-ai-metrics)."""

from collections import deque
from collections.abc import Sequence
from typing import Any, NamedTuple

from axonize._metrics.histogram import Histogram

_DURATION = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)
_TOKENS = (1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864)
_FIRST = (0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
_PER_TOKEN = (0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 2.5)

# Name: unit, description, bounds.
INSTRUMENTS: dict[str, tuple[str, str, Sequence[float]]] = {
    "gen_ai.client.operation.duration": ("s", "Duration of a GenAI operation", _DURATION),
    "gen_ai.client.token.usage": ("{token}", "Tokens used in a GenAI operation", _TOKENS),
    "gen_ai.server.time_to_first_token": ("s", "Time to the first token", _FIRST),
    "gen_ai.server.time_per_output_token": ("s", "Time per output token after the first", _PER_TOKEN),
}

# Finished operations that wait for the metrics thread; what a thread cannot keep up with is counted as lost.
_PENDING_MAX = 65536
# Series of one instrument; attributes come from the program, so their number is bounded.
_SERIES_MAX = 1000


class LLMLabels(NamedTuple):
    """What the series of LLM metrics differ in."""

    operation: str
    provider: str | None
    request_model: str | None
    response_model: str | None = None
    server_address: str | None = None
    server_port: int | None = None


class LLMMetrics:
    """Histograms over all LLM spans of the process, sampled or not."""

    def __init__(self) -> None:
        self._pending: deque[tuple[Any, ...]] = deque()
        self._series: dict[str, dict[tuple[tuple[str, Any], ...], Histogram]] = {}
        self.lost = 0

    def record(self, record: tuple[Any, ...]) -> None:
        """Take a record of a core; called on the thread that ends the span."""
        if len(self._pending) >= _PENDING_MAX:
            self.lost += 1
            return
        self._pending.append(record)

    def clear(self) -> None:
        """Forget everything, in a forked child."""
        self._pending.clear()
        self._series = {}
        self.lost = 0

    def collect(self) -> dict[str, dict[tuple[tuple[str, Any], ...], Histogram]]:
        """Count what is pending; the series since ``init``, for one thread to read."""
        for _ in range(len(self._pending)):
            self._count(self._pending.popleft())
        return self._series

    def _count(self, record: tuple[Any, ...]) -> None:
        labels, error, duration, first, per_token, inputs, outputs = record
        if not isinstance(labels, LLMLabels):
            return
        attributes = tuple(
            (key, value)
            for key, value in (
                ("gen_ai.operation.name", labels.operation),
                ("gen_ai.provider.name", labels.provider),
                ("gen_ai.request.model", labels.request_model),
                ("gen_ai.response.model", labels.response_model),
                ("server.address", labels.server_address),
                ("server.port", labels.server_port),
            )
            if value is not None
        )
        failed = attributes if error is None else (*attributes, ("error.type", error))
        self._add("gen_ai.client.operation.duration", failed, duration)
        for kind, tokens in (("input", inputs), ("output", outputs)):
            if tokens is not None:
                self._add("gen_ai.client.token.usage", (*attributes, ("gen_ai.token.type", kind)), tokens)
        if first is not None:
            self._add("gen_ai.server.time_to_first_token", attributes, first)
        if per_token is not None:
            self._add("gen_ai.server.time_per_output_token", attributes, per_token)

    def _add(self, name: str, attributes: tuple[tuple[str, Any], ...], value: float) -> None:
        series = self._series.setdefault(name, {})
        histogram = series.get(attributes)
        if histogram is None:
            if len(series) >= _SERIES_MAX:
                # OpenTelemetry's overflow series (specification of the metrics SDK, "Cardinality limits").
                attributes = (("otel.metric.overflow", True),)
                histogram = series.get(attributes)
            if histogram is None:
                histogram = series[attributes] = Histogram(INSTRUMENTS[name][2])
        histogram.record(value)


llm_metrics = LLMMetrics()
