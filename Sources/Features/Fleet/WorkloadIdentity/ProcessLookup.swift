import System

/// Names of processes and whose they are, from the kernel's files.
///
/// A process is read once, as long as it is asked for.
package struct ProcessLookup {
  /// What a process is.
  package struct Program: Sendable, Equatable {
    package var name: String
    package var workload: Workload
  }

  /// A process is named by its number and when it began, as numbers come again.
  private struct Known {
    let startTime: UInt64
    let program: Program
  }

  private let procPath: String
  private let names: ContainerNames
  private let countMax: Int
  private var known: [UInt32: Known] = [:]

  /// More than a GPU has; each takes less than a kilobyte.
  package static let countMaxDefault = 4_096
  /// A line for each of 13 hierarchies; their paths have at most 4,096 bytes.
  private static let groupBytesMax = 64 << 10

  /// - Parameters:
  ///   - procPath: where the files of proc(5) are.
  ///   - root: where the machine's own files are.
  ///   - countMax: of processes that are kept; a further one is read each time.
  package init(procPath: String, root: String = "/", countMax: Int = ProcessLookup.countMaxDefault) {
    self.procPath = procPath
    self.countMax = countMax
    names = ContainerNames(root: root)
  }

  /// What a process is; nil where it has ended or cannot be seen from here.
  package mutating func program(of pid: UInt32) -> Program? {
    guard let text = try? File.read("\(procPath)/\(pid)/stat", sizeMax: 4096, isWaiting: false),
      let (name, startTime) = Self.nameAndStart(text)
    else {
      known[pid] = nil
      return nil
    }
    if let known = known[pid], known.startTime == startTime { return known.program }
    let program = Program(name: name, workload: workload(of: pid))
    if known.count < countMax || known[pid] != nil { known[pid] = Known(startTime: startTime, program: program) }
    return program
  }

  /// Forgets the others.
  package mutating func keep(_ pids: Set<UInt32>) { known = known.filter { pids.contains($0.key) } }

  private func workload(of pid: UInt32) -> Workload {
    let groups = (try? File.read("\(procPath)/\(pid)/cgroup", sizeMax: Self.groupBytesMax, isWaiting: false)) ?? []
    let owner = ControlGroupOwner(groups)
    var workload = Workload()
    workload.containerID = owner.containerID
    workload.podUID = owner.podUID
    if owner.podUID != nil, let name = owner.containerID.flatMap(names.name) {
      (workload.namespace, workload.pod, workload.container) = (name.namespace, name.pod, name.container)
    }
    workload.slurm = (SlurmEnvironment(ofProcess: pid, procPath: procPath) ?? SlurmEnvironment())
      .job(owner.slurmJobID, step: owner.slurmStep)
    if workload.slurm == nil { workload.unit = owner.unit }
    return workload
  }

  /// The second and the 22nd field of `/proc/<pid>/stat`; the name is in parentheses and may hold some (proc(5)).
  static func nameAndStart(_ text: [UInt8]) -> (name: String, startTime: UInt64)? {
    guard let open = text.firstIndex(of: UInt8(ascii: "(")), let close = text.lastIndex(of: UInt8(ascii: ")")),
      open < close
    else { return nil }
    let fields = text[(close + 1)...].split(separator: UInt8(ascii: " "))
    guard fields.count > 19, let startTime = UInt64(String(decoding: fields[19], as: UTF8.self)) else { return nil }
    return (String(decoding: text[(open + 1)..<close], as: UTF8.self), startTime)
  }
}
