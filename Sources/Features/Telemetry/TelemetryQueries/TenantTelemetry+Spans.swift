package import Base
import Columns
package import Engine
import SQLBuilder
import TraceQL

/// A search for spans.
package struct SpanSearch: Sendable, Hashable {
  package var filter: SpanFilter
  package var order = TraceOrder.newestFirst
  /// Only spans after this place in the order.
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
      key: order.isByDuration ? max(0, durationNanoseconds) : start.rawValue, traceID: traceID, spanID: spanID)
  }
}

/// A page of a list of spans.
package struct SpanList: Sendable {
  package var spans: [StoredSpan]
  /// Traces with more spans than a query examines; the result holds for their first spans only.
  package var partlySearched: [TraceID] = []
}

extension TenantTelemetry {
  /// The spans of a search, in its order, at most as many as its limit.
  package func spans(_ search: SpanSearch) throws(QueryFailure) -> SpanList {
    guard questionRange != nil else { return try asked(about: search.filter.range).spans(search) }
    var search = search
    search.filter = try resolved(search.filter)
    var readings = TraceReadings()
    let places: [FoundSpan]
    if search.filter.isAboutTraces {
      places = try placesOfQuery(search, &readings)
    } else if search.order == .newestFirst {
      let newest = search.place.map { UnixNanoseconds($0.key) }
      places =
        try newestSpansFirst(
          of: search.filter.range, newest: newest, limit: search.limit, isOfParts: true
        ) { part throws(QueryFailure) in try self.places(search, in: part.range) } ?? []
    } else {
      places = try self.places(search, in: search.filter.range)
    }
    return SpanList(spans: try storedSpans(at: places), partlySearched: readings.list)
  }

  private func places(_ search: SpanSearch, in part: TimeRange) throws(QueryFailure) -> [FoundSpan] {
    let result = try rows(SpanSearchSQL.page(search, in: part))
    return (0..<result.rowCount).map { row in
      FoundSpan(
        key: 0, traceID: result["trace_id"].traceID(row), spanID: SpanID(result["span_id"].unsigned(row) ?? 0),
        start: result["start_ns"].int(row) ?? 0)
    }
  }

  /// The places of spans that a query selects which looks at several spans of a trace.
  private func placesOfQuery(
    _ search: SpanSearch, _ readings: inout TraceReadings
  ) throws(QueryFailure) -> [FoundSpan] {
    var traces = TraceSearch(filter: search.filter, limit: search.limit)
    traces.place = search.place.map { TracePlace(key: $0.key, traceID: $0.traceID) }
    // Long spans can belong to any trace: all of them are examined.
    traces.order = search.order.isByDuration ? .newestFirst : search.order
    if search.order.isByDuration { traces.place = nil }
    let part = traces.rangeOfPage
    if search.order == .newestFirst {
      let found = try newestSpansFirst(
        of: part, newest: nil, limit: search.limit, isOfParts: true, firstSpanCount: firstSpanCount(of: traces)
      ) { part throws(QueryFailure) in
        try self.pageOfCandidates(traces, in: part) { (candidates) throws(QueryFailure) in
          try self.wanted(candidates, search, in: part.range, &readings)
        }
      }
      if let found { return found }
    }
    return try pageByStatement(
      traces, isInOrder: !search.order.isByDuration, isDescending: search.order.isDescending
    ) { (candidates) throws(QueryFailure) in try self.wanted(candidates, search, in: part, &readings) }
  }

  /// The selected spans of candidates within a part of the range and after the search's place.
  private func wanted(
    _ candidates: [TracePlace], _ search: SpanSearch, in part: TimeRange, _ readings: inout TraceReadings
  ) throws(QueryFailure) -> [FoundSpan] {
    let selections = try selections(of: candidates.map(\.traceID), search.filter, &readings)
    return selections.values.joined().compactMap { span in
      guard span.start >= part.start.rawValue, span.start < part.end.rawValue else { return nil as FoundSpan? }
      let found = FoundSpan(span, in: search.order)
      return search.place.map { found.isBehind($0, search.order) } ?? true ? found : nil
    }
  }

  /// The whole spans at places, in their order.
  ///
  /// All columns are read of these few rows only.
  private func storedSpans(at places: [FoundSpan]) throws(QueryFailure) -> [StoredSpan] {
    guard let first = places.map(\.start).min(), let last = places.map(\.start).max() else { return [] }
    let select = SpanSearchSQL.spans(
      traceIDs: places.map(\.traceID), spanIDs: places.map(\.spanID),
      range: (UnixNanoseconds(first), UnixNanoseconds(last)))
    var spans: [FoundSpan.Identity: StoredSpan] = [:]
    for span in try storedSpans(select) {
      spans[.init(traceID: span.traceID, spanID: span.spanID, start: span.start.rawValue)] = span
    }
    return places.compactMap { spans[$0.identity] }
  }

