import Base
import Columns

/// Whose rows wait, and between which times.
struct TenantTimes: Sendable, Equatable {
  /// The earliest and the latest time of a tenant's rows, in nanoseconds since 1970.
  private var times: [UInt32: ClosedRange<Int64>] = [:]
  /// Whether rows may wait of which nothing is known.
  private var hasUnknown = false

  /// Rows of which nothing is known.
  static var unknown: TenantTimes {
    var times = TenantTimes()
    times.hasUnknown = true
    return times
  }

  mutating func insert(_ tenant: TenantID, _ range: ClosedRange<Int64>) {
    guard let known = times[tenant.rawValue] else { return times[tenant.rawValue] = range }
    times[tenant.rawValue] = min(known.lowerBound, range.lowerBound)...max(known.upperBound, range.upperBound)
  }

  mutating func removeAll() {
    times.removeAll(keepingCapacity: true)
    hasUnknown = false
  }

  /// Whether a question may touch rows.
  ///
  /// - Parameters:
  ///   - tenant: nil for any.
  ///   - range: nil for any time.
  func overlap(_ tenant: TenantID?, _ range: TimeRange?) -> Bool {
    if hasUnknown { return true }
    guard let tenant else { return !times.isEmpty }
    guard let own = times[tenant.rawValue] else { return false }
    guard let range else { return true }
    return own.lowerBound < range.end.rawValue && own.upperBound >= range.start.rawValue
  }
}

/// The times by which rows of a block are found, in nanoseconds since 1970.
struct RowTimes {
  /// Nil for rows without a time.
  let column: FixedColumn<Int64>?

  init(of block: ColumnBlock) {
    // A metric point has a start too, but it is found by its time.
    column =
      (block["start_time"] != nil && block["value_double"] == nil ? block["start_time"] : block["time"])
      as? FixedColumn<Int64>
  }

  /// The earliest and the latest time of some rows; any time where there is none.
  func range(of rows: Range<Int>) -> ClosedRange<Int64> {
    guard let column, var earliest = rows.first.map({ column[$0] }) else { return Int64.min...Int64.max }
    var latest = earliest
    for row in rows.dropFirst() {
      let time = column[row]
      earliest = min(earliest, time)
      latest = max(latest, time)
    }
    return earliest...latest
  }
}
