package import Ground
import StorePorts

/// A search for spans.
package struct SpanSearch: Sendable, Hashable {
  package var filter: SpanFilter
  package var order = TraceOrder.newestFirst
  /// Only spans behind this place in the order.
  package var place: SpanSearchPlace?
  package var limit: Int

  package init(filter: SpanFilter, limit: Int) {
    self.filter = filter
    self.limit = limit
  }
}

/// A place in a list of spans.
package struct SpanSearchPlace: Sendable, Hashable {
  /// The span's start or duration in nanoseconds, by the order.
  package var key: Int64
  package var traceID: TraceID
  package var spanID: SpanID

  package init(key: Int64, traceID: TraceID, spanID: SpanID) {
    self.key = key
    self.traceID = traceID
    self.spanID = spanID
  }
}

extension StoredSpan {
  /// The place of the span in a list.
  package func place(in order: TraceOrder) -> SpanSearchPlace {
    SpanSearchPlace(
      key: order.isByDuration ? durationNanoseconds : start.rawValue, traceID: traceID, spanID: spanID)
  }
}

extension TenantTelemetry {
  /// The spans of a search, in its order, at most as many as its limit.
  package func spans(_ search: SpanSearch) throws(QueryFailure) -> [StoredSpan] {
    let range = search.filter.range
    guard search.order == .newestFirst else { return try storedSpans(SpanSearchSQL.page(search, in: range)) }
    let newest = search.place.map { UnixNanoseconds($0.key) }
    return try NewestFirst.page(of: range, newest: newest, limit: search.limit) { part, _ throws(QueryFailure) in
      try self.storedSpans(SpanSearchSQL.page(search, in: part))
    }
  }

  /// The spans of traces that a filter finds, the earliest so many of each trace, by trace.
  package func matchingSpans(
    of ids: [TraceID], filter: SpanFilter, countPerTraceMax: Int
  ) throws(QueryFailure) -> [TraceID: [StoredSpan]] {
    guard !ids.isEmpty else { return [:] }
    var select = Select(
      SpanColumns.all, from: .spans, where: [Self.isAnyTrace(ids)] + filter.spanConditions(in: filter.range),
      orderBy: ["trace_id", "start_time", "span_id"])
    select.limitBy = (countPerTraceMax, ["trace_id"])
    return Dictionary(grouping: try storedSpans(select), by: \.traceID)
  }
}

/// The statements of a span search.
enum SpanSearchSQL {
  static func page(_ search: SpanSearch, in part: TimeRange) -> Select {
    let key: SQLFragment = search.order.isByDuration ? "duration_ns" : "toUnixTimestamp64Nano(start_time)"
    let sorted: SQLFragment = search.order.isByDuration ? "duration_ns" : "start_time"
    var conditions = search.filter.spanConditions(in: part)
    if let place = search.place {
      let after =
        "(\(place.key), toFixedString(unhex(\(place.traceID.description)), 16), \(place.spanID.rawValue))"
        as SQLFragment
      conditions.append(
        search.order.isDescending
          ? "(\(key), trace_id, span_id) < \(after)" : "(\(key), trace_id, span_id) > \(after)")
    }
    var select = Select(
      SpanColumns.all, from: .spans, where: conditions,
      orderBy: search.order.isDescending
        ? ["\(sorted) DESC", "trace_id DESC", "span_id DESC"] : ["\(sorted)", "trace_id", "span_id"],
      limit: search.limit)
    select.limitBy = (1, ["trace_id", "span_id"])
    return select
  }
}
