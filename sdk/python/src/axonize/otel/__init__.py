"""OpenTelemetry over our core: what instruments itself with OpenTelemetry is recorded and sent by Axonize.

``axonize.init(otel=True)`` is all that is needed. Needs the package ``opentelemetry-api`` (the extra ``otel``), not the
SDK.
"""

from axonize.otel._context import SharedContext
from axonize.otel._provider import AxonizeTracer, AxonizeTracerProvider
from axonize.otel._register import register
from axonize.otel._span import AxonizeSpan

__all__ = ["AxonizeSpan", "AxonizeTracer", "AxonizeTracerProvider", "SharedContext", "register"]
