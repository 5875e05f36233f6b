package import Base
import Columns
package import Engine
package import SQLBuilder

/// How often one service called another.
package struct ServiceDependency: Sendable, Hashable {
  package var parent: String
  package var child: String
  package var callCount: UInt64

  package init(parent: String, child: String, callCount: UInt64) {
    self.parent = parent
    self.child = child
    self.callCount = callCount
  }
}

extension TenantTelemetry {
  /// The most spans that dependencies are counted over, the newest; about 100 MB while they are grouped.
  static let dependencySpanCountMax = 500_000
  /// The most pairs of services in a response.
  private static let dependencyCountMax = 10_000

  /// The calls between different services: spans whose parent is of another service, the most frequent first.
  ///
  /// Counted over the newest spans of the range; a parent outside them is not found.
  package func serviceDependencies(in range: TimeRange) throws(QueryFailure) -> [ServiceDependency] {
    guard questionRange != nil else { return try asked(about: range).serviceDependencies(in: range) }
    let result = try rows(Self.dependencySelect(in: range))
    return (0..<result.rowCount).map { row in
      ServiceDependency(
        parent: result["parent"].string(row) ?? "", child: result["child"].string(row) ?? "",
        callCount: result["calls"].unsigned(row) ?? 0)
    }
  }

  /// Each span is listed twice, under its own id and under its parent's; grouping by id brings the two together, which
  /// takes less memory than a join.
  ///
  /// Repeated spans count once.
  package static func dependencySelect(in range: TimeRange) -> Select {
    let newest = Select(
      ["trace_id", "span_id", "parent_span_id", "service_name"], from: .spans,
      where: range.conditions(on: "start_time"), orderBy: ["start_time DESC"], limit: dependencySpanCountMax)
    let ends = Select(
      [
        "trace_id",
        """
        arrayJoin([(span_id, toString(service_name), '', toUInt64(0)), \
        (parent_span_id, '', toString(service_name), span_id)]) AS side
        """,
      ], from: .subquery(newest))
    let parents = Select(
      [
        "anyIf(side.2, side.2 != '') AS parent",
        "groupUniqArrayIf((side.3, side.4), side.3 != '') AS children",
      ],
      from: .subquery(ends), where: ["side.1 != 0"], groupBy: ["trace_id", "side.1"],
      having: ["parent != ''", "notEmpty(children)"])
    let calls = Select(["parent", "arrayJoin(children).1 AS child"], from: .subquery(parents))
    return Select(
      ["parent", "child", "count() AS calls"], from: .subquery(calls), where: ["parent != child"],
      groupBy: ["parent", "child"], orderBy: ["calls DESC", "parent", "child"], limit: dependencyCountMax)
  }
}
