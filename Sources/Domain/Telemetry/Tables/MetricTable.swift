import Columns

extension MetricBlock {
  package static let table = BlockTable<MetricBlock>("metric_points", dayColumn: "time", origin + values + commit)

  private static let origin: [BlockColumn<MetricBlock>] = [
    .init("tenant", "UInt32 CODEC(ZSTD(1))", \.tenant, meaning: "Whose point it is."),
    .init("resource_id", "UInt64 CODEC(ZSTD(1))", \.resourceID, meaning: SharedMeaning.resourceID),
    .init(
      "service_name", "LowCardinality(String) CODEC(ZSTD(1))", \.serviceName,
      meaning: SharedMeaning.serviceName),
    .init(
      "scope_name", "LowCardinality(String) CODEC(ZSTD(1))", \.scopeName,
      meaning: SharedMeaning.scopeName),
    .init(
      "scope_version", "LowCardinality(String) CODEC(ZSTD(1))", \.scopeVersion,
      meaning: SharedMeaning.scopeVersion),
    .init("scope_id", "UInt64 CODEC(ZSTD(1))", \.scopeID, meaning: SharedMeaning.scopeID),
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
      meaning: SharedMeaning.attributes),
    .init(
      "attribute_types", "Array(UInt8) CODEC(ZSTD(1))", \.attributes.typesColumn,
      meaning: SharedMeaning.attributeTypes),
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
      meaning: SharedMeaning.batchID(of: "point")),
    .init(
      "received_at", "DateTime64(9, 'UTC') CODEC(ZSTD(1))", filler: .commitNanoseconds,
      meaning: SharedMeaning.receivedAt),
  ]
}
