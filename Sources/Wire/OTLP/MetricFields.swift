/// Field numbers of `opentelemetry.proto.metrics.v1.Metric`.
public enum MetricField {
  /// `name`.
  public static let name: UInt32 = 1
  /// `description`.
  public static let description: UInt32 = 2
  /// `unit`.
  public static let unit: UInt32 = 3
  /// `gauge`.
  public static let gauge: UInt32 = 5
  /// `sum`.
  public static let sum: UInt32 = 7
  /// `histogram`.
  public static let histogram: UInt32 = 9
  /// `exponential_histogram`.
  public static let exponentialHistogram: UInt32 = 10
  /// `summary`.
  public static let summary: UInt32 = 11
}

/// Field numbers that `Gauge`, `Sum`, `Histogram`, `ExponentialHistogram` and `Summary` share.
public enum MetricDataField {
  /// `data_points`.
  public static let points: UInt32 = 1
  /// `aggregation_temporality`.
  public static let temporality: UInt32 = 2
  /// `is_monotonic`.
  public static let isMonotonic: UInt32 = 3
}

/// Field numbers of `NumberDataPoint`.
public enum NumberPointField {
  /// `start_time_unix_nano`.
  public static let startTime: UInt32 = 2
  /// `time_unix_nano`.
  public static let time: UInt32 = 3
  /// `as_double`.
  public static let double: UInt32 = 4
  /// `exemplars`.
  public static let exemplars: UInt32 = 5
  /// `as_int`.
  public static let int: UInt32 = 6
  /// `attributes`.
  public static let attributes: UInt32 = 7
  /// `flags`.
  public static let flags: UInt32 = 8
}

/// Field numbers of `HistogramDataPoint`.
public enum HistogramPointField {
  /// `start_time_unix_nano`.
  public static let startTime: UInt32 = 2
  /// `time_unix_nano`.
  public static let time: UInt32 = 3
  /// `count`.
  public static let count: UInt32 = 4
  /// `sum`.
  public static let sum: UInt32 = 5
  /// `bucket_counts`.
  public static let bucketCounts: UInt32 = 6
  /// `explicit_bounds`.
  public static let explicitBounds: UInt32 = 7
  /// `exemplars`.
  public static let exemplars: UInt32 = 8
  /// `attributes`.
  public static let attributes: UInt32 = 9
  /// `flags`.
  public static let flags: UInt32 = 10
  /// `min`.
  public static let min: UInt32 = 11
  /// `max`.
  public static let max: UInt32 = 12
}

/// Field numbers of `ExponentialHistogramDataPoint`.
public enum ExponentialPointField {
  /// `attributes`.
  public static let attributes: UInt32 = 1
  /// `start_time_unix_nano`.
  public static let startTime: UInt32 = 2
  /// `time_unix_nano`.
  public static let time: UInt32 = 3
  /// `count`.
  public static let count: UInt32 = 4
  /// `sum`.
  public static let sum: UInt32 = 5
  /// `scale`.
  public static let scale: UInt32 = 6
  /// `zero_count`.
  public static let zeroCount: UInt32 = 7
  /// `positive`.
  public static let positive: UInt32 = 8
  /// `negative`.
  public static let negative: UInt32 = 9
  /// `flags`.
  public static let flags: UInt32 = 10
  /// `exemplars`.
  public static let exemplars: UInt32 = 11
  /// `min`.
  public static let min: UInt32 = 12
  /// `max`.
  public static let max: UInt32 = 13
  /// `zero_threshold`.
  public static let zeroThreshold: UInt32 = 14
}

/// Field numbers of `ExponentialHistogramDataPoint.Buckets`.
public enum BucketsField {
  /// `offset`.
  public static let offset: UInt32 = 1
  /// `bucket_counts`.
  public static let counts: UInt32 = 2
}

/// Field numbers of `SummaryDataPoint`.
public enum SummaryPointField {
  /// `start_time_unix_nano`.
  public static let startTime: UInt32 = 2
  /// `time_unix_nano`.
  public static let time: UInt32 = 3
  /// `count`.
  public static let count: UInt32 = 4
  /// `sum`.
  public static let sum: UInt32 = 5
  /// `quantile_values`.
  public static let quantiles: UInt32 = 6
  /// `attributes`.
  public static let attributes: UInt32 = 7
  /// `flags`.
  public static let flags: UInt32 = 8
}

/// Field numbers of `SummaryDataPoint.ValueAtQuantile`.
public enum QuantileField {
  /// `quantile`.
  public static let quantile: UInt32 = 1
  /// `value`.
  public static let value: UInt32 = 2
}

/// Field numbers of `Exemplar`.
public enum ExemplarField {
  /// `time_unix_nano`.
  public static let time: UInt32 = 2
  /// `as_double`.
  public static let double: UInt32 = 3
  /// `span_id`.
  public static let spanID: UInt32 = 4
  /// `trace_id`.
  public static let traceID: UInt32 = 5
  /// `as_int`.
  public static let int: UInt32 = 6
  /// `filtered_attributes`.
  public static let filteredAttributes: UInt32 = 7
}
