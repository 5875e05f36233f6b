package import Base
package import Scores

/// A search for traces: those with a span that the filter finds.
package struct TraceSearch: Sendable, Hashable {
  package var filter: SpanFilter
  /// The trace's duration: from the start of its first span to the end of its last.
  package var minimumTraceNanoseconds: Int64?
  package var maximumTraceNanoseconds: Int64?
  package var order = TraceOrder.newestFirst
  /// Only traces after this place in the order.
  package var place: TracePlace?
  package var limit: Int
  /// A trace is found by one span that its query can select, whatever else the query says.
  var isOfSingleSpans = false

  package init(filter: SpanFilter, limit: Int) {
    self.filter = filter
    self.limit = limit
  }
}

extension TraceSearch {
  /// Whether it filters by duration.
  var hasDuration: Bool { minimumTraceNanoseconds != nil || maximumTraceNanoseconds != nil }

  /// Whether the duration of a trace matches.
  func isDuration(_ nanoseconds: Int64) -> Bool {
    nanoseconds >= minimumTraceNanoseconds ?? .min && nanoseconds <= maximumTraceNanoseconds ?? .max
  }

  /// Whether a matching span is not enough to know that a trace is wanted.
  var looksAtTraces: Bool { hasDuration || filter.isAboutTraces }

  /// Whether a place is after the search's own, that is, on this page or a later one.
  func isBehindPlace(_ other: TracePlace) -> Bool {
    guard let place else { return true }
    let known = (place.key, place.traceID.high, place.traceID.low)
    let other = (other.key, other.traceID.high, other.traceID.low)
    return order.isDescending ? other < known : other > known
  }

  /// The part of the range in which a span can decide that its trace is on this page or a later one.
  var rangeOfPage: TimeRange {
    guard let place, !order.isByDuration else { return filter.range }
    let key = min(max(place.key, filter.range.start.rawValue), filter.range.end.rawValue)
    return order.isDescending
      ? TimeRange(start: filter.range.start, end: UnixNanoseconds(min(key, filter.range.end.rawValue - 1) + 1))
      : TimeRange(start: UnixNanoseconds(key), end: filter.range.end)
  }

  /// The same search for single spans that its query can select.
  var ofSpans: TraceSearch {
    var search = self
    search.isOfSingleSpans = true
    return search
  }
}

/// The order of a list of traces or spans; ids break ties.
///
/// Of a trace, the newest matching span decides when the newest come first, the oldest one when the oldest do.
package enum TraceOrder: String, Sendable, CaseIterable {
  case newestFirst = "-start_time"
  case oldestFirst = "start_time"
  case longestFirst = "-duration"
  case shortestFirst = "duration"

  var isDescending: Bool { self == .newestFirst || self == .longestFirst }
  var isByDuration: Bool { self == .longestFirst || self == .shortestFirst }
}

/// A place in a list of traces.
package struct TracePlace: Sendable, Hashable {
  /// When the deciding span starts, or the trace's duration, in nanoseconds, by the order.
  package var key: Int64
  package var traceID: TraceID

  package init(key: Int64, traceID: TraceID) {
    self.key = key
    self.traceID = traceID
  }
}

/// A trace in a list.
package struct TraceSummary: Sendable, Hashable {
  package var traceID: TraceID
  /// Where the trace stands in the list.
  package var place: TracePlace
  /// The start of the first span.
  package var start: UnixNanoseconds
  /// From the start of the first span to the end of the last one.
  package var durationNanoseconds: Int64
  /// Nil while no root span is stored.
  package var rootName: String?
  package var rootService: String?
  package var spanCount: UInt64
  package var errorCount: UInt64
  /// The services of its spans, by name.
  package var services: [ServiceCount]
  /// The models that its spans requested or got a response from, by name.
  package var models: [String]
  package var inputTokens: UInt64
  package var outputTokens: UInt64
  /// Of the trace and of its spans, by name.
  package var scores: [ScoreTally] = []
}

/// How many spans of a trace are of one service.
package struct ServiceCount: Sendable, Hashable {
  package var name: String
  package var spanCount: UInt64
  package var errorCount: UInt64
}
