package import WorkloadIdentity

/// What holds or uses a GPU or a part of it.
package struct GPUWorkload: Sendable, Hashable {
  /// The part; nil for the whole.
  package let gpuInstance: UInt32?
  package let computeInstance: UInt32?
  package let workload: Workload

  /// Of a GPU; more than its driver takes processes of at once, but for jobs with a process per core.
  package static let countMax = 64
}

extension GPUState {
  /// Names the pods of processes, and says what holds or uses the GPU.
  ///
  /// - Parameter allocations: what the kubelet says; nil where there is none.
  mutating func identify(_ allocations: PodAllocations?) {
    let held = allocations.map(holders) ?? []
    if !held.isEmpty, case .value(let found, let provenance, let time) = processes {
      processes = .value(named(found, held), from: provenance, at: time)
    }
    var seen: Set<GPUWorkload> = []
    workloads = []
    func add(_ workload: GPUWorkload) {
      guard workloads.count < GPUWorkload.countMax, seen.insert(workload).inserted else { return }
      workloads.append(workload)
    }
    for process in processes.value ?? [] where !process.workload.isEmpty {
      var workload = process.workload
      // Ranks of a step are one workload.
      workload.slurm?.rank = nil
      add(
        GPUWorkload(
          gpuInstance: process.gpuInstance, computeInstance: process.computeInstance, workload: workload))
    }
    // A container holds its GPU also while no process of it uses it.
    for one in held where !workloads.contains(where: { one.isOf($0.workload) && one.isPart($0) }) {
      var workload = Workload()
      workload.namespace = one.holder.namespace
      workload.pod = one.holder.pod
      workload.container = one.holder.container
      add(
        GPUWorkload(
          gpuInstance: one.part?.gpuInstance, computeInstance: one.part?.computeInstance, workload: workload))
    }
  }

  /// The container that alone holds a part; nil where there is none or several share it.
  func onlyWorkload(ofInstance instance: UInt32?) -> Workload? {
    let found = workloads.filter { $0.gpuInstance == instance || $0.gpuInstance == nil }
    guard let first = found.first?.workload, found.allSatisfy({ $0.workload == first }) else { return nil }
    return first
  }
}

/// A container that holds a GPU or a part of it.
private struct PartHolder {
  let part: ComputeResource?
  let holder: PodAllocations.Holder

  /// Whether something runs on what the container holds.
  func isHeld(_ gpuInstance: UInt32?, _ computeInstance: UInt32?) -> Bool {
    guard let part, part.gpuInstance != nil else { return true }
    return part.gpuInstance == gpuInstance
      && (part.computeInstance == nil || computeInstance == nil || part.computeInstance == computeInstance)
  }

  func isPart(_ workload: GPUWorkload) -> Bool { isHeld(workload.gpuInstance, workload.computeInstance) }

  func isOf(_ workload: Workload) -> Bool {
    workload.pod == holder.pod && workload.namespace == holder.namespace && workload.container == holder.container
  }
}

extension GPUState {
  private func holders(_ allocations: PodAllocations) -> [PartHolder] {
    let board = gpu.uuid.flatMap(DeviceID.uuid(ofDriver:))
    let uuids = resources.map { $0.uuid.flatMap(DeviceID.uuid(ofDriver:)) }
    return allocations.allocations.flatMap { allocation in
      parts(allocation.device, board, uuids).map { PartHolder(part: $0, holder: allocation.holder) }
    }
  }

  /// What of this GPU a device is: nothing, the whole as nil, or parts.
  ///
  /// - Parameters:
  ///   - board: the UUID of the GPU as ids have it.
  ///   - uuids: those of its parts.
  private func parts(_ device: DeviceID, _ board: String?, _ uuids: [String?]) -> [ComputeResource?] {
    switch device {
    case .uuid(let uuid):
      return board == uuid ? [nil] : zip(resources, uuids).filter { $0.1 == uuid }.map(\.0)
    case .part(let uuid, let gpuInstance, let computeInstance):
      guard board == uuid else { return [] }
      return resources.filter { $0.gpuInstance == gpuInstance && $0.computeInstance == computeInstance }
    case .minor(let number, let gpuInstance):
      guard gpu.minorNumber.map({ Int($0) }) == number else { return [] }
      return gpuInstance == nil ? [nil] : resources.filter { $0.gpuInstance == gpuInstance }
    case .pciBus(let place): return gpu.pciBusID?.lowercased() == place ? [nil] : []
    }
  }

  /// Names the pods of processes of which the control group has the UID only.
  ///
  /// The kubelet knows no UIDs: a pod is named where its GPU is held by one container, and used by no other pod.
  private func named(_ processes: [GPUProcess], _ held: [PartHolder]) -> [GPUProcess] {
    processes.map { process in
      guard let uid = process.workload.podUID, process.workload.pod == nil else { return process }
      let holders = Set(held.filter { $0.isHeld(process.gpuInstance, process.computeInstance) }.map(\.holder))
      let isAlone = processes.allSatisfy { other in
        other.gpuInstance != process.gpuInstance || other.computeInstance != process.computeInstance
          || other.workload.podUID == nil || other.workload.podUID == uid
      }
      guard let holder = holders.first, holders.count == 1, isAlone else { return process }
      var process = process
      process.workload.namespace = holder.namespace
      process.workload.pod = holder.pod
      process.workload.container = holder.container
      return process
    }
  }
}
