import Base
import Columns
package import MetricsIndex
import SQLBuilder
package import Series

extension TenantSeriesSource {
  /// What clients said of metrics, by name; the latest of a name counts.
  package func metadata(of family: String?, limit: Int) throws(SeriesError) -> [MetricMetadata] {
    try settle(after: 0, through: .max)
    let result = try rows(
      Select(
        [
          "name", "argMax(kind, last_seen) AS latest_kind", "argMax(unit, last_seen) AS latest_unit",
          "argMax(help, last_seen) AS latest_help",
        ], from: .metricFamilies, where: family.map { ["name = \($0)"] } ?? [], groupBy: ["name"], orderBy: ["name"],
        limit: limit))
    return (0..<result.rowCount).map { row in
      MetricMetadata(
        family: result["name"].string(row) ?? "",
        kind: MetricMetadata.Kind(rawValue: UInt8(clamping: result["latest_kind"].unsigned(row) ?? 0)) ?? .unknown,
        unit: result["latest_unit"].string(row) ?? "", help: result["latest_help"].string(row) ?? "")
    }
  }

  /// The names of labels of the selected series, or of all where nothing is selected.
  package func labelNames(_ selections: [SeriesSelection], after: Int64, through: Int64) throws(SeriesError) -> [String]
  {
    try settle(after: after, through: through)
    guard let days = Self.days(after: after, through: through) else { return [] }
    return index.labelNames(of: tenant, matching: selections.map(\.matchers), days: days)
  }

  /// The values of a label of the selected series, or of all where nothing is selected.
  package func labelValues(
    _ name: String, _ selections: [SeriesSelection], after: Int64, through: Int64
  ) throws(SeriesError) -> [String] {
    try settle(after: after, through: through)
    guard let days = Self.days(after: after, through: through) else { return [] }
    return index.labelValues(name, of: tenant, matching: selections.map(\.matchers), days: days)
  }

  /// The names of metrics and how many series of each may have samples in a range, by name.
  package func metrics(after: Int64, through: Int64) throws(SeriesError) -> [(name: String, seriesCount: Int)] {
    try settle(after: after, through: through)
    guard let days = Self.days(after: after, through: through) else { return [] }
    return index.labelValues(Label.metricName, of: tenant, matching: [], days: days)
      .map { ($0, index.seriesCount(of: tenant, metric: $0, days: days)) }
      .filter { $0.seriesCount > 0 }
  }

  /// How many series and labels there are; each list has up to `limit` items.
  package func statistics(limit: Int) throws(SeriesError) -> SeriesStatistics {
    try settle(after: 0, through: .max)
    return index.statistics(of: tenant, limit: limit)
  }
}
