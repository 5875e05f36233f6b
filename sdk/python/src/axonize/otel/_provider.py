"""Tracers of OpenTelemetry's API over our core."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any

from opentelemetry import trace
from opentelemetry.context.context import Context

from axonize import _core
from axonize._encoding.values import attributes as encode_attributes
from axonize._lifecycle import shutdown
from axonize._scopes import scope_number
from axonize.otel._context import SPAN_KEY, ours_of
from axonize.otel._span import AxonizeSpan


class AxonizeTracer(trace.Tracer):
    """Makes spans of one instrumentation scope."""

    def __init__(self, scope: int) -> None:
        self._scope = scope

    def start_span(
        self,
        name: str,
        context: Context | None = None,
        kind: trace.SpanKind = trace.SpanKind.INTERNAL,
        attributes: Any = None,
        links: Sequence[trace.Link] | None = None,
        start_time: int | None = None,
        record_exception: bool = True,
        set_status_on_exception: bool = True,
    ) -> AxonizeSpan:
        """Start a span that is not current."""
        parent = None
        is_root = False
        if context is not None:
            parent = ours_of(context.get(SPAN_KEY))
            is_root = parent is None
        span = _core.span(name, kind.value + 1, self._scope, attributes, links, parent, start_time, is_root)
        return AxonizeSpan(span.start(), record_exception, set_status_on_exception)

    @contextmanager
    def start_as_current_span(  # type: ignore[override]
        self,
        name: str,
        context: Context | None = None,
        kind: trace.SpanKind = trace.SpanKind.INTERNAL,
        attributes: Any = None,
        links: Sequence[trace.Link] | None = None,
        start_time: int | None = None,
        record_exception: bool = True,
        set_status_on_exception: bool = True,
        end_on_exit: bool = True,
    ) -> Generator[trace.Span, None, None]:
        """Start a span and make it current within ``with``; a decorator too."""
        span = self.start_span(
            name, context, kind, attributes, links, start_time, record_exception, set_status_on_exception
        )
        with trace.use_span(span, end_on_exit, record_exception, set_status_on_exception):
            yield span


class AxonizeTracerProvider(trace.TracerProvider):
    """Gives tracers whose spans go through our core."""

    def get_tracer(
        self,
        instrumenting_module_name: str,
        instrumenting_library_version: str | None = None,
        schema_url: str | None = None,
        attributes: Any = None,
    ) -> AxonizeTracer:
        """A tracer of a scope."""
        encoded = encode_attributes(b"\x1a", attributes, 128)[0] if attributes else b""
        scope = scope_number(
            instrumenting_module_name or "", instrumenting_library_version or "", schema_url or "", encoded
        )
        return AxonizeTracer(scope)

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        """As of OpenTelemetry's SDK."""
        return _core.flush(timeout_millis / 1000)

    def shutdown(self) -> None:
        """As of OpenTelemetry's SDK."""
        shutdown()
