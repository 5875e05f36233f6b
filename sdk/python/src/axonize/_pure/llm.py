"""The span of a model's generation."""

from typing import Any

from axonize._pure.exceptions import type_name
from axonize._pure.runtime import runtime
from axonize._pure.span import _LIVE, Span, span_type
from axonize._warn import warn_once

# Times between tokens: 16 steps an octave from 2**10 ns on, 32 octaves.
_OCTAVE_FIRST, _OCTAVES, _STEPS = 10, 32, 16
_USAGE = (
    ("input_tokens", "gen_ai.usage.input_tokens"),
    ("output_tokens", "gen_ai.usage.output_tokens"),
    ("cached_tokens", "gen_ai.usage.cache_read.input_tokens"),
    ("cache_creation_tokens", "gen_ai.usage.cache_creation.input_tokens"),
    ("reasoning_tokens", "gen_ai.usage.reasoning.output_tokens"),
)


def bucket_of(gap: int) -> int:
    """The bucket of a time in nanoseconds: its octave and the next four bits."""
    octave = gap.bit_length() - 1
    if octave < _OCTAVE_FIRST:
        return 0
    if octave >= _OCTAVE_FIRST + _OCTAVES:
        return _OCTAVES * _STEPS - 1
    return (octave - _OCTAVE_FIRST) * _STEPS + (gap >> (octave - 4)) % _STEPS


def quantile(counts: dict[int, int], gaps: int, gap_max: int, share: float) -> float:
    """The time in seconds that `share` of the gaps are below: the middle of its bucket, at most the longest."""
    below = 0
    index = 0
    for index in sorted(counts):
        below += counts[index]
        if below >= share * gaps:
            break
    octave = index // _STEPS + _OCTAVE_FIRST
    width = float(1 << (octave - 4))
    return min(float(1 << octave) + width * (index % _STEPS) + width / 2, float(gap_max)) / 1e9


class LLMSpan(Span):
    """A span of a model's generation; see ``_core.pyi``."""

    __slots__ = ("_counts", "_error", "_first", "_gap_max", "_gaps", "_input", "_last", "_output", "_tokens", "labels")

    def __init__(
        self,
        name: str,
        kind: Any = "client",
        scope: int = 0,
        attributes: Any = None,
        links: Any = None,
        parent: Any = None,
        start_time: int | None = None,
        root: bool = False,
        labels: Any = None,
    ) -> None:
        super().__init__(name, kind, scope, attributes, links, parent, start_time, root)
        self.labels = labels
        self._first = 0
        self._last = 0
        self._tokens = 0
        self._gaps = 0
        self._gap_max = 0
        self._counts: dict[int, int] = {}
        self._input: int | None = None
        self._output: int | None = None
        self._error: str | None = None

    def record_token(self, count: int = 1) -> None:
        """Note that tokens arrived now."""
        if self._state != _LIVE:
            return
        now = runtime.monotonic()
        last = self._last
        self._last = now
        try:
            self._tokens += count
        except TypeError:
            warn_once("count", "a number of tokens is an int, not %s; it counts as one", count)
            self._tokens += 1
        if not last:
            self._first = now
            return
        gap = now - last
        self._gaps += 1
        if gap > self._gap_max:
            self._gap_max = gap
        bucket = bucket_of(gap)
        counts = self._counts
        counts[bucket] = counts.get(bucket, 0) + 1

    def set_usage(
        self,
        input_tokens: int | None = None,
        output_tokens: int | None = None,
        cached_tokens: int | None = None,
        cache_creation_tokens: int | None = None,
        reasoning_tokens: int | None = None,
    ) -> None:
        """Set the numbers of tokens."""
        if self._state != _LIVE:
            return
        given = (input_tokens, output_tokens, cached_tokens, cache_creation_tokens, reasoning_tokens)
        for (name, key), number in zip(_USAGE, given, strict=True):
            if number is None:
                continue
            try:
                number = number.__index__()
            except Exception:
                number = -1
            if not 0 <= number < 1 << 63:
                warn_once("usage", "a number of tokens is an int of at least 0, not %s; it is left out", number)
                continue
            self.set_attribute(key, number)
            if name == "input_tokens":
                self._input = number
            elif name == "output_tokens":
                self._output = number

    def _note_error(self, error: Exception) -> None:
        self._error = type_name(error)

    def end(self, end_time: int | None = None) -> None:
        """End the span with the statistics of its tokens."""
        if self._state != _LIVE:
            return
        first, per_token = self._statistics()
        super().end(end_time)
        sink = runtime.llm_sink
        if sink is None or self._generation != runtime.generation:
            return
        output = self._output if self._output is not None else (self._tokens or None)
        duration = max(self._end - self._start, 0) / 1e9
        try:
            sink((self.labels, self._error, duration, first, per_token, self._input, output))
        except Exception as error:
            warn_once("sink", "a record of an LLM span is lost: %s", error)

    def _statistics(self) -> tuple[float | None, float | None]:
        """Set the attributes of the recorded tokens; returns the time to the first and the time per token."""
        if not self._last:
            return None, None
        # Where a start time was given there is no tick of it.
        begin = self._tick or self._start - runtime.offset
        first = max(self._first - begin, 0) / 1e9
        output = self._output
        if output is None:
            output = self._tokens
        statistics: list[tuple[str, Any]] = []
        if self._output is None and self._tokens:
            statistics.append(("gen_ai.usage.output_tokens", self._tokens))
        statistics.append(("gen_ai.response.time_to_first_chunk", first))
        per_token = None
        if self._gaps and output > 1:
            per_token = (self._last - self._first) / 1e9 / (output - 1)
            statistics.append(("gen_ai.server.time_per_output_token", per_token))
        whole = (self._last - begin) / 1e9
        if output > 0 and whole > 0:
            statistics.append(("axonize.llm.tokens_per_second", output / whole))
        if self._gaps:
            for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)):
                value = quantile(self._counts, self._gaps, self._gap_max, share)
                statistics.append((f"axonize.llm.inter_token_latency.{name}", value))
            statistics.append(("axonize.llm.inter_token_latency.max", self._gap_max / 1e9))
        if self._recording:
            kept = self._attributes
            for key, value in statistics:
                kept.setdefault(key, value)
        return first, per_token


span_type(LLMSpan)

# Made as the function of the same name is called.
llm_span = LLMSpan
