import Ground
import StorePorts

/// The statements of a trace search.
enum TraceSearchSQL {
  /// The ids of a page of traces, each with its place's key.
  ///
  /// By time, a trace's place is its newest matching span when the newest come first, and its oldest when the oldest do:
  /// then the page can be found in a part of the range, from the spans alone.
  static func page(_ search: TraceSearch, in part: TimeRange) -> Select {
    let (conditions, query) = search.filter.plan(in: part)
    let key: SQLFragment =
      switch search.order {
      case .newestFirst: "toUnixTimestamp64Nano(max(start_time))"
      case .oldestFirst: "toUnixTimestamp64Nano(min(start_time))"
      case .longestFirst, .shortestFirst: TraceColumns.durationNanoseconds
      }
    var matching = Select(["trace_id"], from: .spans, where: conditions, groupBy: ["trace_id"])
    if let query {
      matching.conditions.append(query.candidates)
      if let condition = query.traceCondition { matching.having.append(condition) }
    }
    let durations = search.traceConditions
    let near = TraceColumns.rows(in: TraceColumns.margin(search.marginNanoseconds, around: part))
    let traces = Select.Source.complete(.traces, columns: TraceColumns.times, where: near)
    var page = matching
    if search.order.isByDuration {
      let found = Select.Source.complete(
        .traces, columns: TraceColumns.times, where: near + ["trace_id IN \(matching)"])
      page = Select(["trace_id"], from: found, groupBy: ["trace_id"], having: durations)
    } else if !durations.isEmpty {
      page.conditions.append(
        "trace_id IN \(Select(["trace_id"], from: traces, groupBy: ["trace_id"], having: durations))"
      )
    }
    page.columns.append("\(key) AS place_key")
    if let place = search.place {
      let id = "toFixedString(unhex(\(place.traceID.description)), 16)" as SQLFragment
      page.having.append(
        search.order.isDescending
          ? "(place_key, trace_id) < (\(place.key), \(id))" : "(place_key, trace_id) > (\(place.key), \(id))")
    }
    page.orderBy = search.order.isDescending ? ["place_key DESC", "trace_id DESC"] : ["place_key", "trace_id"]
    page.limit = search.limit
    return page
  }

  /// The matching spans of a part of the range, each with its trace and its start.
  ///
  /// - Parameter limit: The most spans; beyond them the engine had better tell the traces apart, see ``page(_:in:)``.
  static func matchingSpans(_ search: TraceSearch, in part: RangePart, limit: Int) -> Select {
    let (conditions, query) = search.filter.plan(in: part.range)
    var spans = Select(
      ["trace_id", "toUnixTimestamp64Nano(start_time) AS start_ns"], from: .spans,
      where: conditions + (query.map { [$0.candidates] } ?? []), limit: limit)
    if part.isSmall { spans.threadCount = 1 }
    return spans
  }

  /// When the first and the last span of traces start.
  ///
  /// - Parameter range: Where each of them has a span; nil when nobody knows.
  static func bounds(of ids: [TraceID], around range: TimeRange?) -> Select {
    Select(
      ["\(TraceColumns.start) AS first_start", "\(TraceColumns.lastStart) AS last_start", "count() AS found"],
      from: .complete(
        .traces, columns: TraceColumns.times,
        where: (range.map { TraceColumns.rows(in: TraceColumns.margin(around: $0)) } ?? []) + [
          TenantTelemetry.isAnyTrace(ids)
        ]))
  }

  /// What durations and summaries need of the spans of traces, a row each.
  ///
  /// - Parameter limit: The most spans; beyond them the engine had better count, see ``details(of:within:)``.
  static func spans(of ids: [TraceID], within bounds: [SQLFragment], limit: Int) -> Select {
    var spans = Select(spanColumns, from: .spans, where: bounds + [TenantTelemetry.isAnyTrace(ids)], limit: limit)
    spans.threadCount = 1
    spans.isPlannedAsWritten = true
    return spans
  }

