import Base
import SQLBuilder

/// Where the rows of an analytics query come from.
///
/// Sums come from the spans by minute, quantiles from their durations by the half hour, by service or model alone where
/// nothing else is asked for, those of GPUs from their hours; and at the ends of a range, or where the tables know too
/// little, from the spans themselves. Each gives `time`, what groups are made of, `weight`, which is how many spans (or
/// calls, of models) a row stands for, and the sums that are asked for.
struct AnalyticsRows {
  /// Rows from which counts, tokens and durations are summed.
  let sums: Select.Source
  /// Rows with a `duration_bucket`.
  let durations: Select.Source
  /// Whether those have `group_name`, what they are grouped by, instead of the columns that it is made of.
  let durationsHaveGroupName: Bool
  /// Rows of both, which read the spans at the ends of the range once; nil where one statement for both brings nothing.
  ///
  /// The weight of a duration is `duration_weight`.
  let sumsAndDurations: Select.Source?

  /// See ``AnalyticsSQL``.
  init(_ query: AnalyticsQuery, newest: UnixNanoseconds?, hasLateOuterSpans: Bool) {
    let spans = SpansOfAnalytics(query, hasLateOuterSpans: hasLateOuterSpans)
    let conditions = Self.conditions(query)
    let weight: SQLFragment = query.isOfCalls ? "calls AS weight" : "spans AS weight"
    durationsHaveGroupName = query.labels != nil && query.groupValue == nil
    if query.groupValue != nil {
      // No table knows what is grouped by.
      let minutes = query.range.wholeMinutes
      sums = .union([spans.select(in: minutes)])
      durations = .union([spans.ofDurations.select(in: minutes)])
      sumsAndDurations = .union([spans.ofBoth.select(in: minutes)])
    } else if query.isAboutGPUs {
      // The tables know nothing but the GPU.
      let tables = query.isOfGPUsAlone ? TablesOfGPUs(query, weight: weight) : nil
      sums = .union(Self.rows(query, tables?.sums, spans, newest))
      durations = .union(Self.rows(query, tables?.durations, spans.ofDurations, newest))
      sumsAndDurations = tables.map { .union(Self.rows(query, $0.both, spans.ofBoth, newest)) }
    } else {
      sums = .completeSums(
        .spanMinutes,
        columns: ["minute AS time"] + Self.groupColumns + (query.isOfCalls ? Self.sumsOfCalls : Self.sumsOfSpans),
        where: SpanMinuteColumns.conditions(query.range) + conditions)
      let groups = query.labels.map { ["\($0.name) AS group_name"] } ?? Self.groupColumns
      var table = Table(
        .spanHalfHours, minutes: 30, column: "half_hour",
        columns: ["half_hour AS time"] + groups + ["duration_bucket", weight], conditions: conditions)
      table.labels = query.labels.map { labels in
        Labels(
          columns: ["time", "label AS group_name", "duration_bucket", weight],
          conditions: [labels.dimension])
      }
      durations = .union(Self.rows(query, table, spans.ofDurations, newest))
      sumsAndDurations = nil
    }
  }

  /// The tables of sums by GPU and of durations by GPU.
  private struct TablesOfGPUs {
    let sums: Table
    let durations: Table
    let both: Table

    init(_ query: AnalyticsQuery, weight: SQLFragment) {
      let time: [SQLFragment] = ["hour AS time", "gpu"]
      let summed: [SQLFragment] = [
        weight, "errors", "calls", "duration_ns_sum AS nanoseconds", "input_tokens", "output_tokens",
      ]
      let nothing: [SQLFragment] = [
        "toUInt64(0) AS weight", "toUInt64(0) AS errors", "toUInt64(0) AS calls", "toFloat64(0) AS nanoseconds",
        "toUInt64(0) AS input_tokens", "toUInt64(0) AS output_tokens",
      ]
      let bucket: SQLFragment = "duration_bucket"
      let bucketWeight: SQLFragment = query.isOfCalls ? "calls AS duration_weight" : "spans AS duration_weight"
      func table(_ table: SQLTable, _ columns: [SQLFragment]) -> Table {
        Table(
          table, views: .gpuHours, minutes: 60, column: "hour", columns: time + columns,
          conditions: query.gpu.map { ["gpu = \($0)"] } ?? [])
      }
      sums = table(.gpuHourSums, summed)
      durations = table(.gpuHours, [bucket, weight])
      var both = table(.gpuHours, summed + [bucket, bucketWeight])
      both.parts = [
        (.gpuHourSums, time + summed + ["toUInt16(0) AS duration_bucket", "toUInt64(0) AS duration_weight"]),
        (.gpuHours, time + nothing + [bucket, bucketWeight]),
      ]
      self.both = both
    }
  }

  fileprivate static let groupColumns: [SQLFragment] = [
    "service_name", "provider", "operation", "request_model", "response_model",
  ]
  private static let sumsOfSpans: [SQLFragment] = [
    "spans AS weight", "if(status_code = 2, spans, 0) AS errors", "calls", "duration_ns_sum AS nanoseconds",
    "input_tokens", "output_tokens",
  ]
  private static let sumsOfCalls: [SQLFragment] = [
    "calls AS weight", "if(status_code = 2, calls, 0) AS errors", "calls", "call_duration_ns_sum AS nanoseconds",
    "input_tokens", "output_tokens",
  ]

