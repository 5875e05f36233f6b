"""One made-up chat request, traced: `python chat.py [grpc|http]`."""

import sys
import time

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor


def exporter(transport: str):
    """The official exporter with default settings; it reads the endpoint from the environment if one is set."""
    if transport == "grpc":
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
    else:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    return OTLPSpanExporter()


def answer(tracer, question: str) -> str:
    with tracer.start_as_current_span("POST /v1/chat/completions", kind=trace.SpanKind.SERVER) as request:
        request.set_attribute("user.id", "user-42")
        with tracer.start_as_current_span("retrieve", attributes={"documents": ["handbook", "faq"]}):
            time.sleep(0.012)
        with tracer.start_as_current_span("chat llama-3.1-8b", kind=trace.SpanKind.CLIENT) as model:
            model.set_attributes(
                {
                    "gen_ai.operation.name": "chat",
                    "gen_ai.provider.name": "vllm",
                    "gen_ai.request.model": "llama-3.1-8b",
                    "gen_ai.response.model": "llama-3.1-8b-instruct",
                    "gen_ai.usage.input_tokens": len(question.split()),
                    "gen_ai.usage.output_tokens": 3,
                    "gen_ai.response.finish_reasons": ["stop"],
                }
            )
            time.sleep(0.02)
            model.add_event("first token")
            time.sleep(0.03)
        return "Forty-two, probably."


def main():
    transport = sys.argv[1] if len(sys.argv) > 1 else "grpc"
    if transport not in ("grpc", "http"):
        sys.exit("usage: chat.py [grpc|http]")
    provider = TracerProvider(resource=Resource.create({"service.name": "chat-example", "service.version": "1.0.0"}))
    provider.add_span_processor(BatchSpanProcessor(exporter(transport)))
    tracer = provider.get_tracer("chat-example")
    with tracer.start_as_current_span("conversation") as root:
        print(answer(tracer, "What is the answer to everything?"))
        trace_id = trace.format_trace_id(root.get_span_context().trace_id)
    # Sends what is still buffered.
    provider.shutdown()
    print(f"trace {trace_id}\nshow it with: axonize trace {trace_id}")


if __name__ == "__main__":
    main()
