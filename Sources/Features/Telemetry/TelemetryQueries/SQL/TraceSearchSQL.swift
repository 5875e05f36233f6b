import Base
import Columns
import Engine
import SQLBuilder

/// The statements of a trace search.
enum TraceSearchSQL {
  /// The ids of a page of traces, each with its place's key.
  ///
  /// By time, a trace's place is its newest matching span when the newest come first, and its oldest when the oldest do:
  /// then the page can be found in a part of the range, from the spans alone.
  ///
  /// Of a query that looks at several spans of a trace, the page holds traces that may match, each at the best place that a
  /// span in the part can give it.
  static func page(_ search: TraceSearch, in part: TimeRange) -> Select {
    var page = search.order.isByDuration ? byDuration(search, in: part) : byTime(search, in: part)
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

  private static func byTime(_ search: TraceSearch, in part: TimeRange) -> Select {
    var page = matching(search, in: part)
    let function = (search.order.isDescending ? "max" : "min") as SQLFragment
    let key: SQLFragment =
      search.selectsInTraces.map { "\(function)If(start_time, \(inPart($0, search, part)))" }
      ?? "\(function)(start_time)"
    page.columns.append("toUnixTimestamp64Nano(\(key)) AS place_key")
    guard search.hasDuration else { return page }
    let traces = Select(
      ["trace_id"], from: ofTraces(matching(search, in: part)), groupBy: ["trace_id"],
      having: search.traceConditions)
    page.conditions.append("trace_id IN \(traces)")
    return page
  }

  private static func byDuration(_ search: TraceSearch, in part: TimeRange) -> Select {
    Select(
      ["trace_id", "\(TraceColumns.durationNanoseconds) AS place_key"], from: ofTraces(matching(search, in: part)),
      groupBy: ["trace_id"], having: search.traceConditions)
  }

  /// The rows of `traces` of some traces: all of them, however far apart they are.
  private static func ofTraces(_ traces: Select) -> Select.Source {
    .complete(.traces, columns: TraceColumns.times, where: ["trace_id IN \(traces)"])
  }

  /// The ids of the traces with a matching span in a part of the range.
  private static func matching(_ search: TraceSearch, in part: TimeRange) -> Select {
    guard let plan = search.selectsInTraces else {
      return Select(["trace_id"], from: .spans, where: search.filter.spanConditions(in: part), groupBy: ["trace_id"])
    }
    return Select(
      ["trace_id"], from: .spans, where: search.filter.range.conditions(on: "start_time") + [plan.anyLeaf],
      groupBy: ["trace_id"], having: plan.necessary + ["countIf(\(inPart(plan, search, part))) > 0"])
  }

  /// The rows of spans in a part that the query may select and for which the other filters hold.
  private static func inPart(_ plan: TraceQLPlan, _ search: TraceSearch, _ part: TimeRange) -> SQLFragment {
    .all([plan.selectable] + part.conditions(on: "start_time") + search.filter.fieldConditions)
  }

  /// The matching spans of a part of the range, each with its trace and its start.
  ///
  /// - Parameter limit: The most spans; with more, the engine should group them by trace, see ``page(_:in:)``.
  static func matchingSpans(_ search: TraceSearch, in part: RangePart, limit: Int) -> Select {
    var spans = Select(
      ["trace_id", "toUnixTimestamp64Nano(start_time) AS start_ns"], from: .spans,
      where: search.filter.spanConditions(in: part.range), limit: limit)
    if part.isSmall { spans.threadCount = 1 }
    spans.isPlannedAsWritten = !search.filter.hasConditions
    return spans
  }

  /// What durations and summaries need of the spans of traces, a row each.
  ///
  /// - Parameter limit: The most spans; with more, the engine should count them, see ``details(of:within:)``.
  static func spans(of ids: [TraceID], within bounds: [SQLFragment], limit: Int) -> Select {
    var spans = Select(spanColumns, from: .spans, where: bounds + [TenantTelemetry.isAnyTrace(ids)], limit: limit)
    spans.threadCount = 1
    spans.isPlannedAsWritten = true
    return spans
  }

  /// The details of traces by their ids, for traces of many spans.
  ///
  /// Repeated spans, which a sender's retry can leave, count once.
  static func details(of ids: [TraceID], within bounds: [SQLFragment]) -> Select {
    var spans = Select(spanColumns, from: .spans, where: bounds + [TenantTelemetry.isAnyTrace(ids)])
    spans.limitBy = (1, ["trace_id", "span_id"])
    return Select(
      [
        "trace_id", "min(start_ns) AS trace_start", "max(start_ns + greatest(duration_ns, 0)) AS trace_end",
        "argMinIf(name, (start_ns, span_id), parent_span_id = 0) AS root_name",
        "argMinIf(service_name, (start_ns, span_id), parent_span_id = 0) AS root_service",
        "countIf(parent_span_id = 0) AS root_count", "count() AS span_count",
        "countIf(status_code = 2) AS error_count",
        "sumMap(map(toString(service_name), toUInt64(1))) AS services",
        "sumMap(map(toString(service_name), toUInt64(status_code = 2))) AS failed_services",
        "groupUniqArray(request_model) AS request_models", "groupUniqArray(response_model) AS response_models",
      ],
      from: .subquery(spans), groupBy: ["trace_id"])
  }

  /// The tokens of each span of traces, once, and how the spans lie within each other.
  static func tokens(of ids: [TraceID], within bounds: [SQLFragment], limit: Int?) -> Select {
    var spans = Select(
      ["trace_id", "span_id", "parent_span_id", "input_tokens", "output_tokens"], from: .spans,
      where: bounds + [TenantTelemetry.isAnyTrace(ids)], limit: limit)
    spans.limitBy = (1, ["trace_id", "span_id"])
    return spans
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
      models: models.filter { !$0.isEmpty }.sorted(), inputTokens: 0, outputTokens: 0)
  }
}

extension TraceSearch {
  /// The plan of a query that looks at several spans of a trace; nil when one span decides whether its trace is found.
  fileprivate var selectsInTraces: TraceQLPlan? {
    filter.isAboutTraces && !isOfSingleSpans ? filter.plan : nil
  }

  /// The conditions on the whole trace, over `traces`.
  var traceConditions: [SQLFragment] {
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
