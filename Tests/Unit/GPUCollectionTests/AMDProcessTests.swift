import Glibc
import System
import Testing
import WorkloadIdentity

@testable import GPUCollection

@Suite("Processes on AMD's GPUs") struct AMDProcessTests {
  private static let client = """
    pos:\t0
    drm-driver:\tamdgpu
    drm-client-id:\t30
    drm-pdev:\t0000:05:00.0
    drm-total-vram:\t544428 KiB
    drm-memory-vram:\t2048 KiB
    drm-engine-gfx:\t39456116802 ns

    """
  private static let node = "/dev/dri/renderD128"

  private static func client(_ id: Int, _ place: String = "0000:05:00.0") -> String {
    client.replacing("id:\t30", with: "id:\t\(id)").replacing("0000:05:00.0", with: place)
  }

  /// A tree with GPUs at 0000:05:00.0 and 0000:06:00.0.
  private func tree() throws -> SysfsTree {
    let tree = try SysfsTree()
    for (card, place) in [(1, "0000:05:00.0"), (2, "0000:06:00.0")] {
      try tree.add(
        card: card, device: "pci\(card)", ["vendor": "0x1002\n", "uevent": "PCI_SLOT_NAME=\(place)\n"])
    }
    try File.makeDirectories("\(tree.path)/proc")
    return tree
  }

  /// Adds an open file to a process.
  private func open(_ tree: SysfsTree, _ pid: Int, _ file: Int, _ text: String, target: String = node) throws {
    let folder = "\(tree.path)/proc/\(pid)"
    try tree.write("\(folder)/fdinfo/\(file)", text)
    try File.makeDirectories("\(folder)/fd")
    #expect(unsafe symlink(target, "\(folder)/fd/\(file)") == 0)
  }

  private func readers(_ tree: SysfsTree) throws -> [any GPUReader] {
    try AMDBackend(sysPath: tree.path, procPath: "\(tree.path)/proc", root: tree.path).discover().map { $0.open() }
  }

  @Test("A process has the memory of each of its clients once") func processes() throws {
    let tree = try tree()
    try open(tree, 42, 3, Self.client(30))
    try open(tree, 42, 4, Self.client(30))
    try open(tree, 42, 5, Self.client(31))
    try open(tree, 42, 6, Self.client(32), target: "/dev/null")
    try open(tree, 43, 3, Self.client(30, "0000:06:00.0"))
    try open(tree, 44, 3, Self.client(33).replacing("amdgpu", with: "xe"))
    let found = try readers(tree).map { $0.processes().value }
    #expect(found[0]?.map(\.pid) == [42])
    #expect(found[0]?.first?.memoryBytes == 2 * 2_097_152)
    // A number of a client is unique on its GPU.
    #expect(found[1]?.map(\.pid) == [43])
    #expect(found[1]?.first?.memoryBytes == 2_097_152)
  }

  @Test("What processes share counts for the first of them") func shared() throws {
    let tree = try tree()
    for pid in [9, 50] { try open(tree, pid, 3, Self.client(30)) }
    try open(tree, 51, 3, Self.client(31))
    let found = try #require(try readers(tree).first?.processes().value)
    #expect(found.map(\.pid) == [9, 50, 51])
    #expect(found.map(\.memoryBytes) == [2_097_152, nil, 2_097_152])
  }

  @Test("Processes say their names and whose they are") func workloads() throws {
    let tree = try tree()
    try open(tree, 42, 3, Self.client(30))
    let start = (4...22).map { "\($0)" }.joined(separator: " ")
    try tree.write("\(tree.path)/proc/42/stat", "42 (python) S \(start)")
    let container = String(repeating: "c0", count: 32)
    let pod = "8d1b0f7a-3c5e-4f6a-9b2d-0e1f2a3b4c5d"
    try tree.write("\(tree.path)/proc/42/cgroup", "0::/kubepods/burstable/pod\(pod)/\(container)\n")
    try open(tree, 43, 3, Self.client(31))
    try tree.write("\(tree.path)/proc/43/stat", "43 (vllm) S \(start)")
    try tree.write("\(tree.path)/proc/43/cgroup", "0::/system.slice/slurmstepd.scope/job_77/step_0/user/task_0\n")
    let found = try #require(try readers(tree).first?.processes().value)
    #expect(found.map(\.name) == ["python", "vllm"])
    #expect(found[0].workload.podUID == pod)
    #expect(found[0].workload.containerID == container)
    #expect(found[1].workload.slurm?.id == "77")
  }

  @Test("One scan serves all GPUs") func oneScan() throws {
    let tree = try tree()
    try open(tree, 42, 3, Self.client(30))
    let readers = try readers(tree)
    #expect(readers[0].processes().value?.count == 1)
    // It began later than the scan.
    try open(tree, 43, 3, Self.client(30, "0000:06:00.0"))
    #expect(readers[1].processes().value?.isEmpty == true)
  }

  @Test("More processes and files than the bound are a reason, not a part of a list") func bound() throws {
    let tree = try tree()
    for pid in [7, 8] { try open(tree, pid, 3, Self.client(pid)) }
    let monitor = FileReadMonitor()
    let fits = AMDProcessScan(procPath: "\(tree.path)/proc", entryCountMax: 4).uses(of: "0000:05:00.0", monitor)
    #expect((try? fits.get())?.count == 2)
    let exceeds = AMDProcessScan(procPath: "\(tree.path)/proc", entryCountMax: 3).uses(of: "0000:05:00.0", monitor)
    #expect {
      try exceeds.get()
    } throws: { ($0 as? AMDProcessFailure)?.reason.description.hasSuffix("than are looked at") == true }
  }

  @Test("Processes that cannot be listed are a reason") func noFiles() throws {
    let tree = try tree()
    let reader = try AMDBackend(sysPath: tree.path, procPath: "/nonexistent").discover()[0].open()
    #expect(reader.processes().reason?.description.hasPrefix("/nonexistent: opendir") == true)
  }

  @Test(
    "Memory has the units of the kernel",
    arguments: [
      ("drm-memory-vram: 3 KiB", 3_072), ("drm-resident-vram:\t2 MiB", 2_097_152), ("drm-memory-vram: 5", 5),
      ("drm-resident-vram: 9\ndrm-memory-vram: 5", 5), ("drm-memory-vram: x KiB", nil), ("drm-memory-vram: 1 TB", nil),
      ("drm-memory-vram: 18446744073709551615 MiB", nil), ("drm-total-vram: 7", nil),
    ] as [(String, UInt64?)]) func units(line: String, bytes: UInt64?) throws
  {
    let client = try #require(DRMClient("drm-driver: amdgpu\ndrm-pdev: 0000:05:00.0\n\(line)\n"))
    #expect(client.memoryBytes == bytes)
  }

  @Test("What is no file of a GPU is no client", arguments: ["", "pos:\t0\n", "drm-driver: amdgpu\n", "drm-pdev: 0\n"])
  func others(text: String) { #expect(DRMClient(text) == nil) }
}
