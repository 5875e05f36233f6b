import Base
import Columns
import MetricsIndex
import MetricsTables
import SQLBuilder
package import Series

extension SQLTable {
  static let exemplars = SQLTable("exemplars")
}

/// A value that was measured in a trace.
package struct Exemplar: Sendable, Hashable {
  /// Its own, `trace_id` and `span_id` among them.
  package let labels: LabelSet
  package let value: Double
  /// In milliseconds since 1970.
  package let time: Int64
}

/// The exemplars of a series, the earliest first; never none.
package struct SeriesExemplars: Sendable {
  package let series: LabelSet
  package internal(set) var exemplars: [Exemplar]
}

extension TenantSeriesSource {
  /// Exemplars of a response: 100,000, as many as a Prometheus keeps by default; some 20 MB of JSON.
  package static var exemplarCountMax: Int { 100_000 }

  /// The exemplars of the series that one of the selectors finds, by the labels of the series.
  ///
  /// - Parameters: the first and the last millisecond since 1970.
  package func exemplars(
    matching selectors: [[LabelMatcher]], from: Int64, through: Int64, isCancelled: @Sendable () -> Bool,
    countMax: Int = exemplarCountMax
  ) throws(SeriesError) -> [SeriesExemplars] {
    // They wait with samples that may be of another time.
    try settleAll()
    let after = max(from, 0) - 1
    guard let days = Self.days(after: after, through: through) else { return [] }
    var found: [UInt64: IndexedSeries] = [:]
    for matchers in selectors {
      for series in try index.series(of: tenant, matching: matchers, days: days, countMax: limits.seriesCountMax) {
        found[series.id] = series
      }
    }
    guard found.count <= limits.seriesCountMax else {
      throw .limitExceeded(
        "the selectors find \(found.count) series, and a query may read \(limits.seriesCountMax); add matchers to them")
    }
    let ordered = found.values.sorted { ($0.metric, $0.id) < ($1.metric, $1.id) }
    var result: [SeriesExemplars] = []
    var left = countMax
    for start in stride(from: 0, to: ordered.count, by: Self.seriesPerStatementMax) {
      if isCancelled() { throw .cancelled }
      let portion = ordered[start..<min(start + Self.seriesPerStatementMax, ordered.count)]
      let rows = try exemplarRows(of: portion, from: after + 1, through: through, countMax: left + 1)
      guard rows.rowCount <= left else {
        throw .limitExceeded(
          "the query finds more than \(countMax) exemplars; ask for a shorter time, or for fewer series")
      }
      left -= rows.rowCount
      Self.append(rows, of: found, to: &result)
    }
    return result.sorted { $0.series < $1.series }
  }

  private func exemplarRows(
    of portion: ArraySlice<IndexedSeries>, from: Int64, through: Int64, countMax: Int
  ) throws(SeriesError) -> QueryResult {
    var select = Select(
      ["series_id", "reinterpretAsInt64(time) AS milliseconds", "value", "trace_id", "span_id", "labels"],
      from: .exemplars,
      where: [
        "has(\(Set(portion.map { UInt64($0.metric) }).sorted()), toUInt64(metric))",
        "series_id IN \(portion.map(\.id))",
        "time >= fromUnixTimestamp64Milli(\(max(from, Self.timeBounds.lowerBound)))",
        "time <= fromUnixTimestamp64Milli(\(min(through, Self.timeBounds.upperBound)))",
      ], orderBy: ["metric", "series_id", "time", "exemplar_id"], limit: countMax)
    // Rows of one exemplar that are not merged yet.
    select.limitBy = (1, ["series_id", "time", "exemplar_id"])
    return try rows(select)
  }

  /// What the engine's times hold, in milliseconds since 1970.
  private static let timeBounds: ClosedRange<Int64> = 0...9_000_000_000_000

  /// Appends rows by series and time.
  private static func append(
    _ rows: QueryResult, of found: [UInt64: IndexedSeries], to result: inout [SeriesExemplars]
  ) {
    var last: UInt64?
    for row in 0..<rows.rowCount {
      guard let id = rows["series_id"].unsigned(row), let series = found[id] else { continue }
      let exemplar = Exemplar(
        labels: labels(row, of: rows), value: rows["value"].double(row) ?? 0, time: rows["milliseconds"].int(row) ?? 0)
      if last == id {
        result[result.count - 1].exemplars.append(exemplar)
      } else {
        result.append(SeriesExemplars(series: series.labels, exemplars: [exemplar]))
        last = id
      }
    }
  }

  private static func labels(_ row: Int, of rows: QueryResult) -> LabelSet {
    let (keys, values, range) = rows["labels"].map(row)
    var labels = range.map { Label(keys.string($0) ?? "", values.string($0) ?? "") }
    if let bytes = rows["trace_id"].bytes(row), bytes.contains(where: { $0 != 0 }) {
      labels.append(Label("trace_id", Hex.encode(bytes)))
    }
    if let id = rows["span_id"].unsigned(row), id != 0 { labels.append(Label("span_id", Hex.encode(id))) }
    return LabelSet(labels)
  }
}
