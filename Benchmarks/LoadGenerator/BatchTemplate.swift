/// An encoded OTLP request of the benchmark's shape, with the places of what changes from one send to the next.
///
/// 500 spans in 50 traces of 10; 11 span attributes, 6 of them `gen_ai.*`; 5 resource attributes. Ids, times, token
/// counts, the customer and a measured value are new in every send, so neither compression nor duplicate detection can
/// profit from repeats; names, models and hosts repeat as they do in life.
struct BatchTemplate {
  static let spansPerTrace = 10

  /// Where in `bytes` the changing parts of one span begin.
  struct SpanOffsets {
    var traceID = 0
    var spanID = 0
    /// Nil at the root of a trace.
    var parentSpanID: Int?
    var startTime = 0
    var endTime = 0
    /// Two-byte varints.
    var inputTokens = 0
    var outputTokens = 0
    /// Five decimal digits.
    var customerDigits = 0
    /// A little-endian double.
    var queueMilliseconds = 0

    mutating func move(by distance: Int) {
      traceID += distance
      spanID += distance
      parentSpanID = parentSpanID.map { $0 + distance }
      startTime += distance
      endTime += distance
      inputTokens += distance
      outputTokens += distance
      customerDigits += distance
      queueMilliseconds += distance
    }
  }

  let bytes: [UInt8]
  let spans: [SpanOffsets]

  /// - Parameter gpuKey: The attribute that names a GPU; the server knows `gpu.uuid` as such and not `gpu.id`.
  init(spanCount: Int, gpuKey: String, random: inout RandomNumbers) {
    var offsets: [SpanOffsets] = []
    var generator = random
    var request = ProtobufWriter()
    // ExportTraceServiceRequest.resource_spans, ResourceSpans.scope_spans, ScopeSpans.spans
    let outer = request.append(field: 1) { resourceSpans in
      let service = Int(generator.below(20))
      resourceSpans.append(field: 1) { Self.appendResource(to: &$0, service: service, &generator) }
      let middle = resourceSpans.append(field: 2) { scopeSpans in
        scopeSpans.append(field: 1) { scope in
          scope.append(field: 1, text: "axonize.load")
          scope.append(field: 2, text: "1.0.0")
        }
        for index in 0..<spanCount {
          var span = SpanOffsets()
          let start = scopeSpans.append(field: 2) {
            span = Self.appendSpan(
              to: &$0, service: service, isRoot: index % Self.spansPerTrace == 0, gpuKey: gpuKey, &generator)
          }
          span.move(by: start)
          offsets.append(span)
        }
      }
      for index in offsets.indices { offsets[index].move(by: middle) }
    }
    for index in offsets.indices { offsets[index].move(by: outer) }
    random = generator
    bytes = request.bytes
    spans = offsets
  }

  private static func appendResource(
    to resource: inout ProtobufWriter, service: Int, _ random: inout RandomNumbers
  ) {
    appendAttribute(to: &resource, field: 1, "service.name", text: "inference-\(service)")
    appendAttribute(to: &resource, field: 1, "service.version", text: "2.\(service % 4).\(random.below(3))")
    appendAttribute(to: &resource, field: 1, "service.instance.id", text: "inference-\(service)-\(random.below(8))")
    appendAttribute(to: &resource, field: 1, "host.name", text: "gpu-node-\(random.below(40))")
    appendAttribute(to: &resource, field: 1, "deployment.environment.name", text: "production")
  }

