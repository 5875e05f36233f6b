import AxonizeTesting
import Testing

@testable import Axonize

/// From what a program calls a GPU to its id.
@Suite struct GPUTests {
  typealias Resource = GPUInventory.Resource

  private static func gpu(_ uuid: String, instances: [String] = []) -> GPU {
    GPU(
      uuid: uuid, name: "H200", handle: NVML.Device(none: ()),
      instances: instances.map { GPU.Instance(uuid: $0, handle: NVML.Device(none: ())) })
  }

  private static let two = [gpu("GPU-aaaa-1"), gpu("GPU-bbbb-2")]
  private static let sliced = [gpu("GPU-aaaa-1", instances: ["MIG-1", "MIG-2"]), gpu("GPU-bbbb-2")]

  @Test(arguments: [
    (String?.none, "cuda:0", Resource(uuid: "GPU-aaaa-1")),
    (nil, "CUDA:1", Resource(uuid: "GPU-bbbb-2")),
    (nil, "1", Resource(uuid: "GPU-bbbb-2")),
    (nil, "gpu", Resource(uuid: "GPU-aaaa-1")),
    (nil, "cuda:2", Resource(uuid: "cuda:2")),
    (nil, "GPU-bb", Resource(uuid: "GPU-bbbb-2")),
    (nil, "gpu-AAAA-1", Resource(uuid: "GPU-aaaa-1")),
    (nil, "GPU-", Resource(uuid: "GPU-")),
    (nil, "tpu:0", Resource(uuid: "tpu:0")),
    ("1,0", "cuda:0", Resource(uuid: "GPU-bbbb-2")),
    ("GPU-bbbb-2", "cuda:0", Resource(uuid: "GPU-bbbb-2")),
    ("1,7,0", "cuda:1", Resource(uuid: "cuda:1")),
    ("", "cuda:0", Resource(uuid: "cuda:0")),
    ("all", "cuda:1", Resource(uuid: "GPU-bbbb-2")),
  ])
  func `names lead to ids as CUDA counts`(setting: String?, name: String, expected: Resource) {
    #expect(GPUInventory(gpus: Self.two, visibleSetting: setting).lookUp(name) == expected)
  }

  @Test func `an instance knows its GPU, and CUDA uses the first one only`() {
    let inventory = GPUInventory(gpus: Self.sliced, visibleSetting: nil)
    #expect(inventory.lookUp("cuda:0") == Resource(uuid: "MIG-1", parent: "GPU-aaaa-1"))
    #expect(inventory.lookUp("cuda:1") == Resource(uuid: "cuda:1"))
    #expect(inventory.lookUp("MIG-2") == Resource(uuid: "MIG-2", parent: "GPU-aaaa-1"))
    #expect(
      GPUInventory(gpus: Self.sliced, visibleSetting: "MIG-2").lookUp("cuda:0")
        == Resource(uuid: "MIG-2", parent: "GPU-aaaa-1"))
  }

  @Test func `without a driver a UUID in the setting still is an id`() {
    let inventory = GPUInventory(gpus: [], visibleSetting: "GPU-xyz,MIG-2")
    #expect(inventory.lookUp("cuda:1") == Resource(uuid: "MIG-2"))
    #expect(inventory.lookUp("cuda:5") == Resource(uuid: "cuda:5"))
  }

  @Test func `a library that is not there gives no GPUs`() { #expect(NVML(path: "libaxonize-missing.so.9") == nil) }

  @Test func `the library's answers are read as its documentation has them`() throws {
    let library = try #require(NVML(address: fakeNVML))
    let gpus = library.gpus
    #expect(gpus.map(\.uuid) == ["GPU-aaaa-1", "GPU-bbbb-2"])
    #expect(gpus.map(\.name) == ["NVIDIA H200", "NVIDIA H200"])
    #expect(gpus.map { $0.instances.map(\.uuid) } == [["MIG-1"], []])
    let sample = library.sample(gpus[1].handle)
    #expect(sample.utilization == 0.75)
    #expect((sample.memoryUsed, sample.memoryTotal) == (400, 1000))
    #expect((sample.power, sample.energy, sample.temperature) == (350.5, 5_000_000_000, 60))
    #expect(sample.clock == nil)
    #expect(library.sample(gpus[0].instances[0].handle).utilization == nil)
    #expect(
      GPUInventory(gpus: gpus, visibleSetting: nil).lookUp("cuda:0") == Resource(uuid: "MIG-1", parent: "GPU-aaaa-1"))
  }

  @Test func `one GPU is an id, several are numbered`() throws {
    try withSpanRecorder { recorder throws in
      withSpan("one") { $0.setGPUs("GPU-11111111-2222-3333-4444-555555555555") }
      withSpan("two") { $0.setGPUs(["GPU-1-no-such", "GPU-2-no-such"]) }
      withSpan("none") { $0.setGPUs([]) }
      #expect(
        try recorder.one("one").attributes
          == ["hw.id": "GPU-11111111-2222-3333-4444-555555555555", "hw.type": "gpu"])
      #expect(
        try recorder.one("two").attributes
          == ["gpu.0.resource_uuid": "GPU-1-no-such", "gpu.1.resource_uuid": "GPU-2-no-such"])
      #expect(try recorder.one("none").attributes.isEmpty)
    }
  }

  @Test func `samples are metrics of the hardware conventions`() {
    let sample = NVML.Sample(utilization: 0.5, memoryUsed: 10, memoryTotal: 20, temperature: 60, energy: 7)
    let metrics = GPUMetrics.encode([(["hw.id": "GPU-1"], sample)], at: 1)
    let names = metrics.map { String(decoding: $0, as: UTF8.self) }
    for name in ["hw.gpu.utilization", "hw.gpu.memory.usage", "hw.gpu.memory.limit", "hw.temperature", "hw.energy"] {
      #expect(names.contains { $0.contains(name) && $0.contains("GPU-1") }, "\(name)")
    }
    // What the hardware does not tell is left out.
    #expect(!names.contains { $0.contains("hw.power") })
  }
}
