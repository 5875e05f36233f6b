import Base
import SQLBuilder

/// Aggregates over the rows of `traces`, of which a trace has one for each ten minutes in which spans of it start, and
/// more until those are merged.
enum TraceColumns {
  /// All columns.
  static let all: [SQLFragment] = times + ["root_name", "root_service"]
  /// The columns of times.
  static let times: [SQLFragment] = ["trace_id", "start_ns", "end_ns", "last_start_ns"]
  static let rootName: SQLFragment = "max(toString(root_name))"
  static let rootService: SQLFragment = "max(toString(root_service))"
  /// A span whose clock went back ends where it starts.
  static let durationNanoseconds: SQLFragment = "(greatest(max(end_ns), max(last_start_ns)) - min(start_ns))"

  /// The tens of minutes since 1970 that a range touches, in order.
  ///
  /// The column holds times from 1970 to 2106.
  static func tenMinutes(of range: TimeRange) -> ClosedRange<Int64> {
    let number = { (time: UnixNanoseconds) in min(max(0, time.rawValue / 1_000_000_000), 0xFFFF_FFFF) / 600 }
    return number(range.start)...number(range.end)
  }

  /// The conditions on the rows of a range, which leave out most of the table.
  static func rows(in range: TimeRange) -> [SQLFragment] {
    let minutes = tenMinutes(of: range)
    return [
      "ten_minutes >= toDateTime(\(minutes.lowerBound * 600), 'UTC')",
      "ten_minutes <= toDateTime(\(minutes.upperBound * 600), 'UTC')",
    ]
  }
}
