import Base
import Columns
package import Engine
import SQLBuilder
import Telemetry

extension TenantTelemetry {
  /// A page of the operations of a service, by name and kind.
  ///
  /// - Parameter place: Only operations after this one.
  package func operations(
    of service: String, after place: OperationSummary?, limit: Int
  ) throws(QueryFailure) -> [OperationSummary] {
    var conditions: [SQLFragment] = ["service_name = \(service)"]
    if let place { conditions.append("(name, kind) > (\(place.name), toUInt8(\(UInt64(place.kind.rawValue))))") }
    let result = try rows(
      Select(
        ["name", "kind"], from: .complete(.operations, columns: ["name", "kind"], where: conditions),
        groupBy: ["name", "kind"], orderBy: ["name", "kind"], limit: limit))
    return (0..<result.rowCount).map { row in
      OperationSummary(
        name: result["name"].string(row) ?? "",
        kind: SpanKind(rawValue: UInt8(truncatingIfNeeded: result["kind"].unsigned(row) ?? 0)) ?? .unspecified)
    }
  }
}
