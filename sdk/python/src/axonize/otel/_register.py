"""Becoming OpenTelemetry's provider."""

from axonize._warn import warn
from axonize.otel._context import SharedContext


def register() -> bool:
    """Make our core OpenTelemetry's tracer provider, and its context ours. ``init(otel=True)`` calls it.

    Returns False, with a warning, when another provider was set before: OpenTelemetry allows one.
    """
    from opentelemetry import context, trace

    from axonize.otel._provider import AxonizeTracerProvider

    if not isinstance(context._RUNTIME_CONTEXT, SharedContext):  # pyright: ignore[reportPrivateUsage]
        context._RUNTIME_CONTEXT = SharedContext()  # type: ignore[assignment] # pyright: ignore
    if isinstance(trace.get_tracer_provider(), AxonizeTracerProvider):
        return True
    trace.set_tracer_provider(AxonizeTracerProvider())
    if not isinstance(trace.get_tracer_provider(), AxonizeTracerProvider):
        warn("another OpenTelemetry tracer provider was set before; its spans do not come to axonize")
        return False
    return True
