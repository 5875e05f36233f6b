import Columns

extension LogBlock {
  package static let table = BlockTable<LogBlock>(
    "logs", dayColumn: "time",
    [
      .init("tenant", "UInt32 CODEC(ZSTD(1))", \.tenant, meaning: "Whose record it is."),
      .init(
        "time", "DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1))", \.time,
        meaning: "When it happened; the observed time where the client gives no other."),
      .init(
        "observed_time", "DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1))", \.observedTime,
        meaning: "When the client's collection saw it."),
      .init(
        "severity_number", "UInt8 CODEC(ZSTD(1))", \.severityNumber,
        meaning: "1 to 24 as in OTLP, 0 unspecified."),
      .init(
        "severity_text", "LowCardinality(String) CODEC(ZSTD(1))", \.severityText,
        meaning: "The client's text for the severity."),
      .init("body", "String CODEC(ZSTD(1))", \.body, meaning: "The body as canonical text."),
      .init("body_type", "UInt8 CODEC(ZSTD(1))", \.bodyType, meaning: "The type number of the body."),
      .init(
        "trace_id", "FixedString(16) CODEC(ZSTD(1))", \.traceID,
        meaning: "The trace's id; all zero bytes for a record without a trace."),
      .init("span_id", "UInt64 CODEC(ZSTD(1))", \.spanID, meaning: "The span's id; 0 for a record without a span."),
      .init("flags", "UInt32 CODEC(ZSTD(1))", \.flags, meaning: "The flags of W3C Trace Context."),
      .init(
        "service_name", "LowCardinality(String) CODEC(ZSTD(1))", \.serviceName,
        meaning: SharedMeaning.serviceName),
      .init("resource_id", "UInt64 CODEC(ZSTD(1))", \.resourceID, meaning: SharedMeaning.resourceID),
      .init(
        "scope_name", "LowCardinality(String) CODEC(ZSTD(1))", \.scopeName,
        meaning: SharedMeaning.scopeName),
      .init(
        "scope_version", "LowCardinality(String) CODEC(ZSTD(1))", \.scopeVersion,
        meaning: SharedMeaning.scopeVersion),
      .init("scope_id", "UInt64 CODEC(ZSTD(1))", \.scopeID, meaning: SharedMeaning.scopeID),
      .init(
        "event_name", "LowCardinality(String) CODEC(ZSTD(1))", \.eventName,
        meaning: "The event that the record is; empty text for none."),
      .init(
        "attributes", "Map(LowCardinality(String), String) CODEC(ZSTD(1))", \.attributes,
        meaning: SharedMeaning.attributes),
      .init(
        "attribute_types", "Array(UInt8) CODEC(ZSTD(1))", \.attributes.typesColumn,
        meaning: SharedMeaning.attributeTypes),
      .init(
        "dropped_attributes", "UInt32 CODEC(ZSTD(1))", \.droppedAttributes,
        meaning: SharedMeaning.droppedAttributes),
      .init(
        "batch_id", "UInt64 CODEC(ZSTD(1))", \.batchID,
        meaning: SharedMeaning.batchID(of: "record")),
      .init(
        "received_at", "DateTime64(9, 'UTC') CODEC(ZSTD(1))", filler: .commitNanoseconds,
        meaning: SharedMeaning.receivedAt),
    ])
}
