package import Base
import Columns
package import Engine
import SQLBuilder

/// Who calls whom in a time range.
package struct ServiceGraph: Sendable {
  /// What a service calls.
  package enum TargetKind: String, Sendable, CaseIterable {
    case service
    /// A database that a span of a client names.
    case database
    /// Who serves a model.
    case provider
    /// Another peer that a span of a client names.
    case peer
  }

  /// The calls from one service to another, or to something that sends no spans.
  package struct Edge: Sendable, Hashable {
    package var source: String
    package var target: String
    package var targetKind: TargetKind
    package var callCount: UInt64
    package var errorCount: UInt64
    package var p50Nanoseconds: Double
    package var p95Nanoseconds: Double
  }

  /// Those with the most calls first.
  package var edges: [Edge]
  package var spanCount: UInt64
  /// Of so many traces one is looked at; counts are multiplied by it.
  package var divisor: UInt64
}

extension TenantTelemetry {
  /// The most spans that a graph is made of; of more, whole traces are chosen by their ids.
  package static let graphSpanCountMax: UInt64 = 400_000
  /// The most edges of a graph.
  private static let graphEdgeCountMax = 2_000

  /// The calls between services in a range: spans whose parent is of another service, and spans of clients that nothing answers.
  package func serviceGraph(
    in range: TimeRange, spanCountMax: UInt64 = Self.graphSpanCountMax
  ) throws(QueryFailure) -> ServiceGraph {
    guard questionRange != nil else {
      return try asked(about: range).serviceGraph(in: range, spanCountMax: spanCountMax)
    }
    let conditions = range.conditions(on: "start_time") + [SpanCountingSQL.isNoCopy]
    let counts = try rows(Select(["count() AS spans"], from: .spans, where: conditions))
    let count = counts.rowCount > 0 ? counts["spans"].number(0) : 0
    let divisor = count > spanCountMax ? (count - 1) / spanCountMax + 1 : 1
    let result = try rows(ServiceGraphSQL.edges(conditions, oneOf: divisor, limit: Self.graphEdgeCountMax))
    let edges = (0..<result.rowCount).map { row in
      ServiceGraph.Edge(
        source: result["source"].text(row), target: result["target"].text(row),
        targetKind: ServiceGraph.TargetKind(rawValue: result["target_kind"].text(row)) ?? .peer,
        callCount: result["calls"].number(row) &* divisor, errorCount: result["errors"].number(row) &* divisor,
        p50Nanoseconds: result["p50"].double(row) ?? 0, p95Nanoseconds: result["p95"].double(row) ?? 0)
    }
    return ServiceGraph(edges: edges, spanCount: count, divisor: divisor)
  }
}

enum ServiceGraphSQL {
  /// Each span is listed under its own id and under its parent's; grouping by id brings the two together, which takes less
  /// memory than a join.
  static func edges(_ conditions: [SQLFragment], oneOf divisor: UInt64, limit: Int) -> Select {
    let chosen: [SQLFragment] = divisor > 1 ? ["cityHash64(trace_id) % \(divisor) = 0"] : []
    let spans = Select(
      [
        "trace_id", "span_id", "parent_span_id", "toString(service_name) AS service", "\(peer) AS peer",
        "greatest(duration_ns, 0) AS nanoseconds", "toUInt8(status_code = 2) AS failed",
      ], from: .spans, where: conditions + chosen)
    let ends = Select(
      [
        "trace_id",
        """
        arrayJoin([(span_id, true, service, peer, nanoseconds, failed), \
        (parent_span_id, false, service, ('', ''), nanoseconds, failed)]) AS side
        """,
      ], from: .subquery(spans))
    let calls = Select(
      [
        "anyIf(side.3, side.2) AS source",
        "anyIf((side.4.1, side.4.2, side.5, side.6), side.2) AS own",
        "groupArrayIf((side.3, 'service', side.5, side.6), NOT side.2) AS children",
        "arrayFilter(c -> c.1 != source, children) AS others",
        "if(notEmpty(others) OR own.1 = '', others, [own]) AS calls",
      ], from: .subquery(ends), where: ["side.1 != 0"], groupBy: ["trace_id", "side.1"],
      having: ["source != ''", "notEmpty(calls)"])
    let single = Select(["source", "arrayJoin(calls) AS call"], from: .subquery(calls))
    return Select(
      [
        "source", "call.1 AS target", "call.2 AS target_kind", "count() AS calls", "sum(call.4) AS errors",
        "quantileExact(0.5)(call.3) AS p50", "quantileExact(0.95)(call.3) AS p95",
      ], from: .subquery(single), groupBy: ["source", "target", "target_kind"],
      orderBy: ["calls DESC", "source", "target"], limit: limit)
  }

  /// What the span of a client calls, and what that is; empty texts for none.
  private static let peer: SQLFragment = """
    multiIf(kind != 3 AND kind != 4, ('', ''), provider != '', (toString(provider), 'provider'), \
    attributes['db.system.name'] != '', (attributes['db.system.name'], 'database'), \
    attributes['db.system'] != '', (attributes['db.system'], 'database'), \
    attributes['peer.service'] != '', (attributes['peer.service'], 'peer'), ('', ''))
    """
}