  /// The spans of traces that a filter finds, by trace: the earliest of each, up to a limit, and how many there are.
  package func matchingSpans(
    of ids: [TraceID], _ filter: SpanFilter, countPerTraceMax: Int,
    readingAtOnceAtMost limit: Int = Self.wholeSpanCountMax
  ) throws(QueryFailure) -> [TraceID: (spans: [StoredSpan], count: Int)] {
    var filter = try resolved(filter)
    if filter.query == nil { filter.query = .everySpan }
    if let few = try fewMatchingSpans(of: ids, filter, countPerTraceMax: countPerTraceMax, limit: limit) { return few }
    var readings = TraceReadings()
    let selections = try selections(of: ids, filter, &readings)
    let first = selections.values.flatMap { $0.prefix(countPerTraceMax).map { FoundSpan($0, in: .oldestFirst) } }
    let spans = Dictionary(grouping: try storedSpans(at: first), by: \.traceID)
    return selections.reduce(into: [:]) { found, selection in
      let earliest = spans[selection.key] ?? []
      found[selection.key] = (earliest, selection.value.count)
    }
  }
}

extension TenantTelemetry {
  /// Up to this many spans, about 1 MB, are read whole at once; of more, only the ones needed.
  package static let wholeSpanCountMax = 1_000

  /// The same by one statement; nil when the query looks at several spans, or there are many that match.
  private func fewMatchingSpans(
    of ids: [TraceID], _ filter: SpanFilter, countPerTraceMax: Int, limit: Int
  ) throws(QueryFailure) -> [TraceID: (spans: [StoredSpan], count: Int)]? {
    // Of copies of a span, the first that matches the query decides on the fields too, so fields are not conditions.
    guard !ids.isEmpty, let plan = filter.plan, !filter.isAboutTraces, filter.fieldConditions.isEmpty else {
      return nil
    }
    var spans = try storedSpans(SpanSearchSQL.matching(of: ids, filter, plan, limit: limit + 1))
    guard spans.count <= limit else { return nil }
    spans.sort {
      ($0.start.rawValue, $0.spanID.rawValue, $1.durationNanoseconds)
        < ($1.start.rawValue, $1.spanID.rawValue, $0.durationNanoseconds)
    }
    var known: Set<SpanOfTrace> = []
    spans.removeAll { !known.insert(SpanOfTrace(traceID: $0.traceID, spanID: $0.spanID)).inserted }
    return Dictionary(grouping: spans, by: \.traceID).mapValues { (Array($0.prefix(countPerTraceMax)), $0.count) }
  }

  private struct SpanOfTrace: Hashable {
    let traceID: TraceID
    let spanID: SpanID
  }
}

extension TraceQLQuery {
  /// `{ }`, which every span matches.
  fileprivate static let everySpan = TraceQLQuery(spansets: .filter(.constant(true)), conditions: [], selected: [])
}

/// A span of the first step.
private struct FoundSpan: NewestFirstItem, PlacedItem {
  struct Identity: Hashable {
    var traceID: TraceID
    var spanID: SpanID
    var start: Int64
  }

  /// Its start or its duration, by the order.
  var key: Int64
  var traceID: TraceID
  var spanID: SpanID
  var start: Int64

  var identity: Identity { Identity(traceID: traceID, spanID: spanID, start: start) }
  var spanNumber: UInt64 { spanID.rawValue }

  init(key: Int64, traceID: TraceID, spanID: SpanID, start: Int64) {
    self.key = key
    self.traceID = traceID
    self.spanID = spanID
    self.start = start
  }

  init(_ span: SelectedSpan, in order: TraceOrder) {
    self.init(
      key: order.isByDuration ? span.duration : span.start, traceID: span.traceID, spanID: span.spanID,
      start: span.start)
  }

  func isBehind(_ place: SpanSearchPlace, _ order: TraceOrder) -> Bool {
    let own = (key, traceID.high, traceID.low, spanID.rawValue)
    let other = (place.key, place.traceID.high, place.traceID.low, place.spanID.rawValue)
    return order.isDescending ? own < other : own > other
  }
}

/// The statements of a span search.
enum SpanSearchSQL {
  static func page(_ search: SpanSearch, in part: TimeRange) -> Select {
    let duration = SpanColumns.durationNanoseconds
    let key = search.order.isByDuration ? duration : "toUnixTimestamp64Nano(start_time)"
    let sorted = search.order.isByDuration ? duration : "start_time"
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

  /// The whole spans of traces that a query selects by themselves, each as often as it is stored.
  static func matching(of ids: [TraceID], _ filter: SpanFilter, _ plan: TraceQLPlan, limit: Int) -> Select {
    var select = Select(
      SpanColumns.main, from: .spans,
      where: filter.range.conditions(on: "start_time") + [TenantTelemetry.isAnyTrace(ids), plan.selectable],
      limit: limit)
    select.threadCount = 1
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
