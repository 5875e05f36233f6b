import Columns
package import Engine
package import Schema

/// Runs the statements of roll-ups.
package struct RollupStatements: Sendable {
  /// Runs a statement that is short, or must not be broken off.
  let run: SchemaRunner.Run
  private let runLong: SchemaRunner.Run
  private let activity: QueryActivity

  /// - Parameters:
  ///   - activity: Is cancelled when the process ends.
  ///   - fill: Runs a statement that computes rows, which may take long; ends soon after `activity` is cancelled.
  ///   - run: Runs any other.
  package init(activity: QueryActivity, fill: @escaping SchemaRunner.Run, run: @escaping SchemaRunner.Run) {
    self.activity = activity
    self.run = run
    runLong = fill
  }

  var isStopped: Bool { activity.isCancelled }

  /// Has the statement that computes rows end, and every later one not begin.
  func stop() { activity.cancel() }

  /// The insert makes one part, so that its rows appear together; a group-by beyond 128 MiB spills to files.
  ///
  /// The engine would merge the rows of the part as it does those of several (`optimize_on_insert`), which takes as long as to compute
  /// them; they are grouped already.
  func insert(into table: String, _ rows: String) throws(EngineError) {
    guard !isStopped else {
      throw EngineError(.interrupted, "the roll-up into \(table) was not begun: the server stops")
    }
    _ = try runLong(
      """
      INSERT INTO \(table) \(rows) \
      SETTINGS max_threads = 1, min_insert_block_size_rows = 1000000000, min_insert_block_size_bytes = 100000000000, \
      max_bytes_before_external_group_by = 134217728, optimize_on_insert = 0
      """)
  }

  /// The times of commits at which portions of a source's rows end, the last of which is `until`.
  ///
  /// A portion has whole commits, and about `rowsMax` rows.
  func portionEnds(
    of source: String, after: Int64, until: Int64, rowsMax: Int
  ) throws(EngineError) -> [Int64] {
    let result = try run(
      """
      SELECT max(time) AS end FROM (
        SELECT time, intDiv(sum(rows) OVER (ORDER BY time) - 1, \(rowsMax)) AS portion FROM (
          SELECT toUnixTimestamp64Nano(received_at) AS time, count() AS rows FROM \(source)
          WHERE received_at > fromUnixTimestamp64Nano(toInt64(\(after)), 'UTC')
            AND received_at <= fromUnixTimestamp64Nano(toInt64(\(until)), 'UTC')
          GROUP BY time))
      GROUP BY portion ORDER BY end
      """)
    return (0..<result.rowCount).dropLast().compactMap { result["end"].int($0) } + [until]
  }
}