  private static func appendSpan(
    to span: inout ProtobufWriter, service: Int, isRoot: Bool, gpuKey: String, _ random: inout RandomNumbers
  ) -> SpanOffsets {
    let names = ["chat", "generate", "prefill", "decode", "embed", "retrieve", "rerank", "tool call"]
    let models = [
      "llama-3.1-8b", "llama-3.1-70b", "qwen-2.5-32b", "mistral-small", "gemma-2-27b", "phi-4", "exaone-3.5-32b",
      "deepseek-v3", "command-r", "granite-3-8b", "solar-pro", "olmo-2-13b",
    ]
    let providers = ["vllm", "sglang", "tensorrt-llm", "ollama", "llama.cpp"]
    // A service uses three models, and a model is served by one provider.
    let number = (service * 5 + Int(random.below(3))) % models.count
    let model = models[number]
    let isError = random.below(100) < 3
    var places = SpanOffsets()
    places.traceID = span.append(field: 1, content: [UInt8](repeating: 1, count: 16))
    places.spanID = span.append(field: 2, content: [UInt8](repeating: 1, count: 8))
    if !isRoot { places.parentSpanID = span.append(field: 4, content: [UInt8](repeating: 1, count: 8)) }
    span.append(field: 5, text: isRoot ? "POST /v1/chat/completions" : names[Int(random.below(8))])
    span.append(field: 6, varint: isRoot ? 2 : 1)
    places.startTime = span.append(field: 7, fixed64: 0)
    places.endTime = span.append(field: 8, fixed64: 0)
    appendAttribute(to: &span, field: 9, "gen_ai.operation.name", text: "chat")
    appendAttribute(to: &span, field: 9, "gen_ai.provider.name", text: providers[number % providers.count])
    appendAttribute(to: &span, field: 9, "gen_ai.request.model", text: model)
    appendAttribute(to: &span, field: 9, "gen_ai.response.model", text: model)
    places.inputTokens = appendAttribute(to: &span, field: 9, "gen_ai.usage.input_tokens", twoByteInt: 200)
    places.outputTokens = appendAttribute(to: &span, field: 9, "gen_ai.usage.output_tokens", twoByteInt: 200)
    let customer = appendAttribute(to: &span, field: 9, "app.customer.id", text: "customer-00000")
    places.customerDigits = customer + "customer-".utf8.count
    appendAttribute(to: &span, field: 9, "http.response.status_code", twoByteInt: isError ? 500 : 200)
    appendAttribute(to: &span, field: 9, "server.address", text: "gpu-node-\(random.below(40)).cluster.local")
    appendAttribute(to: &span, field: 9, gpuKey, text: "GPU-\(1000 + random.below(64))")
    places.queueMilliseconds = appendAttribute(to: &span, field: 9, "scheduler.queue_ms", double: 0)
    if isError {
      span.append(field: 15) { status in
        status.append(field: 2, text: "CUDA out of memory")
        status.append(field: 3, varint: 2)
      }
    }
    return places
  }

  // Each of these appends a KeyValue and answers where the value's content begins.

  @discardableResult
  private static func appendAttribute(
    to writer: inout ProtobufWriter, field: Int, _ key: String, text: String
  ) -> Int {
    appendAttribute(to: &writer, field: field, key) { $0.append(field: 1, text: text) }
  }

  /// An int attribute of 128 to 16,383: always two bytes on the wire.
  @discardableResult
  private static func appendAttribute(
    to writer: inout ProtobufWriter, field: Int, _ key: String, twoByteInt value: UInt64
  ) -> Int {
    precondition((128..<16384).contains(value), "\(value) does not take two bytes")
    return appendAttribute(to: &writer, field: field, key) { any in
      any.append(field: 3, varint: value)
      return any.count - 2
    }
  }

  private static func appendAttribute(
    to writer: inout ProtobufWriter, field: Int, _ key: String, double: Double
  ) -> Int {
    appendAttribute(to: &writer, field: field, key) { $0.append(field: 4, fixed64: double.bitPattern) }
  }

  private static func appendAttribute(
    to writer: inout ProtobufWriter, field: Int, _ key: String, value write: (inout ProtobufWriter) -> Int
  ) -> Int {
    var place = 0
    let outer = writer.append(field: field) { keyValue in
      keyValue.append(field: 1, text: key)
      var inner = 0
      let start = keyValue.append(field: 2) { inner = write(&$0) }
      place = start + inner
    }
    return outer + place
  }
}
