import API
import GPUCollection
import GRPCTestSupport
import Glibc
import JSON
import NVMLTestSupport
import System
import TestSupport
import Testing

@testable import NodeReports

/// Goal: what is known of GPUs is told within the bounds of a report, a value or a reason each.
///
/// Method: a collector over the stand-in of NVIDIA's library.
@Suite struct NodeReportSnapshotTests {
  private func report(_ script: String, isOldDriver: Bool = false) throws -> NodeReport {
    let library = try StandInLibrary(script, isOldDriver: isOldDriver)
    var options = GPUCollectorOptions()
    options.kernelLogPath = nil
    let collector = GPUCollector([NVIDIABackend(libraryPath: library.path)], options)
    try collector.start()
    defer { collector.stop() }
    collector.waitForValues(within: .seconds(20))
    return NodeReport(collector.snapshot(), name: "box", version: "1")
  }

  @Test(arguments: [("h200x8", 8, 8), ("h200-mig", 1, 5), ("h100", 1, 1)])
  func `a report of real layouts can be read again`(layout: String, gpuCount: Int, resourceCount: Int) throws {
    let report = try report(layout)
    #expect(report.gpus.count == gpuCount)
    #expect(report.gpus.reduce(0) { $0 + $1.resources.count } == resourceCount)
    #expect(try NodeReport.form.read(JSONValue(parsing: report.json)) == report)
    #expect(report.json.count < NodeReportLimits.bytesMax / 2)
    let readings = report.gpus.flatMap(\.readings)
    #expect(!readings.isEmpty)
    #expect(readings.allSatisfy { ($0.value == nil) != ($0.unavailable == nil) })
    #expect(readings.allSatisfy { ($0.value == nil) == ($0.time == nil) })
  }

  @Test func `a board in MIG mode has its own values, and its parts theirs`() throws {
    let gpu = try #require(try report("h200-mig").gpus.first)
    func reading(_ metric: GPUMetric, _ instance: Int64? = nil) -> ReadingReport? {
      gpu.readings.first { $0.metric == metric.rawValue && $0.gpuInstance == instance }
    }
    #expect(gpu.isDivided == true)
    #expect(reading(.utilisation)?.unavailable == "mig_mode")
    #expect(reading(.power)?.value != nil)
    #expect(reading(.memoryTotal, 2)?.value == Double(71_424 << 20))
    #expect(gpu.processes?.isEmpty == false)
  }

  @Test func `names that users choose do not make a report too large`() async throws {
    let folder = try SocketFolder()
    let long = String(repeating: "\\", count: 255)
    let variables = ["NAME", "USER", "PARTITION"].map { "SLURM_JOB_\($0)=\(long)\0" }.joined()
    var script = "h200x8"
    for pid in 1...48 {
      let process = "\(folder.path)/\(pid)"
      try File.makeDirectories(process)
      let zeros = String(repeating: "0 ", count: 18)
      for (name, text) in [
        ("stat", "\(pid) (python3) S \(zeros)1 1 1"), ("cgroup", "0::/slurm/uid_0/job_\(pid)/step_0"),
        ("environ", "SLURM_JOB_ID=\(pid)\0\(variables)"),
      ] {
        try File.writeAtomically("\(process)/\(name)", Array(text.utf8))
      }
      script += "\nprocess * \(pid) \(pid)"
    }
    defer { for pid in 1...48 { removeProcess("\(folder.path)/\(pid)") } }
    let library = try StandInLibrary(script)
    var options = GPUCollectorOptions()
    options.kernelLogPath = nil
    let collector = GPUCollector([NVIDIABackend(libraryPath: library.path, procPath: folder.path)], options)
    try collector.start()
    defer { collector.stop() }
    await eventually {
      let gpus = collector.snapshot().gpus
      return gpus.count == 8 && gpus.allSatisfy { $0.processes.value?.count == 48 && $0.workloads.count == 48 }
    }
    let snapshot = collector.snapshot()
    let report = NodeReport(snapshot, name: "box", version: "1")
    #expect(report.json.count <= NodeReportLimits.bytesMax)
    #expect(try NodeReport.form.read(JSONValue(parsing: report.json)) == report)
    // Those with the most memory stay, of each GPU.
    #expect(report.gpus.count == 8)
    #expect(report.gpus.allSatisfy { $0.processes?.first?.workload?.slurm?.jobID == "48" })
  }

  private func removeProcess(_ folder: String) {
    for name in ["stat", "cgroup", "environ"] { _ = unsafe unlink("\(folder)/\(name)") }
    _ = unsafe rmdir(folder)
  }

  @Test func `a library that is missing is a driver without GPUs, with the reason`() throws {
    let collector = GPUCollector([NVIDIABackend(libraryPath: "/none/lib.so")])
    try collector.start()
    defer { collector.stop() }
    collector.waitForValues()
    let report = NodeReport(collector.snapshot(), name: "box", version: "1")
    #expect(report.gpus.isEmpty)
    #expect(report.drivers.first?.unavailable?.contains("/none/lib.so") == true)
  }
}