  /// The requested model, or the one that responded where none was requested.
  static let model: SQLFragment = "if(request_model != '', request_model, response_model)"

  /// The conditions on everything but the time and GPUs.
  ///
  /// Spans without a model, say, form no group by model.
  fileprivate static func conditions(_ query: AnalyticsQuery) -> [SQLFragment] {
    let grouping: [SQLFragment] =
      switch query.grouping {
      case .model: ["\(model) != ''"]
      case .requestModel: ["request_model != ''"]
      case .responseModel: ["response_model != ''"]
      case .provider: ["provider != ''"]
      case .operation: ["operation != ''"]
      case .service, .gpu, nil: []
      }
    return query.filtersButGPU + grouping
  }

  /// A table with one row per group for a number of minutes.
  private struct Table {
    let table: SQLTable
    /// The table whose views compute the rows that this one lacks.
    let views: SQLTable
    let minutes: Int64
    let time: SQLFragment
    let columns: [SQLFragment]
    let conditions: [SQLFragment]
    /// How `label_durations` has the same rows; nil where it has not.
    var labels: Labels?
    /// The tables, and their columns, that together have the same rows in fewer; empty for the table itself.
    var parts: [(table: SQLTable, columns: [SQLFragment])] = []

    init(
      _ table: SQLTable, views: SQLTable? = nil, minutes: Int64, column time: SQLFragment,
      columns: [SQLFragment], conditions: [SQLFragment]
    ) {
      self.table = table
      self.views = views ?? table
      self.minutes = minutes
      self.time = time
      self.columns = columns
      self.conditions = conditions
    }

    /// The conditions on units of time within a range.
    func conditions(in range: TimeRange) -> [SQLFragment] { AnalyticsRows.within(range, time) + conditions }
  }

  private struct Labels {
    /// The minutes for which `label_durations` has rows too.
    static let coarseMinutes: Int64 = 240

    let columns: [SQLFragment]
    let conditions: [SQLFragment]

    /// The rows of whole half hours: of four hours at once where possible.
    ///
    /// - Parameter stepMinutes: The time buckets that are asked for.
    func selects(in range: TimeRange, stepMinutes: Int64?) -> [Select] {
      guard (stepMinutes ?? Self.coarseMinutes) % Self.coarseMinutes == 0,
        let coarse = range.whole(minutes: Self.coarseMinutes)
      else { return [select(in: range, minutes: 30)] }
      let edges = [
        TimeRange(start: range.start, end: coarse.start), TimeRange(start: coarse.end, end: range.end),
      ].filter { $0.start.rawValue < $0.end.rawValue }
      return [select(in: coarse, minutes: Self.coarseMinutes)] + edges.map { select(in: $0, minutes: 30) }
    }

    private func select(in range: TimeRange, minutes: Int64) -> Select {
      Select(
        columns, from: .labelDurations,
        where: conditions + ["minutes = \(minutes)"] + AnalyticsRows.within(range, "time"))
    }
  }

  /// Rows whose unit of time begins within a range.
  private static func within(_ range: TimeRange, _ time: SQLFragment) -> [SQLFragment] {
    [
      "\(time) >= toDateTime(\(range.start.rawValue / 1_000_000_000), 'UTC')",
      "\(time) < toDateTime(\(range.end.rawValue / 1_000_000_000), 'UTC')",
    ]
  }

  /// The rows of a table over the whole of its units in the range and those of the spans at both ends; of the spans alone
  /// where there is no table, or its units are too long.
  private static func rows(
    _ query: AnalyticsQuery, _ table: Table?, _ spans: SpansOfAnalytics, _ newest: UnixNanoseconds?
  ) -> [Select] {
    var minutes = query.range.wholeMinutes
    guard let table else { return [spans.select(in: minutes)] }
    if let newest, newest.rawValue <= minutes.end.rawValue {
      minutes.end = minutes.end.roundedUp(toMinutes: table.minutes)
    }
    guard (query.stepMinutes ?? table.minutes) % table.minutes == 0, let whole = minutes.whole(minutes: table.minutes)
    else { return [spans.select(in: minutes)] }
    let edges = [
      TimeRange(start: minutes.start, end: whole.start), TimeRange(start: whole.end, end: minutes.end),
    ].filter { $0.start.rawValue < $0.end.rawValue }
    let parts = table.parts.isEmpty ? [(table.table, table.columns)] : table.parts
    let derived =
      table.labels?.selects(in: whole, stepMinutes: query.stepMinutes)
      ?? parts.map { Select($0.1, from: $0.0, where: table.conditions(in: whole)) }
    let newer = [Select.Source.commits(of: table.views), .corrections(of: table.views)].map {
      Select(table.columns, from: $0, where: table.conditions(in: whole))
    }
    return derived + newer + edges.map { spans.select(in: $0) }
  }
}

