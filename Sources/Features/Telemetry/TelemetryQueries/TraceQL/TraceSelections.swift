import Base
import Columns
import Engine
import SQLBuilder
import TraceQL

/// A span that a query selects.
struct SelectedSpan: Hashable {
  var traceID: TraceID
  var spanID: SpanID
  var start: Int64
  /// Nanoseconds from 0.
  var duration: Int64
}

/// What is known of traces that were examined one by one.
struct TraceReadings {
  var bounds: [TraceID: TraceBounds] = [:]
  /// The traces of which a query saw only the first spans.
  var partial: Set<TraceID> = []
}

extension TenantTelemetry {
  /// The most rows of traces that are read at once for a query, about 20 MB; if there are more, fewer traces at a time.
  private static let selectionRowCountMax = 200_000

  /// The spans that a filter with a query finds of each trace, in order of start; traces without one are left out.
  ///
  /// Repeated spans count once. Of a trace with more spans than ``traceSpanCountMax``, only the first are examined.
  ///
  /// - Parameter readings: Receives the traces that were examined only in part.
  func selections(
    of ids: [TraceID], _ filter: SpanFilter, _ readings: inout TraceReadings
  ) throws(QueryFailure) -> [TraceID: [SelectedSpan]] {
    guard let plan = filter.plan, !ids.isEmpty else { return [:] }
    if plan.numbers.contains(.intrinsic(.traceDuration)) {
      let unknown = ids.filter { readings.bounds[$0] == nil }
      readings.bounds.merge(try bounds(of: unknown)) { _, new in new }
    }
    return try selections(of: ids, filter, plan, &readings)
  }

  private func selections(
    of ids: [TraceID], _ filter: SpanFilter, _ plan: TraceQLPlan, _ readings: inout TraceReadings
  ) throws(QueryFailure) -> [TraceID: [SelectedSpan]] {
    let isSingle = ids.count == 1
    let limit = isSingle ? Self.traceSpanCountMax : Self.selectionRowCountMax
    let result = try rows(SelectionSQL.rows(of: ids, filter, plan, limit: limit + 1))
    if result.rowCount > limit {
      guard isSingle else {
        var selections = try selections(of: Array(ids[..<(ids.count / 2)]), filter, plan, &readings)
        let rest = try self.selections(of: Array(ids[(ids.count / 2)...]), filter, plan, &readings)
        selections.merge(rest) { _, new in new }
        return selections
      }
      readings.partial.formUnion(ids)
    }
    guard result.rowCount > 0 else { return [:] }
    let reader = try SelectionRows(result, plan, bounds: readings.bounds, of: self)
    var selections: [TraceID: [SelectedSpan]] = [:]
    for (id, spans) in reader.traces(rowCountMax: limit) {
      let selected = plan.selection(of: spans).filter { spans.isAsked[$0] }
      guard !selected.isEmpty else { continue }
      selections[id] = selected.map {
        SelectedSpan(
          traceID: id, spanID: SpanID(spans.spanIDs[$0]), start: spans.starts[$0], duration: spans.durations[$0])
      }
    }
    return selections
  }
}

/// The statement that reads what a query needs of the rows of traces.
enum SelectionSQL {
  static func rows(of ids: [TraceID], _ filter: SpanFilter, _ plan: TraceQLPlan, limit: Int) -> Select {
    var columns: [SQLFragment] = [
      "trace_id", "span_id", "parent_span_id", "toUnixTimestamp64Nano(start_time) AS start_ns",
      "\(SpanColumns.durationNanoseconds) AS duration", "\(plan.leafBits) AS leaves",
      "\(SQLFragment.all(filter.fieldConditions)) AS is_asked",
    ]
    if !plan.numbers.isEmpty {
      columns += ["resource_id", "scope_id"]
      let numbers = plan.numbers.map(numberOfSpan)
      columns.append("[\(numbers.map(\.value).joined(separator: ", "))] AS numbers")
      let areNumbers = numbers.map { "toUInt8(\($0.isNumber))" as SQLFragment }
      let exist = numbers.map { "toUInt8(\($0.exists))" as SQLFragment }
      columns.append("[\(areNumbers.joined(separator: ", "))] AS are_numbers")
      columns.append("[\(exist.joined(separator: ", "))] AS exist")
    }
    var select = Select(
      columns, from: .spans,
      where: [TenantTelemetry.isAnyTrace(ids)] + filter.range.conditions(on: "start_time")
        + (plan.needed.map { [$0] } ?? []),
      limit: limit)
    // The first spans of a trace that is too long, and the order of the others.
    select.orderBy = ["start_time", "span_id", "duration_ns DESC"]
    return select
  }

  /// A field of the span itself as a number; what other tables hold is added from there.
  private static func numberOfSpan(
    _ field: Field
  ) -> (value: SQLFragment, isNumber: SQLFragment, exists: SQLFragment) {
    switch field {
    case .attribute(.span, let key), .attribute(.unscoped, let key):
      let attribute = SpanAttribute(key: key)
      let number = SpanPredicate.number(of: attribute.source)
      return (number.value, number.exists, attribute.exists)
    case .attribute, .score: return ("toFloat64(0)", "false", "false")
    case .intrinsic: return ("toFloat64(\(SpanColumns.durationNanoseconds))", "true", "true")
    }
  }
}

