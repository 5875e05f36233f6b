package import Columns
package import Telemetry

/// Rows of the table `exemplars`: values that were measured in a trace, of series.
///
/// They are stored beside samples as what samples point to is, once for each id, so that a request that is decoded again after
/// a kill adds nothing.
package final class ExemplarBlock: ReferenceBlock {
  package let tenant = FixedColumn<UInt32>()
  /// Hash of the metric's name, which keeps the series of a metric together.
  package let metric = FixedColumn<UInt32>()
  package let seriesID = FixedColumn<UInt64>()
  package let time = FixedColumn<Int64>(kind: .timestampNanoseconds)
  package let value = FixedColumn<Double>()
  package let traceID = FixedBytesColumn()
  package let spanID = FixedColumn<UInt64>()
  /// The labels beside the ids of trace and span.
  package let labels = MapColumn()
  /// Hash of series, time, value, ids and labels.
  package let exemplarID = FixedColumn<UInt64>()

  package let listed = SetOnce<ColumnBlock>()
  package let known = KnownIDs()

  package init() { listed.set(Self.table.columns(of: self)) }

  package static let idColumn: String? = nil
  /// Enough for the commits of some minutes: a row that comes again is replaced.
  package static let rememberedCountMax = 65_536
  package func id(_ row: Int) -> UInt64 { exemplarID[row] }
}

extension ExemplarBlock {
  package static let table = BlockTable<ExemplarBlock>(
    "exemplars", dayColumn: "time",
    [
      .init("tenant", "UInt32 CODEC(ZSTD(1))", \.tenant, meaning: "Whose exemplar it is."),
      .init(
        "metric", "UInt32 CODEC(ZSTD(1))", \.metric,
        meaning: "Hash of the metric's name, which keeps its series together."),
      .init("series_id", "UInt64 CODEC(ZSTD(1))", \.seriesID, meaning: "The series, as in `series`."),
      .init(
        "time", "DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1))", \.time, meaning: "When the value was measured."),
      .init("value", "Float64 CODEC(ZSTD(1))", \.value, meaning: "The value that was measured."),
      .init(
        "trace_id", "FixedString(16) CODEC(ZSTD(1))", \.traceID,
        meaning: "The trace in which it was measured, as in `spans`; zero bytes for none."),
      .init(
        "span_id", "UInt64 CODEC(ZSTD(1))", \.spanID,
        meaning: "The span in which it was measured, as in `spans`; 0 for none."),
      .init(
        "labels", "Map(LowCardinality(String), String) CODEC(ZSTD(1))", \.labels,
        meaning: "Its other labels by name, among them a `trace_id` or `span_id` that is not a valid id."),
      .init(
        "exemplar_id", "UInt64 CODEC(ZSTD(1))", \.exemplarID,
        meaning: "Hash of series, time, value, ids and labels; rows of one id are one exemplar."),
    ])
}
