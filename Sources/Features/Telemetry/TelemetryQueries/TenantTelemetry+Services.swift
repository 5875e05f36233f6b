package import Base
import Columns
package import Engine
import SQLBuilder
package import Telemetry

/// A service and what it did in a time range.
package struct ServiceSummary: Sendable, Hashable {
  package var name: String
  package var spanCount: UInt64
  package var errorCount: UInt64
}

/// A name of spans that a service has.
package struct OperationSummary: Sendable, Hashable {
  package var name: String
  package var kind: SpanKind

  package init(name: String, kind: SpanKind) {
    self.name = name
    self.kind = kind
  }
}

extension TenantTelemetry {
  /// The most services or operations in a response without pages.
  package static let nameCountMax = 100_000

  /// The services with spans that start in a range of whole minutes around this one, by name.
  package func services(in range: TimeRange) throws(QueryFailure) -> [ServiceSummary] {
    guard questionRange != nil else { return try asked(about: range).services(in: range) }
    let result = try sums(
      Select(
        ["service_name", "sum(spans) AS span_count", "sumIf(spans, status_code = 2) AS error_count"],
        from: .complete(
          .spanMinutes, columns: ["service_name", "spans", "status_code"],
          where: SpanMinuteColumns.conditions(range)), groupBy: ["service_name"], orderBy: ["service_name"],
        limit: Self.nameCountMax))
    return (0..<result.rowCount).map { row in
      ServiceSummary(
        name: result["service_name"].string(row) ?? "", spanCount: result["span_count"].unsigned(row) ?? 0,
        errorCount: result["error_count"].unsigned(row) ?? 0)
    }
  }

  /// Every service that is stored, by name.
  package func serviceNames() throws(QueryFailure) -> [String] {
    let result = try rows(
      Select(
        ["service_name"], from: operationRows(["service_name"]), groupBy: ["service_name"], orderBy: ["service_name"],
        limit: Self.nameCountMax))
    return (0..<result.rowCount).compactMap { result["service_name"].string($0) }
  }

  /// The names of operations of every service, by name.
  package func operationNames() throws(QueryFailure) -> [String] {
    let result = try rows(
      Select(["name"], from: operationRows(["name"]), groupBy: ["name"], orderBy: ["name"], limit: Self.nameCountMax))
    return (0..<result.rowCount).compactMap { result["name"].string($0) }
  }

  /// The operations of a service, by name.
  package func operations(of service: String) throws(QueryFailure) -> [OperationSummary] {
    let result = try rows(
      Select(
        ["name", "kind"], from: operationRows(["name", "kind"], where: ["service_name = \(service)"]),
        groupBy: ["name", "kind"], orderBy: ["name", "kind"], limit: Self.nameCountMax))
    return (0..<result.rowCount).map { row in
      OperationSummary(
        name: result["name"].string(row) ?? "",
        kind: SpanKind(rawValue: UInt8(truncatingIfNeeded: result["kind"].unsigned(row) ?? 0)) ?? .unspecified)
    }
  }
}

extension TenantTelemetry {
  /// The operations of all commits.
  private func operationRows(_ columns: [SQLFragment], where conditions: [SQLFragment] = []) -> Select.Source {
    .complete(.operations, columns: columns, where: conditions)
  }
}

/// The table of spans by minute.
enum SpanMinuteColumns {
  /// The conditions for every minute that a range touches.
  static func conditions(_ range: TimeRange) -> [SQLFragment] {
    let minutes = range.wholeMinutes
    return [
      "minute >= toDateTime(\(minutes.start.rawValue / 1_000_000_000), 'UTC')",
      "minute < toDateTime(\(minutes.end.rawValue / 1_000_000_000), 'UTC')",
    ]
  }
}

extension Int64 {
  /// The greatest multiple of a unit that is not above this.
  func floored(to unit: Int64) -> Int64 {
    let remainder = self % unit
    return self - (remainder < 0 ? remainder + unit : remainder)
  }
}
