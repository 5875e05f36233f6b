import Ground

/// Aggregates over the rows of `traces`, of which a trace has one for each ten minutes in which spans of it start, and
/// more until those are merged.
enum TraceColumns {
  /// All columns.
  static let all: [SQLFragment] = times + ["root_name", "root_service"]
  /// The columns of times.
  static let times: [SQLFragment] = ["trace_id", "start_ns", "end_ns", "last_start_ns"]
  static let start: SQLFragment = "min(start_ns)"
  static let end: SQLFragment = "max(end_ns)"
  static let lastStart: SQLFragment = "max(last_start_ns)"
  static let rootName: SQLFragment = "max(toString(root_name))"
  static let rootService: SQLFragment = "max(toString(root_service))"
  static let durationNanoseconds: SQLFragment = "(max(end_ns) - min(start_ns))"

  /// Spans of one trace that start at most so far from a range count for its duration and bounds, and at least as far
  /// as the duration that is asked for.
  static let marginNanoseconds: Int64 = 600_000_000_000
  /// A day: what is asked for beyond it is not looked for.
  private static let marginNanosecondsMax: Int64 = 86_400_000_000_000

  /// A range with a margin on both sides.
  static func margin(_ nanoseconds: Int64 = marginNanoseconds, around range: TimeRange) -> TimeRange {
    let margin = min(max(nanoseconds, marginNanoseconds), marginNanosecondsMax)
    let first = range.start.rawValue.subtractingReportingOverflow(margin)
    let last = range.end.rawValue.addingReportingOverflow(margin)
    return TimeRange(
      start: UnixNanoseconds(first.overflow ? .min : first.partialValue),
      end: UnixNanoseconds(last.overflow ? .max : last.partialValue))
  }

  /// The conditions on the rows of a range, which leave out most of the table.
  static func rows(in range: TimeRange) -> [SQLFragment] {
    // The column holds seconds from 1970 to 2106.
    let start = { (time: UnixNanoseconds) in min(max(0, time.rawValue / 1_000_000_000), 0xFFFF_FFFF).floored(to: 600) }
    return [
      "ten_minutes >= toDateTime(\(start(range.start)), 'UTC')",
      "ten_minutes <= toDateTime(\(start(range.end)), 'UTC')",
    ]
  }
}
