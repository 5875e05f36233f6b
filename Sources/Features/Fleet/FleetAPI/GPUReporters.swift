import Base
import NodeReports

/// Finds GPUs that several nodes of a tenant report at the same time, by UUID.
///
/// Machines that were cloned, a replayed report or two agents with names of their own on one machine do that.
struct GPUReporters: Sendable {
  private struct Key: Hashable {
    let tenant: TenantID
    let uuid: String
  }

  private var reporters: [Key: NodeRuns] = [:]
  private var prunedAt = UnixNanoseconds(0)

  /// GPUs that are watched, some 10 MB: 8,000 nodes with eight GPUs.
  ///
  /// Of more nothing is found until others were not reported for a minute.
  private static let countMax = 65_536
  private static let pruneInterval: Int64 = 10_000_000_000

  /// Notes a report: of its GPUs that others report too, another node by the UUID.
  mutating func others(than report: NodeReport, of tenant: TenantID, at time: UnixNanoseconds) -> [String: String] {
    var others: [String: String] = [:]
    for gpu in report.gpus where gpu.condition != .gone {
      guard let uuid = gpu.uuid else { continue }
      let key = Key(tenant: tenant, uuid: uuid)
      if reporters[key] == nil, !hasRoom(at: time) { continue }
      if reporters[key, default: NodeRuns()].isShared(report.name, at: time) {
        others[uuid] = reporters[key]?.newest(otherThan: report.name)
      }
    }
    return others
  }

  private mutating func hasRoom(at time: UnixNanoseconds) -> Bool {
    if reporters.count < Self.countMax { return true }
    guard time.rawValue - prunedAt.rawValue > Self.pruneInterval else { return false }
    prunedAt = time
    reporters = reporters.filter { $0.value.isRemembered(at: time) }
    return reporters.count < Self.countMax
  }
}
