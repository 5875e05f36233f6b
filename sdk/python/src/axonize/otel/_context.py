"""One current span for both APIs.

OpenTelemetry keeps its current span in an immutable Context, under a key of its own, and the Context in a context
variable. Ours is in a variable of our core. This keeps the first in a variable too, and lets each side see what the
other made current last.
"""

from contextvars import ContextVar, Token
from typing import Any

from opentelemetry import trace
from opentelemetry.context.context import Context

# What trace.get_current_span() looks the span up by.
from opentelemetry.trace.propagation import _SPAN_KEY

from axonize import _core
from axonize._core import Span
from axonize.otel._span import AxonizeSpan, context_of

SPAN_KEY: str = _SPAN_KEY
_EMPTY = Context()


class _Attached:
    """A Context that was attached, what our core had as current then, and what it had before."""

    __slots__ = ("before", "context", "ours")

    def __init__(self, context: Context, ours: Any, before: Any) -> None:
        self.context = context
        self.ours = ours
        self.before = before


_attached: ContextVar[_Attached | None] = ContextVar("axonize_otel_context", default=None)


def ours_of(span: Any) -> Any:
    """What our core shall have as current for a span of OpenTelemetry: our span, or another's identity."""
    if isinstance(span, AxonizeSpan):
        return span.span
    if span is None:
        return None
    context = span.get_span_context()
    return context if context.is_valid else None


def theirs_of(current: Any) -> trace.Span:
    """What OpenTelemetry shall have as current for what is current in our core."""
    if isinstance(current, Span):
        return AxonizeSpan(current)
    if current is None:
        return trace.INVALID_SPAN
    if isinstance(current, trace.SpanContext):
        return trace.NonRecordingSpan(current)
    return trace.NonRecordingSpan(context_of(current))


class SharedContext:
    """OpenTelemetry's runtime context (``opentelemetry.context.context._RuntimeContext``)."""

    def attach(self, context: Context) -> Token[Any]:
        """Make a Context current, and its span current in our core."""
        ours = ours_of(context.get(SPAN_KEY))
        before = _core.current()
        if ours is not before:
            _core.current_variable.set(ours)
        return _attached.set(_Attached(context, ours, before))

    def get_current(self) -> Context:
        """The Context that was attached last, with the span that is current now."""
        attached = _attached.get()
        current = _core.current()
        if attached is None:
            context = _EMPTY
            if current is None:
                return context
        else:
            context = attached.context
            if current is attached.ours:
                return context
        return Context({**context, SPAN_KEY: theirs_of(current)})

    def detach(self, token: Token[Any]) -> None:
        """Make current what was before the ``attach`` that gave the token."""
        leaving = _attached.get()
        _attached.reset(token)
        if leaving is not None and _core.current() is leaving.ours:
            _core.current_variable.set(leaving.before)
