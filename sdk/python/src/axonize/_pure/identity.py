"""What is current, and the identity of parents."""

from contextvars import ContextVar
from typing import Any

current_variable: ContextVar[Any] = ContextVar("axonize_current_span", default=None)

# Whether a span was made current: not, or it is, or it was left while another was current.
OUTSIDE, ENTERED, LEFT = 0, 1, 2


def not_left(span: Any) -> Any:
    """`span`, or what was current before it if it was left already."""
    while span is not None and getattr(span, "_place", OUTSIDE) == LEFT:
        span = span._previous
    return span


def shorten(span: Any) -> None:
    """Let go of the spans that were left between `span`, which is left now, and what was current before it.

    Spans that are left in other contexts than they were entered in would keep each other else.
    """
    span._previous = not_left(span._previous)


def current() -> Any:
    """What is current: a Span or an identity; None when nothing is."""
    return not_left(current_variable.get())


class Parent:
    """What a child or a link takes of another span."""

    __slots__ = ("is_remote", "is_sampled", "span_id", "trace_id", "trace_state")

    def __init__(self, trace_id: int, span_id: int, is_sampled: bool, is_remote: bool, trace_state: str) -> None:
        self.trace_id = trace_id
        self.span_id = span_id
        self.is_sampled = is_sampled
        self.is_remote = is_remote
        self.trace_state = trace_state


def identity_of(thing: Any) -> Parent | None:
    """The identity of a span or a span context; None when it has none."""
    try:
        trace_id, span_id = thing.trace_id, thing.span_id
        if not isinstance(trace_id, int) or not isinstance(span_id, int):
            return None
        # A subclass of int may have operators of its own.
        trace_id, span_id = int.__add__(trace_id, 0), int.__add__(span_id, 0)
        if not 0 < trace_id < 1 << 128 or not 0 < span_id < 1 << 64:
            return None
        if hasattr(thing, "_place"):
            return Parent(trace_id, span_id, thing.is_sampled, False, thing.trace_state)
        state = getattr(thing, "trace_state", None)
        if state is None:
            state = ""
        elif not isinstance(state, str):
            state = state.to_header()
        flags = getattr(thing, "trace_flags", 1)
        return Parent(trace_id, span_id, bool(flags & 1), bool(getattr(thing, "is_remote", True)), str(state))
    except Exception:
        # An object of somebody else whose properties fail has no identity.
        return None
