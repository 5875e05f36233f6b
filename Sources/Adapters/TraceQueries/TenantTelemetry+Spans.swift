package import Ground
import StorePorts
import TraceQL

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
    var search = search
    search.filter = try resolved(search.filter)
    let places: [FoundSpan]
    if search.order == .newestFirst, search.filter.query?.isAboutSpans ?? true {
      let newest = search.place.map { UnixNanoseconds($0.key) }
      places = try newestSpansFirst(
        of: search.filter.range, newest: newest, limit: search.limit, isOfParts: true
      ) { part throws(QueryFailure) in try self.places(search, in: part.range) }
    } else {
      places = try self.places(search, in: search.filter.range)
    }
    return try storedSpans(at: places)
  }

  /// A span of the first step.
  private struct FoundSpan: Hashable, NewestFirstItem {
    var traceID: TraceID
    var spanID: SpanID
    var start: Int64

    var identity: Self { self }
  }

  private func places(_ search: SpanSearch, in part: TimeRange) throws(QueryFailure) -> [FoundSpan] {
    let result = try rows(SpanSearchSQL.page(search, in: part))
    return (0..<result.rowCount).map { row in
      FoundSpan(
        traceID: result["trace_id"].traceID(row), spanID: SpanID(result["span_id"].unsigned(row) ?? 0),
        start: result["start_ns"].int(row) ?? 0)
    }
  }

  /// The whole spans at places, in their order. All columns are read of these few rows only.
  private func storedSpans(at places: [FoundSpan]) throws(QueryFailure) -> [StoredSpan] {
    guard let first = places.map(\.start).min(), let last = places.map(\.start).max() else { return [] }
    let select = SpanSearchSQL.spans(
      traceIDs: places.map(\.traceID), spanIDs: places.map(\.spanID),
      range: (UnixNanoseconds(first), UnixNanoseconds(last)))
    var spans: [FoundSpan: StoredSpan] = [:]
    for span in try storedSpans(select) {
      spans[FoundSpan(traceID: span.traceID, spanID: span.spanID, start: span.start.rawValue)] = span
    }
    return places.compactMap { spans[$0] }
  }

  /// The spans of traces that a filter finds, the earliest so many of each trace, by trace.
  package func matchingSpans(
    of ids: [TraceID], filter: SpanFilter, countPerTraceMax: Int
  ) throws(QueryFailure) -> [TraceID: [StoredSpan]] {
    guard !ids.isEmpty else { return [:] }
    var select = Select(
      SpanColumns.main, from: .spans, where: [Self.isAnyTrace(ids)] + filter.spanConditions(in: filter.range),
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
      ["trace_id", "span_id", "toUnixTimestamp64Nano(start_time) AS start_ns"], from: .spans, where: conditions,
      orderBy: search.order.isDescending
        ? ["\(sorted) DESC", "trace_id DESC", "span_id DESC"] : ["\(sorted)", "trace_id", "span_id"],
      limit: search.limit)
    select.limitBy = (1, ["trace_id", "span_id"])
    return select
  }

  static func spans(
    traceIDs: [TraceID], spanIDs: [SpanID], range: (first: UnixNanoseconds, last: UnixNanoseconds)
  ) -> Select {
    Select(
      SpanColumns.main, from: .spans,
      where: [
        TenantTelemetry.isAnyTrace(Array(Set(traceIDs)).sorted { ($0.high, $0.low) < ($1.high, $1.low) }),
        "has(\(spanIDs.map(\.rawValue)), span_id)",
        "start_time >= fromUnixTimestamp64Nano(\(range.first.rawValue), 'UTC')",
        "start_time <= fromUnixTimestamp64Nano(\(range.last.rawValue), 'UTC')",
      ])
  }
}

extension TraceQLQuery {
  /// Whether a span matches by itself, whatever else its trace holds.
  var isAboutSpans: Bool {
    guard conditions.isEmpty, case .filter = spansets else { return false }
    return true
  }
}
