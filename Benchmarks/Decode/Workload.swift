import OTLP
import Protobuf

/// The project's reference workload: batches of spans as an instrumented inference service sends them.
///
/// 500 spans a batch, 10 spans a trace, 11 span attributes of which 6 gen_ai, 5 resource attributes.
struct Workload {
  static let spansPerBatch = 500
  static let spansPerTrace = 10

  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// SplitMix64, so that every run decodes the same bytes.
  private mutating func random() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
  }

  private mutating func id(byteCount: Int) -> [UInt8] {
    (0..<byteCount).map { _ in UInt8(truncatingIfNeeded: random() | 1) }
  }

  /// One `ExportTraceServiceRequest`.
  mutating func batch() -> [UInt8] {
    var traceID: [UInt8] = []
    var parentID: [UInt8] = []
    var spans: [[UInt8]] = []
    for index in 0..<Self.spansPerBatch {
      let isRoot = index % Self.spansPerTrace == 0
      let spanID = id(byteCount: 8)
      if isRoot { traceID = id(byteCount: 16) }
      spans.append(span(index, traceID: traceID, spanID: spanID, parentID: isRoot ? [] : parentID))
      if isRoot { parentID = spanID }
    }
    var writer = ProtobufWriter(reservingCapacity: 1 << 19)
    writer.message(EnvelopeField.resourceGroups) { group in
      group.message(EnvelopeField.resource) { resource in
        for (key, value) in [
          ("service.name", "llm-gateway"), ("service.version", "1.4.2"), ("host.name", "gpu-node-07"),
          ("deployment.environment.name", "production"), ("telemetry.sdk.language", "python"),
        ] {
          KeyValue(key, .string(value)).writeProtobuf(field: ResourceField.attributes, to: &resource)
        }
      }
      group.message(EnvelopeField.scopeGroups) { scopeGroup in
        scopeGroup.message(EnvelopeField.scope) { scope in
          scope.string(ScopeField.name, "opentelemetry.instrumentation.vllm")
          scope.string(ScopeField.version, "0.3.1")
        }
        for span in spans { scopeGroup.bytes(EnvelopeField.records, span) }
      }
    }
    return writer.bytes
  }

  private mutating func span(_ index: Int, traceID: [UInt8], spanID: [UInt8], parentID: [UInt8]) -> [UInt8] {
    let models = ["meta-llama/Llama-3.1-8B-Instruct", "Qwen/Qwen2.5-7B-Instruct", "mistralai/Mistral-7B-v0.3"]
    let routes = ["/v1/chat/completions", "/v1/completions", "/v1/embeddings"]
    let model = models[Int(random() % 3)]
    let start = 1_760_000_000_000_000_000 + UInt64(index) * 1_000_000 + random() % 1_000_000
    let attributes: [KeyValue] = [
      KeyValue("gen_ai.operation.name", .string("chat")), KeyValue("gen_ai.provider.name", .string("vllm")),
      KeyValue("gen_ai.request.model", .string(model)),
      KeyValue("gen_ai.usage.input_tokens", .int(Int64(random() % 4096))),
      KeyValue("gen_ai.usage.output_tokens", .int(Int64(random() % 1024))),
      KeyValue("gen_ai.response.time_to_first_chunk", .double(Double(random() % 2_000_000) / 1_000_000)),
      KeyValue("http.request.method", .string("POST")), KeyValue("http.route", .string(routes[Int(random() % 3)])),
      KeyValue("http.response.status_code", .int(200)), KeyValue("user.id", .string("user-\(random() % 10_000)")),
      KeyValue("gpu.uuid", .string("GPU-5c1f8e2a-0b5d-4c8e-9f10-0000000000\(10 + random() % 8)")),
    ]
    var writer = ProtobufWriter()
    writer.bytes(SpanField.traceID, traceID)
    writer.bytes(SpanField.spanID, spanID)
    if !parentID.isEmpty { writer.bytes(SpanField.parentSpanID, parentID) }
    writer.fixed32(SpanField.flags, 0x100)
    writer.string(SpanField.name, index % Self.spansPerTrace == 0 ? "POST /v1/chat/completions" : "chat \(model)")
    writer.varint(SpanField.kind, 3)
    writer.fixed64(SpanField.startTime, start)
    writer.fixed64(SpanField.endTime, start + 50_000_000 + random() % 900_000_000)
    for attribute in attributes { attribute.writeProtobuf(field: SpanField.attributes, to: &writer) }
    writer.message(SpanField.status) { status in
      if random() % 50 == 0 { status.varint(StatusField.code, 2) }
    }
    return writer.bytes
  }
}
