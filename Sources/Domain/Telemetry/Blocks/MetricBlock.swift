package import Columns

/// Rows of the table `metric_points`: one for each data point.
package final class MetricBlock: TelemetryBlock {
  package let tenant = FixedColumn<UInt32>()
  package let resourceID = FixedColumn<UInt64>()
  package let serviceName = DictionaryColumn()
  package let scopeName = DictionaryColumn()
  package let scopeVersion = DictionaryColumn()
  package let scopeID = FixedColumn<UInt64>()
  package let name = DictionaryColumn()
  package let description = DictionaryColumn()
  package let unit = DictionaryColumn()
  /// A raw value of `MetricType`.
  package let type = FixedColumn<UInt8>()
  /// 0 unspecified, 1 delta, 2 cumulative, as in OTLP.
  package let temporality = FixedColumn<UInt8>()
  package let isMonotonic = FixedColumn<UInt8>()
  package let startTime = FixedColumn<Int64>(kind: .timestampNanoseconds)
  package let time = FixedColumn<Int64>(kind: .timestampNanoseconds)
  package let attributes = MapColumn()
  package let flags = FixedColumn<UInt32>()

  /// The value of a gauge or sum: one of the two; both null when the point says that there is no value.
  package let valueDouble = NullableColumn<Double>()
  package let valueInt = NullableColumn<Int64>()

  // Histograms and summaries.
  package let count = FixedColumn<UInt64>()
  package let sum = NullableColumn<Double>()
  package let min = NullableColumn<Double>()
  package let max = NullableColumn<Double>()
  package let bucketCounts = ListColumn(FixedColumn<UInt64>())
  package let explicitBounds = ListColumn(FixedColumn<Double>())

  // Exponential histograms.
  package let scale = FixedColumn<Int32>()
  package let zeroCount = FixedColumn<UInt64>()
  package let zeroThreshold = FixedColumn<Double>()
  package let positiveOffset = FixedColumn<Int32>()
  package let positiveCounts = ListColumn(FixedColumn<UInt64>())
  package let negativeOffset = FixedColumn<Int32>()
  package let negativeCounts = ListColumn(FixedColumn<UInt64>())

  // Summaries.
  package let quantiles = ListColumn(FixedColumn<Double>())
  package let quantileValues = ListColumn(FixedColumn<Double>())

  /// OTLP/JSON list of Exemplar; empty text for none.
  package let exemplars = StringColumn()
  /// Hash of the body of the request that brought the point, to recognise a retry.
  package let batchID = FixedColumn<UInt64>()

  package let listed = SetOnce<ColumnBlock>()

  package init() { listed.set(Self.table.columns(of: self)) }
}

/// The type of a metric.
package enum MetricType: UInt8, Sendable, CaseIterable {
  case gauge = 1
  case sum = 2
  case histogram = 3
  case exponentialHistogram = 4
  case summary = 5

  /// The name in responses, for example `exponential_histogram`.
  package var name: String {
    switch self {
    case .gauge: "gauge"
    case .sum: "sum"
    case .histogram: "histogram"
    case .exponentialHistogram: "exponential_histogram"
    case .summary: "summary"
    }
  }
}
