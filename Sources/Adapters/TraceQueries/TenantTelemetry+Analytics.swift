import Ground
import StorePorts

extension TenantTelemetry {
  /// The figures of a query by group and time; every minute that the range touches counts whole.
  package func figures(_ query: AnalyticsQuery) throws(QueryFailure) -> [SpanFigures] {
    let sums = try self.sums(AnalyticsSQL.sums(query))
    let keys = FigureKey.all(of: sums, query)
    guard !keys.isEmpty else { return [] }
    let durations = try self.sums(
      AnalyticsSQL.durations(query, groups: Set(keys.compactMap(\.group)).sorted(), newest: newestDerived))
    return figures(sums, keys, quantiles: quantiles(durations, query))
  }

  /// The figures of the query's groups, and of all its spans together; nil for no spans.
  package func overview(
    _ query: AnalyticsQuery
  ) throws(QueryFailure) -> (total: SpanFigures?, groups: [SpanFigures]) {
    var whole = query
    whole.grouping = nil
    // Spans without a model, say, are in no group by model, but they are in the total.
    guard query.grouping == .service, query.stepMinutes == nil else {
      return (try figures(whole).first, try figures(query))
    }
    let sums = try self.sums(AnalyticsSQL.sums(query))
    let keys = FigureKey.all(of: sums, query)
    guard !keys.isEmpty else { return (nil, []) }
    // What lies beyond the groups that may be counts for the total only.
    guard keys.count < query.groupCountMax else { return (try figures(whole).first, try figures(query)) }
    let durations = try self.sums(
      AnalyticsSQL.durations(query, groups: [], newest: newestDerived, withTotal: true))
    let quantiles = quantiles(durations, query)
    let groups = figures(sums, keys, quantiles: quantiles)
    return (SpanFigures(sumOf: groups, quantiles: quantiles[.total] ?? []), groups)
  }

  /// No derived span starts later.
  private var newestDerived: UnixNanoseconds? {
    derived.density(of: tenant).minutes.first.map { UnixNanoseconds(($0.start + 60) * 1_000_000_000) }
  }

  private func quantiles(_ durations: QueryResult, _ query: AnalyticsQuery) -> [FigureKey: [Double]] {
    var quantiles: [FigureKey: [Double]] = [:]
    for (row, key) in FigureKey.all(of: durations, query).enumerated() {
      let (buckets, range) = durations["quantiles"].list(row)
      quantiles[key] = range.map { DurationBucket.nanoseconds(of: buckets.double($0) ?? 0) }
    }
    return quantiles
  }

  private func figures(
    _ sums: QueryResult, _ keys: [FigureKey], quantiles: [FigureKey: [Double]]
  ) -> [SpanFigures] {
    keys.enumerated().map { row, key in
      let count = sums["span_count"].unsigned(row) ?? 0
      return SpanFigures(
        group: key.group, time: key.time.map { UnixNanoseconds($0 &* 1_000_000_000) }, spanCount: count,
        errorCount: sums["error_count"].unsigned(row) ?? 0,
        durationMeanNanoseconds: count == 0 ? 0 : (sums["duration_sum"].double(row) ?? 0) / Double(count),
        durationQuantilesNanoseconds: quantiles[key] ?? [],
        inputTokens: sums["input_tokens_sum"].unsigned(row) ?? 0,
        outputTokens: sums["output_tokens_sum"].unsigned(row) ?? 0)
    }
  }
}

extension SpanFigures {
  /// The figures of all groups together.
  fileprivate init(sumOf groups: [SpanFigures], quantiles: [Double]) {
    self.init(
      group: nil, time: nil, spanCount: groups.reduce(0) { $0 + $1.spanCount },
      errorCount: groups.reduce(0) { $0 + $1.errorCount }, durationMeanNanoseconds: 0,
      durationQuantilesNanoseconds: quantiles, inputTokens: groups.reduce(0) { $0 + $1.inputTokens },
      outputTokens: groups.reduce(0) { $0 + $1.outputTokens })
    let nanoseconds = groups.reduce(0) { $0 + $1.durationMeanNanoseconds * Double($1.spanCount) }
    durationMeanNanoseconds = spanCount == 0 ? 0 : nanoseconds / Double(spanCount)
  }
}

/// What the figures of one row are of.
private struct FigureKey: Hashable {
  var group: String?
  /// Seconds since 1970.
  var time: Int64?
  /// Whether these are the figures of all groups together.
  var isTotal = false

  static let total = FigureKey(isTotal: true)

