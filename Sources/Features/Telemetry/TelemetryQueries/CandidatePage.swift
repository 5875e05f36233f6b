import Base

/// Something in a list that is ordered by a key, then by the trace's id.
protocol PlacedItem {
  var key: Int64 { get }
  var traceID: TraceID { get }
  /// Distinguishes items of one trace.
  var spanNumber: UInt64 { get }
}

/// A page of a list whose items come from candidates: traces that may hold some, each at its best place.
///
/// Candidates come in the order of the list, and no item of a candidate is before it. So an item that is before the last
/// candidate is before everything that later candidates hold.
struct CandidatePage<Item: PlacedItem> {
  let limit: Int
  let isDescending: Bool
  private(set) var items: [Item] = []
  /// The candidates that were examined.
  private(set) var candidateCount = 0
  private var last: TracePlace?

  init(limit: Int, isDescending: Bool) {
    self.limit = limit
    self.isDescending = isDescending
  }

  mutating func add(_ items: [Item], of candidates: [TracePlace]) {
    self.items += items
    candidateCount += candidates.count
    last = candidates.last ?? last
  }

  /// Drops what is not on the page, whatever comes.
  mutating func forgetBehindPage() { items = page }

  /// The first items, in order.
  var page: [Item] { Array(items.sorted(by: isBefore).prefix(limit)) }

  /// Whether later candidates cannot change the page.
  var isComplete: Bool {
    guard let last else { return false }
    return items.count(where: { !isBehind($0, last) }) >= limit
  }

  /// How many candidates to look at next: as many as the yield so far lets expect to be needed, and half as much more.
  func nextCount(first: Int) -> Int {
    guard candidateCount > 0 else { return first }
    let missing = limit - min(items.count, limit)
    return max(first / 16, candidateCount * missing * 3 / (2 * max(items.count, 1))) + 1
  }

  private func isBefore(_ left: Item, _ right: Item) -> Bool {
    let left = (left.key, left.traceID.high, left.traceID.low, left.spanNumber)
    let right = (right.key, right.traceID.high, right.traceID.low, right.spanNumber)
    return isDescending ? left > right : left < right
  }

  private func isBehind(_ item: Item, _ place: TracePlace) -> Bool {
    let item = (item.key, item.traceID.high, item.traceID.low)
    let place = (place.key, place.traceID.high, place.traceID.low)
    return isDescending ? item < place : item > place
  }
}

extension TracePlace: PlacedItem {
  var spanNumber: UInt64 { 0 }
}
