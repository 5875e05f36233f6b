"""Our span as OpenTelemetry's."""

from collections.abc import Mapping
from typing import Any

from opentelemetry import trace
from opentelemetry.trace.span import TraceState

from axonize._core import Span


def context_of(span: Any) -> trace.SpanContext:
    """OpenTelemetry's identity of one of our spans or span contexts."""
    state = span.trace_state
    return trace.SpanContext(
        span.trace_id,
        span.span_id,
        bool(getattr(span, "is_remote", False)),
        trace.TraceFlags(1 if span.is_sampled else 0),
        TraceState.from_header([state]) if state else None,
    )


class AxonizeSpan(trace.Span):
    """A span of OpenTelemetry's API that is one of ours."""

    def __init__(self, span: Span, record_exception: bool = True, set_status_on_exception: bool = True) -> None:
        self.span = span
        self._records = record_exception
        self._sets_status = set_status_on_exception
        self._context: trace.SpanContext | None = None

    def get_span_context(self) -> trace.SpanContext:
        """The identity."""
        if self._context is None:
            self._context = context_of(self.span)
        return self._context

    def end(self, end_time: int | None = None) -> None:
        """End the span."""
        self.span.end(end_time)

    def set_attribute(self, key: str, value: Any) -> None:
        """Set an attribute."""
        self.span.set_attribute(key, value)

    def set_attributes(self, attributes: Mapping[str, Any]) -> None:
        """Set attributes."""
        self.span.set_attributes(attributes)

    def add_event(self, name: str, attributes: Mapping[str, Any] | None = None, timestamp: int | None = None) -> None:
        """Add an event."""
        self.span.add_event(name, attributes, timestamp)

    def add_link(self, context: trace.SpanContext, attributes: Mapping[str, Any] | None = None) -> None:
        """Add a link."""
        self.span.add_link(context, attributes)

    def update_name(self, name: str) -> None:
        """Rename the span."""
        self.span.update_name(name)

    def is_recording(self) -> bool:
        """Whether the span is recorded."""
        return self.span.is_recording()

    def set_status(self, status: Any, description: str | None = None) -> None:
        """Set the status."""
        if description is None:
            self.span.set_status(status)
        else:
            self.span.set_status(status, description)

    def record_exception(
        self,
        exception: BaseException,
        attributes: Mapping[str, Any] | None = None,
        timestamp: int | None = None,
        escaped: bool = False,
    ) -> None:
        """Add an event for an exception."""
        self.span.record_exception(exception, attributes, timestamp, escaped)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, Exception) and self.is_recording():
            if self._records:
                self.record_exception(error, escaped=True)
            if self._sets_status:
                self.set_status("error", f"{type(error).__name__}: {error}")
        self.end()

    @property
    def name(self) -> str:
        """The name; of OpenTelemetry's SDK, and used by instrumentations."""
        return self.span.name

    @property
    def parent(self) -> trace.SpanContext | None:
        """The parent; of OpenTelemetry's SDK."""
        parent = self.span.parent_span_id
        return None if parent is None else trace.SpanContext(self.span.trace_id, parent, self.span.has_remote_parent)