  /// The key of each row.
  static func all(of result: QueryResult, _ query: AnalyticsQuery) -> [FigureKey] {
    let hasTotal = result.columns.contains { $0.name == "is_total" }
    return (0..<result.rowCount).map { row in
      if hasTotal, result["is_total"].unsigned(row) == 1 { return .total }
      return FigureKey(
        group: query.grouping == nil ? nil : result["label"].string(row),
        time: query.stepMinutes == nil ? nil : result["bucket"].int(row))
    }
  }
}

/// The statements of analytics. Sums come from the spans by minute, quantiles from their durations by hour, and where an
/// hour is too much from the spans themselves; so do all questions about GPUs, which the others lack.
enum AnalyticsSQL {
  /// Counts, tokens and durations in sum.
  static func sums(_ query: AnalyticsQuery) -> Select {
    let ofGPUs = isAboutGPUs(query)
    let source: Select.Source =
      ofGPUs
      ? .union([spans(query, in: query.range.wholeMinutes)])
      : .complete(
        .spanMinutes, columns: ["minute AS time"] + groupColumns + sumColumns,
        where: SpanMinuteColumns.conditions(query.range) + filters(query))
    var select = grouped(query, from: source)
    select.columns =
      [
        "sum(spans) AS span_count", "sumIf(spans, status_code = 2) AS error_count",
        "toFloat64(sum(duration_ns_sum)) AS duration_sum", "sum(input_tokens) AS input_tokens_sum",
        "sum(output_tokens) AS output_tokens_sum",
      ] + select.columns
    // Without a group there would be one row of zeros for no spans.
    select.having = ["span_count > 0"]
    if let grouping = query.grouping {
      if query.stepMinutes == nil {
        select.orderBy = ["span_count DESC", "label"]
        select.limit = query.groupCountMax
      } else {
        // With time buckets, the groups are those with the most spans in the whole range.
        let top = Select(
          ["\(label(grouping)) AS label"], from: source, groupBy: ["label"],
          orderBy: ["sum(spans) DESC", "label"], limit: query.groupCountMax)
        select.conditions.append("\(label(grouping)) IN \(top)")
      }
    }
    return select
  }

  /// The 0.5, 0.95 and 0.99 quantiles of the durations of some groups, as numbers of buckets.
  ///
  /// - Parameters:
  ///   - newest: No derived span starts later; then the last hour can be taken whole.
  ///   - withTotal: Whether one row more, with `is_total` 1, has the quantiles of all groups.
  static func durations(
    _ query: AnalyticsQuery, groups: [String], newest: UnixNanoseconds? = nil, withTotal: Bool = false
  ) -> Select {
    var select = grouped(query, from: .union(durationRows(query, newest)))
    // Fewer groups than may be are all of them.
    if let grouping = query.grouping, groups.count >= query.groupCountMax {
      select.conditions.append("has(\(groups), toString(\(label(grouping))))")
    }
    select.columns.insert("quantilesExactWeighted(0.5, 0.95, 0.99)(duration_bucket, spans) AS quantiles", at: 0)
    select.orderBy = []
    if withTotal { addTotal(to: &select) }
    return select
  }

  /// One row more, of all groups together, with `is_total` 1.
  private static func addTotal(to select: inout Select) {
    select.columns.append("grouping(label) AS is_total")
    select.groupBy = ["GROUPING SETS ((label), ())"]
    select.limit = select.limit.map { $0 + 1 }
  }

  /// A select by group and time; its own columns come first.
  private static func grouped(_ query: AnalyticsQuery, from source: Select.Source) -> Select {
    var select = Select([], from: source)
    if let minutes = query.stepMinutes {
      let seconds = minutes * 60
      select.columns.append("intDiv(toInt64(toUnixTimestamp(time)), \(seconds)) * \(seconds) AS bucket")
      select.groupBy.append("bucket")
      select.orderBy.append("bucket")
    }
    if let grouping = query.grouping {
      select.columns.append("\(label(grouping)) AS label")
      select.groupBy.append("label")
      select.orderBy.append("label")
    }
    return select
  }

