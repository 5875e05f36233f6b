import GRPCTestSupport
import Glibc
import System
import Testing

@testable import WorkloadIdentity

/// Goal: a process is read once, anew when its number comes again, and never more are kept than the bound.
///
/// Method: files like those of proc(5) in a folder.
@Suite struct ProcessLookupTests {
  private static let id = String(repeating: "ab12", count: 16)
  private static let uid = "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"

  /// A folder in the place of `/proc` and of the machine's root.
  private final class Machine {
    let folder: SocketFolder
    private var made: [String] = []
    var path: String { folder.path }

    init() throws { folder = try SocketFolder() }

    func write(_ name: String, _ text: String) throws {
      var parent = path
      for part in name.split(separator: "/").dropLast() {
        parent += "/" + part
        if !made.contains(parent) { made.append(parent) }
      }
      try File.makeDirectories(parent)
      try File.writeAtomically("\(path)/\(name)", Array(text.utf8))
      made.append("\(path)/\(name)")
    }

    func process(_ pid: Int, start: Int, name: String = "python3", group: String, environment: String = "") throws {
      let zeros = Array(repeating: "0", count: 18).joined(separator: " ")
      try write("\(pid)/stat", "\(pid) (\(name)) S \(zeros) \(start) 1 1\n")
      try write("\(pid)/cgroup", group)
      try write("\(pid)/environ", environment)
    }

    deinit { for path in made.reversed() { _ = unsafe remove(path) } }
  }

  /// A lookup that expressions of tests may ask.
  private final class Lookup {
    private var lookup: ProcessLookup

    init(_ folder: String, countMax: Int = ProcessLookup.countMaxDefault) {
      lookup = ProcessLookup(procPath: folder, root: folder, countMax: countMax)
    }

    func program(of pid: UInt32) -> ProcessLookup.Program? { lookup.program(of: pid) }
    func keep(_ pids: Set<UInt32>) { lookup.keep(pids) }
  }

  @Test func `a pod is named by the logs of its container`() throws {
    let machine = try Machine()
    try machine.process(7, start: 1, group: "0::/kubepods/pod\(Self.uid)/\(Self.id)\n")
    try machine.write("var/log/containers/llama-0_team-a_vllm-\(Self.id).log", "")
    try machine.write("var/log/containers/other_team-a_vllm-\(String(Self.id.reversed())).log", "")
    let lookup = Lookup(machine.path)
    let workload = try #require(lookup.program(of: 7)).workload
    #expect(workload.containerID == Self.id)
    #expect(workload.podUID == Self.uid)
    #expect([workload.namespace, workload.pod, workload.container] == ["team-a", "llama-0", "vllm"])
    #expect(workload.unit == nil)
  }

  @Test func `a number that comes again is another process`() throws {
    let machine = try Machine()
    try machine.process(7, start: 1, name: "a (b) c", group: "0::/system.slice/vllm.service")
    let lookup = Lookup(machine.path)
    #expect(lookup.program(of: 7)?.name == "a (b) c")
    #expect(lookup.program(of: 7)?.workload.unit == "vllm.service")
    // The same process is not read again, whatever its files say.
    try machine.process(7, start: 1, group: "0::/system.slice/other.service")
    #expect(lookup.program(of: 7)?.workload.unit == "vllm.service")
    try machine.process(
      7, start: 2, group: "0::/slurm/uid_1/job_5/step_0", environment: "SLURM_JOB_ID=5\0SLURM_JOB_USER=eve\0")
    #expect(lookup.program(of: 7)?.workload.slurm?.user == "eve")
    #expect(lookup.program(of: 7)?.workload.unit == nil)
    lookup.keep([])
    try machine.process(7, start: 2, group: "0::/")
    #expect(lookup.program(of: 7)?.workload.isEmpty == true)
  }

  @Test func `a process beyond the bound is read each time`() throws {
    let machine = try Machine()
    let lookup = Lookup(machine.path, countMax: 1)
    for (pid, unit) in [(1, "a"), (2, "b")] {
      try machine.process(pid, start: 1, group: "0::/system.slice/\(unit).service")
      #expect(lookup.program(of: UInt32(pid))?.workload.unit == "\(unit).service")
    }
    for pid in [1, 2] { try machine.process(pid, start: 1, group: "0::/system.slice/new.service") }
    #expect(lookup.program(of: 1)?.workload.unit == "a.service")
    #expect(lookup.program(of: 2)?.workload.unit == "new.service")
  }

  @Test func `a process that has ended, and files of another form, are nothing`() throws {
    let machine = try Machine()
    let lookup = Lookup(machine.path)
    #expect(lookup.program(of: 9) == nil)
    for text in ["", "9 (x", "9 (x) S 1 2 3", "9 )x( S", "9 (x) S " + String(repeating: "x ", count: 30)] {
      try machine.write("9/stat", text)
      #expect(lookup.program(of: 9) == nil, "\(text)")
    }
  }

  @Test(
    arguments: [
      ("a_b_c", ["b", "a", "c"]), ("a_b", nil), ("a_b_c_d", nil), ("_b_c", nil), ("a_\u{1b}b_c", nil), ("", nil),
    ] as [(String, [String]?)])
  func `names of logs have three parts`(name: String, expected: [String]?) {
    let found = ContainerNames.name(file: "\(name)-id.log", ending: "-id.log")
    #expect(found.map { [$0.namespace, $0.pod, $0.container] } == expected)
  }

  @Test func `this process is found`() throws {
    let lookup = Lookup("/proc")
    #expect(lookup.program(of: UInt32(getpid()))?.name.isEmpty == false)
  }
}
