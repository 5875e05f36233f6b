import Base
import Collection
import GRPC
import GRPCTestSupport
import NVMLTestSupport
import Protobuf
import System
import TestSupport
import Testing
import WorkloadIdentity

@testable import GPUCollection

/// Goal: pods, jobs and services are named where they are known, and none is named by guess.
@Suite struct GPUWorkloadTests {
  private static let uuid = "GPU-5b1f7a0e-6c1d-4d2b-9a53-1f0c6a7d2e11"
  private static let part = "MIG-6b1f7a0e-6c1d-4d2b-9a53-1f0c6a7d2e11"

  private static func process(_ pid: UInt32, pod uid: String? = nil, instance: UInt32? = nil) -> GPUProcess {
    var process = GPUProcess(pid: pid, gpuInstance: instance, computeInstance: instance.map { _ in 0 })
    process.workload.podUID = uid
    return process
  }

  private static func state(_ processes: [GPUProcess], parts: [ComputeResource] = []) -> GPUState {
    var gpu = PhysicalGPU(vendor: .nvidia, index: 3)
    (gpu.uuid, gpu.minorNumber, gpu.pciBusID) = (uuid, 5, "0000:C1:00.0")
    var state = GPUState(gpu: gpu)
    state.resources = parts
    state.processes = .value(processes, from: .nvml, at: WallClock.now)
    return state
  }

  private static func allocations(_ devices: [(id: String, pod: String)]) throws -> PodAllocations {
    var writer = ProtobufWriter(reservingCapacity: 256)
    for (id, pod) in devices {
      writer.message(1) { message in
        message.string(1, pod)
        message.string(2, "team-a")
        message.message(3) { container in
          container.string(1, "vllm")
          container.message(2) { device in
            device.string(1, "nvidia.com/gpu")
            device.string(2, id)
          }
        }
      }
    }
    return try PodAllocations(list: writer.bytes)
  }

  private static func pods(_ state: GPUState) -> [String?] { state.processes.value?.map(\.workload.pod) ?? [] }

  @Test(arguments: [uuid, "nvidia5", "0000:c1:00.0", "\(uuid)::0"])
  func `a process is of the pod that alone holds the GPU`(id: String) throws {
    var state = Self.state([Self.process(1, pod: "u1"), Self.process(2)])
    state.identify(try Self.allocations([(id, "llama"), ("nvidia6", "other")]))
    // What is in no pod, such as a service of the machine, is not in this one.
    #expect(Self.pods(state) == ["llama", nil])
    #expect(state.workloads.map(\.workload.pod) == ["llama"])
    #expect(state.onlyWorkload(ofInstance: nil)?.container == "vllm")
  }

  @Test func `shares of a GPU do not say whose a process is`() throws {
    var state = Self.state([Self.process(1, pod: "u1"), Self.process(2, pod: "u2")])
    state.identify(try Self.allocations([("\(Self.uuid)::0", "one"), ("\(Self.uuid)::1", "two")]))
    #expect(Self.pods(state) == [nil, nil])
    // The pods that hold it are known all the same, and so are the processes' UIDs.
    #expect(Set(state.workloads.compactMap(\.workload.pod)) == ["one", "two"])
    #expect(Set(state.workloads.compactMap(\.workload.podUID)) == ["u1", "u2"])
    #expect(state.onlyWorkload(ofInstance: nil) == nil)
  }

  @Test func `a pod that uses a GPU that another one holds is not named after it`() throws {
    var state = Self.state([Self.process(1, pod: "u1"), Self.process(2, pod: "u2")])
    state.identify(try Self.allocations([(Self.uuid, "llama")]))
    #expect(Self.pods(state) == [nil, nil])
  }

  @Test func `parts of a GPU have pods of their own`() throws {
    let parts = [
      ComputeResource(uuid: Self.part, gpuInstance: 2, computeInstance: 0, generation: 1),
      ComputeResource(uuid: nil, gpuInstance: 7, computeInstance: 0, generation: 1),
    ]
    var state = Self.state(
      [Self.process(1, pod: "u1", instance: 2), Self.process(2, pod: "u2", instance: 7)], parts: parts)
    state.identify(
      try Self.allocations([(Self.part, "small"), ("MIG-\(Self.uuid)/7/0", "large"), ("nvidia5/gi2", "small")]))
    #expect(Self.pods(state) == ["small", "large"])
    #expect(state.onlyWorkload(ofInstance: 2)?.pod == "small")
    #expect(state.onlyWorkload(ofInstance: 7)?.podUID == "u2")
    #expect(state.onlyWorkload(ofInstance: nil) == nil)
  }

  @Test func `ranks of a job are one workload, and there are not more than the bound`() {
    let processes = (0..<200).map { number in
      var process = Self.process(UInt32(number))
      var job = SlurmJob(id: number < 100 ? "1" : "\(number)")
      job.rank = "\(number)"
      process.workload.slurm = job
      return process
    }
    var state = Self.state(processes)
    state.identify(nil)
    #expect(state.workloads.count == GPUWorkload.countMax)
    #expect(state.workloads.first?.workload.slurm == SlurmJob(id: "1"))
    #expect(Set(state.workloads).count == state.workloads.count)
  }

  @Test func `series say whose a GPU is, under our names and under DCGM's`() async throws {
    let folder = try SocketFolder()
    let id = "GPU-00000000-0000-0000-0000-000000000000"
    var list = ProtobufWriter(reservingCapacity: 256)
    list.message(1) { pod in
      pod.string(1, "llama-0")
      pod.string(2, "team-a")
      pod.message(3) { container in
        container.string(1, "vllm")
        container.message(2) { device in
          device.string(1, "nvidia.com/gpu")
          device.string(2, id)
        }
      }
    }
    let message = list.bytes
    let server = try UnixGRPCServer(path: folder.socket) { method in
      method.hasSuffix("List") ? .message(message) : .status(.unimplemented, "")
    }
    defer { server.stop() }
    let library = try StandInLibrary("h100\nprocess 0 1 100")
    var options = GPUCollectorOptions()
    options.kernelLogPath = nil
    let collector = GPUCollector(
      [NVIDIABackend(libraryPath: library.path, procPath: folder.path)], options,
      kubelet: KubeletWatch(path: folder.socket))
    try collector.start()
    defer { collector.stop() }
    collector.waitForValues(within: .seconds(20))
    await eventually { collector.snapshot().allocations != nil }
    let metrics = GPUMetricsCollector(collector, hasDCGMWorkloads: true)
    var table = Collected(collectors: [metrics.name])
    table.begin(at: WallClock.now)
    table.run(metrics, number: 0)
    let lines = String(decoding: CollectedPage.encode([table]), as: UTF8.self).split(separator: "\n")
    func has(_ prefix: String, _ parts: [String]) -> Bool {
      lines.contains { line in line.hasPrefix(prefix) && parts.allSatisfy(line.contains) }
    }
    let pod = [#"namespace="team-a""#, #"pod="llama-0""#, #"container="vllm""#]
    #expect(has("axonize_gpu_workload_info{", pod + [#"uuid="\#(id)""#]))
    #expect(has("axonize_kubernetes_gpu_devices{", [#"resource="nvidia.com/gpu",state="allocated"} 1"#]))
    #expect(has("axonize_gpu_process_memory_bytes{", [#"pid="1""#, "} 104857600"]))
    #expect(has("DCGM_FI_DEV_POWER_USAGE{", pod + [#"hpc_job="""#]))
    #expect(!lines.contains { $0.hasPrefix("axonize_gpu_power_watts{") && $0.contains("llama-0") })
  }
}
