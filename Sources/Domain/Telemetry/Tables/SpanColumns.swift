import Columns

/// The columns of the table `spans`.
extension SpanColumn {
  package static let tenant = SpanColumn(
    "tenant", "UInt32 CODEC(LZ4)", \.tenant, meaning: "Whose span it is.")
  package static let traceID = SpanColumn(
    "trace_id", "FixedString(16) CODEC(ZSTD(1))", \.traceID, meaning: "The trace's id; never all zero bytes.")
  package static let spanID = SpanColumn("span_id", "UInt64 CODEC(NONE)", \.spanID, meaning: "The span's id; never 0.")
  package static let parentSpanID = SpanColumn(
    "parent_span_id", "UInt64 CODEC(ZSTD(1))", \.parentSpanID, meaning: "The parent's id; 0 at the root of a trace.")
  package static let flags = SpanColumn(
    "flags", "UInt32 CODEC(LZ4)", \.flags, meaning: "The flags of W3C Trace Context, and OTLP's bits 8 and 9.")
  package static let name = SpanColumn(
    "name", "LowCardinality(String) CODEC(ZSTD(1))", \.name, meaning: "The span's name.")
  package static let kind = SpanColumn(
    "kind", "UInt8 CODEC(LZ4)", \.kind,
    meaning: "0 unspecified, 1 internal, 2 server, 3 client, 4 producer, 5 consumer.")
  package static let startTime = SpanColumn(
    "start_time", "DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1))", \.startTime, meaning: "When the span began.")
  package static let duration = SpanColumn(
    "duration_ns", "Int64 CODEC(ZSTD(1))", \.durationNanoseconds,
    meaning: "End minus start; negative when the client's clock went back between them, 0 without an end.")
  package static let statusCode = SpanColumn(
    "status_code", "UInt8 CODEC(ZSTD(1))", \.statusCode, meaning: "0 unset, 1 ok, 2 error.")
  package static let statusMessage = SpanColumn(
    "status_message", "String CODEC(ZSTD(1))", \.statusMessage, meaning: "What the client says of the status.")
  package static let serviceName = SpanColumn(
    "service_name", "LowCardinality(String) CODEC(ZSTD(1))", \.serviceName,
    meaning: SharedMeaning.serviceName)
  package static let resourceID = SpanColumn(
    "resource_id", "UInt64 CODEC(LZ4)", \.resourceID, meaning: SharedMeaning.resourceID)
  package static let scopeName = SpanColumn(
    "scope_name", "LowCardinality(String) CODEC(ZSTD(1))", \.scopeName,
    meaning: SharedMeaning.scopeName)
  package static let scopeVersion = SpanColumn(
    "scope_version", "LowCardinality(String) CODEC(ZSTD(1))", \.scopeVersion,
    meaning: SharedMeaning.scopeVersion)
  package static let scopeID = SpanColumn(
    "scope_id", "UInt64 CODEC(LZ4)", \.scopeID, meaning: SharedMeaning.scopeID)
  package static let attributes = SpanColumn(
    "attributes", "Map(LowCardinality(String), String) CODEC(ZSTD(1))", \.attributes,
    meaning: "The attributes that are not promoted, in the order in which they came, values as canonical text.")
  package static let attributeTypes = SpanColumn(
    "attribute_types", "Array(UInt8) CODEC(LZ4)", \.attributes.typesColumn,
    meaning: SharedMeaning.attributeTypes)
  package static let details = SpanColumn(
    "details", "String CODEC(ZSTD(1))", \.details,
    meaning: "Events, links and what else most spans lack, as OTLP/JSON; empty text for nothing.")
}

