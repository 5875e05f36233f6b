import WorkloadIdentity

/// The values of the labels of one GPU, made once for all of its series.
struct GPULabels {
  let board: [String]
  private let dcgmBoard: [String]
  private let host: [String]
  private let workloads: [UInt32?: [String]]
  private let parts: [UInt32: [String]]
  private let profiles: [UInt32: String]

  init(_ state: GPUState, _ families: GPUFamilies) {
    let gpu = state.gpu
    let number = "\(gpu.index)"
    board = [number, gpu.uuid ?? "", gpu.pciBusID ?? "", gpu.model ?? ""]
    // DCGM writes the domain of the bus with eight digits.
    let bus = gpu.pciBusID.map { "0000\($0)" } ?? ""
    let device = gpu.minorNumber.map { "nvidia\($0)" } ?? ""
    dcgmBoard = [number, gpu.uuid ?? "", bus, device, gpu.model ?? ""]
    host = families.dcgmHost
    var profiles: [UInt32: String] = [:]
    for resource in state.resources {
      guard let instance = resource.gpuInstance else { continue }
      profiles[instance] = Self.instanceProfile(resource.profile ?? "")
    }
    self.profiles = profiles
    var workloads: [UInt32?: [String]] = [:]
    if families.hasDCGMWorkloads {
      for instance in [nil] + profiles.keys.map(Optional.some) {
        let only = state.onlyWorkload(ofInstance: instance)
        workloads[instance] = [only?.container, only?.namespace, only?.pod, only?.slurm?.id].map { $0 ?? "" }
      }
    }
    self.workloads = workloads
    let board = board
    parts = Dictionary(uniqueKeysWithValues: profiles.map { ($0, board + ["\($0)", $1]) })
  }

  /// The profile of the GPU instance: `3g.71gb` of its compute instance `1c.3g.71gb`.
  private static func instanceProfile(_ profile: String) -> String {
    guard let dot = profile.firstIndex(of: "."), profile[..<dot].hasSuffix("c") else { return profile }
    return String(profile[profile.index(after: dot)...])
  }

  func part(_ instance: UInt32?) -> [String] {
    guard let instance else { return board + ["", ""] }
    return parts[instance] ?? board + ["\(instance)", ""]
  }

  func dcgmPart(_ instance: UInt32) -> [String] { [profiles[instance] ?? "", "\(instance)"] }

  func dcgm(_ more: [String], instance: UInt32? = nil) -> [String] {
    dcgmBoard + more + host + (workloads[instance] ?? [])
  }
}

extension Workload {
  /// `namespace`, `pod`, `pod_uid`, `container` and `container_id`.
  var placeLabels: [String] { [namespace, pod, podUID, container, containerID].map { $0 ?? "" } }

  /// `slurm_job_id` to `slurm_array_task_id`.
  var jobLabels: [String] {
    [
      slurm?.id, slurm?.name, slurm?.step, slurm?.user, slurm?.partition, slurm?.cluster, slurm?.arrayJobID,
      slurm?.arrayTaskID,
    ].map { $0 ?? "" }
  }
}
