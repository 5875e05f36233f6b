import Base
import Columns
import Engine
import SQLBuilder

/// When the spans of a whole trace begin and end.
struct TraceBounds: Sendable, Hashable {
  /// The start of the first span, in nanoseconds since 1970 as all of these.
  var start: Int64
  /// The latest end.
  var end: Int64
  /// The start of the last span.
  var lastStart: Int64

  /// From the start of the first span to the end of the last; a span whose clock went back ends where it starts.
  var durationNanoseconds: Int64 { max(end, lastStart) &- start }

  mutating func formUnion(_ other: TraceBounds) {
    start = min(start, other.start)
    end = max(end, other.end)
    lastStart = max(lastStart, other.lastStart)
  }
}

extension Sequence<TraceBounds> {
  /// The conditions that spans start where those of any of the traces do, which leave out most of the table; nil for no
  /// trace.
  var conditions: [SQLFragment]? {
    guard let first = map(\.start).min(), let last = map(\.lastStart).max() else { return nil }
    return [
      "start_time >= fromUnixTimestamp64Nano(\(first), 'UTC')", "start_time <= fromUnixTimestamp64Nano(\(last), 'UTC')",
    ]
  }
}

extension TenantTelemetry {
  /// The bounds of traces by their ids, however far apart their spans are; those that are not stored are left out.
  ///
  /// `traces` has a row for each ten minutes of a trace, found by index wherever it lies.
  func bounds(of ids: [TraceID]) throws(QueryFailure) -> [TraceID: TraceBounds] {
    guard !ids.isEmpty else { return [:] }
    // In this order: what is newer than the table when it is asked must not be taken for derived.
    let until = derived.derivedUntil
    var bounds: [TraceID: TraceBounds] = [:]
    add(try rows(TraceBoundsSQL.derived(ids)), to: &bounds)
    if derived.hasNewerCommits { add(try rows(TraceBoundsSQL.newer(ids, than: until)), to: &bounds) }
    return bounds
  }

  private func add(_ rows: QueryResult, to bounds: inout [TraceID: TraceBounds]) {
    guard rows.rowCount > 0 else { return }
    let (ids, starts, ends, lasts) = (rows["trace_id"], rows["start_ns"], rows["end_ns"], rows["last_start_ns"])
    for row in 0..<rows.rowCount {
      let start = starts.int(row) ?? 0
      let part = TraceBounds(start: start, end: ends.int(row) ?? start, lastStart: lasts.int(row) ?? start)
      bounds[ids.traceID(row), default: part].formUnion(part)
    }
  }
}

/// The statements that read bounds of traces, as plain rows: to group them takes longer here than in Swift.
enum TraceBoundsSQL {
  static func derived(_ ids: [TraceID]) -> Select {
    plain(Select(TraceColumns.times, from: .traces, where: [TenantTelemetry.isAnyTrace(ids)]))
  }

  /// The same of the commits that the table lacks.
  static func newer(_ ids: [TraceID], than commit: Int64) -> Select {
    plain(
      Select(
        [
          "trace_id", "toUnixTimestamp64Nano(start_time) AS start_ns",
          "toUnixTimestamp64Nano(start_time) + duration_ns AS end_ns",
          "toUnixTimestamp64Nano(start_time) AS last_start_ns",
        ], from: .spans,
        where: [
          "received_at > fromUnixTimestamp64Nano(\(commit), 'UTC')", TenantTelemetry.isAnyTrace(ids),
        ]))
  }

  private static func plain(_ select: Select) -> Select {
    var select = select
    select.threadCount = 1
    select.isPlannedAsWritten = true
    return select
  }
}
