import Base
import Columns
import Engine

/// The traces of matching spans, each at the place of its newest one.
struct NewestPlaces {
  private var starts: [TraceID: Int64] = [:]

  var count: Int { starts.count }

  /// Reads the rows of ``TraceSearchSQL/matchingSpans(_:in:limit:)``.
  init(_ rows: QueryResult) {
    guard rows.rowCount > 0 else { return }
    let traceID = rows["trace_id"]
    let start = rows["start_ns"]
    for row in 0..<rows.rowCount {
      let time = start.int(row) ?? 0
      starts[traceID.traceID(row), default: time].formMax(time)
    }
  }

  /// The page of a search for the newest: what follows its place, in order.
  ///
  /// O(n log n) in the number of traces.
  func page(of search: TraceSearch) -> [TracePlace] {
    let places = starts.lazy.map { TracePlace(key: $0.value, traceID: $0.key) }.filter { search.isBehindPlace($0) }
    return Array(places.sorted { $1.isOlder(than: $0) }.prefix(search.limit))
  }
}

extension TracePlace {
  /// Whether the place is after another one when the newest come first, as the engine compares them.
  fileprivate func isOlder(than other: TracePlace) -> Bool {
    (key, traceID.high, traceID.low) < (other.key, other.traceID.high, other.traceID.low)
  }
}

extension Int64 {
  fileprivate mutating func formMax(_ other: Int64) { self = Swift.max(self, other) }
}
