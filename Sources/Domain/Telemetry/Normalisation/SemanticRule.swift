/// A normalised column that attributes of many conventions fill.
@usableFromInline
package enum SemanticField: UInt8, Sendable, CaseIterable {
  case provider, operation, requestModel, responseModel
  case inputTokens, outputTokens, cachedTokens, cacheCreationTokens, reasoningTokens
  case timeToFirstToken, timePerOutputToken
  case finishReason, session, user, errorType
  /// When the first token came, for spans that do not say how long it took.
  case firstTokenMoment
  /// A JSON text of counts, and one of a call's parameters: for what has no attribute of its own.
  case usageText, parametersText
  case node, hardwareType
  /// Whether the span is a message of another one; see `SpanSemantics.isPending`.
  case spanType
  /// Many attributes of one span may name GPUs; all count.
  case gpu
}

/// How the value of an attribute is read into its column.
@usableFromInline
package enum SemanticReading: UInt8, Sendable {
  case text
  /// Text in lower case, since conventions differ in the case of the same names.
  case lowercaseText
  /// The first element of a list, or the text itself, in lower case: Google writes `STOP` for what others call `stop`.
  case firstText
  /// A whole number from 0 to `SpanSemantics.tokenCountMax`.
  case count
  case seconds, milliseconds
  /// An operation by another convention's name for it; see `OperationAlias`.
  case operationAlias
  /// `gen_ai.operation.name` itself.
  case operationName
  /// Text that may be written as JSON, in quotation marks.
  case jsonText
  /// Text that counts only if it is written as JSON: MLflow writes all values that way, under keys that others use too.
  case onlyJSONText
  /// A model that responded, or, where the span failed, that was asked.
  case modelOfResponse
  /// A time of day as RFC 3339, which may be a JSON text.
  case moment
  /// A JSON object.
  case json
}

/// What one attribute key means.
package struct SemanticRule: Sendable {
  package let key: String
  package let field: SemanticField
  /// Of several attributes for one column that of the lowest rank counts.
  package let rank: UInt8
  package let reading: SemanticReading
}

