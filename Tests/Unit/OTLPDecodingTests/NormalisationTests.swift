import Columns
import OTLP
import OTLPDecoding
import Protobuf
import Telemetry
import Testing

/// What each convention's attributes mean, with payloads as its instrumentation sends them.
@Suite struct NormalisationTests {
  /// The normalised columns of one span; nil and empty where nothing is told.
  struct Meaning: Equatable, Sendable {
    var provider = ""
    var operation = ""
    var request = ""
    var response = ""
    var input: UInt64?
    var output: UInt64?
    var cached: UInt64?
    var created: UInt64?
    var reasoning: UInt64?
    var ttft: Int64?
    var tpot: Int64?
    var finish = ""
    var session = ""
    var user = ""
    var error = ""
    var gpus: [String] = []
    var node = ""
  }

  struct Event: Sendable {
    let name: String
    /// After the start of the span.
    let milliseconds: UInt64
    var attributes: [KeyValue] = []
  }

  struct Convention: Sendable, CustomTestStringConvertible {
    let name: String
    let attributes: [KeyValue]
    let meaning: Meaning
    var resource: [KeyValue] = []
    var events: [Event] = []
    var durationMilliseconds: UInt64 = 1000
    var status: UInt64 = 0

    var testDescription: String { name }
  }

  static func text(_ key: String, _ value: String) -> KeyValue { KeyValue(key, .string(value)) }
  static func int(_ key: String, _ value: Int64) -> KeyValue { KeyValue(key, .int(value)) }
  static func double(_ key: String, _ value: Double) -> KeyValue { KeyValue(key, .double(value)) }

