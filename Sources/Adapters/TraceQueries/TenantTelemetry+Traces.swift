package import Ground
import StorePorts

/// A trace: all its spans that are stored, one for each span id, by start.
package struct StoredTrace: Sendable {
  package var traceID: TraceID
  package var spans: [StoredSpan]
  /// Whether the trace has more spans than were read.
  package var isTruncated: Bool
}

extension TenantTelemetry {
  /// The most spans of a trace that are read at once; about 100 MB of JSON at 1 KiB each. Longer ones are paged.
  package static let traceSpanCountMax = 100_000

  /// The whole trace of an id; nil when no span of it is stored.
  package func trace(_ id: TraceID) throws(QueryFailure) -> StoredTrace? {
    let spans = try self.spans(of: id, after: nil, limit: Self.traceSpanCountMax + 1)
    guard !spans.isEmpty else { return nil }
    return StoredTrace(
      traceID: id, spans: Array(spans.prefix(Self.traceSpanCountMax)),
      isTruncated: spans.count > Self.traceSpanCountMax)
  }

  /// Spans of a trace by start, then id, from behind a place in that order.
  package func spans(
    of id: TraceID, after place: SpanPlace?, limit: Int
  ) throws(QueryFailure) -> [StoredSpan] {
    guard let bounds = try bounds(of: [id]) else { return [] }
    var select = Select(
      SpanColumns.all, from: .spans, where: [Self.isTrace(id)] + bounds, orderBy: ["start_time", "span_id"],
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

  static func isTrace(_ id: TraceID) -> SQLFragment { "trace_id = toFixedString(unhex(\(id.description)), 16)" }

  /// Whether `trace_id` is one of the ids.
  static func isAnyTrace(_ ids: [TraceID]) -> SQLFragment {
    // The set is built from a list of texts, one parameter however many there are.
    "trace_id IN arrayMap(id -> toFixedString(unhex(id), 16), \(ids.map(\.description)))"
  }

  /// The spans of a select of ``SpanColumns/all``, with their resources and scopes.
  func storedSpans(_ select: Select) throws(QueryFailure) -> [StoredSpan] {
    let result = try rows(select)
    guard result.rowCount > 0 else { return [] }
    let resources = try resources(of: result)
    let scopes = try scopes(of: result)
    let rows = SpanRows(result: result)
    let resourceIDs = result["resource_id"]
    let scopeIDs = result["scope_id"]
    return (0..<result.rowCount).map { row in
      rows.span(
        row, resource: resources[resourceIDs.unsigned(row) ?? 0] ?? StoredResource(),
        scope: scopes[scopeIDs.unsigned(row) ?? 0] ?? StoredScope())
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
