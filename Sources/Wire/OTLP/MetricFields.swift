/// Field numbers of `opentelemetry.proto.metrics.v1.Metric`.
package enum MetricField {
  package static let name: UInt32 = 1
  package static let description: UInt32 = 2
  package static let unit: UInt32 = 3
  package static let gauge: UInt32 = 5
  package static let sum: UInt32 = 7
  package static let histogram: UInt32 = 9
  package static let exponentialHistogram: UInt32 = 10
  package static let summary: UInt32 = 11
  package static let metadata: UInt32 = 12
}

/// Field numbers that `Gauge`, `Sum`, `Histogram`, `ExponentialHistogram` and `Summary` share.
package enum MetricDataField {
  package static let points: UInt32 = 1
  package static let temporality: UInt32 = 2
  package static let isMonotonic: UInt32 = 3
}

/// Field numbers of `NumberDataPoint`.
package enum NumberPointField {
  package static let startTime: UInt32 = 2
  package static let time: UInt32 = 3
  package static let double: UInt32 = 4
  package static let exemplars: UInt32 = 5
  package static let int: UInt32 = 6
  package static let attributes: UInt32 = 7
  package static let flags: UInt32 = 8
}

/// Field numbers of `HistogramDataPoint`.
package enum HistogramPointField {
  package static let startTime: UInt32 = 2
  package static let time: UInt32 = 3
  package static let count: UInt32 = 4
  package static let sum: UInt32 = 5
  package static let bucketCounts: UInt32 = 6
  package static let explicitBounds: UInt32 = 7
  package static let exemplars: UInt32 = 8
  package static let attributes: UInt32 = 9
  package static let flags: UInt32 = 10
  package static let min: UInt32 = 11
  package static let max: UInt32 = 12
}

/// Field numbers of `ExponentialHistogramDataPoint`.
package enum ExponentialPointField {
  package static let attributes: UInt32 = 1
  package static let startTime: UInt32 = 2
  package static let time: UInt32 = 3
  package static let count: UInt32 = 4
  package static let sum: UInt32 = 5
  package static let scale: UInt32 = 6
  package static let zeroCount: UInt32 = 7
  package static let positive: UInt32 = 8
  package static let negative: UInt32 = 9
  package static let flags: UInt32 = 10
  package static let exemplars: UInt32 = 11
  package static let min: UInt32 = 12
  package static let max: UInt32 = 13
  package static let zeroThreshold: UInt32 = 14
}

/// Field numbers of `ExponentialHistogramDataPoint.Buckets`.
package enum BucketsField {
  package static let offset: UInt32 = 1
  package static let counts: UInt32 = 2
}

/// Field numbers of `SummaryDataPoint`.
package enum SummaryPointField {
  package static let startTime: UInt32 = 2
  package static let time: UInt32 = 3
  package static let count: UInt32 = 4
  package static let sum: UInt32 = 5
  package static let quantiles: UInt32 = 6
  package static let attributes: UInt32 = 7
  package static let flags: UInt32 = 8
}

/// Field numbers of `SummaryDataPoint.ValueAtQuantile`.
package enum QuantileField {
  package static let quantile: UInt32 = 1
  package static let value: UInt32 = 2
}

/// Field numbers of `Exemplar`.
package enum ExemplarField {
  package static let time: UInt32 = 2
  package static let double: UInt32 = 3
  package static let spanID: UInt32 = 4
  package static let traceID: UInt32 = 5
  package static let int: UInt32 = 6
  package static let filteredAttributes: UInt32 = 7
}
