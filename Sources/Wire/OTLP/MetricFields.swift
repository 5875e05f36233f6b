/// Field numbers of `opentelemetry.proto.metrics.v1.Metric`.
public enum MetricField {
  public static let name: UInt32 = 1
  public static let description: UInt32 = 2
  public static let unit: UInt32 = 3
  public static let gauge: UInt32 = 5
  public static let sum: UInt32 = 7
  public static let histogram: UInt32 = 9
  public static let exponentialHistogram: UInt32 = 10
  public static let summary: UInt32 = 11
}

/// Field numbers that `Gauge`, `Sum`, `Histogram`, `ExponentialHistogram` and `Summary` share.
public enum MetricDataField {
  public static let points: UInt32 = 1
  public static let temporality: UInt32 = 2
  public static let isMonotonic: UInt32 = 3
}

/// Field numbers of `NumberDataPoint`.
public enum NumberPointField {
  public static let startTime: UInt32 = 2
  public static let time: UInt32 = 3
  public static let double: UInt32 = 4
  public static let exemplars: UInt32 = 5
  public static let int: UInt32 = 6
  public static let attributes: UInt32 = 7
  public static let flags: UInt32 = 8
}

/// Field numbers of `HistogramDataPoint`.
public enum HistogramPointField {
  public static let startTime: UInt32 = 2
  public static let time: UInt32 = 3
  public static let count: UInt32 = 4
  public static let sum: UInt32 = 5
  public static let bucketCounts: UInt32 = 6
  public static let explicitBounds: UInt32 = 7
  public static let exemplars: UInt32 = 8
  public static let attributes: UInt32 = 9
  public static let flags: UInt32 = 10
  public static let min: UInt32 = 11
  public static let max: UInt32 = 12
}

/// Field numbers of `ExponentialHistogramDataPoint`.
public enum ExponentialPointField {
  public static let attributes: UInt32 = 1
  public static let startTime: UInt32 = 2
  public static let time: UInt32 = 3
  public static let count: UInt32 = 4
  public static let sum: UInt32 = 5
  public static let scale: UInt32 = 6
  public static let zeroCount: UInt32 = 7
  public static let positive: UInt32 = 8
  public static let negative: UInt32 = 9
  public static let flags: UInt32 = 10
  public static let exemplars: UInt32 = 11
  public static let min: UInt32 = 12
  public static let max: UInt32 = 13
  public static let zeroThreshold: UInt32 = 14
}

/// Field numbers of `ExponentialHistogramDataPoint.Buckets`.
public enum BucketsField {
  public static let offset: UInt32 = 1
  public static let counts: UInt32 = 2
}

/// Field numbers of `SummaryDataPoint`.
public enum SummaryPointField {
  public static let startTime: UInt32 = 2
  public static let time: UInt32 = 3
  public static let count: UInt32 = 4
  public static let sum: UInt32 = 5
  public static let quantiles: UInt32 = 6
  public static let attributes: UInt32 = 7
  public static let flags: UInt32 = 8
}

/// Field numbers of `SummaryDataPoint.ValueAtQuantile`.
public enum QuantileField {
  public static let quantile: UInt32 = 1
  public static let value: UInt32 = 2
}

/// Field numbers of `Exemplar`.
public enum ExemplarField {
  public static let time: UInt32 = 2
  public static let double: UInt32 = 3
  public static let spanID: UInt32 = 4
  public static let traceID: UInt32 = 5
  public static let int: UInt32 = 6
  public static let filteredAttributes: UInt32 = 7
}
