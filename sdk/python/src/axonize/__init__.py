"""Traces of AI inference: spans, LLM statistics and GPUs, at a cost nobody notices.

The guide is ``docs/sdk/python.md``. In short::

    import axonize

    axonize.init(endpoint="http://localhost:4317", service_name="chat")

    @axonize.trace()
    def answer(question):
        with axonize.llm_span("chat llama", model="llama-3.1-8b", provider="vllm") as span:
            for token in generate(question):
                span.record_token()
            span.set_usage(input_tokens=12, output_tokens=80)
"""

from axonize import _lifecycle, _methods
from axonize._configuration import Configuration as _Configuration
from axonize._content import is_captured as captures_content
from axonize._core import LLMSpan, Span, core_name, span
from axonize._identity import SpanContext
from axonize._instrument import instrument, uninstrument
from axonize._lifecycle import flush, init, is_started, resource, shutdown, stats
from axonize._propagation import attach, baggage, extract, get_baggage, inject
from axonize._settings import Statistics
from axonize._spans import (
    Tracer,
    agent_span,
    current_span,
    embedding_span,
    llm_span,
    retrieval_span,
    tool_span,
    tracer,
)
from axonize._threads import PropagatingExecutor, ThreadPoolExecutor, propagate
from axonize._trace import trace
from axonize._version import __version__

# The cores make spans; what is the same over both is added here, before anybody has one.
_methods.install((Span, LLMSpan))


def _register_with_otel(configuration: _Configuration) -> None:
    if configuration.otel:
        # OpenTelemetry's API takes memory that only those who ask for it should pay.
        from axonize.otel import register

        register()


_lifecycle.on_start(_register_with_otel)

__all__ = [
    "LLMSpan",
    "PropagatingExecutor",
    "Span",
    "SpanContext",
    "Statistics",
    "ThreadPoolExecutor",
    "Tracer",
    "__version__",
    "agent_span",
    "attach",
    "baggage",
    "captures_content",
    "core_name",
    "current_span",
    "embedding_span",
    "extract",
    "flush",
    "get_baggage",
    "init",
    "inject",
    "instrument",
    "is_started",
    "llm_span",
    "propagate",
    "resource",
    "retrieval_span",
    "shutdown",
    "span",
    "stats",
    "tool_span",
    "trace",
    "tracer",
    "uninstrument",
]
