package import Ground

/// A search for traces: those with a span that the filter finds.
package struct TraceSearch: Sendable, Hashable {
  package var filter: SpanFilter
  /// The trace's duration: from the start of its first span to the end of its last.
  package var minimumTraceNanoseconds: Int64?
  package var maximumTraceNanoseconds: Int64?
  package var order = TraceOrder.newestFirst
  /// Only traces behind this place in the order.
  package var place: TracePlace?
  package var limit: Int

  package init(filter: SpanFilter, limit: Int) {
    self.filter = filter
    self.limit = limit
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
  /// The models that its spans asked for or were answered by, by name.
  package var models: [String]
  package var inputTokens: UInt64
  package var outputTokens: UInt64
}

/// How many spans of a trace are of one service.
package struct ServiceCount: Sendable, Hashable {
  package var name: String
  package var spanCount: UInt64
  package var errorCount: UInt64
}
