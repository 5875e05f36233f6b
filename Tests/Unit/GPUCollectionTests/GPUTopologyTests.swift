import NVMLTestSupport
import TestSupport
import Testing

@testable import GPUCollection

/// Goal: a GPU's NUMA node is the driver's, else that of the bus; its links say what is at their other end.
///
/// Method: the stand-in of NVIDIA's library, and files as the kernel has them.
@Suite struct GPUTopologyTests {
  @Test(arguments: [
    ("1\n", 1), ("0", 0), ("-1\n", nil), ("", nil), ("x\n", nil), ("99999999999999999999\n", nil),
  ])
  func `the bus says the node`(content: String, node: Int?) throws {
    let tree = try SysfsTree()
    try tree.write("\(tree.path)/bus/pci/devices/0000:83:00.0/numa_node", content)
    #expect(PCIFiles.numaNode(of: "0000:83:00.0", sysPath: tree.path) == node)
  }

  @Test(arguments: ["0000:84:00.0", "..", "0000:83:00.0/..", "", "a/b"])
  func `what is no device has no node`(bus: String) throws {
    let tree = try SysfsTree()
    try tree.write("\(tree.path)/bus/pci/devices/0000:83:00.0/numa_node", "1")
    #expect(PCIFiles.numaNode(of: bus, sysPath: tree.path) == nil)
  }

  @Test(arguments: [("", 0), ("fail nvmlDeviceGetNumaNodeId * 3", 1)])
  func `the driver's node goes before that of the bus`(rule: String, node: Int) throws {
    let tree = try SysfsTree()
    try tree.write("\(tree.path)/bus/pci/devices/0000:83:00.0/numa_node", "1\n")
    let library = try StandInLibrary("h200\n\(rule)")
    var options = GPUCollectorOptions()
    options.kernelLogPath = nil
    let collector = GPUCollector([NVIDIABackend(libraryPath: library.path, sysPath: tree.path)], options)
    try collector.start()
    defer { collector.stop(within: .seconds(60)) }
    collector.waitForValues(within: .seconds(20))
    eventually { collector.snapshot().gpus.first?.gpu.numaNode == node }
  }

  @Test func `links lead to switches, and a divided GPU says nothing of them`() throws {
    let whole = try CollectedStandIn("h200").complete()
    #expect(whole.links?.count == 18)
    #expect(whole.links?.first == GPULink(number: 0, isActive: true, remote: "switch"))
    #expect(try CollectedStandIn("h200-mig").complete().links == nil)
  }

  @Test func `links are read once with the slow values, and what they lead to once`() throws {
    let library = try StandInLibrary("h200")
    var options = GPUCollectorOptions()
    options.kernelLogPath = nil
    (options.fixedInterval, options.slowInterval) = (.milliseconds(20), .milliseconds(20))
    let collector = GPUCollector([NVIDIABackend(libraryPath: library.path)], options)
    try collector.start()
    defer { collector.stop(within: .seconds(60)) }
    func count(_ call: String) -> Int {
      collector.snapshot().backends[0].callCosts.first { $0.call == call }?.count ?? 0
    }
    eventually { count("nvmlDeviceGetNvLinkState") >= 18 * 20 }
    #expect(count("nvmlDeviceGetNvLinkRemoteDeviceType") == 18)
    let last = try #require(collector.snapshot().gpus.first)
    #expect(last.readings.count { $0.metric == .linkActive && $0.value.value == 1 } == last.links?.count)
    // Fans are read once with the slow values, of which a pass may be under way.
    let links = count("nvmlDeviceGetNvLinkState")
    #expect(links <= 18 * (count("nvmlDeviceGetNumFans") + 2))
  }

  @Test func `a driver that does not know the other end leaves it out`() throws {
    let gpu = try CollectedStandIn("h200\nfail nvmlDeviceGetNvLinkRemoteDeviceType * 3").complete()
    #expect(gpu.links?.allSatisfy { $0.isActive && $0.remote == nil } == true)
  }
}