/// Reads the rows of ``SelectionSQL/rows(of:_:_:limit:)``.
private struct SelectionRows {
  private let rows: QueryResult
  private let plan: TraceQLPlan
  private let bounds: [TraceID: TraceBounds]
  private let resources: [UInt64: StoredResource]
  private let scopes: [UInt64: StoredScope]

  init(
    _ rows: QueryResult, _ plan: TraceQLPlan, bounds: [TraceID: TraceBounds], of telemetry: TenantTelemetry
  ) throws(QueryFailure) {
    self.rows = rows
    self.plan = plan
    self.bounds = bounds
    let scoped = plan.numbers.compactMap { field -> AttributeScope? in
      if case .attribute(let scope, _) = field { scope } else { nil }
    }
    let readsResources = scoped.contains(.resource) || scoped.contains(.unscoped)
    resources = readsResources ? try telemetry.resources(of: rows) : [:]
    scopes = scoped.contains(.instrumentation) ? try telemetry.scopes(of: rows) : [:]
  }

  /// The spans of each trace, each once.
  func traces(rowCountMax: Int) -> [TraceID: SpansOfTrace] {
    let (traceIDs, spanIDs, parents) = (rows["trace_id"], rows["span_id"], rows["parent_span_id"])
    let (starts, durations, leaves, asked) = (rows["start_ns"], rows["duration"], rows["leaves"], rows["is_asked"])
    let numbers = plan.numbers.isEmpty ? nil : Numbers(rows)
    var traces: [TraceID: SpansOfTrace] = [:]
    var known: Set<SelectedSpanKey> = []
    known.reserveCapacity(rows.rowCount)
    for row in 0..<min(rows.rowCount, rowCountMax) {
      let id = traceIDs.traceID(row)
      let spanID = spanIDs.unsigned(row) ?? 0
      guard known.insert(SelectedSpanKey(traceID: id, spanID: spanID)).inserted else { continue }
      traces[id, default: SpansOfTrace(numberCount: plan.numbers.count)].append(
        spanID: spanID, parentID: parents.unsigned(row) ?? 0, start: starts.int(row) ?? 0,
        duration: durations.int(row) ?? 0, leaves: leaves.unsigned(row) ?? 0, isAsked: asked.unsigned(row) == 1,
        numbers: numbers.map { numbers in plan.numbers.indices.map { number($0, row, id, numbers) } } ?? [])
    }
    return traces
  }

  /// The columns of aggregated fields, looked up once.
  private struct Numbers {
    let values, areNumbers, exist, resourceID, scopeID: ResultColumn

    init(_ rows: QueryResult) {
      values = rows["numbers"]
      areNumbers = rows["are_numbers"]
      exist = rows["exist"]
      resourceID = rows["resource_id"]
      scopeID = rows["scope_id"]
    }
  }

  private func number(_ index: Int, _ row: Int, _ trace: TraceID, _ columns: Numbers) -> Double? {
    func element(_ column: ResultColumn) -> (ResultValues, Int) {
      let (elements, range) = column.list(row)
      return (elements, range.lowerBound + index)
    }
    func flag(_ column: ResultColumn) -> Bool {
      let (elements, place) = element(column)
      return elements.unsigned(place) == 1
    }
    switch plan.numbers[index] {
    case .intrinsic(.traceDuration): return bounds[trace].map { Double($0.durationNanoseconds) }
    case .score: return nil
    case .attribute(.resource, let key): return resource(columns, row, key)
    case .attribute(.instrumentation, let key):
      return scopes[columns.scopeID.unsigned(row) ?? 0]?.attributes.number(key)
    case .attribute(.unscoped, let key) where !flag(columns.exist): return resource(columns, row, key)
    case .attribute, .intrinsic:
      guard flag(columns.areNumbers) else { return nil }
      let (elements, place) = element(columns.values)
      return elements.double(place)
    }
  }

  private func resource(_ columns: Numbers, _ row: Int, _ key: String) -> Double? {
    resources[columns.resourceID.unsigned(row) ?? 0]?.attributes.number(key)
  }
}

private struct SelectedSpanKey: Hashable {
  let traceID: TraceID
  let spanID: UInt64
}

extension SpansOfTrace {
  fileprivate init(numberCount: Int) {
    self.init()
    numbers = [[Double?]](repeating: [], count: numberCount)
  }

  fileprivate mutating func append(
    spanID: UInt64, parentID: UInt64, start: Int64, duration: Int64, leaves: UInt64, isAsked: Bool, numbers: [Double?]
  ) {
    spanIDs.append(spanID)
    parentIDs.append(parentID)
    starts.append(start)
    durations.append(duration)
    self.leaves.append(leaves)
    self.isAsked.append(isAsked)
    for (index, number) in numbers.enumerated() { self.numbers[index].append(number) }
  }
}

extension [StoredAttribute] {
  /// The number of a key; nil when it has no value or one that is not a number.
  fileprivate func number(_ key: String) -> Double? {
    guard let attribute = first(where: { $0.key == key }), attribute.type == .int || attribute.type == .double else {
      return nil
    }
    return Double(attribute.text)
  }
}
