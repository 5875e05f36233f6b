import Base
import Engine

/// Reads the newest part of a range first and widens it only when that part does not fill the page.
enum NewestFirst {
  /// The first part is this fraction of the range; each later one is this many times wider.
  private static let partCount: Int64 = 64
  private static let growth: Int64 = 8
  /// A range up to ten minutes is read at once.
  private static let wholeNanosecondsMax: Int64 = 600_000_000_000

  /// Calls `read` with ever wider parts that end where the range ends, until one gives enough.
  ///
  /// - Parameters:
  ///   - newest: The latest time at which the result can begin, e.g. the last page's end.
  ///   - read: Reads a page of what lies in the part.
  static func page<Item>(
    of range: TimeRange, newest: UnixNanoseconds?, limit: Int,
    read: (_ part: TimeRange) throws(QueryFailure) -> [Item]
  ) throws(QueryFailure) -> [Item] {
    let top = min(newest ?? range.end, range.end)
    var width = max(range.durationNanoseconds / partCount, wholeNanosecondsMax)
    while true {
      let (floor, overflow) = top.rawValue.subtractingReportingOverflow(width)
      if overflow || floor <= range.start.rawValue { return try read(range) }
      let part = TimeRange(start: UnixNanoseconds(floor), end: range.end)
      let items = try read(part)
      if items.count >= limit { return items }
      let (wider, overflowWidth) = width.multipliedReportingOverflow(by: growth)
      if overflowWidth { return try read(range) }
      width = wider
    }
  }
}
