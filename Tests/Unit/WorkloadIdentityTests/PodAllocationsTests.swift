import Protobuf
import Testing

@testable import WorkloadIdentity

/// Messages of the kubelet, by the numbers of their fields (kubelet/pkg/apis/podresources/v1/api.proto).
enum KubeletMessages {
  struct Container {
    var name = "vllm"
    var devices: [(resource: String, ids: [String])] = []
    var claims: [(driver: String, device: String)] = []
  }

  static func list(_ pods: [(namespace: String, name: String, containers: [Container])]) -> [UInt8] {
    var writer = ProtobufWriter(reservingCapacity: 1024)
    for pod in pods {
      writer.message(1) { message in
        message.string(1, pod.name)
        message.string(2, pod.namespace)
        for container in pod.containers { message.message(3) { write(container, into: &$0) } }
        message.packedVarint(4, [1, 2])
      }
    }
    return writer.bytes
  }

  private static func write(_ container: Container, into message: inout ProtobufWriter) {
    message.string(1, container.name)
    for devices in container.devices { message.message(2) { write(devices, into: &$0) } }
    message.packedVarint(3, [0, 1, 2])
    for claim in container.claims {
      message.message(5) { dynamic in
        dynamic.string(2, "claim")
        dynamic.string(3, "team-a")
        dynamic.message(4) { resource in
          resource.message(1) { $0.string(1, "k8s.gpu.nvidia.com/claim=x") }
          resource.string(2, claim.driver)
          resource.string(3, "node-1")
          resource.string(4, claim.device)
        }
      }
    }
  }

  private static func write(_ devices: (resource: String, ids: [String]), into message: inout ProtobufWriter) {
    message.string(1, devices.resource)
    for id in devices.ids { message.string(2, id) }
    message.message(3) { topology in topology.message(1) { $0.varint(1, 1) } }
  }

  static func allocatable(_ devices: [(resource: String, ids: [String])]) -> [UInt8] {
    var writer = ProtobufWriter(reservingCapacity: 1024)
    for one in devices { writer.message(1) { write(one, into: &$0) } }
    writer.packedVarint(2, [0, 1])
    return writer.bytes
  }
}

/// Goal: what the kubelet says of devices is read whole, and what is no GPU is left out.
@Suite struct PodAllocationsTests {
  private static let uuid = "5b1f7a0e-6c1d-4d2b-9a53-1f0c6a7d2e11"

  @Test(
    arguments: [
      ("GPU-5B1F7A0E-6c1d-4d2b-9a53-1f0c6a7d2e11", .uuid(uuid)), ("GPU-\(uuid)::3", .uuid(uuid)), (uuid, .uuid(uuid)),
      ("MIG-\(uuid)", .uuid(uuid)), ("MIG-\(uuid)::0", .uuid(uuid)),
      ("MIG-GPU-\(uuid)/3/1", .part(uuid: uuid, gpuInstance: 3, computeInstance: 1)),
      ("nvidia0", .minor(0, gpuInstance: nil)), ("nvidia12/vgpu1", .minor(12, gpuInstance: nil)),
      ("nvidia0/gi2", .minor(0, gpuInstance: 2)), ("nvidia0/gi2/vgpu0", .minor(0, gpuInstance: 2)),
      ("0000:C1:00.0", .pciBus("0000:c1:00.0")),
      ("", nil), ("GPU-", nil), ("GPU-\(uuid)x", nil), ("MIG-GPU-\(uuid)/3", nil), ("MIG-GPU-\(uuid)/a/1", nil),
      ("nvidia", nil), ("nvidia-1", nil), ("nvidiactl", nil), ("nvidia0/other", nil), ("eth0", nil),
      ("0000:c1:00:0", nil),
    ] as [(String, DeviceID?)])
  func `an id says which GPU is meant`(id: String, expected: DeviceID?) { #expect(DeviceID(id) == expected) }

  @Test(
    arguments: [
      ("gpu.nvidia.com", "gpu-3", .minor(3, gpuInstance: nil)), ("gpu.nvidia.com", "gpu-0-mig-9-0-1", nil),
      ("gpu.nvidia.com", "gpu--1", nil), ("dra.net", "gpu-3", nil),
    ] as [(String, String, DeviceID?)])
  func `a claim's device is known by its name`(driver: String, device: String, expected: DeviceID?) {
    #expect(DeviceID(driver: driver, device: device) == expected)
  }

  @Test func `a list of pods is read`() throws {
    let message = KubeletMessages.list([
      (
        "team-a", "llama-0",
        [
          .init(devices: [
            ("nvidia.com/gpu", ["GPU-\(Self.uuid)::0", "GPU-\(Self.uuid)::1"]), ("rdma/hca", ["mlx5_0"]),
          ]),
          .init(name: "side", claims: [("gpu.nvidia.com", "gpu-1"), ("dra.net", "eth1")]),
        ]
      ), ("kube-system", "proxy", [.init(name: "proxy")]),
    ])
    let found = try PodAllocations(list: message).allocations
    #expect(found.map(\.device) == [.uuid(Self.uuid), .uuid(Self.uuid), .minor(1, gpuInstance: nil)])
    #expect(found.map(\.id) == ["GPU-\(Self.uuid)::0", "GPU-\(Self.uuid)::1", "gpu-1"])
    #expect(found.map(\.resource) == ["nvidia.com/gpu", "nvidia.com/gpu", "gpu.nvidia.com"])
    #expect(found.map(\.holder.container) == ["vllm", "vllm", "side"])
    #expect(Set(found.map(\.holder.pod)) == ["llama-0"])
    #expect(Set(found.map(\.holder.namespace)) == ["team-a"])
  }

  @Test func `devices that can be given are counted by resource`() throws {
    let message = KubeletMessages.allocatable([
      ("nvidia.com/gpu", ["GPU-\(Self.uuid)::0", "GPU-\(Self.uuid)::1"]), ("rdma/hca", ["mlx5_0"]),
      ("nvidia.com/gpu", ["GPU-\(Self.uuid)::2"]),
    ])
    #expect(try PodAllocations.allocatable(message) == ["nvidia.com/gpu": 3])
  }

  @Test func `a list is read whole or not at all, whatever is cut off or changed`() throws {
    let message = KubeletMessages.list([
      (
        "team-a", "llama-0",
        [.init(devices: [("nvidia.com/gpu", ["GPU-\(Self.uuid)"])], claims: [("gpu.nvidia.com", "gpu-1")])]
      )
    ])
    for count in 1..<message.count {
      #expect(throws: ProtobufError.self) { try PodAllocations(list: Array(message[..<count])) }
    }
    var random = SplitMix(seed: 4)
    for _ in 0..<5_000 {
      var changed = message
      for _ in 0...2 {
        changed[Int.random(in: changed.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      do {
        #expect(try PodAllocations(list: changed).allocations.count <= 2)
      } catch {
        #expect(error is ProtobufError)
      }
    }
  }

  @Test func `more devices than the bound are left out`() throws {
    let ids = (0..<PodAllocations.countMax + 10).map { "nvidia\($0)" }
    let message = KubeletMessages.list([
      ("a", "b", [.init(devices: [("x", Array(ids.prefix(5_000)))]), .init(devices: [("x", ids)])])
    ])
    #expect(try PodAllocations(list: message).allocations.count == PodAllocations.countMax)
  }
}
