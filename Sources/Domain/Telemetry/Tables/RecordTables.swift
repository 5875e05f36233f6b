import Columns

// The tables of logs, metric points, resources and scopes. That of spans is made of `SpanColumn.all`.

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
        meaning: "The client's word for the severity."),
      .init("body", "String CODEC(ZSTD(1))", \.body, meaning: "The body as canonical text."),
      .init("body_type", "UInt8 CODEC(ZSTD(1))", \.bodyType, meaning: "The type number of the body."),
      .init(
        "trace_id", "FixedString(16) CODEC(ZSTD(1))", \.traceID,
        meaning: "The trace's id; all zero bytes for a record without a trace."),
      .init("span_id", "UInt64 CODEC(ZSTD(1))", \.spanID, meaning: "The span's id; 0 for a record without a span."),
      .init("flags", "UInt32 CODEC(ZSTD(1))", \.flags, meaning: "The flags of W3C Trace Context."),
      .init(
        "service_name", "LowCardinality(String) CODEC(ZSTD(1))", \.serviceName,
        meaning: "The resource's `service.name`, `unknown_service` without one."),
      .init("resource_id", "UInt64 CODEC(ZSTD(1))", \.resourceID, meaning: "The row of `resources`."),
      .init(
        "scope_name", "LowCardinality(String) CODEC(ZSTD(1))", \.scopeName,
        meaning: "The name of the instrumentation scope."),
      .init(
        "scope_version", "LowCardinality(String) CODEC(ZSTD(1))", \.scopeVersion,
        meaning: "The version of the instrumentation scope."),
      .init("scope_id", "UInt64 CODEC(ZSTD(1))", \.scopeID, meaning: "The row of `scopes`."),
      .init(
        "event_name", "LowCardinality(String) CODEC(ZSTD(1))", \.eventName,
        meaning: "The event that the record is; empty text for none."),
      .init(
        "attributes", "Map(LowCardinality(String), String) CODEC(ZSTD(1))", \.attributes,
        meaning: "All attributes, in the order in which they came, values as canonical text."),
      .init(
        "attribute_types", "Array(UInt8) CODEC(ZSTD(1))", \.attributes.typesColumn,
        meaning: "One type number for each entry of `attributes`."),
      .init(
        "dropped_attributes", "UInt32 CODEC(ZSTD(1))", \.droppedAttributes,
        meaning: "Attributes that the client or the server left out."),
      .init(
        "batch_id", "UInt64 CODEC(ZSTD(1))", \.batchID,
        meaning: "Hash of the body of the request that brought the record, by which a retry is recognised."),
      .init(
        "received_at", "DateTime64(9, 'UTC') CODEC(ZSTD(1))", filler: .commitNanoseconds,
        meaning: "The time of the commit that stored the row."),
    ])
}

extension MetricBlock {
  package static let table = BlockTable<MetricBlock>("metric_points", dayColumn: "time", origin + values + commit)