// The normalised part: the same meaning whatever convention a client follows.
extension SpanColumn {
  package static let provider = SpanColumn(
    normalised: "provider", "LowCardinality(String) CODEC(ZSTD(1))", .name(\.provider),
    promotes: ("gen_ai.provider.name", 0),
    meaning: "Who serves the model, in lower case, e.g. `openai`.")
  package static let operation = SpanColumn(
    normalised: "operation", "LowCardinality(String) CODEC(ZSTD(1))", .name(\.operation),
    promotes: ("gen_ai.operation.name", 1),
    meaning: "OpenTelemetry's name for the operation, e.g. `chat`.")
  package static let requestModel = SpanColumn(
    normalised: "request_model", "LowCardinality(String) CODEC(ZSTD(1))", .name(\.requestModel),
    promotes: ("gen_ai.request.model", 2),
    meaning: "The model that was asked for.")
  package static let responseModel = SpanColumn(
    normalised: "response_model", "LowCardinality(String) CODEC(ZSTD(1))", .name(\.responseModel),
    promotes: ("gen_ai.response.model", 3),
    meaning: "The model that responded.")
  package static let inputTokens = SpanColumn(
    normalised: "input_tokens", "Nullable(UInt64) CODEC(T64, LZ4)", .count(\.inputTokens),
    promotes: ("gen_ai.usage.input_tokens", 4),
    sums: true, meaning: "Tokens of the prompt.")
  package static let outputTokens = SpanColumn(
    normalised: "output_tokens", "Nullable(UInt64) CODEC(T64, LZ4)", .count(\.outputTokens),
    promotes: ("gen_ai.usage.output_tokens", 5),
    sums: true, meaning: "Tokens of the response.")
  package static let cachedTokens = SpanColumn(
    normalised: "cached_tokens", "Nullable(UInt64) CODEC(T64, LZ4)", .count(\.cachedTokens),
    promotes: ("gen_ai.usage.cache_read.input_tokens", 6), sums: true,
    meaning: "Tokens of the prompt that came from a cache.")
  package static let cacheCreationTokens = SpanColumn(
    normalised: "cache_creation_tokens", "Nullable(UInt64) CODEC(T64, LZ4)", .count(\.cacheCreationTokens),
    promotes: ("gen_ai.usage.cache_creation.input_tokens", 7), meaning: "Tokens of the prompt that went into a cache.")
  package static let reasoningTokens = SpanColumn(
    normalised: "reasoning_tokens", "Nullable(UInt64) CODEC(T64, LZ4)", .count(\.reasoningTokens),
    promotes: ("gen_ai.usage.reasoning.output_tokens", 8), sums: true,
    meaning: "Tokens of the response that were spent on reasoning.")
  package static let timeToFirstToken = SpanColumn(
    normalised: "ttft_ns", "Nullable(Int64) CODEC(T64, LZ4)", .nanoseconds(\.ttftNanoseconds),
    member: "time_to_first_token_ns",
    meaning: "Time to the first token.")
  package static let timePerOutputToken = SpanColumn(
    normalised: "tpot_ns", "Nullable(Int64) CODEC(T64, LZ4)", .nanoseconds(\.tpotNanoseconds),
    member: "time_per_output_token_ns",
    meaning: "Time per output token after the first.")
  package static let finishReason = SpanColumn(
    normalised: "finish_reason", "LowCardinality(String) CODEC(ZSTD(1))", .name(\.finishReason),
    meaning: "Why the model stopped, of the first choice.")
  package static let sessionID = SpanColumn(
    normalised: "session_id", "String CODEC(ZSTD(1))", .text(\.sessionID), promotes: ("gen_ai.conversation.id", 9),
    meaning: "The session or conversation.")
  package static let userID = SpanColumn(
    normalised: "user_id", "String CODEC(ZSTD(1))", .text(\.userID), promotes: ("user.id", 10), meaning: "The user.")
  package static let errorType = SpanColumn(
    normalised: "error_type", "LowCardinality(String) CODEC(ZSTD(1))", .name(\.errorType), promotes: ("error.type", 11),
    meaning: "What the span failed with.")
  package static let gpuIDs = SpanColumn(
    normalised: "gpu_ids", "Array(LowCardinality(String)) CODEC(LZ4)", .names(\.gpuIDs), part: .hardware,
    member: "resource_ids",
    meaning: "The GPUs, or parts of GPUs, that it ran on.")
  package static let nodeID = SpanColumn(
    normalised: "node_id", "LowCardinality(String) CODEC(ZSTD(1))", .name(\.nodeID), part: .hardware,
    meaning: "The node that it ran on.")
}

extension SpanColumn {
  package static let batchID = SpanColumn(
    "batch_id", "UInt64 CODEC(LZ4)", \.batchID,
    meaning: SharedMeaning.batchID(of: "span"))
  package static let promoted = SpanColumn(
    "promoted", "UInt32 CODEC(ZSTD(1))", \.promoted, meaning: "Bits of the attributes that are in typed columns only.")
  package static let receivedAt = SpanColumn(
    "received_at", "DateTime64(9, 'UTC') CODEC(LZ4)", filler: .commitNanoseconds,
    meaning: SharedMeaning.receivedAt)
  package static let counting = SpanColumn(
    "counting", "UInt8 CODEC(LZ4)", filler: .zeroByte, meaning: "What of the row counts: 0 for everything.")
}

extension SpanColumn {
  /// Every column, in the order of the table.
  package static let all: [SpanColumn] =
    [
      tenant, traceID, spanID, parentSpanID, flags, name, kind, startTime, duration, statusCode, statusMessage,
      serviceName, resourceID, scopeName, scopeVersion, scopeID, attributes, attributeTypes, details,
    ] + normalised + [batchID, promoted, receivedAt, counting]

  /// The normalised part, in the order of the table.
  package static let normalised: [SpanColumn] = [
    provider, operation, requestModel, responseModel, inputTokens, outputTokens, cachedTokens, cacheCreationTokens,
    reasoningTokens, timeToFirstToken, timePerOutputToken, finishReason, sessionID, userID, errorType, gpuIDs, nodeID,
  ]

  /// The columns whose sums the tables of aggregates have.
  package static var summed: [SpanColumn] { normalised.filter { $0.inference?.isSummed ?? false } }
}
