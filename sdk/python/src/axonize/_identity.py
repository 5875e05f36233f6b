"""The identity of a span."""

from typing import Any, final


@final
class SpanContext:
    """The identity of a span: what its children, links and other processes need of it. Immutable.

    Attributes:
        trace_id: 128 bits, shared by the spans of a trace; 0 in a context that is not valid.
        span_id: 64 bits; 0 in a context that is not valid.
        trace_flags: bit 0 says that the span is recorded.
        trace_state: W3C's header ``tracestate`` as it came.
        is_remote: whether the span is of another process.
        baggage: what came along in W3C's header ``baggage``; only ``axonize.extract`` fills it.

    """

    __slots__ = ("baggage", "is_remote", "span_id", "trace_flags", "trace_id", "trace_state")

    trace_id: int
    span_id: int
    trace_flags: int
    trace_state: str
    is_remote: bool
    baggage: dict[str, str]

    def __init__(
        self,
        trace_id: int,
        span_id: int,
        trace_flags: int = 1,
        trace_state: str = "",
        is_remote: bool = False,
        baggage: dict[str, str] | None = None,
    ) -> None:
        put = object.__setattr__
        put(self, "trace_id", trace_id)
        put(self, "span_id", span_id)
        put(self, "trace_flags", trace_flags)
        put(self, "trace_state", trace_state)
        put(self, "is_remote", is_remote)
        put(self, "baggage", dict(baggage or {}))

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError("a span context cannot be changed")

    @property
    def is_valid(self) -> bool:
        """Whether both ids are set."""
        return 0 < self.trace_id < 1 << 128 and 0 < self.span_id < 1 << 64

    @property
    def is_sampled(self) -> bool:
        """Whether the span is recorded."""
        return bool(self.trace_flags & 1)

    @property
    def trace_id_hex(self) -> str:
        """32 hexadecimal digits."""
        return f"{self.trace_id:032x}"

    @property
    def span_id_hex(self) -> str:
        """16 hexadecimal digits."""
        return f"{self.span_id:016x}"

    def _key(self) -> tuple[Any, ...]:
        return (self.trace_id, self.span_id, self.trace_flags, self.trace_state, self.is_remote)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SpanContext) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __reduce__(self) -> Any:
        return (SpanContext, (*self._key(), self.baggage))

    def __repr__(self) -> str:
        return f"SpanContext({self.trace_id_hex}, {self.span_id_hex}, flags={self.trace_flags:02x})"
