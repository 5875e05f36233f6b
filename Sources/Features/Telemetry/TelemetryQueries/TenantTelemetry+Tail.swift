import Base
import Columns
package import Engine
import SQLBuilder

/// How far a follower of new spans has come: the time of the last commit it has examined, with all before it.
package struct TailPosition: Sendable {
  fileprivate var commit: Int64
}

/// What a follower gets at once.
package struct NewSpans: Sendable {
  /// The oldest first.
  package var spans: [StoredSpan] = []
  /// Older ones that were left out because there were more than the limit.
  ///
  /// With a query about several spans of a trace it is how many were not examined.
  package var skippedCount = 0
}

extension TenantTelemetry {
  /// The position after everything that can be read.
  package func tailPosition() throws(QueryFailure) -> TailPosition {
    TailPosition(commit: try visibleUntil(of: .spans))
  }

  /// The spans that a filter finds among those of the commits since a position, oldest first; moves the position on.
  ///
  /// Each commit is examined once, and one that is still under way is left for the next call, with those after it: at
  /// most for as long as an insert takes. Copies of spans are left out. When there are more spans than the limit, the
  /// newest are given and the others counted: a follower who is too slow skips.
  package func newSpans(
    _ filter: SpanFilter, since position: inout TailPosition, limit: Int
  ) throws(QueryFailure) -> NewSpans {
    let commits = position.commit..<max(position.commit, try visibleUntil(of: .spans))
    guard !commits.isEmpty else { return NewSpans() }
    let filter = try resolved(filter)
    var found = try storedSpans(TailSQL.spans(filter, ofCommitsIn: commits, limit: limit))
    var skippedCount = 0
    if found.count == limit {
      let count = try rows(TailSQL.count(filter, ofCommitsIn: commits))["span_count"].unsigned(0) ?? 0
      skippedCount = max(0, Int(clamping: count) - limit)
    }
    if filter.isAboutTraces { found = try selected(found, filter) }
    position.commit = commits.upperBound
    return NewSpans(spans: found.reversed(), skippedCount: skippedCount)
  }

  /// Those of the spans that a query selects which looks at several spans of a trace.
  private func selected(_ spans: [StoredSpan], _ filter: SpanFilter) throws(QueryFailure) -> [StoredSpan] {
    var readings = TraceReadings()
    let selections = try selections(of: Array(Set(spans.map(\.traceID))), filter, &readings)
    let selected = Set(selections.values.joined().map { SpanKey(traceID: $0.traceID, spanID: $0.spanID) })
    return spans.filter { selected.contains(SpanKey(traceID: $0.traceID, spanID: $0.spanID)) }
  }
}

private struct SpanKey: Hashable {
  let traceID: TraceID
  let spanID: SpanID
}

/// The statement of a follower.
///
/// The skip index of `received_at` leads to the new rows.
enum TailSQL {
  /// - Parameter commits: after the first time, up to and including the second.
  static func spans(_ filter: SpanFilter, ofCommitsIn commits: Range<Int64>, limit: Int) -> Select {
    var select = Select(
      SpanColumns.main, from: .spans, where: conditions(filter, commits), orderBy: ["start_time DESC", "span_id"],
      limit: limit)
    // A copy that came long after its span is not marked.
    select.limitBy = (1, ["trace_id", "span_id"])
    return select
  }

  /// How many spans there are without a limit.
  static func count(_ filter: SpanFilter, ofCommitsIn commits: Range<Int64>) -> Select {
    Select(["uniqExact(trace_id, span_id) AS span_count"], from: .spans, where: conditions(filter, commits))
  }

  private static func conditions(_ filter: SpanFilter, _ commits: Range<Int64>) -> [SQLFragment] {
    [
      "received_at > fromUnixTimestamp64Nano(\(commits.lowerBound), 'UTC')",
      "received_at <= fromUnixTimestamp64Nano(\(commits.upperBound), 'UTC')", "NOT bitTest(counting, 0)",
    ] + filter.spanConditions(in: filter.range)
  }
}
