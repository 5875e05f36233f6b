package import Base
import Columns
package import Engine
import SQLBuilder
import ScoreSQL
package import Scores

/// What the scores of one name and kind come to.
package struct ScoreNameSummary: Sendable {
  package var name: String
  package var kind: ScoreKind
  package var count: UInt64
  /// The mean of numbers, the share of true among booleans; nil for categories.
  package var mean: Double?
  package var minimum: Double?
  package var maximum: Double?
  package var firstTime: UnixNanoseconds
  package var lastTime: UnixNanoseconds
  /// The most frequent categories and how many scores each has.
  package var categories: [(name: String, count: UInt64)]
}

/// The scores of a group in one step of time.
package struct ScoreStep: Sendable {
  package var name: String
  package var kind: ScoreKind
  /// Nil where nothing groups them further.
  package var group: String?
  package var time: UnixNanoseconds
  package var count: UInt64
  package var mean: Double?
}

/// What scores are grouped by beside their name.
package enum ScoreGrouping: String, Sendable, CaseIterable {
  case source, author, category
}

extension ScoreReader {
  /// The most categories of a summary.
  package static let categoryCountMax = 20

  /// What the scores that a filter finds come to by name and kind, behind a place in that order.
  package func names(
    _ filter: ScoreFilter, behind place: (name: String, kind: ScoreKind)?, limit: Int
  ) throws(QueryFailure) -> [ScoreNameSummary] {
    var conditions = filter.conditions
    if let place { conditions.append("(name, kind) > (\(place.name), \(place.kind.rawValue))") }
    let top: SQLFragment = """
      arraySlice(arraySort(c -> (-c.1, c.2), groupArray((toInt64(n), CAST(category AS String)))), 1, 20)
      """
    let byCategory = Select(
      [
        "name", "kind", "category", "count() AS n", "sum(number) AS total", "min(number) AS least",
        "max(number) AS greatest", "min(reinterpretAsInt64(time)) AS first_time",
        "max(reinterpretAsInt64(time)) AS last_time",
      ], from: ScoreSQL.inForce, where: conditions, groupBy: ["name", "kind", "category"])
    let rows = try rows(
      Select(
        [
          "name", "kind", "sum(n) AS score_count", "sum(total) / sum(n) AS mean", "min(least) AS minimum",
          "max(greatest) AS maximum", "min(first_time) AS first_ns", "max(last_time) AS last_ns",
          "arrayMap(c -> c.2, \(top)) AS labels", "arrayMap(c -> c.1, \(top)) AS counts",
        ], from: .subquery(byCategory), groupBy: ["name", "kind"], orderBy: ["name", "kind"], limit: limit))
    return (0..<rows.rowCount).compactMap { ScoreNameSummary(rows, $0) }
  }

  /// The scores that a filter finds over time, by name, kind and group.
  ///
  /// - Parameter limit: the most rows; ask for one more to see whether there are more.
  package func steps(
    _ filter: ScoreFilter, stepSeconds: Int64, grouping: ScoreGrouping?, limit: Int
  ) throws(QueryFailure) -> [ScoreStep] {
    let group: SQLFragment =
      switch grouping {
      case nil: "''"
      case .source: "source"
      case .author: "author"
      case .category: "category"
      }
    let nanoseconds = stepSeconds * 1_000_000_000
    let rows = try rows(
      Select(
        [
          "name", "kind", "toString(\(group)) AS label",
          "intDiv(reinterpretAsInt64(time), \(nanoseconds)) * \(nanoseconds) AS step", "count() AS score_count",
          "avg(number) AS mean",
        ], from: ScoreSQL.inForce, where: filter.conditions, groupBy: ["name", "kind", "label", "step"],
        orderBy: ["name", "kind", "label", "step"], limit: limit))
    return (0..<rows.rowCount).compactMap { row in
      guard let kind = rows["kind"].string(row).flatMap(ScoreKind.init) else { return nil as ScoreStep? }
      return ScoreStep(
        name: rows["name"].string(row) ?? "", kind: kind,
        group: grouping == nil ? nil : rows["label"].string(row) ?? "",
        time: UnixNanoseconds(rows["step"].int(row) ?? 0), count: rows["score_count"].unsigned(row) ?? 0,
        mean: kind == .category ? nil : rows["mean"].double(row))
    }
  }
}

extension ScoreNameSummary {
  fileprivate init?(_ rows: QueryResult, _ row: Int) {
    guard let kind = rows["kind"].string(row).flatMap(ScoreKind.init) else { return nil }
    self.kind = kind
    name = rows["name"].string(row) ?? ""
    count = rows["score_count"].unsigned(row) ?? 0
    firstTime = UnixNanoseconds(rows["first_ns"].int(row) ?? 0)
    lastTime = UnixNanoseconds(rows["last_ns"].int(row) ?? 0)
    guard kind == .category else {
      mean = rows["mean"].double(row)
      minimum = rows["minimum"].double(row)
      maximum = rows["maximum"].double(row)
      categories = []
      return
    }
    let (labels, places) = rows["labels"].list(row)
    let (counts, others) = rows["counts"].list(row)
    categories = zip(places, others).map { (labels.string($0) ?? "", UInt64(clamping: counts.int($1) ?? 0)) }
  }
}