  private static let origin: [BlockColumn<MetricBlock>] = [
    .init("tenant", "UInt32 CODEC(ZSTD(1))", \.tenant, meaning: "Whose point it is."),
    .init("resource_id", "UInt64 CODEC(ZSTD(1))", \.resourceID, meaning: "The row of `resources`."),
    .init(
      "service_name", "LowCardinality(String) CODEC(ZSTD(1))", \.serviceName,
      meaning: "The resource's `service.name`, `unknown_service` without one."),
    .init(
      "scope_name", "LowCardinality(String) CODEC(ZSTD(1))", \.scopeName,
      meaning: "The name of the instrumentation scope."),
    .init(
      "scope_version", "LowCardinality(String) CODEC(ZSTD(1))", \.scopeVersion,
      meaning: "The version of the instrumentation scope."),
    .init("scope_id", "UInt64 CODEC(ZSTD(1))", \.scopeID, meaning: "The row of `scopes`."),
    .init("name", "LowCardinality(String) CODEC(ZSTD(1))", \.name, meaning: "The metric's name."),
    .init(
      "description", "LowCardinality(String) CODEC(ZSTD(1))", \.description, meaning: "What the metric measures."),
    .init("unit", "LowCardinality(String) CODEC(ZSTD(1))", \.unit, meaning: "The unit of the values."),
    .init(
      "type", "UInt8 CODEC(ZSTD(1))", \.type,
      meaning: "1 gauge, 2 sum, 3 histogram, 4 exponential histogram, 5 summary."),
    .init(
      "temporality", "UInt8 CODEC(ZSTD(1))", \.temporality, meaning: "0 unspecified, 1 delta, 2 cumulative, as in OTLP."
    ),
    .init("is_monotonic", "UInt8 CODEC(ZSTD(1))", \.isMonotonic, meaning: "1 for a sum that only grows."),
    .init(
      "start_time", "DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1))", \.startTime,
      meaning: "When the measured time began; 1970-01-01 where the client does not say."),
    .init("time", "DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1))", \.time, meaning: "When the value was read."),
    .init(
      "attributes", "Map(LowCardinality(String), String) CODEC(ZSTD(1))", \.attributes,
      meaning: "All attributes, in the order in which they came, values as canonical text."),
    .init(
      "attribute_types", "Array(UInt8) CODEC(ZSTD(1))", \.attributes.typesColumn,
      meaning: "One type number for each entry of `attributes`."),
    .init("flags", "UInt32 CODEC(ZSTD(1))", \.flags, meaning: "OTLP's flags; bit 0 says that there is no value."),
  ]

  private static let values: [BlockColumn<MetricBlock>] = [
    .init(
      "value_double", "Nullable(Float64) CODEC(ZSTD(1))", \.valueDouble,
      meaning: "The value of a gauge or sum where it is a floating-point number."),
    .init(
      "value_int", "Nullable(Int64) CODEC(ZSTD(1))", \.valueInt,
      meaning: "The value of a gauge or sum where it is an integer."),
    .init("count", "UInt64 CODEC(ZSTD(1))", \.count, meaning: "Measurements in a histogram or summary."),
    .init("sum", "Nullable(Float64) CODEC(ZSTD(1))", \.sum, meaning: "The sum of the measurements."),
    .init("min", "Nullable(Float64) CODEC(ZSTD(1))", \.min, meaning: "The least measurement."),
    .init("max", "Nullable(Float64) CODEC(ZSTD(1))", \.max, meaning: "The greatest measurement."),
    .init(
      "bucket_counts", "Array(UInt64) CODEC(ZSTD(1))", \.bucketCounts,
      meaning: "Measurements in each bucket of a histogram."),
    .init(
      "explicit_bounds", "Array(Float64) CODEC(ZSTD(1))", \.explicitBounds,
      meaning: "The bounds between the buckets of a histogram."),
    .init(
      "scale", "Int32 CODEC(ZSTD(1))", \.scale,
      meaning: "The scale of an exponential histogram: its buckets grow by 2^(2^-scale)."),
    .init(
      "zero_count", "UInt64 CODEC(ZSTD(1))", \.zeroCount,
      meaning: "Measurements of about 0 in an exponential histogram."),
    .init(
      "zero_threshold", "Float64 CODEC(ZSTD(1))", \.zeroThreshold,
      meaning: "Up to which distance from 0 a measurement counts as about 0."),
    .init(
      "positive_offset", "Int32 CODEC(ZSTD(1))", \.positiveOffset,
      meaning: "The number of the first bucket of `positive_counts`."),
    .init(
      "positive_counts", "Array(UInt64) CODEC(ZSTD(1))", \.positiveCounts,
      meaning: "Measurements above 0, by exponential bucket."),
    .init(
      "negative_offset", "Int32 CODEC(ZSTD(1))", \.negativeOffset,
      meaning: "The number of the first bucket of `negative_counts`."),
    .init(
      "negative_counts", "Array(UInt64) CODEC(ZSTD(1))", \.negativeCounts,
      meaning: "Measurements below 0, by exponential bucket."),
    .init("quantiles", "Array(Float64) CODEC(ZSTD(1))", \.quantiles, meaning: "The quantiles of a summary, 0 to 1."),
    .init(
      "quantile_values", "Array(Float64) CODEC(ZSTD(1))", \.quantileValues,
      meaning: "The value of each of the `quantiles`."),
    .init(
      "exemplars", "String CODEC(ZSTD(1))", \.exemplars,
      meaning: "A list of `Exemplar` as OTLP/JSON; empty text for none."),
  ]

