import Base
import Columns
package import Engine
package import MetricsIndex
import Series

extension SeriesIndex {
  /// In how many portions the stored series are read, so that not all of them are in memory twice.
  private static let portionCount = 16

  /// Notes the series that are stored, of each tenant the newest.
  ///
  /// Takes a second for some 200,000.
  package func load(from engine: some AnalyticsEngine) throws(EngineError) {
    for portion in 0..<Self.portionCount {
      let result = try engine.query(
        SQLStatement(
          """
          SELECT tenant, series_id, any(metric) AS metric, min(day) AS first_day, max(day) AS last_day, any(labels) AS labels
          FROM series WHERE series_id % \(Self.portionCount) = \(portion) GROUP BY tenant, series_id
          ORDER BY last_day DESC LIMIT \(SeriesIndex.countMax / Self.portionCount) BY tenant
          """))
      for row in 0..<result.rowCount { insert(row, of: result) }
    }
  }

  private func insert(_ row: Int, of result: QueryResult) {
    let tenant = TenantID(UInt32(truncatingIfNeeded: result["tenant"].unsigned(row) ?? 0))
    let id = result["series_id"].unsigned(row) ?? 0
    let metric = UInt32(truncatingIfNeeded: result["metric"].unsigned(row) ?? 0)
    for column in ["first_day", "last_day"] {
      let day = UInt32(truncatingIfNeeded: result[column].unsigned(row) ?? 0)
      insert(id, of: tenant, metric: metric, day: day) {
        let (keys, values, range) = result["labels"].map(row)
        return LabelSet(range.map { Label(keys.string($0) ?? "", values.string($0) ?? "") })
      }
    }
  }
}