/// The attribute keys that fill normalised columns, over all conventions.
///
/// Keys are listed newest convention first, which is their precedence. Sources: OpenTelemetry
/// (https://github.com/open-telemetry/semantic-conventions-genai), OpenInference
/// (https://github.com/Arize-ai/openinference, spec/semantic_conventions.md), OpenLLMetry
/// (https://github.com/traceloop/openllmetry), vLLM (vllm/tracing/utils.py), Vercel's AI SDK
/// (https://ai-sdk.dev/docs/ai-sdk-core/telemetry), Langfuse, OpenLIT, and earlier Axonize releases.
///
/// Besides: LangSmith's exporter (langsmith/_internal/otel), MLflow (mlflow/tracing/constant.py), pydantic-ai, strands,
/// LiteLLM, AG2, Logfire and Anthropic's own SDK.
package enum SemanticRules {
  /// All rules; the number of a rule is its place here plus one, 0 is a key without meaning.
  package static let all: [SemanticRule] =
    list(
      .provider, .lowercaseText,
      [
        // LangSmith writes `langchain` as gen_ai.system of every span.
        key(.provider), "langsmith.metadata.ls_provider", "gen_ai.system", "llm.provider", "llm.system",
        "ai.model.provider", "mlflow.llm.provider",
      ])
    + list(.operation, .operationName, [key(.operation)])
    + list(
      .operation, .operationAlias, from: 1,
      [
        "openinference.span.kind", "llm.request.type", "traceloop.span.kind", "langfuse.observation.type",
        "mlflow.spanType", "langsmith.span.kind", "ai.operationId", "ai.inference.type",
      ])
    + list(
      .requestModel, .text,
      [
        key(.requestModel), "llm.request.model_name", "llm.request.model", "ai.model.id", "ai.model.name",
        "reranker.model_name", "langfuse.observation.model.name", "langsmith.metadata.ls_model_name",
      ])
    + list(.requestModel, .onlyJSONText, from: 8, ["model"])
    + list(
      .responseModel, .text,
      [
        key(.responseModel), "llm.response.model_name", "llm.response.model", "ai.response.model",
      ])
    // OpenInference's model_name becomes the model that responded; the one asked is in the parameters.
    + list(.responseModel, .modelOfResponse, from: 4, ["llm.model_name", "embedding.model_name"])
    + list(.responseModel, .jsonText, from: 6, ["mlflow.llm.model"])
    + list(
      .parametersText, .json, ["llm.invocation_parameters", "embedding.invocation_parameters", "request_data"])
    + list(
      .usageText, .json,
      [
        "gen_ai.usage.raw", "langfuse.observation.usage_details", "mlflow.chat.tokenUsage",
        "langsmith.metadata.usage_metadata", "metadata.usage_object",
      ])
    + list(
      .inputTokens, .count,
      [
        key(.inputTokens), "gen_ai.usage.prompt_tokens", "llm.token_count.prompt",
        "llm.usage.prompt_tokens", "ai.usage.inputTokens", "ai.usage.promptTokens", "ai.usage.tokens",
        "ai.llm.tokens.input",
      ])
    + list(
      .outputTokens, .count,
      [
        key(.outputTokens), "gen_ai.usage.completion_tokens",
        "llm.token_count.completion", "llm.usage.completion_tokens", "ai.usage.outputTokens",
        "ai.usage.completionTokens", "ai.llm.tokens.output",
      ])
    + list(
      .cachedTokens, .count,
      [
        key(.cachedTokens), "gen_ai.usage.cache_read_input_tokens",
        "gen_ai.usage.cached_tokens", "llm.token_count.prompt_details.cache_read", "ai.usage.cachedInputTokens",
        "gen_ai.usage.prompt_tokens_details.cache_read", "gen_ai.usage.details.cache_read_input_tokens",
        "gen_ai.usage.details.cache_read_tokens", "gen_ai.usage.details.cached_tokens",
        "ai.usage.inputTokenDetails.cacheReadTokens",
      ])
    + list(
      .cacheCreationTokens, .count,
      [
        key(.cacheCreationTokens), "gen_ai.usage.cache_write.input_tokens",
        "gen_ai.usage.cache_creation_input_tokens", "gen_ai.usage.cache_write_input_tokens",
        "llm.token_count.prompt_details.cache_write", "gen_ai.usage.prompt_tokens_details.cache_write",
        "gen_ai.usage.details.cache_creation_input_tokens", "gen_ai.usage.details.cache_write_tokens",
        "ai.usage.inputTokenDetails.cacheWriteTokens",
      ])
    + list(
      .reasoningTokens, .count,
      [
        key(.reasoningTokens), "gen_ai.usage.reasoning_tokens",
        "llm.token_count.completion_details.reasoning", "ai.usage.reasoningTokens", "gen_ai.usage.thinking_tokens",
        "gen_ai.usage.completion_tokens_details.reasoning", "gen_ai.usage.details.reasoning_tokens",
        "ai.usage.outputTokenDetails.reasoningTokens",
      ])
    + list(
      .timeToFirstToken, .seconds,
      [
        "gen_ai.response.time_to_first_chunk", "gen_ai.client.operation.time_to_first_chunk",
        "gen_ai.server.time_to_first_token", "gen_ai.latency.time_to_first_token",
      ])
    + list(.firstTokenMoment, .moment, ["langfuse.observation.completion_start_time"])
    + list(
      .timeToFirstToken, .milliseconds, from: 4,
      [
        "ai.response.msToFirstChunk", "ai.stream.msToFirstChunk",
        "ai.llm.ttft_ms",
      ])
    + list(
      .timePerOutputToken, .seconds,
      [
        "gen_ai.server.time_per_output_token",
        "gen_ai.latency.time_per_output_token",
      ])
    + list(.timePerOutputToken, .milliseconds, from: 2, ["ai.llm.tpot_ms"])
    + list(
      .finishReason, .firstText,
      [
        "gen_ai.response.finish_reasons", "gen_ai.response.finish_reason",
        "llm.finish_reason", "llm.response.finish_reason", "gen_ai.completion.0.finish_reason",
        "ai.response.finishReason", "ai.finishReason", "anthropic.message.stop_reason",
        "langfuse.observation.metadata.finish_reason",
      ])
    + list(
      .session, .text,
      [
        key(.sessionID), "session.id", "langfuse.session.id",
        "traceloop.association.properties.session_id", "ai.telemetry.metadata.sessionId",
        "langsmith.metadata.thread_id", "langsmith.metadata.session_id", "langsmith.metadata.conversation_id",
      ])
    + list(.session, .jsonText, from: 8, ["mlflow.trace.session"])
    + list(
      .user, .text,
      [
        key(.userID), "enduser.id", "gen_ai.request.user", "gen_ai.user", "llm.user", "langfuse.user.id",
        "traceloop.association.properties.user_id", "ai.telemetry.metadata.userId", "langsmith.metadata.user_id",
      ])
    + list(.user, .jsonText, from: 9, ["mlflow.trace.user"])
    + list(.errorType, .text, [key(.errorType), "exception.type"])
    + list(.node, .text, ResourceSemantics.nodeKeys)
    + list(.hardwareType, .text, ["hw.type"])
    + list(.spanType, .text, ["logfire.span_type"])
    + list(.gpu, .text, ResourceSemantics.gpuKeys)
    + [numberedGPU, numberedPhysicalGPU, numberedNode]

  /// `gpu.{i}.resource_uuid`: what a process computes on, a whole GPU or a MIG instance.
  static let numberedGPU = SemanticRule(key: "gpu.#.resource_uuid", field: .gpu, rank: 2, reading: .text)
  /// `gpu.{i}.physical_uuid`: counts where no resource of the same number is named.
  static let numberedPhysicalGPU = SemanticRule(
    key: "gpu.#.physical_uuid", field: .gpu, rank: numberedPhysicalGPURank, reading: .text)
  static var numberedPhysicalGPURank: UInt8 { 3 }
  /// `gpu.{i}.node_id`: the node of the GPU, before whatever the span or resource says of its own host.
  static let numberedNode = SemanticRule(key: "gpu.#.node_id", field: .node, rank: 0, reading: .text)

  private static func list(
    _ field: SemanticField, _ reading: SemanticReading, from rank: UInt8 = 0, _ keys: [String]
  ) -> [SemanticRule] {
    keys.enumerated().map { index, key in
      // Rank 0 of the node belongs to the numbered key.
      let offset = rank + (field == .node ? 1 : 0)
      return SemanticRule(key: key, field: field, rank: offset + UInt8(index), reading: reading)
    }
  }

  /// The key of the attribute that a column holds alone, which is the first choice for the column.
  private static func key(_ column: SpanColumn) -> String {
    guard let promoted = column.inference?.promoted else {
      preconditionFailure("the column \(column.name) has no promoted attribute")
    }
    return promoted.key
  }

  private static let numbersByKey: [String: UInt8] = Dictionary(
    uniqueKeysWithValues: all.enumerated().map { ($1.key, UInt8($0 + 1)) })

  /// Whether a key is `gpu.{i}.resource_uuid`.
  package static func isNumberedGPU(_ key: String) -> Bool {
    let number = number(of: key)
    return number != 0 && all[Int(number) - 1].key == numberedGPU.key
  }

  /// The number of the rule of a key; 0 when it has no meaning.
  package static func number(of key: String) -> UInt8 {
    if let number = numbersByKey[key] { return number }
    guard key.hasPrefix("gpu.") else { return 0 }
    let parts = key.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, !parts[1].isEmpty, parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
      return 0
    }
    return numbersByKey["gpu.#.\(parts[2])"] ?? 0
  }
}