  private static func durationRows(_ query: AnalyticsQuery, _ newest: UnixNanoseconds?) -> [Select] {
    var minutes = query.range.wholeMinutes
    if let newest, newest.rawValue <= minutes.end.rawValue { minutes.end = minutes.end.roundedUpToHour }
    guard !isAboutGPUs(query), (query.stepMinutes ?? 60) % 60 == 0, let hours = minutes.wholeHours else {
      return [spans(query, in: minutes)]
    }
    let inHours: [SQLFragment] = [
      "hour >= toDateTime(\(hours.start.rawValue / 1_000_000_000), 'UTC')",
      "hour < toDateTime(\(hours.end.rawValue / 1_000_000_000), 'UTC')",
    ]
    let columns = ["hour AS time"] + groupColumns + ["duration_bucket", "spans"]
    let edges = [
      TimeRange(start: minutes.start, end: hours.start), TimeRange(start: hours.end, end: minutes.end),
    ].filter { $0.start.rawValue < $0.end.rawValue }
    return [
      Select(columns, from: .spanDurations, where: inHours + filters(query)),
      Select(columns, from: .commits(of: .spanDurations), where: inHours + filters(query)),
    ] + edges.map { spans(query, in: $0, columns: ["\(durationBucket) AS duration_bucket", "toUInt64(1) AS spans"]) }
  }

  private static let groupColumns: [SQLFragment] = [
    "service_name", "provider", "operation", "request_model", "response_model",
  ]
  private static let sumColumns: [SQLFragment] = [
    "status_code", "spans", "duration_ns_sum", "input_tokens", "output_tokens",
  ]

  /// Rows of spans that look like those of the other tables.
  private static func spans(_ query: AnalyticsQuery, in range: TimeRange, columns: [SQLFragment]? = nil) -> Select {
    Select(
      ["toDateTime(start_time, 'UTC') AS time"] + groupColumns
        + (columns ?? [
          "gpu_ids", "status_code", "toUInt64(1) AS spans", "duration_ns AS duration_ns_sum",
          "ifNull(input_tokens, 0) AS input_tokens", "ifNull(output_tokens, 0) AS output_tokens",
          "\(durationBucket) AS duration_bucket",
        ]), from: .spans, where: range.conditions(on: "start_time") + filters(query))
  }

  private static func isAboutGPUs(_ query: AnalyticsQuery) -> Bool { query.gpu != nil || query.grouping == .gpu }

  /// The conditions on everything but the time.
  private static func filters(_ query: AnalyticsQuery) -> [SQLFragment] {
    var conditions: [SQLFragment] = []
    if let service = query.service { conditions.append("service_name = \(service)") }
    if let model = query.model { conditions.append("\(self.model) = \(model)") }
    if let provider = query.provider { conditions.append("provider = \(provider)") }
    if let gpu = query.gpu { conditions.append("has(gpu_ids, \(gpu))") }
    // Spans without a model or GPU are no group of these.
    switch query.grouping {
    case .model: conditions.append("\(model) != ''")
    case .provider: conditions.append("provider != ''")
    case .operation: conditions.append("operation != ''")
    case .gpu: conditions.append("notEmpty(gpu_ids)")
    case .service, nil: break
    }
    return conditions
  }

  private static let model: SQLFragment = "if(response_model != '', response_model, request_model)"
  private static let durationBucket: SQLFragment = "toUInt16(32 * log2(greatest(duration_ns, 1024) / 1024))"

  /// A span with several GPUs counts for each of them.
  private static func label(_ grouping: AnalyticsGrouping) -> SQLFragment {
    switch grouping {
    case .service: "service_name"
    case .model: "toString(\(model))"
    case .gpu: "toString(arrayJoin(gpu_ids))"
    case .provider: "provider"
    case .operation: "operation"
    }
  }
}

extension UnixNanoseconds {
  fileprivate var roundedUpToHour: UnixNanoseconds {
    let hour: Int64 = 3_600_000_000_000
    let floor = rawValue.floored(to: hour)
    return floor == rawValue || floor > .max - hour ? self : UnixNanoseconds(floor + hour)
  }
}

extension TimeRange {
  /// The whole hours in the range; nil when there are none.
  var wholeHours: TimeRange? {
    let hour: Int64 = 3_600_000_000_000
    let first = start.rawValue.floored(to: hour)
    let (from, overflow) = first.addingReportingOverflow(first == start.rawValue ? 0 : hour)
    let until = end.rawValue.floored(to: hour)
    guard !overflow, from < until else { return nil }
    return TimeRange(start: UnixNanoseconds(from), end: UnixNanoseconds(until))
  }

  /// Every minute that the range touches.
  var wholeMinutes: TimeRange {
    let minute: Int64 = 60_000_000_000
    let last = end.rawValue.floored(to: minute)
    return TimeRange(
      start: UnixNanoseconds(start.rawValue.floored(to: minute)),
      end: UnixNanoseconds(last == end.rawValue ? last : last + minute))
  }
}
