import Base
import Engine

extension TenantTelemetry {
  /// The spans of the first part: reading them takes about as long as planning the statement.
  static let firstSpanCount: UInt64 = 100_000
  /// After a part in which nothing was found, the next one is this many times as large.
  static let growth: UInt64 = 16

  /// Reads the newest part of a range, then larger, older parts until they fill the page.
  ///
  /// - Parameters:
  ///   - newest: The latest time at which the result can begin, i.e. the last page's end; nil for a first page.
  ///   - isOfParts: Whether the result for two parts is that of the newer one followed by that of the older one. If
  ///     not, each part is read with all newer ones.
  ///   - firstSpanCount: How many spans the first part holds.
  ///   - read: Reads a page of what lies in the part, the newest first; or nil, to have the rest of the range read at once.
  func newestSpansFirst<Item: NewestFirstItem>(
    of range: TimeRange, newest: UnixNanoseconds?, limit: Int, isOfParts: Bool,
    firstSpanCount: UInt64 = Self.firstSpanCount,
    read: (_ part: RangePart) throws(QueryFailure) -> [Item]?
  ) throws(QueryFailure) -> [Item]? {
    let density = derived.density(of: tenant)
    let top = min(newest ?? range.end, range.end)
    var spans = firstSpanCount
    var newerSpans: UInt64 = 0
    // Where the counted minutes end, wider parts follow from there.
    var start = density.minutes.last.map { $0.start * 1_000_000_000 } ?? range.start.rawValue
    var end = range.end
    var found = Found<Item>(limit: limit)
    while true {
      var spanCount: UInt64?
      if let known = density.start(ofPartBefore: top, holding: spans) {
        start = known.rawValue
        if known >= range.start { spanCount = spans - newerSpans }
      } else if density.isComplete {
        start = range.start.rawValue
      } else {
        let (width, overflow) = (top.rawValue &- start).multipliedReportingOverflow(by: Int64(Self.growth))
        let (wider, underflow) = top.rawValue.subtractingReportingOverflow(width)
        start = overflow || underflow || width <= 0 ? range.start.rawValue : wider
      }
      // A part never ends before the one that was read last begins.
      start = min(max(start, range.start.rawValue), end.rawValue)
      let part = TimeRange(start: UnixNanoseconds(start), end: end)
      guard let items = try read(RangePart(range: part, spanCount: spanCount)) else { return nil }
      found.add(items)
      if found.isComplete || start == range.start.rawValue { return found.items }
      if isOfParts {
        end = UnixNanoseconds(start)
        newerSpans = spans
      }
      spans = Self.spanCount(after: spans, found: found.items.count, limit: limit)
      if !isOfParts { found = Found(limit: limit) }
    }
  }

  /// How many spans to read up to the next part's start: as many again as the yield so far lets expect, and half as
  /// much more to be sure.
  ///
  /// There can be many uncounted parts, so products saturate.
  static func spanCount(after spans: UInt64, found: Int, limit: Int) -> UInt64 {
    let most = spans.multipliedOrMax(by: growth)
    let needed =
      found == 0 ? most : spans.multipliedOrMax(by: UInt64(limit)).multipliedOrMax(by: 3) / (2 * UInt64(found))
    return min(max(needed, spans.multipliedOrMax(by: 2)), most)
  }
}

extension UInt64 {
  fileprivate func multipliedOrMax(by other: UInt64) -> UInt64 {
    let (product, overflow) = multipliedReportingOverflow(by: other)
    return overflow ? .max : product
  }
}

/// A part of a range.
struct RangePart {
  var range: TimeRange
  /// About how many spans it holds; nil if unknown.
  var spanCount: UInt64?

  /// One thread reads this few faster than two.
  var isSmall: Bool { spanCount.map { $0 <= 400_000 } ?? false }
}

/// What a list holds at most once.
protocol NewestFirstItem {
  associatedtype Identity: Hashable
  var identity: Identity { get }
}

/// The items of parts that were read one after another.
private struct Found<Item: NewestFirstItem> {
  let limit: Int
  private(set) var items: [Item] = []
  private var known: Set<Item.Identity> = []

  init(limit: Int) { self.limit = limit }

  var isComplete: Bool { items.count >= limit }

  /// Adds what a part has beyond the newer ones.
  ///
  /// A full page of it has enough, whatever is known already.
  mutating func add(_ part: [Item]) {
    for item in part where !isComplete && known.insert(item.identity).inserted { items.append(item) }
  }
}