  static let conventions: [Convention] = [
    Convention(
      name: "OpenTelemetry",
      attributes: [
        text("gen_ai.operation.name", "chat"), text("gen_ai.provider.name", "openai"),
        text("gen_ai.request.model", "gpt-4o"), text("gen_ai.response.model", "gpt-4o-2024-08-06"),
        int("gen_ai.usage.input_tokens", 100), int("gen_ai.usage.output_tokens", 11),
        int("gen_ai.usage.cache_read.input_tokens", 64), int("gen_ai.usage.cache_creation.input_tokens", 8),
        int("gen_ai.usage.reasoning.output_tokens", 5), double("gen_ai.response.time_to_first_chunk", 0.25),
        KeyValue("gen_ai.response.finish_reasons", .array([.string("stop"), .string("length")])),
        text("gen_ai.conversation.id", "c1"), text("user.id", "u1"), text("error.type", "timeout"),
        text("hw.id", "GPU-1"), text("hw.type", "gpu"),
      ],
      meaning: Meaning(
        provider: "openai", operation: "chat", request: "gpt-4o", response: "gpt-4o-2024-08-06", input: 100,
        output: 11, cached: 64, created: 8, reasoning: 5, ttft: 250_000_000, tpot: 75_000_000, finish: "stop",
        session: "c1", user: "u1", error: "timeout", gpus: ["GPU-1"], node: "node-1"),
      resource: [text("host.name", "h1"), text("k8s.node.name", "node-1")]),
    Convention(
      name: "OpenInference",
      attributes: [
        text("openinference.span.kind", "LLM"), text("llm.provider", "Anthropic"), text("llm.model_name", "claude-1"),
        text("llm.invocation_parameters", #"{"max_tokens":9,"model":"claude"}"#), int("llm.token_count.prompt", 7),
        int("llm.token_count.completion", 3),
        int("llm.token_count.prompt_details.cache_read", 2), int("llm.token_count.prompt_details.cache_write", 1),
        int("llm.token_count.completion_details.reasoning", 4), text("llm.finish_reason", "end_turn"),
        text("session.id", "s1"), text("user.id", "u1"),
      ],
      meaning: Meaning(
        provider: "anthropic", operation: "chat", request: "claude", response: "claude-1", input: 7, output: 3,
        cached: 2, created: 1,
        reasoning: 4, finish: "end_turn", session: "s1", user: "u1")),
    Convention(
      name: "OpenLLMetry",
      attributes: [
        text("gen_ai.system", "OpenAI"), text("llm.request.type", "completion"),
        int("gen_ai.usage.prompt_tokens", 5), int("gen_ai.usage.completion_tokens", 6),
        int("gen_ai.usage.cache_read_input_tokens", 1), text("gen_ai.completion.0.finish_reason", "stop"),
        text("traceloop.association.properties.session_id", "s2"),
        text("traceloop.association.properties.user_id", "u2"),
      ],
      meaning: Meaning(
        provider: "openai", operation: "text_completion", input: 5, output: 6, cached: 1, finish: "stop",
        session: "s2", user: "u2")),
    Convention(
      name: "vLLM and SGLang",
      attributes: [
        text("gen_ai.response.model", "llama"), int("gen_ai.usage.prompt_tokens", 50),
        int("gen_ai.usage.completion_tokens", 1), int("gen_ai.usage.cached_tokens", 16),
        double("gen_ai.latency.time_to_first_token", 0.0123), double("gen_ai.latency.e2e", 0.5),
        text("gen_ai.response.finish_reasons", #"["length"]"#),
      ],
      meaning: Meaning(
        response: "llama", input: 50, output: 1, cached: 16, ttft: 12_300_000, finish: "length")),
    Convention(
      name: "Vercel",
      attributes: [
        text("ai.operationId", "ai.streamText.doStream"), text("ai.model.provider", "openai.chat"),
        text("ai.model.id", "gpt-4o-mini"), text("ai.response.model", "gpt-4o-mini-x"),
        int("ai.usage.promptTokens", 9), int("ai.usage.completionTokens", 2), int("ai.usage.cachedInputTokens", 3),
        int("ai.usage.reasoningTokens", 1), double("ai.response.msToFirstChunk", 120.5),
        text("ai.response.finishReason", "tool-calls"), text("ai.telemetry.metadata.sessionId", "s3"),
        text("ai.telemetry.metadata.userId", "u3"),
      ],
      meaning: Meaning(
        provider: "openai.chat", operation: "chat", request: "gpt-4o-mini", response: "gpt-4o-mini-x", input: 9,
        output: 2, cached: 3, reasoning: 1, ttft: 120_500_000, tpot: 879_500_000, finish: "tool-calls",
        session: "s3", user: "u3")),
    Convention(
      name: "earlier Axonize releases",
      attributes: [
        text("ai.model.name", "llama"), text("ai.inference.type", "llm"), int("ai.llm.tokens.input", 4),
        text("ai.llm.tokens.output", "5"), double("ai.llm.ttft_ms", 200), text("gpu.0.resource_uuid", "MIG-a"),
        text("gpu.0.physical_uuid", "GPU-a"), text("gpu.0.node_id", "n0"), text("gpu.1.physical_uuid", "GPU-b"),
        double("gpu.0.power_watts", 300),
      ],
      meaning: Meaning(
        operation: "chat", request: "llama", input: 4, output: 5, ttft: 200_000_000, tpot: 200_000_000,
        gpus: ["MIG-a", "GPU-b"], node: "n0"),
      resource: [text("host.name", "h1")]),
    Convention(
      name: "the newest name of several, in any order",
      attributes: [
        int("llm.token_count.prompt", 3), int("gen_ai.usage.input_tokens", 1), int("gen_ai.usage.prompt_tokens", 2),
        text("gen_ai.system", "old"), text("gen_ai.provider.name", "new"), double("ai.llm.ttft_ms", 5),
        int("gen_ai.response.time_to_first_chunk", 1),
      ],
      meaning: Meaning(provider: "new", input: 1, ttft: 1_000_000_000)),
    Convention(
      name: "numbers of other types, and none",
      attributes: [
        double("gen_ai.usage.input_tokens", 12), text("gen_ai.usage.output_tokens", "many"),
        int("gen_ai.usage.cached_tokens", -1), double("gen_ai.usage.reasoning_tokens", 1.5),
        double("gen_ai.response.time_to_first_chunk", .nan), KeyValue("gen_ai.usage.cache_read.input_tokens", .empty),
      ],
      meaning: Meaning(input: 12)),
    Convention(
      name: "a GPU of the resource, and hardware that is none",
      attributes: [text("hw.id", "disk-1"), text("hw.type", "physical_disk")],
      meaning: Meaning(gpus: ["GPU-9"], node: "i-1"),
      resource: [text("gpu.uuid", "GPU-9"), text("host.id", "i-1")]),
    Convention(
      name: "several GPUs of the resource",
      attributes: [],
      meaning: Meaning(gpus: ["GPU-1", "MIG-2", "GPU-3"], node: "i-1"),
      resource: [
        text("gpu.0.resource_uuid", "GPU-1"), text("gpu.10.resource_uuid", "MIG-2"), text("hw.id", "GPU-3"),
        text("gpu.10.physical_uuid", "GPU-2"), text("gpu.x.resource_uuid", "no"), text("host.id", "i-1"),
      ]),
    Convention(name: "no convention", attributes: [text("http.route", "/")], meaning: Meaning()),
  ]

  @Test(arguments: conventions + libraries + shapes + pending + finishReasons)
  func `attributes fill the typed columns, and what no column holds stays as it was`(convention: Convention) throws {
    let batch = SpanBatch()
    let start = RequestBuilder.start
    let span = RequestBuilder.span(
      end: start + convention.durationMilliseconds * 1_000_000, status: convention.status,
      attributes: convention.attributes
    ) { writer in
      for event in convention.events {
        writer.message(SpanField.events) { message in
          message.fixed64(EventField.time, start + event.milliseconds * 1_000_000)
          message.string(EventField.name, event.name)
          for attribute in event.attributes { attribute.writeProtobuf(field: EventField.attributes, to: &message) }
        }
      }
    }
    let body = RequestBuilder.request([span], resource: convention.resource)
    #expect(try OTLPDecoder().traces(body, into: batch).accepted == 1)
    #expect(Self.meaning(of: batch.rows, 0) == convention.meaning)
    let promoted = PromotedAttribute.all.filter { batch.rows.promoted[0] & $0.mask != 0 }.map(\.key)
    let rest = convention.attributes.map(\.key).filter { !promoted.contains($0) }
    #expect(batch.rows.attributes[0].map(\.key) == rest)
  }

  @Test(arguments: [(2 as UInt64, "ValueError"), (0, "")])
  func `an exception of a failed span names the error`(status: UInt64, expected: String) throws {
    let span = RequestBuilder.span(status: status) { writer in
      writer.message(SpanField.events) { event in
        event.string(EventField.name, "exception")
        Self.text("exception.message", "no").writeProtobuf(field: EventField.attributes, to: &event)
        Self.text("exception.type", "ValueError").writeProtobuf(field: EventField.attributes, to: &event)
      }
    }
    let batch = SpanBatch()
    _ = try OTLPDecoder().traces(RequestBuilder.request([span]), into: batch)
    #expect(batch.rows.errorType[0] == expected)
  }

  static func batch(_ attributes: [KeyValue]) throws -> SpanBatch {
    let batch = SpanBatch()
    _ = try OTLPDecoder().traces(RequestBuilder.request([RequestBuilder.span(attributes: attributes)]), into: batch)
    return batch
  }

  private static func meaning(of block: SpanBlock, _ row: Int) -> Meaning {
    Meaning(
      provider: block.provider[row], operation: block.operation[row], request: block.requestModel[row],
      response: block.responseModel[row], input: block.inputTokens[row], output: block.outputTokens[row],
      cached: block.cachedTokens[row], created: block.cacheCreationTokens[row],
      reasoning: block.reasoningTokens[row], ttft: block.ttftNanoseconds[row], tpot: block.tpotNanoseconds[row],
      finish: block.finishReason[row], session: block.sessionID[row], user: block.userID[row],
      error: block.errorType[row], gpus: block.gpuIDs.range(row).map { block.gpuIDs.elements[$0] },
      node: block.nodeID[row])
  }
}