/// Rows of spans that look like those of the derived tables.
private struct SpansOfAnalytics {
  private let query: AnalyticsQuery
  private let counting: SpanCountingSQL
  private var hasSums = true
  private var hasDurations = false

  init(_ query: AnalyticsQuery, hasLateOuterSpans: Bool) {
    self.query = query
    counting = SpanCountingSQL(hasLateOuterSpans: hasLateOuterSpans)
  }

  /// The same without the sums.
  var ofDurations: SpansOfAnalytics {
    var spans = self
    spans.hasSums = false
    spans.hasDurations = true
    return spans
  }

  /// The same with `duration_bucket` and `duration_weight`.
  var ofBoth: SpansOfAnalytics {
    var spans = self
    spans.hasDurations = true
    return spans
  }

  func select(in range: TimeRange) -> Select {
    var conditions = range.conditions(on: "start_time") + [SpanCountingSQL.isNoCopy]
    var columns: [SQLFragment] = ["toDateTime(start_time, 'UTC') AS time"]
    if query.isAboutGPUs {
      conditions += query.gpu.map { ["has(gpu_ids, \($0))"] } ?? ["notEmpty(gpu_ids)"]
      columns.append(query.gpu.map { "\($0) AS gpu" } ?? "arrayJoin(gpu_ids) AS gpu")
    }
    if let value = query.groupValue {
      columns.append("\(value) AS group_value")
      conditions.append("\(value) != ''")
    } else if let labels = query.labels, !hasSums {
      columns.append("\(labels.name) AS group_name")
    } else if !query.isOfGPUsAlone {
      columns += AnalyticsRows.groupColumns
    }
    let isCall = counting.isCall
    if !hasSums { columns.append("\(Self.durationBucket) AS duration_bucket") }
    columns.append(query.isOfCalls ? "toUInt64(\(isCall)) AS weight" : "toUInt64(1) AS weight")
    if hasSums {
      let isCounted = counting.isCounted
      columns += [
        query.isOfCalls ? "toUInt64(status_code = 2 AND \(isCall)) AS errors" : "toUInt64(status_code = 2) AS errors",
        "toUInt64(\(isCall)) AS calls",
        query.isOfCalls
          ? "if(\(isCall), \(Self.duration), 0) AS nanoseconds" : "\(Self.duration) AS nanoseconds",
        "if(\(isCounted), ifNull(input_tokens, 0), 0) AS input_tokens",
        "if(\(isCounted), ifNull(output_tokens, 0), 0) AS output_tokens",
      ]
      if hasDurations { columns += ["\(Self.durationBucket) AS duration_bucket", "weight AS duration_weight"] }
    }
    return Select(columns, from: .spans, where: conditions + AnalyticsRows.conditions(query))
  }

  private static let duration: SQLFragment = "toFloat64(greatest(duration_ns, 0))"
  private static let durationBucket: SQLFragment = "toUInt16(32 * log2(greatest(duration_ns, 1024) / 1024))"
}

extension AnalyticsQuery {
  /// Whether it is about models, and so counts calls instead of spans.
  var isOfCalls: Bool {
    grouping?.isByModel ?? false || model != nil || requestModel != nil || responseModel != nil
  }

  fileprivate var isAboutGPUs: Bool { gpu != nil || grouping == .gpu }

  /// Whether the table of GPUs, which knows nothing else, has the answer.
  fileprivate var isOfGPUsAlone: Bool {
    isAboutGPUs && filtersButGPU.isEmpty && (grouping == nil || grouping == .gpu)
  }

  /// What `label_durations` knows the groups of the query by, and their name in a row of spans; nil where it does not know them.
  fileprivate var labels: (dimension: SQLFragment, name: SQLFragment)? {
    guard !isAboutGPUs, filtersButGPU.isEmpty else { return nil }
    return switch grouping {
    case .service, nil: ("dimension = 'service'", "service_name")
    case .model: ("dimension = 'model'", AnalyticsRows.model)
    default: nil
    }
  }

  /// The conditions of the filters, that by GPU left out.
  fileprivate var filtersButGPU: [SQLFragment] {
    var conditions: [SQLFragment] = []
    if let service { conditions.append("service_name = \(service)") }
    if let model { conditions.append("\(AnalyticsRows.model) = \(model)") }
    if let requestModel { conditions.append("request_model = \(requestModel)") }
    if let responseModel { conditions.append("response_model = \(responseModel)") }
    if let provider { conditions.append("provider = \(provider)") }
    return conditions
  }
}

extension UnixNanoseconds {
  func roundedUp(toMinutes minutes: Int64) -> UnixNanoseconds {
    let unit = minutes * 60_000_000_000
    let floor = rawValue.floored(to: unit)
    return floor == rawValue || floor > .max - unit ? self : UnixNanoseconds(floor + unit)
  }
}

extension TimeRange {
  /// The part of the range that begins and ends at whole hours, or other numbers of minutes; nil when there is none.
  func whole(minutes: Int64) -> TimeRange? {
    let unit = minutes * 60_000_000_000
    let first = start.rawValue.floored(to: unit)
    let (from, overflow) = first.addingReportingOverflow(first == start.rawValue ? 0 : unit)
    let until = end.rawValue.floored(to: unit)
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
