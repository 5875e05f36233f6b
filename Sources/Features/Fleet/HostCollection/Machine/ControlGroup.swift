import Collection

/// The control group of the process, which is what a container is to the kernel (cgroups(7)).
struct ControlGroup {
  /// Where its files are: in version 2 all in one folder, in version 1 a folder for each controller.
  enum Layout: Equatable {
    case version2(folder: String)
    case version1(cpu: String, account: String, memory: String, processes: String)
  }

  let id: String
  let layout: Layout

  /// Finds the group; throws why there is none with limits.
  ///
  /// - Parameter exists: whether anything is at a path.
  static func find(
    _ text: Span<UInt8>, sys: String, exists: (String) -> Bool
  ) throws(CollectionProblem) -> ControlGroup {
    let paths = paths(text)
    let root = "\(sys)/fs/cgroup"
    if let path = paths[""], exists("\(root)/cgroup.controllers") {
      // In a namespace of its own the group is at the root, whatever its path.
      for folder in [root + path, root] where exists("\(folder)/memory.current") || exists("\(folder)/cpu.max") {
        return ControlGroup(id: path, layout: .version2(folder: folder))
      }
      throw CollectionProblem(root, .unavailable("the process is in the root group, which has no limits"))
    }
    func folder(_ controller: String) -> String? {
      guard let path = paths[controller] else { return nil }
      return ["\(root)/\(controller)\(path)", "\(root)/\(controller)"].first(where: exists)
    }
    guard let memory = folder("memory"), let memoryPath = paths["memory"] else {
      throw CollectionProblem(root, .unavailable("no control group of the process is found there"))
    }
    return ControlGroup(
      id: memoryPath,
      layout: .version1(
        cpu: folder("cpu") ?? "", account: folder("cpuacct") ?? "", memory: memory, processes: folder("pids") ?? ""))
  }

  /// The path of the group by controller, of version 2 under an empty name, as in `/proc/self/cgroup`.
  private static func paths(_ text: Span<UInt8>) -> [String: String] {
    var bytes: [UInt8] = []
    for index in text.indices { bytes.append(text[index]) }
    var paths: [String: String] = [:]
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
      let parts = line.split(separator: UInt8(ascii: ":"), maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { continue }
      let path = String(decoding: parts[2], as: UTF8.self)
      for controller in String(decoding: parts[1], as: UTF8.self).split(
        separator: ",", omittingEmptySubsequences: false)
      {
        paths[String(controller)] = path == "/" ? "" : path
      }
    }
    return paths
  }
}
