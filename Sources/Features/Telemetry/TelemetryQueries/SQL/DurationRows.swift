import Base
import SQLBuilder

/// Rows with `time_ns`, `duration_bucket` and `weight`, which is how many spans a row stands for.
///
/// Whole half hours come from the roll-ups where these know what is asked for, all else from the spans themselves.
struct DurationRows {
  /// The conditions on spans, but for their time.
  let spanConditions: [SQLFragment]
  /// The same on a table of half hours; nil where none knows what they are about.
  let halfHours: HalfHours?
  /// What is measured, in nanoseconds.
  var duration: SQLFragment = "duration_ns"

  /// A table of half hours and the conditions on its rows; newer rows come from the views of `span_half_hours`.
  struct HalfHours {
    let table: SQLTable
    /// On rows of the table.
    let conditions: [SQLFragment]
    /// On rows of the views.
    let viewConditions: [SQLFragment]
  }

  /// - Parameters:
  ///   - newest: No derived span starts later; then the last half hour can be taken whole.
  ///   - usesHalfHours: Whether half an hour is fine enough.
  func source(in range: TimeRange, newest: UnixNanoseconds?, usesHalfHours: Bool = true) -> Select.Source {
    guard usesHalfHours, let halfHours else { return .union([spans(in: range)]) }
    var until = range
    if let newest, newest <= range.end { until.end = range.end.roundedUp(toMinutes: 30) }
    guard let whole = until.whole(minutes: 30) else { return .union([spans(in: range)]) }
    let edges = [TimeRange(start: range.start, end: whole.start), TimeRange(start: whole.end, end: until.end)]
    let isNear = halfHours.table == .labelDurations
    let time: SQLFragment = isNear ? "time" : "half_hour"
    return .union(
      [
        Select(
          Self.columns(time), from: halfHours.table,
          where: Self.within(whole, time) + halfHours.conditions),
        Select(
          Self.columns("half_hour"), from: .commits(of: .spanHalfHours),
          where: Self.within(whole, "half_hour") + halfHours.viewConditions),
      ] + edges.filter { $0.start < $0.end }.map(spans))
  }

  private func spans(in range: TimeRange) -> Select {
    Select(
      [
        "toUnixTimestamp64Nano(start_time) AS time_ns",
        "toUInt16(32 * log2(greatest(\(duration), 1024) / 1024)) AS duration_bucket", "toUInt64(1) AS weight",
      ], from: .spans,
      where: range.conditions(on: "start_time") + [SpanCountingSQL.isNoCopy] + spanConditions)
  }

  private static func columns(_ time: SQLFragment) -> [SQLFragment] {
    ["toInt64(toUnixTimestamp(\(time))) * 1000000000 AS time_ns", "duration_bucket", "spans AS weight"]
  }

  private static func within(_ range: TimeRange, _ time: SQLFragment) -> [SQLFragment] {
    [
      "\(time) >= toDateTime(\(range.start.rawValue / 1_000_000_000), 'UTC')",
      "\(time) < toDateTime(\(range.end.rawValue / 1_000_000_000), 'UTC')",
    ]
  }
}

extension DurationRows {
  /// The durations of the spans of a filter.
  init(_ filter: SpanFilter) {
    spanConditions = filter.fieldConditions + (filter.plan.map { [$0.selectable] } ?? [])
    guard filter.isKnownByHalfHours else {
      halfHours = nil
      return
    }
    if filter.model == nil, filter.provider == nil {
      let label: [SQLFragment] = filter.service.map { ["label = \($0)"] } ?? []
      halfHours = HalfHours(
        table: .labelDurations, conditions: ["dimension = 'service'", "minutes = 30"] + label,
        viewConditions: spanConditions)
    } else {
      halfHours = HalfHours(table: .spanHalfHours, conditions: spanConditions, viewConditions: spanConditions)
    }
  }
}

extension SpanFilter {
  /// Whether the tables of half hours know all that it asks for.
  fileprivate var isKnownByHalfHours: Bool {
    var known = SpanFilter(range: range)
    known.service = service
    known.model = model
    known.provider = provider
    return known == self
  }
}

/// The statements of heat maps.
enum HeatMapSQL {
  static func cells(_ query: HeatMapQuery, newest: UnixNanoseconds?) -> Select {
    var durations = DurationRows(query.filter)
    if query.measure == .ttft {
      durations = DurationRows(
        spanConditions: durations.spanConditions + ["isNotNull(ttft_ns)"], halfHours: nil,
        duration: "assumeNotNull(ttft_ns)")
    }
    let halfHour: Int64 = 1_800_000_000_000
    return Select(
      [
        "intDiv(time_ns, \(query.stepNanoseconds)) * \(query.stepNanoseconds) AS column_ns",
        "intDiv(duration_bucket, \(UInt64(32 / query.rowsPerDoubling))) AS place", "sum(weight) AS spans",
      ],
      from: durations.source(
        in: query.filter.range, newest: newest, usesHalfHours: query.stepNanoseconds % halfHour == 0),
      groupBy: ["column_ns", "place"], having: ["spans > 0"], orderBy: ["column_ns", "place"],
      limit: query.cellCountMax + 1)
  }
}
