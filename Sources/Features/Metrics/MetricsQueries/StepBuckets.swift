import Columns
import MetricsTables
import SQLBuilder

/// How many values of a step lay where: those of one bucket of a sketch.
package struct ValueBucket: Sendable, Hashable {
  package var value: Double
  package var count: Int

  package init(value: Double, count: Int) {
    self.value = value
    self.count = count
  }
}

extension SQLTable {
  static let sampleHourSketches = SQLTable("sample_hour_sketches")
  static let sampleDaySketches = SQLTable("sample_day_sketches")

  /// The table of a sketch.
  init(_ sketch: SampleSketch) {
    let tables: [SQLTable] = [.sampleHourSketches, .sampleDaySketches]
    guard let table = tables.first(where: { $0.name == sketch.table }) else {
      preconditionFailure("no statement reads \(sketch.table)")
    }
    self = table
  }
}

/// Reads the buckets of steps, in the order of series and steps.
///
/// Sketches follow up to ten minutes behind, and the newest rows are left out: they are read of samples that are gone.
struct StepBucketReader {
  private let ids: ResultColumn
  private let steps: ResultColumn
  private let numbers: ResultColumn
  private let counts: ResultColumn
  private let rowCount: Int
  private var row = 0

  /// - Parameter result: that of ``select(_:where:step:rowsMax:)``.
  init(_ result: QueryResult) {
    ids = result["series_id"]
    steps = result["step_number"]
    numbers = result["bucket"]
    counts = result["value_count"]
    rowCount = result.rowCount
  }

  /// - Parameters:
  ///   - conditions: those of the level's rows.
  ///   - step: the number of a row's step, as `step`.
  static func select(
    _ sketch: SampleSketch, where conditions: [SQLFragment], step: SQLFragment, rowsMax: Int
  ) -> Select {
    let pairs = Select(
      ["series_id", step, "arrayJoin(arrayZip(tupleElement(buckets, 1), tupleElement(buckets, 2))) AS pair"],
      from: SQLTable(sketch), where: conditions)
    return Select(
      [
        "series_id", "toInt64(step) AS step_number", "toInt64(tupleElement(pair, 1)) AS bucket",
        "toInt64(sum(tupleElement(pair, 2))) AS value_count",
      ],
      from: .subquery(pairs), groupBy: ["series_id", "step", "bucket"], orderBy: ["series_id", "step", "bucket"],
      limit: rowsMax)
  }

  /// The buckets of a step in the order of their values; steps are asked for in their order.
  ///
  /// The least and the greatest value are exact, and no other is beyond them.
  mutating func buckets(of id: UInt64, step: Int64, from least: Double, through greatest: Double) -> [ValueBucket] {
    while row < rowCount, (ids.unsigned(row) ?? 0, steps.int(row) ?? 0) < (id, step) { row += 1 }
    var buckets: [ValueBucket] = []
    while row < rowCount, ids.unsigned(row) == id, steps.int(row) == step {
      let value = SampleSketch.value(ofBucket: Int(numbers.int(row) ?? 0))
      buckets.append(ValueBucket(value: min(max(value, least), greatest), count: Int(counts.int(row) ?? 0)))
      row += 1
    }
    guard let first = buckets.first, let last = buckets.last else { return [] }
    if first.value > least {
      buckets[0].count -= 1
      buckets.insert(ValueBucket(value: least, count: 1), at: 0)
    }
    if last.value < greatest, let end = buckets.indices.last, buckets[end].count > 0 {
      buckets[end].count -= 1
      buckets.append(ValueBucket(value: greatest, count: 1))
    }
    return buckets.filter { $0.count > 0 }
  }
}
