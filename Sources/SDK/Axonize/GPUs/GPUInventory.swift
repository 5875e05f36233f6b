internal import Synchronization

/// From what a program calls a GPU to its id.
struct GPUInventory: Sendable {
  /// What a span computes on: a whole GPU or an instance of one.
  struct Resource: Sendable, Hashable {
    var uuid: String
    /// The physical GPU of an instance.
    var parent: String?
  }

  /// The GPUs of the host; none without NVML.
  let gpus: [GPU]
  /// The setting of CUDA_VISIBLE_DEVICES; nil when there is none.
  let visibleSetting: String?

  /// What is there in this process, looked up once.
  static let shared = GPUInventory(
    gpus: NVML.shared?.gpus ?? [], visibleSetting: Environment.process("CUDA_VISIBLE_DEVICES"))

  private static let cache = Mutex<[String: Resource]>([:])
  private static let cacheMax = 256

  /// The id of "cuda:0", an index or a UUID; the name itself where it is not known.
  static func resolve(_ name: String) -> Resource {
    if let known = cache.withLock({ $0[name] }) { return known }
    let found = shared.lookUp(name.trimmed)
    cache.withLock { cache in
      if cache.count >= cacheMax { cache.removeAll() }
      cache[name] = found
    }
    return found
  }

  func lookUp(_ name: String) -> Resource {
    if let index = Self.index(of: name) {
      let visible = visibleDevices
      return visible.indices.contains(index) ? visible[index] : Resource(uuid: name)
    }
    return byUUID(name) ?? Resource(uuid: name)
  }

  private static func index(of name: String) -> Int? {
    var rest = name.lowercased()
    if rest == "cuda" || rest == "gpu" { return 0 }
    for prefix in ["cuda:", "gpu:", "nvidia:"] where rest.hasPrefix(prefix) {
      rest.removeFirst(prefix.count)
      break
    }
    return number(rest)
  }

  private static func number(_ text: String) -> Int? {
    !text.isEmpty && text.utf8.allSatisfy { $0 >= 48 && $0 <= 57 } ? Int(text) : nil
  }

  private static func isUUID(_ text: String) -> Bool {
    let upper = text.uppercased()
    return upper.hasPrefix("GPU-") || upper.hasPrefix("MIG-")
  }

  /// A UUID or the unambiguous beginning of one, as CUDA_VISIBLE_DEVICES allows.
  private func byUUID(_ name: String) -> Resource? {
    guard Self.isUUID(name) else { return nil }
    let lower = name.lowercased()
    var matches: [Resource] = []
    for gpu in gpus {
      if gpu.uuid.lowercased().hasPrefix(lower) { matches.append(Resource(uuid: gpu.uuid)) }
      for instance in gpu.instances where instance.uuid.lowercased().hasPrefix(lower) {
        matches.append(Resource(uuid: instance.uuid, parent: gpu.uuid))
      }
    }
    return matches.count == 1 ? matches[0] : nil
  }

  /// What CUDA counts in this process, in its order (CUDA C++ programming guide, "CUDA Environment Variables").
  ///
  /// A GPU in MIG mode is counted by its first instance, as CUDA does. The order is taken to be that of the PCI bus,
  /// which it is where all GPUs are alike.
  var visibleDevices: [Resource] {
    let everything = gpus.map { gpu in
      gpu.instances.first.map { Resource(uuid: $0.uuid, parent: gpu.uuid) } ?? Resource(uuid: gpu.uuid)
    }
    guard let setting = visibleSetting, setting.trimmed.lowercased() != "all" else {
      // CUDA uses one MIG instance only, and no GPU beside it.
      let instances = everything.filter { $0.parent != nil }
      return instances.isEmpty ? everything : [instances[0]]
    }
    var visible: [Resource] = []
    for entry in setting.split(separator: ",", omittingEmptySubsequences: false).map(\.trimmed) {
      let found: Resource?
      if let index = Self.number(entry) {
        found = everything.indices.contains(index) ? everything[index] : nil
      } else {
        // Without NVML a UUID in the setting still is an id.
        found = byUUID(entry) ?? (gpus.isEmpty && Self.isUUID(entry) ? Resource(uuid: entry) : nil)
      }
      // CUDA stops at the first entry it does not know.
      guard let found else { break }
      visible.append(found)
    }
    return visible
  }
}

extension Span {
  /// Says which GPUs the work computes on: "cuda:0" or an index as CUDA counts in this process, or a UUID.
  ///
  /// One is recorded as `hw.id` (with `hw.parent` for a MIG instance), several as `gpu.{i}.resource_uuid` (with
  /// `gpu.{i}.physical_uuid`), 64 at most. Without NVIDIA's driver, and for what it does not know, the name is recorded.
  public final func setGPUs(_ names: [String]) {
    guard isRecording, !names.isEmpty else { return }
    let found = names.prefix(64).map(GPUInventory.resolve)
    guard found.count > 1 else {
      setAttribute("hw.id", found[0].uuid)
      setAttribute("hw.type", "gpu")
      if let parent = found[0].parent { setAttribute("hw.parent", parent) }
      return
    }
    for (index, gpu) in found.enumerated() {
      setAttribute("gpu.\(index).resource_uuid", gpu.uuid)
      if let parent = gpu.parent { setAttribute("gpu.\(index).physical_uuid", parent) }
    }
  }

  /// Says which GPUs the work computes on; see the form for arrays.
  public final func setGPUs(_ names: String...) { setGPUs(names) }
}
