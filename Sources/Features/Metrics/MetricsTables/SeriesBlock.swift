package import Columns
package import Telemetry

/// Rows of the table `series`: one for each series and day on which it has a sample.
package final class SeriesBlock: ReferenceBlock {
  package let tenant = FixedColumn<UInt32>()
  /// The UTC day, counted from 1970.
  package let day = FixedColumn<UInt32>()
  package let metric = FixedColumn<UInt32>()
  package let seriesID = FixedColumn<UInt64>()
  package let labels = MapColumn()

  package let listed = SetOnce<ColumnBlock>()
  package let known = KnownIDs()

  package init() { listed.set(Self.table.columns(of: self)) }

  package static let idColumn: String? = nil
  /// Above the series that a tenant may have by default.
  package static let rememberedCountMax = 2_000_000
  package func id(_ row: Int) -> UInt64 { Self.id(seriesID[row], day: day[row]) }

  /// By what a series is known to be stored for a day.
  package static func id(_ seriesID: UInt64, day: UInt32) -> UInt64 {
    // An odd factor, so that days of one series differ.
    seriesID ^ (UInt64(day) &* 0x9e37_79b9_7f4a_7c15)
  }
}

extension SeriesBlock {
  package static let table = BlockTable<SeriesBlock>(
    "series",
    [
      .init("tenant", "UInt32", \.tenant, meaning: "Whose series it is."),
      .init("day", "UInt32 CODEC(ZSTD(1))", \.day, meaning: "A UTC day on which it has a sample, counted from 1970."),
      .init("metric", "UInt32 CODEC(ZSTD(1))", \.metric, meaning: "Hash of the metric's name."),
      .init(
        "series_id", "UInt64 CODEC(ZSTD(1))", \.seriesID,
        meaning: "Hash of the labels; unique within a tenant."),
      .init(
        "labels", "Map(LowCardinality(String), String) CODEC(ZSTD(1))", \.labels,
        meaning: "The labels by name, the metric's name as `__name__` among them."),
      .init("last_seen", "DateTime('UTC')", filler: .commitSeconds, meaning: SharedMeaning.lastSeen),
    ])
}

/// Rows of the table `metric_families`: what clients say of a metric.
package final class MetricFamilyBlock: ReferenceBlock {
  package let tenant = FixedColumn<UInt32>()
  package let name = DictionaryColumn()
  /// A raw value of `MetricMetadata.Kind`.
  package let kind = FixedColumn<UInt8>()
  package let unit = DictionaryColumn()
  package let help = StringColumn()
  /// Hash of the other columns.
  package let familyID = FixedColumn<UInt64>()

  package let listed = SetOnce<ColumnBlock>()
  package let known = KnownIDs()

  package init() { listed.set(Self.table.columns(of: self)) }

  package static let idColumn: String? = nil
  /// More metrics than any exporter has.
  package static let rememberedCountMax = 65_536
  package func id(_ row: Int) -> UInt64 { familyID[row] }
}

extension MetricFamilyBlock {
  package static let table = BlockTable<MetricFamilyBlock>(
    "metric_families",
    [
      .init("tenant", "UInt32", \.tenant, meaning: "Whose metric it is."),
      .init(
        "name", "LowCardinality(String)", \.name,
        meaning: "The name of the family: that of a histogram's series without `_bucket`, `_sum` and `_count`."),
      .init(
        "kind", "UInt8", \.kind,
        meaning:
          "0 unknown, 1 counter, 2 gauge, 3 histogram, 4 gauge histogram, 5 summary, 6 info, 7 state set."),
      .init("unit", "LowCardinality(String)", \.unit, meaning: "The unit; empty text for none."),
      .init("help", "String CODEC(ZSTD(1))", \.help, meaning: "What the metric means; empty text for none."),
      .init("family_id", "UInt64", \.familyID, meaning: "Hash of the columns before."),
      .init("last_seen", "DateTime('UTC')", filler: .commitSeconds, meaning: SharedMeaning.lastSeen),
    ])
}