  /// The details of traces by their ids, for traces of many spans. Repeated spans, which a sender's retry can leave, count
  /// once.
  static func details(of ids: [TraceID], within bounds: [SQLFragment]) -> Select {
    var spans = Select(spanColumns, from: .spans, where: bounds + [TenantTelemetry.isAnyTrace(ids)])
    spans.limitBy = (1, ["trace_id", "span_id"])
    return Select(
      [
        "trace_id", "min(start_ns) AS trace_start", "max(start_ns + duration_ns) AS trace_end",
        "argMinIf(name, start_ns, parent_span_id = 0) AS root_name",
        "argMinIf(service_name, start_ns, parent_span_id = 0) AS root_service",
        "countIf(parent_span_id = 0) AS root_count", "count() AS span_count",
        "countIf(status_code = 2) AS error_count",
        "sumMap(map(toString(service_name), toUInt64(1))) AS services",
        "sumMap(map(toString(service_name), toUInt64(status_code = 2))) AS failed_services",
        "groupUniqArray(request_model) AS request_models", "groupUniqArray(response_model) AS response_models",
        "sum(toUInt64(ifNull(input_tokens, 0))) AS input_tokens_sum",
        "sum(toUInt64(ifNull(output_tokens, 0))) AS output_tokens_sum",
      ],
      from: .subquery(spans), groupBy: ["trace_id"])
  }

  private static let spanColumns: [SQLFragment] = [
    "trace_id", "span_id", "parent_span_id", "name", "service_name", "toUnixTimestamp64Nano(start_time) AS start_ns",
    "duration_ns", "status_code", "request_model", "response_model", "input_tokens", "output_tokens",
  ]

  static func summary(_ result: QueryResult, _ row: Int) -> TraceSummary {
    let hasRoot = (result["root_count"].unsigned(row) ?? 0) > 0
    let start = result["trace_start"].int(row) ?? 0
    let id = result["trace_id"].traceID(row)
    let spans = result["services"].counts(row)
    let errors = result["failed_services"].counts(row)
    let models = Set(result["request_models"].strings(row) + result["response_models"].strings(row))
    return TraceSummary(
      traceID: id, place: TracePlace(key: start, traceID: id), start: UnixNanoseconds(start),
      durationNanoseconds: (result["trace_end"].int(row) ?? start) &- start,
      rootName: hasRoot ? result["root_name"].string(row) : nil,
      rootService: hasRoot ? result["root_service"].string(row) : nil,
      spanCount: result["span_count"].unsigned(row) ?? 0, errorCount: result["error_count"].unsigned(row) ?? 0,
      services: spans.keys.sorted().map {
        ServiceCount(name: $0, spanCount: spans[$0] ?? 0, errorCount: errors[$0] ?? 0)
      },
      models: models.filter { !$0.isEmpty }.sorted(), inputTokens: result["input_tokens_sum"].unsigned(row) ?? 0,
      outputTokens: result["output_tokens_sum"].unsigned(row) ?? 0)
  }
}

extension TraceSearch {
  /// Whether traces of some durations are asked for.
  var hasDuration: Bool { minimumTraceNanoseconds != nil || maximumTraceNanoseconds != nil }

  /// Whether a trace lasts as long as is asked for.
  func isDuration(_ nanoseconds: Int64) -> Bool {
    nanoseconds >= minimumTraceNanoseconds ?? .min && nanoseconds <= maximumTraceNanoseconds ?? .max
  }

  /// How far a trace's spans may start from the matching one to count for its duration, if it is longer than usual.
  var marginNanoseconds: Int64 { max(minimumTraceNanoseconds ?? 0, maximumTraceNanoseconds ?? 0) }

  /// The conditions on the whole trace, over `traces`.
  fileprivate var traceConditions: [SQLFragment] {
    var conditions: [SQLFragment] = []
    if let minimum = minimumTraceNanoseconds { conditions.append("\(TraceColumns.durationNanoseconds) >= \(minimum)") }
    if let maximum = maximumTraceNanoseconds { conditions.append("\(TraceColumns.durationNanoseconds) <= \(maximum)") }
    return conditions
  }
}

extension ResultColumn {
  /// The numbers of a Map(String, UInt64) row.
  func counts(_ row: Int) -> [String: UInt64] {
    let (keys, values, range) = map(row)
    return Dictionary(range.map { (keys.string($0) ?? "", values.unsigned($0) ?? 0) }) { $0 + $1 }
  }
}
