package import Columns
package import Telemetry

/// Rows of the table `samples`: one for each value of a series.
package final class SampleBlock: ArrivingRows {
  package typealias References = SampleReferences

  package let tenant = FixedColumn<UInt32>()
  /// Hash of the metric's name, which keeps the series of a metric together.
  package let metric = FixedColumn<UInt32>()
  /// The two hours of the time, counted from 1970.
  package let bucket = FixedColumn<UInt32>()
  package let seriesID = FixedColumn<UInt64>()
  package let time = FixedColumn<Int64>(kind: .timestampNanoseconds)
  /// The values, as ``SampleNumber``.
  package let number = FixedColumn<Int64>()
  package let scale = FixedColumn<UInt8>()
  package let batchID = FixedColumn<UInt64>()

  package let listed = SetOnce<ColumnBlock>()

  package init() { listed.set(Self.table.columns(of: self)) }

  /// Appends the value of a row.
  package func append(value: Double) {
    let stored = SampleNumber(value)
    number.append(stored.number)
    scale.append(stored.scale)
  }

  package static let bucketMilliseconds: Int64 = 7_200_000

  /// The bucket of a time in milliseconds since 1970, which MUST NOT be before it.
  package static func bucket(of time: Int64) -> UInt32 { UInt32(truncatingIfNeeded: time / bucketMilliseconds) }
}

extension SampleBlock {
  package static let table = BlockTable<SampleBlock>(
    "samples", dayColumn: "time",
    [
      .init("tenant", "UInt32 CODEC(ZSTD(1))", \.tenant, meaning: "Whose sample it is."),
      .init(
        "metric", "UInt32 CODEC(ZSTD(1))", \.metric,
        meaning: "Hash of the metric's name, which keeps its series together."),
      .init("bucket", "UInt32 CODEC(ZSTD(1))", \.bucket, meaning: "The two hours of the time, counted from 1970."),
      .init("series_id", "UInt64 CODEC(ZSTD(1))", \.seriesID, meaning: "The series, as in `series`."),
      .init(
        "time", "DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1))", \.time, meaning: "When the value was read."),
      .init(
        "number", "Int64 CODEC(GCD, Delta(8), T64('bit'), ZSTD(1))", \.number,
        meaning: "The value times 10^`scale`; its bits where that is 255, of which 7ff0000000000002 end the series."),
      .init(
        "scale", "UInt8 CODEC(ZSTD(1))", \.scale,
        meaning: "Decimals of `number`: 3, 6, 9 or 0; 255 where none of them gives the value's bits."),
      .init("batch_id", "UInt64 CODEC(ZSTD(1))", \.batchID, meaning: SharedMeaning.batchID(of: "sample")),
      .init(
        "received_at", "DateTime64(9, 'UTC') CODEC(ZSTD(1))", filler: .commitNanoseconds,
        meaning: SharedMeaning.receivedAt),
    ])
}

/// What samples point to and come with: their series, what is known of their metrics, and exemplars.
package struct SampleReferences: ReferenceRows {
  package let series = SeriesBlock()
  package let families = MetricFamilyBlock()
  package let exemplars = ExemplarBlock()

  package init() {}

  package var blocks: [any ReferenceBlock] { [series, families, exemplars] }
}
