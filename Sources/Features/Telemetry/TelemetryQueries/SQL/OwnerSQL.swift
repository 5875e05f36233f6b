import Base
import SQLBuilder
import Telemetry

/// The statements that read sessions and users.
///
/// Which traces name an owner is derived (`trace_owners`); what these traces did is counted from their spans, for the owners of
/// a page. A span that names an owner counts for that one; one that names none counts for the owner of its trace, if the
/// trace has no other.
struct OwnerSQL {
  let search: OwnerSearch
  let hasLateOuterSpans: Bool

  private static let hour: Int64 = 3_600_000_000_000
  /// Spans of a trace count if they start at most this long before or after the range.
  private static let marginNanoseconds = 24 * hour

  /// The owners of a page, with their traces and times.
  func page() -> Select {
    let key: SQLFragment = search.order.isByTime ? "last_time" : "toInt64(trace_count)"
    var select = Select(
      [
        "\(search.kind.column) AS owner", "uniqExact(trace_id) AS trace_count", "min(first_ns) AS first_time",
        "least(max(last_ns), \(search.range.end.rawValue - 1)) AS last_time", "cityHash64(owner) AS hash",
        "\(key) AS place_key",
      ], from: owners, where: traceFilters, groupBy: ["owner"], limit: search.limit)
    if let place = search.place {
      let position: SQLFragment = "(toInt64(\(place.key)), toUInt64(\(place.hash)))"
      select.having = [
        search.order.isDescending ? "(place_key, hash) < \(position)" : "(place_key, hash) > \(position)"
      ]
    }
    select.orderBy = search.order.isDescending ? ["place_key DESC", "hash DESC"] : ["place_key", "hash"]
    return select
  }

  /// What the spans of some owners come to.
  func sums(of names: [String]) -> Select {
    let counting = SpanCountingSQL(hasLateOuterSpans: hasLateOuterSpans)
    let traces = Select(
      ["trace_id"], from: owners, where: traceFilters + ["has(\(names), \(search.kind.column))"], groupBy: ["trace_id"])
    let around = search.range.widened(by: Self.marginNanoseconds)
    let byTrace = Select(
      [
        "trace_id", "\(search.kind.column) AS own", "count() AS spans", "countIf(status_code = 2) AS errors",
        "countIf(\(counting.isCall)) AS calls", "sumIf(ifNull(input_tokens, 0), \(counting.isCounted)) AS input",
        "sumIf(ifNull(output_tokens, 0), \(counting.isCounted)) AS output",
      ], from: .spans,
      where: around.conditions(on: "start_time") + [SpanCountingSQL.isNoCopy, "trace_id IN \(traces)"],
      groupBy: ["trace_id", "own"])
    let parts = Select(
      [
        "groupUniqArrayIf(own, own != '') AS owners",
        "groupArray((own, spans, errors, calls, input, output)) AS parts",
      ], from: .subquery(byTrace), groupBy: ["trace_id"])
    let owned = Select(
      [
        """
        arrayJoin(arrayMap(p -> if(p.1 = '' AND length(owners) = 1, (owners[1], p.2, p.3, p.4, p.5, p.6), p), parts)) \
        AS part
        """
      ], from: .subquery(parts))
    return Select(
      [
        "part.1 AS owner", "sum(part.2) AS span_count", "sum(part.3) AS error_count", "sum(part.4) AS call_count",
        "sum(part.5) AS input_tokens", "sum(part.6) AS output_tokens",
      ], from: .subquery(owned), where: ["has(\(names), part.1)"], groupBy: ["owner"])
  }

  /// The traces of owners in the range.
  private var owners: Select.Source {
    let range = search.range
    let first = range.start.rawValue.floored(to: Self.hour) / 1_000_000_000
    var conditions: [SQLFragment] = [
      "hour >= toDateTime(\(first), 'UTC')", "hour <= toDateTime(\(range.end.rawValue / 1_000_000_000), 'UTC')",
      "last_ns >= \(range.start.rawValue)", "first_ns < \(range.end.rawValue)",
    ]
    if let id = search.id {
      conditions.append("\(search.kind.column) = \(id)")
    } else {
      conditions.append("\(search.kind.column) != ''")
    }
    return .complete(
      .traceOwners, columns: ["trace_id", "session_id", "user_id", "first_ns", "last_ns"], where: conditions)
  }

  /// Each filter is met by some span of the trace, not all by the same.
  private var traceFilters: [SQLFragment] {
    var filters: [SQLFragment] = []
    if let service = search.service { filters.append("service_name = \(service)") }
    if let model = search.model { filters.append("request_model = \(model) OR response_model = \(model)") }
    if let status = search.status { filters.append("status_code = \(UInt64(status.rawValue))") }
    if let other = search.otherID {
      let column: SQLFragment = search.kind == .session ? "user_id" : "session_id"
      filters.append("\(column) = \(other)")
    }
    let around = search.range.widened(by: Self.hour).conditions(on: "start_time")
    return filters.map { filter in
      "trace_id IN \(Select(["trace_id"], from: .spans, where: around + [filter]))"
    }
  }
}

/// What of a row of `spans` counts; see docs/adr/0013-counting-each-call-once.md.
struct SpanCountingSQL {
  /// Whether `late_outer_spans` holds any.
  let hasLateOuterSpans: Bool

  /// Whether the row is not a copy of another.
  static let isNoCopy: SQLFragment = "NOT bitTest(counting, 0)"

  /// Whether no span inside this one reports its tokens again.
  var isCounted: SQLFragment {
    guard hasLateOuterSpans else { return "counting = 0" }
    let late = Select(["trace_id", "span_id"], from: .lateOuterSpans)
    return "counting = 0 AND (trace_id, span_id) NOT IN \(late)"
  }

  /// Whether it is a call: it names a model or reports tokens, and no span inside it repeats that.
  var isCall: SQLFragment { "(\(isCounted)) AND \(Self.tellsCall)" }

  private static let tellsCall: SQLFragment = """
    (request_model != '' OR response_model != '' OR ifNull(input_tokens, 0) > 0 OR ifNull(output_tokens, 0) > 0)
    """
}

extension TimeRange {
  /// The range with as much more on both sides, as far as times go.
  func widened(by nanoseconds: Int64) -> TimeRange {
    let (first, underflow) = start.rawValue.subtractingReportingOverflow(nanoseconds)
    let (last, overflow) = end.rawValue.addingReportingOverflow(nanoseconds)
    return TimeRange(
      start: UnixNanoseconds(underflow ? .min : first), end: UnixNanoseconds(overflow ? .max : last))
  }
}
