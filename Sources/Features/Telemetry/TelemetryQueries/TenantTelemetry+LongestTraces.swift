import Base
import Columns
import Engine
import SQLBuilder

extension TenantTelemetry {
  /// The places of the longest traces of a range, whatever they are; nil for a range within ten minutes.
  ///
  /// The durations within the range come from its own rows of `traces`. Traces with spans before or after it are few,
  /// and are compared by their whole durations.
  func longestTraces(
    _ search: TraceSearch, _ readings: inout TraceReadings, crossingRowCountMax: Int = Self.candidateCountMax
  ) throws(QueryFailure) -> [TracePlace]? {
    guard TraceColumns.tenMinutes(of: search.filter.range).count > 1 else { return nil }
    var page = CandidatePage<TracePlace>(limit: search.limit, isDescending: true)
    guard
      let crossing = try hasSpans(outside: search.filter.range)
        ? crossingTraces(search, rowCountMax: crossingRowCountMax) : []
    else {
      return try longestOfManyCrossing(search, &readings)
    }
    // Whatever else is in the range is there whole, so its duration needs no look at the rest of the table.
    let ids = crossing.sorted { ($0.high, $0.low) < ($1.high, $1.low) }
    readings.bounds.merge(try bounds(of: ids)) { _, new in new }
    page.add(wanted(crossing, search, readings), of: [])
    let within = try places(LongestTracesSQL.within(search, limit: search.limit + crossing.count))
    page.add(within.filter { !crossing.contains($0.traceID) }, of: [])
    return page.page
  }

  /// The same without examining traces with spans outside the range one by one.
  private func longestOfManyCrossing(
    _ search: TraceSearch, _ readings: inout TraceReadings
  ) throws(QueryFailure) -> [TracePlace] {
    var page = CandidatePage<TracePlace>(limit: search.limit, isDescending: true)
    page.add(try places(LongestTracesSQL.crossing(search)), of: [])
    let crossing = Set(page.items.map(\.traceID))
    // Some more, because those that cross the range's ends are left out.
    var limit = search.limit + 16
    while true {
      let found = try places(LongestTracesSQL.within(search, limit: limit))
      let unknown = found.map(\.traceID).filter { readings.bounds[$0] == nil }
      readings.bounds.merge(try bounds(of: unknown)) { _, new in new }
      let whole = found.filter { place in
        !crossing.contains(place.traceID) && readings.bounds[place.traceID]?.durationNanoseconds == place.key
      }
      if whole.count >= search.limit || found.count < limit {
        page.add(whole, of: [])
        return page.page
      }
      limit *= 4
    }
  }

  /// The places of traces whose durations are asked for.
  private func wanted(_ ids: Set<TraceID>, _ search: TraceSearch, _ readings: TraceReadings) -> [TracePlace] {
    ids.compactMap { id in
      guard let duration = readings.bounds[id]?.durationNanoseconds, search.isDuration(duration) else { return nil }
      let place = TracePlace(key: duration, traceID: id)
      return search.isBehindPlace(place) ? place : nil
    }
  }

  /// The traces that have spans in the range and outside its ten minutes; nil when they are many.
  private func crossingTraces(
    _ search: TraceSearch, rowCountMax: Int
  ) throws(QueryFailure) -> Set<TraceID>? {
    let result = try rows(LongestTracesSQL.crossingIDs(search, limit: rowCountMax + 1))
    guard result.rowCount > 0 else { return [] }
    guard result.rowCount <= rowCountMax else { return nil }
    let ids = result["trace_id"]
    return Set((0..<result.rowCount).map { ids.traceID($0) })
  }

  /// Whether spans may start outside the ten minutes that a range touches.
  private func hasSpans(outside range: TimeRange) -> Bool {
    let density = derived.density(of: tenant)
    guard density.isComplete, !derived.hasNewerCommits, let newest = density.minutes.first,
      let oldest = density.minutes.last
    else { return true }
    let minutes = TraceColumns.tenMinutes(of: range)
    return oldest.start < minutes.lowerBound * 600 || newest.start >= (minutes.upperBound + 1) * 600
  }

  private func places(_ select: Select) throws(QueryFailure) -> [TracePlace] {
    let result = try rows(select)
    guard result.rowCount > 0 else { return [] }
    let (ids, keys) = (result["trace_id"], result["place_key"])
    return (0..<result.rowCount).map { TracePlace(key: keys.int($0) ?? 0, traceID: ids.traceID($0)) }
  }
}

/// The statements that find the longest traces of a range.
enum LongestTracesSQL {
  /// The longest traces by the rows of the range alone.
  static func within(_ search: TraceSearch, limit: Int) -> Select {
    // The engine groups by numbers twice as fast as by text of the same bytes.
    let durations = Select(
      ["reinterpretAsUInt128(trace_id) AS id", "\(TraceColumns.durationNanoseconds) AS place_key"],
      from: .complete(.traces, columns: TraceColumns.times, where: TraceColumns.rows(in: search.filter.range)),
      groupBy: ["id"], having: ["countIf(\(startsWithin(search))) > 0"] + search.traceConditions)
    var page = Select(
      ["reinterpretAsFixedString(id) AS trace_id", "place_key"], from: .subquery(durations),
      where: behindPlace(search))
    page.orderBy = ["place_key DESC", "trace_id DESC"]
    page.limit = limit
    return page
  }

  /// The longest of the traces that have spans outside the range's ten minutes too.
  static func crossing(_ search: TraceSearch) -> Select {
    let crossing = crossingIDs(search, limit: nil)
    return Select(
      ["trace_id", "\(TraceColumns.durationNanoseconds) AS place_key"],
      from: .complete(.traces, columns: TraceColumns.times, where: ["trace_id IN \(crossing)"]), groupBy: ["trace_id"],
      having: search.traceConditions + behindPlace(search), orderBy: ["place_key DESC", "trace_id DESC"],
      limit: search.limit)
  }

  /// The traces that have spans in the range and outside its ten minutes; one has as many rows as it has outside.
  static func crossingIDs(_ search: TraceSearch, limit: Int?) -> Select {
    let inside = Select(
      ["reinterpretAsUInt128(trace_id)"],
      from: .complete(
        .traces, columns: TraceColumns.times,
        where: TraceColumns.rows(in: search.filter.range) + [startsWithin(search)]))
    return Select(
      ["trace_id"],
      from: .complete(
        .traces, columns: ["trace_id"],
        where: [
          "NOT (\(SQLFragment.all(TraceColumns.rows(in: search.filter.range))))",
          "reinterpretAsUInt128(trace_id) IN \(inside)",
        ]), limit: limit)
  }

  /// Whether a row, which is of ten minutes, has a span that starts in the range, which is of more.
  private static func startsWithin(_ search: TraceSearch) -> SQLFragment {
    let range = search.filter.range
    return "start_ns < \(range.end.rawValue) AND last_start_ns >= \(range.start.rawValue)"
  }

  private static func behindPlace(_ search: TraceSearch) -> [SQLFragment] {
    guard let place = search.place else { return [] }
    return ["(place_key, trace_id) < (\(place.key), \(place.traceID))"]
  }
}
