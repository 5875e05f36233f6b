package import Base
import Columns
package import Engine
import JSON
import SQLBuilder
package import Scores
package import Telemetry

/// A trace: all its spans that are stored, one for each span id, by start.
package struct StoredTrace: Sendable {
  package var traceID: TraceID
  package var spans: [StoredSpan]
  /// Whether the trace has more spans than were read.
  package var isTruncated: Bool
  /// Of the trace and of its spans, by name.
  package var scores: [ScoreTally] = []
}

extension StoredTrace {
  /// The tokens of its spans, of spans within each other those of the innermost.
  package var tokens: NestedTokens {
    var tokens = NestedTokens()
    for span in spans {
      tokens.add(
        spanID: span.spanID.rawValue, parentID: span.parentSpanID?.rawValue ?? 0, input: span.inference.inputTokens,
        output: span.inference.outputTokens)
    }
    return tokens
  }
}

extension TenantTelemetry {
  /// The most spans of a trace that are read at once; about 100 MB of JSON at 1 KiB each.
  ///
  /// Longer ones are paged.
  package static let traceSpanCountMax = 100_000

  /// What a response says of a trace that a query saw only in part.
  package static func warning(ofPartlySearched id: TraceID) -> String {
    "Trace \(id) has more than \(traceSpanCountMax) spans in the range; the query looked at the first \(traceSpanCountMax)."
  }

  /// The whole trace of an id; nil when no span of it is stored.
  ///
  /// - Parameter spanCountMax: The most spans that are read; the trace says when it has more.
  package func trace(
    _ id: TraceID, spanCountMax: Int = Self.traceSpanCountMax
  ) throws(QueryFailure) -> StoredTrace? {
    guard let place = try placeConditions(of: [id]) else { return nil }
    // Sorting here costs a tenth of what it costs the engine, for a trace of usual length.
    var select = Select(
      SpanColumns.main, from: .spans, where: [Self.isTrace(id)] + place, limit: spanCountMax + 1)
    select.threadCount = 1
    select.isPlannedAsWritten = true
    var spans = try storedSpans(select)
    if spans.count > spanCountMax { spans = try self.spans(of: id, after: nil, limit: spans.count) }
    guard !spans.isEmpty else { return nil }
    // Of a span that is stored several times the one that starts first stays, and of those the longest.
    spans.sort {
      ($0.start.rawValue, $0.spanID.rawValue, $1.durationNanoseconds)
        < ($1.start.rawValue, $1.spanID.rawValue, $0.durationNanoseconds)
    }
    var known: Set<SpanID> = []
    spans.removeAll { !known.insert($0.spanID).inserted }
    return StoredTrace(
      traceID: id, spans: Array(spans.prefix(spanCountMax)), isTruncated: spans.count > spanCountMax)
  }

  /// Below this many spans, checking the Bloom filters of all of them takes less time than asking `traces` first, which
  /// says where a trace's spans are: 0.3 ms for each million spans against 8 ms.
  private static let placelessSpanCountMax = 25_000_000

  /// Conditions that leave out most of the table; nil when none of the traces is stored.
  ///
  /// - Parameter known: The bounds of some traces, which need not be read.
  func placeConditions(
    of ids: [TraceID], known: [TraceID: TraceBounds] = [:]
  ) throws(QueryFailure) -> [SQLFragment]? {
    guard !ids.isEmpty else { return nil }
    let unknown = ids.filter { known[$0] == nil }
    if !unknown.isEmpty, derived.rowCount <= Self.placelessSpanCountMax { return [] }
    return (ids.compactMap { known[$0] } + (try bounds(of: unknown)).values).conditions
  }

  /// Spans of a trace by start, then id, after a place in that order.
  package func spans(
    of id: TraceID, after place: SpanPlace?, limit: Int
  ) throws(QueryFailure) -> [StoredSpan] {
    guard let bounds = try placeConditions(of: [id]) else { return [] }
    var select = Select(
      SpanColumns.main, from: .spans, where: [Self.isTrace(id)] + bounds,
      orderBy: ["start_time", "span_id", "duration_ns DESC"],
      limit: limit)
    select.limitBy = (1, ["span_id"])
    if let place {
      select.conditions.append(
        """
        (start_time, span_id) > (fromUnixTimestamp64Nano(\(place.start.rawValue), 'UTC'), \
        \(place.spanID.rawValue))
        """)
    }
    return try storedSpans(select)
  }

  static func isTrace(_ id: TraceID) -> SQLFragment { "trace_id = \(id)" }

  /// Whether `trace_id` is one of the ids.
  static func isAnyTrace(_ ids: [TraceID]) -> SQLFragment {
    // A plain list: the engine finds rows by index for it, which it does not for a computed array.
    ids.isEmpty ? "false" : "trace_id IN (\(ids))"
  }

  /// The spans of a select of ``SpanColumns/main``, whole: with their resources and scopes.
  func storedSpans(_ select: Select) throws(QueryFailure) -> [StoredSpan] {
    let result = try rows(select)
    guard result.rowCount > 0 else { return [] }
    let resources = try resources(of: result)
    let scopes = try scopes(of: result)
    return SpanRows(result).spans {
      resources[$0] ?? StoredResource()
    } scope: {
      scopes[$0] ?? StoredScope()
    }
  }
}

/// A place in the order of a trace's spans.
package struct SpanPlace: Sendable, Hashable {
  package var start: UnixNanoseconds
  package var spanID: SpanID

  package init(start: UnixNanoseconds, spanID: SpanID) {
    self.start = start
    self.spanID = spanID
  }
}
