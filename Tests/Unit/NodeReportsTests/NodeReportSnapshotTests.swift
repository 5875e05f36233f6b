import GPUCollection
import JSON
import NVMLTestSupport
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
