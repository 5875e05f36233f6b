"""What a span costs the thread that makes it, beside opentelemetry-python in the same run."""

from __future__ import annotations

import time

import subject
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from sink import sink
from timing import Body, in_turn

import axonize


class NoExporter(SpanExporter):
    """Takes spans for nothing: what OpenTelemetry's encoder costs is not counted against it."""

    def export(self, spans: object) -> SpanExportResult:
        """Do nothing."""
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        """Do nothing."""


def ours(attributes: int) -> Body:
    """A span of ours as an application writes it."""

    def without(count: int) -> None:
        for _ in range(count):
            with axonize.span("retrieve"):
                pass

    def three(count: int) -> None:
        for _ in range(count):
            with axonize.span("retrieve") as span:
                span.set_attribute("model", "llama-3.1-8b")
                span.set_attribute("k", 10)
                span.set_attribute("score", 0.5)

    return three if attributes else without


def theirs(attributes: int) -> Body:
    """The same with opentelemetry-python."""
    provider = TracerProvider(resource=Resource.create({"service.name": "benchmark"}))
    provider.add_span_processor(BatchSpanProcessor(NoExporter()))
    tracer = provider.get_tracer("benchmark")

    def without(count: int) -> None:
        for _ in range(count):
            with tracer.start_as_current_span("retrieve"):
                pass

    def three(count: int) -> None:
        for _ in range(count):
            with tracer.start_as_current_span("retrieve") as span:
                span.set_attribute("model", "llama-3.1-8b")
                span.set_attribute("k", 10)
                span.set_attribute("score", 0.5)

    return three if attributes else without


def tokens(span: axonize.LLMSpan) -> Body:
    """record_token alone."""

    def body(count: int) -> None:
        for _ in range(count):
            span.record_token()

    return body


def generation(count: int) -> None:
    """A span of a thousand tokens with its usage."""
    for _ in range(count):
        with axonize.llm_span("generate", model="llama-3.1-8b", provider="vllm") as span:
            for _ in range(1000):
                span.record_token()
            span.set_usage(input_tokens=100, output_tokens=1000)


def measure(rounds: int) -> dict[str, float]:
    """All costs, in nanoseconds of thread CPU time."""
    with sink() as port:
        subject.start(port)
        time.sleep(0.5)
        with axonize.llm_span("generate") as open_span:
            costs = in_turn(
                {
                    "span_ns": (ours(0), 1000),
                    "span_3_attributes_ns": (ours(3), 1000),
                    "opentelemetry_span_ns": (theirs(0), 100),
                    "opentelemetry_span_3_attributes_ns": (theirs(3), 100),
                    "record_token_ns": (tokens(open_span), 1000),
                    "llm_span_1000_tokens_ns": (generation, 1),
                },
                rounds,
            )
        figures = subject.stop()
    costs["ratio"] = costs["opentelemetry_span_ns"] / costs["span_ns"]
    costs["ratio_3_attributes"] = costs["opentelemetry_span_3_attributes_ns"] / costs["span_3_attributes_ns"]
    costs["spans_dropped"] = figures["dropped_queue_full"]
    return costs
