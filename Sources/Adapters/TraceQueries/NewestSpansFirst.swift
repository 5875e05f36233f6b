import Ground
import StorePorts

extension TenantTelemetry {
  /// What the first part holds: to read so many takes about as long as to plan the statement.
  private static let firstSpanCount: UInt64 = 200_000
  /// A part that found nothing is followed by one so many times as large.
  private static let growth: UInt64 = 16

  /// Reads the newest part of a range, and larger parts until one fills the page.
  ///
  /// - Parameters:
  ///   - newest: Where the answer can begin at the latest, e.g. the last page's end.
  ///   - read: Reads a page of what lies in the part.
  func newestSpansFirst<Item>(
    of range: TimeRange, newest: UnixNanoseconds?, limit: Int,
    read: (_ part: TimeRange) throws(QueryFailure) -> [Item]
  ) throws(QueryFailure) -> [Item] {
    let density = derived.density(of: tenant)
    let top = min(newest ?? range.end, range.end)
    var spans = Self.firstSpanCount
    // Where the counted minutes end, wider parts follow from there.
    var start = density.minutes.last.map { $0.start * 1_000_000_000 } ?? range.start.rawValue
    while true {
      if let known = density.start(ofPartBefore: top, holding: spans) {
        start = known.rawValue
      } else if density.isComplete {
        return try read(range)
      } else {
        let (width, overflow) = (top.rawValue &- start).multipliedReportingOverflow(by: Int64(Self.growth))
        let (wider, underflow) = top.rawValue.subtractingReportingOverflow(width)
        start = overflow || underflow || width <= 0 ? range.start.rawValue : wider
      }
      guard start > range.start.rawValue else { return try read(range) }
      let items = try read(TimeRange(start: UnixNanoseconds(start), end: range.end))
      if items.count >= limit { return items }
      // As many again as this part's yield lets expect, and half as much more to be sure.
      let needed = items.isEmpty ? spans * Self.growth : spans * UInt64(limit) * 3 / UInt64(2 * items.count)
      spans = min(max(needed, spans * 2), spans * Self.growth)
    }
  }
}