  private static let commit: [BlockColumn<MetricBlock>] = [
    .init(
      "batch_id", "UInt64 CODEC(ZSTD(1))", \.batchID,
      meaning: "Hash of the body of the request that brought the point, by which a retry is recognised."),
    .init(
      "received_at", "DateTime64(9, 'UTC') CODEC(ZSTD(1))", filler: .commitNanoseconds,
      meaning: "The time of the commit that stored the row."),
  ]
}

extension ResourceBlock {
  package static let table = BlockTable<ResourceBlock>(
    "resources",
    [
      .init("tenant", "UInt32", \.tenant, meaning: "Whose resource it is."),
      .init(
        "resource_id", "UInt64", \.resourceID,
        meaning: "Hash of the resource and its schema URL; unique within a tenant."),
      .init(
        "service_name", "LowCardinality(String) CODEC(ZSTD(1))", \.serviceName,
        meaning: "The attribute `service.name`, `unknown_service` without one."),
      .init(
        "attributes", "Map(LowCardinality(String), String) CODEC(ZSTD(1))", \.attributes,
        meaning: "All attributes, in the order in which they came, values as canonical text."),
      .init(
        "attribute_types", "Array(UInt8) CODEC(ZSTD(1))", \.attributes.typesColumn,
        meaning: "One type number for each entry of `attributes`."),
      .init(
        "dropped_attributes", "UInt32", \.droppedAttributes,
        meaning: "Attributes that the client or the server left out."),
      .init(
        "schema_url", "LowCardinality(String) CODEC(ZSTD(1))", \.schemaURL,
        meaning: "The schema that the attributes follow; empty text for none."),
      .init("last_seen", "DateTime('UTC')", filler: .commitSeconds, meaning: "The latest commit that had it."),
    ])
}

extension ScopeBlock {
  package static let table = BlockTable<ScopeBlock>(
    "scopes",
    [
      .init("tenant", "UInt32", \.tenant, meaning: "Whose scope it is."),
      .init(
        "scope_id", "UInt64", \.scopeID, meaning: "Hash of the scope and its schema URL; unique within a tenant."),
      .init("name", "LowCardinality(String) CODEC(ZSTD(1))", \.name, meaning: "The scope's name."),
      .init("version", "LowCardinality(String) CODEC(ZSTD(1))", \.version, meaning: "The scope's version."),
      .init(
        "attributes", "Map(LowCardinality(String), String) CODEC(ZSTD(1))", \.attributes,
        meaning: "All attributes, in the order in which they came, values as canonical text."),
      .init(
        "attribute_types", "Array(UInt8) CODEC(ZSTD(1))", \.attributes.typesColumn,
        meaning: "One type number for each entry of `attributes`."),
      .init(
        "dropped_attributes", "UInt32", \.droppedAttributes,
        meaning: "Attributes that the client or the server left out."),
      .init(
        "schema_url", "LowCardinality(String) CODEC(ZSTD(1))", \.schemaURL,
        meaning: "The schema that the attributes follow; empty text for none."),
      .init("last_seen", "DateTime('UTC')", filler: .commitSeconds, meaning: "The latest commit that had it."),
    ])
}
