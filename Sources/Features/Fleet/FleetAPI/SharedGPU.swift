import Base
import Identity
import NodeReports

/// A GPU that several nodes report, so that sums over series count it several times.
struct SharedGPU: Sendable, Equatable {
  let uuid: String
  let nodes: Set<String>

  /// How many are named.
  private static let countMax = 10

  /// Those of some nodes that are heard of, by UUID.
  static func all(of nodes: [Node], at now: UnixNanoseconds) -> [SharedGPU] {
    var reporters: [String: Set<String>] = [:]
    for node in nodes where !node.sharedGPUs.isEmpty && node.state(at: now) == .up {
      for (uuid, other) in node.sharedGPUs { reporters[uuid, default: []].formUnion([node.report.name, other]) }
    }
    return reporters.sorted { $0.key < $1.key }.map { SharedGPU(uuid: $0, nodes: $1) }
  }

  /// A sentence for each, up to a limit.
  static func warnings(_ shared: [SharedGPU]) -> [String] {
    let warnings = shared.prefix(countMax).map { shared in
      let names = shared.nodes.sorted().map { "'\($0)'" }.joined(separator: ", ")
      return "The GPU \(shared.uuid) is reported by several nodes: \(names). Its energy counts once, but sums over series "
        + "count each; let one of them report it."
    }
    return shared.count > countMax
      ? warnings + ["\(shared.count - countMax) more GPUs are reported by several nodes."] : warnings
  }
}

extension NodeRegistry {
  /// The GPUs of a tenant that several nodes report at present.
  func sharedGPUs(of tenant: TenantID, at now: UnixNanoseconds) throws(RegistryError) -> [SharedGPU] {
    var shared: [Node] = []
    var after: String?
    repeat {
      let found = try nodes(of: tenant, after: after, limit: DocumentLimits.pageCountMax)
      shared += found.nodes.filter { !$0.sharedGPUs.isEmpty }
      after = found.next
    } while after != nil
    return SharedGPU.all(of: shared, at: now)
  }
}
