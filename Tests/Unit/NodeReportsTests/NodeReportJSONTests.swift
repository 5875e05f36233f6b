import API
import Base
import JSON
import Testing

@testable import NodeReports

/// Goal: what a node reports comes back as it was sent, and what is wrong with a report is said with its place.
///
/// Method: a report with every member, written and read again; reports that are changed in one place.
@Suite struct NodeReportJSONTests {
  static let whole: NodeReport = {
    var gpu = GPUReport(uuid: "GPU-1", vendor: "nvidia", index: 3, condition: .wedged, problem: "a call hangs")
    (gpu.pciBusID, gpu.model, gpu.architecture, gpu.serial) = ("0000:83:00.0", "NVIDIA H200", "hopper", "165")
    (gpu.firmwareVersion, gpu.driverVersion, gpu.cudaVersion) = ("96.00", "570.1", "12.8")
    (gpu.computeCapability, gpu.memoryBytes, gpu.numaNode, gpu.isDivided) = ("9.0", 150_754_820_096, 1, true)
    gpu.resources = [
      ResourceReport(
        uuid: "MIG-1", profile: "1g.18gb", gpuInstance: 7, computeInstance: 0, multiprocessorCount: 16, generation: 2)
    ]
    let workload = WorkloadReport(
      namespace: "team-a", pod: "llama-0", podUID: "u", container: "vllm", containerID: "ab",
      slurm: SlurmReport(
        jobID: "7", step: "0", jobName: "train", user: "alice", partition: "gpu", cluster: "c", arrayJobID: "6",
        arrayTaskID: "1", rank: "3"), unit: "x.service")
    gpu.workloads = [PartWorkloadReport(gpuInstance: 7, computeInstance: 0, workload: workload)]
    gpu.processes = [
      ProcessReport(
        pid: 42, name: "vllm \"x\"", workload: workload, memoryBytes: 1 << 30, gpuInstance: 7, computeInstance: 0)
    ]
    gpu.peers = [PeerReport(index: 1, distance: "NODE", hasLink: true)]
    gpu.readings = [
      ReadingReport(
        metric: "axonize_gpu_power_watts", value: 412.5, source: "nvml", time: UnixNanoseconds(1_000_000_001)),
      ReadingReport(metric: "axonize_gpu_utilization_ratio", gpuInstance: 7, unavailable: "mig_mode"),
    ]
    var report = NodeReport()
    (report.name, report.version, report.labels) = ("gpu1.example", "0.9.0", ["rack": "7", "zone": "a"])
    (report.run, report.clockOffsetSeconds) = ("1f", -600.5)
    report.drivers = [DriverReport(vendor: "nvidia"), DriverReport(vendor: "amd", unavailable: "no card")]
    report.gpus = [gpu]
    report.events = [
      GPUEventReport(
        time: UnixNanoseconds(5), kind: "xid", source: "driver", pciBusID: "0000:83:00.0", xid: 79,
        xidClass: "hardware",
        message: "the GPU has fallen off the bus")
    ]
    return report
  }()

  @Test func `a report comes back as it was written`() throws {
    #expect(try NodeReport.form.read(JSONValue(parsing: Self.whole.json)) == Self.whole)
    #expect(try NodeReport.form.read(JSONValue(parsing: NodeReport().json)) == NodeReport())
  }

  @Test func `members of later versions are left out`() throws {
    let text = String(decoding: Self.whole.json, as: UTF8.self)
    let later = text.replacing("\"uuid\":\"GPU-1\"", with: "\"colour\":[1],\"uuid\":\"GPU-1\"")
    #expect(later != text)
    #expect(try NodeReport.form.read(JSONValue(parsing: later)) == Self.whole)
  }

  @Test(arguments: [
    ("\"index\":3", "\"index\":-3", "/gpus/0/index", "expected a whole number from 0"),
    ("\"index\":3,", "", "/gpus/0/index", "is required"),
    ("\"condition\":\"wedged\"", "\"condition\":7", "/gpus/0/condition", "expected a string"),
    ("\"value\":412.5", "\"value\":\"412\"", "/gpus/0/readings/0/value", "expected a number"),
    ("\"time\":\"1970-01-01T00:00:01.000000001Z\"", "\"time\":1", "/gpus/0/readings/0/time", "expected a time"),
    ("\"nvlink\":true", "\"nvlink\":1", "/gpus/0/peers/0/nvlink", "expected true or false"),
    ("\"serial\":\"165\"", "\"serial\":\"1\\u0007\"", "/gpus/0/serial", "holds a control character"),
    ("\"labels\":{", "\"labels\":{\"a\":1,", "/labels", "expected a string"),
    ("\"processes\":[", "\"processes\":[3,", "/gpus/0/processes/0", "expected an object"),
    ("\"peers\":[", "\"peers\":{},\"more\":[", "/gpus/0/peers", "expected a list"),
  ])
  func `a mistake is told with its place`(from: String, to: String, pointer: String, detail: String) throws {
    let text = String(decoding: Self.whole.json, as: UTF8.self)
    try #require(text.contains(from))
    let json = try JSONValue(parsing: text.replacing(from, with: to))
    do {
      _ = try NodeReport.form.read(json)
      Issue.record("the report was read")
    } catch {
      #expect(error.pointer == pointer)
      #expect(error.detail.hasPrefix(detail))
    }
  }

  @Test func `lists have an end`() throws {
    var report = Self.whole
    report.gpus = Array(repeating: GPUReport(vendor: "amd"), count: NodeReportLimits.gpuCountMax + 1)
    let json = try JSONValue(parsing: report.json)
    do {
      _ = try NodeReport.form.read(json)
      Issue.record("the report was read")
    } catch {
      #expect(error.pointer == "/gpus")
      #expect(error.detail == "has 65 elements; at most 64")
    }
  }
}
