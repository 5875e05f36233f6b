import System

/// Names and containers of processes, from the kernel's files.
struct ProcessLookup {
  struct Program: Equatable {
    var name: String?
    var container: String?
  }

  private let procPath: String
  private var programs: [UInt32: Program] = [:]

  init(procPath: String) { self.procPath = procPath }

  /// What a process is; nil where it has ended or cannot be seen from here.
  ///
  /// A process is read once, as long as it stays on the GPU.
  mutating func program(of pid: UInt32) -> Program? {
    if let known = programs[pid] { return known }
    guard let name = try? File.read("\(procPath)/\(pid)/comm", sizeMax: 4096) else { return nil }
    let groups = (try? File.read("\(procPath)/\(pid)/cgroup", sizeMax: 64 << 10)) ?? []
    let program = Program(
      name: String(decoding: name.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self),
      container: Self.container(String(decoding: groups, as: UTF8.self)))
    programs[pid] = program
    return program
  }

  /// Forgets the others.
  mutating func keep(_ pids: Set<UInt32>) { programs = programs.filter { pids.contains($0.key) } }

  /// The container's id in the paths of control groups: 64 hexadecimal digits, as Docker, containerd and CRI-O have them.
  static func container(_ groups: String) -> String? {
    groups.split { !$0.isHexDigit }.first { $0.utf8.count == 64 }.map { $0.lowercased() }
  }
}
