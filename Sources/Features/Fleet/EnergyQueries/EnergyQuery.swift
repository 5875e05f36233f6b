package import Base
import SQLBuilder

/// A question about the energy of GPUs in a time.
package struct EnergyQuery: Sendable {
  /// Every minute that it touches counts whole.
  package var range: TimeRange
  /// None for the total alone.
  package var groups: [EnergyDimension] = []
  /// Nil for no time series.
  package var stepSeconds: Int64?
  package var model: String?
  package var service: String?
  package var provider: String?
  package var operation: String?
  /// The UUID of a GPU, or of a part of one.
  package var gpu: String?
  package var node: String?
  /// The most groups, those with the most energy first.
  package var groupCountMax = 100

  package init(range: TimeRange) { self.range = range }

  /// The range in whole minutes.
  package var minutes: TimeRange {
    let minute: Int64 = 60_000_000_000
    let start = range.start.rawValue / minute * minute
    let end = (range.end.rawValue + minute - 1) / minute * minute
    return TimeRange(start: UnixNanoseconds(start), end: UnixNanoseconds(end))
  }
}

/// What energy may be grouped by.
package enum EnergyDimension: String, Sendable, CaseIterable {
  case model, service, provider, operation, gpu, resource, node, tenant

  var column: SQLFragment {
    switch self {
    case .model: "model"
    case .service: "service_name"
    case .provider: "provider"
    case .operation: "operation"
    case .gpu: "gpu"
    case .resource: "resource"
    case .node: "node"
    // Rows of other tenants on our GPUs say whose they are.
    case .tenant: "toString(if(other_tenant = 0, tenant, other_tenant))"
    }
  }
}
