"""vLLM's own spans, as its server sends them with --otlp-traces-endpoint, through the official exporter and back.

The names, kinds, scopes, types and resources are those that vLLM 0.32.0 sent on a CPU, from
vllm/v1/engine/output_processor.py (do_tracing) and vllm/tracing/otel.py. They go the same way: Resource.create, a
BatchSpanProcessor and the exporter. vLLM itself is called in sdk/python/tests/e2e/test_vllm_server.py.
"""

import time

import pytest
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GRPCExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HTTPExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

GPU = "GPU-11111111-2222-3333-4444-555555555555"
OTHER = "MIG-66666666-2222-3333-4444-555555555555"

REQUEST = {
    "gen_ai.latency.time_to_first_token": 0.123456789,
    "gen_ai.latency.e2e": 1.5,
    "gen_ai.latency.time_in_queue": 0.0125,
    "gen_ai.usage.prompt_tokens": 512,
    "gen_ai.usage.completion_tokens": 81,
    "gen_ai.latency.time_in_model_prefill": 0.1,
    "gen_ai.latency.time_in_model_decode": 1.25,
    "gen_ai.latency.time_in_model_inference": 1.35,
    "gen_ai.request.id": "chatcmpl-ba15348c3e74b16d",
    "gen_ai.request.top_p": 0.9,
    "gen_ai.request.max_tokens": 128,
    "gen_ai.request.temperature": 0.7,
    "gen_ai.request.n": 1,
}
LOADING = {
    "code.function": "DefaultModelLoader.load_weights",
    "code.namespace": "vllm.model_executor.model_loader.default_loader",
    "code.filepath": "/opt/venv/lib/python3.11/site-packages/vllm/model_executor/model_loader/default_loader.py",
    "code.lineno": "484",
}
EXPORTERS = {
    "grpc": lambda server: GRPCExporter(endpoint=server.grpc_endpoint, insecure=True),
    "http/protobuf": lambda server: HTTPExporter(endpoint=f"{server.otlp_endpoint}/v1/traces"),
}


@pytest.mark.parametrize("protocol", EXPORTERS)
@pytest.mark.parametrize("gpus", [(GPU,), (GPU, OTHER)], ids=["one GPU", "two GPUs"])
def test_unchanged_and_with_its_gpus(server, monkeypatch, protocol, gpus):
    # What docs/sdk/integrations.md tells to set before `vllm serve`.
    numbered = ",".join(f"gpu.{index}.resource_uuid={gpu}" for index, gpu in enumerate(gpus))
    attributes = f"hw.id={gpus[0]}" if len(gpus) == 1 else numbered
    monkeypatch.setenv("OTEL_SERVICE_NAME", "vllm-llama")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", attributes)
    resource = Resource.create({"vllm.instrumenting_module_name": "vllm.llm_engine", "vllm.process_id": "4711"})
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(EXPORTERS[protocol](server)))
    # Scopes are the modules that make the spans, whatever the tracer was begun for.
    tracer = provider.get_tracer("vllm.tracing.otel")

    # A client's span, whose traceparent vLLM's server reads of the request's headers.
    caller = provider.get_tracer("client").start_span("POST", kind=SpanKind.CLIENT)
    headers = {}
    TraceContextTextMapPropagator().inject(headers, trace.set_span_in_context(caller))
    context = TraceContextTextMapPropagator().extract(headers)
    start = time.time_ns() - 2_000_000_000
    end = start + 1_500_000_123
    request = tracer.start_span(
        "llm_request", kind=SpanKind.SERVER, attributes=REQUEST, context=context, start_time=start
    )
    request.end(end)
    loader = provider.get_tracer(LOADING["code.namespace"])
    load = loader.start_span("Load weights", attributes=LOADING, context=context, start_time=start)
    load.end(end)
    caller.end()
    provider.shutdown()

    trace_id = trace.format_trace_id(caller.get_span_context().trace_id)
    spans = {span["name"]: span for span in server.wait_for_trace(trace_id, 3)["spans"]}
    found = spans["llm_request"]
    assert found["attributes"] == REQUEST
    assert (found["start_time_unix_nano"], found["end_time_unix_nano"]) == (str(start), str(end))
    assert found["kind"] == "server"
    assert found["status"] == {"code": "unset", "message": ""}
    assert found["span_id"] == trace.format_span_id(request.get_span_context().span_id)
    assert found["parent_span_id"] == trace.format_span_id(caller.get_span_context().span_id)
    assert found["scope"]["name"] == "vllm.tracing.otel"
    assert found["events"] == found["links"] == []
    assert found["service_name"] == "vllm-llama"
    assert found["resource"]["vllm.process_id"] == "4711"
    assert found["resource"]["vllm.instrumenting_module_name"] == "vllm.llm_engine"
    # What the spans mean, beside what they say.
    assert found["gen_ai"]["input_tokens"] == 512
    assert found["gen_ai"]["output_tokens"] == 81
    assert found["gen_ai"]["time_to_first_token_ns"] == 123_456_789
    # Of the span's duration: vLLM names no time per token.
    assert found["gen_ai"]["time_per_output_token_ns"] == (1_500_000_123 - 123_456_789) // 80
    # Nor a model, a provider and an operation, which its client's span has.
    assert [found["gen_ai"][name] for name in ("provider", "operation", "request_model", "response_model")] == [
        None
    ] * 4
    for span in spans.values():
        assert span["gpu"]["resource_ids"] == list(gpus)
    assert spans["Load weights"]["attributes"] == LOADING
    assert spans["Load weights"]["kind"] == "internal"
    assert spans["Load weights"]["gen_ai"] is None
