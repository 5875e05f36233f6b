import Protobuf

/// Which containers of pods hold which devices of a node, as the kubelet has it.
package struct PodAllocations: Sendable, Equatable {
  /// A container of a pod.
  ///
  /// The kubelet does not say the pod's UID.
  package struct Holder: Sendable, Hashable {
    package var namespace = ""
    package var pod = ""
    package var container = ""

    package init(namespace: String = "", pod: String = "", container: String = "") {
      self.namespace = namespace
      self.pod = pod
      self.container = container
    }
  }

  /// A device that a container holds.
  package struct Allocation: Sendable, Hashable {
    /// `nvidia.com/gpu`; of a claim, its driver.
    package let resource: String
    /// As the kubelet has it, one for each share of a GPU.
    package let id: String
    package let device: DeviceID
    package let holder: Holder
  }

  package private(set) var allocations: [Allocation] = []
  /// By resource, devices that can be given to containers, given or not.
  package var allocatable: [String: Int] = [:]

  /// Of devices that are kept; a node has some hundred pods.
  static let countMax = 8_192
  /// Of a name; those of Kubernetes have at most 253 (RFC 1123) and of resources 317 characters.
  private static let nameBytesMax = 512

  package init() {}

  /// Reads a `v1.ListPodResourcesResponse` (kubelet/pkg/apis/podresources/v1/api.proto); devices that are no GPUs are left
  /// out.
  package init(list message: [UInt8]) throws {
    // SAFETY: the array's memory lives during the call.
    try unsafe message.withUnsafeBytes { bytes in
      var reader = unsafe ProtobufReader(bytes)
      try Self.each(&reader, field: 1) { pod throws(ProtobufError) in try read(pod: pod) }
    }
  }

  /// Counts the devices of a `v1.AllocatableResourcesResponse` by resource.
  static func allocatable(_ message: [UInt8]) throws -> [String: Int] {
    var counts: [String: Int] = [:]
    // SAFETY: the array's memory lives during the call.
    try unsafe message.withUnsafeBytes { bytes in
      var reader = unsafe ProtobufReader(bytes)
      try Self.each(&reader, field: 1) { devices throws(ProtobufError) in
        let (resource, ids) = try Self.devices(devices)
        let count = ids.count { DeviceID($0) != nil }
        if count > 0 { counts[resource, default: 0] += count }
      }
    }
    return counts
  }

  private mutating func read(pod reader: ProtobufReader) throws(ProtobufError) {
    var reader = reader
    var holder = Holder()
    var containers: [ProtobufReader] = []
    while case let tag = try reader.nextTag(), tag != 0 {
      switch tag {
      case ProtobufTag.bytes(1): holder.pod = try Self.text(&reader)
      case ProtobufTag.bytes(2): holder.namespace = try Self.text(&reader)
      case ProtobufTag.bytes(3): containers.append(try reader.readMessage())
      default: try reader.skip(tag)
      }
    }
    // Names may stand after what they name.
    for container in containers { try read(container: container, holder) }
  }

  private mutating func read(container reader: ProtobufReader, _ holder: Holder) throws(ProtobufError) {
    var reader = reader
    var holder = holder
    var found: [(resource: String, id: String, device: DeviceID)] = []
    while case let tag = try reader.nextTag(), tag != 0 {
      switch tag {
      case ProtobufTag.bytes(1): holder.container = try Self.text(&reader)
      case ProtobufTag.bytes(2):
        let (resource, ids) = try Self.devices(reader.readMessage())
        found += ids.compactMap { id in DeviceID(id).map { (resource, id, $0) } }
      case ProtobufTag.bytes(5):
        var claim = try reader.readMessage()
        try Self.each(&claim, field: 4) { resource throws(ProtobufError) in
          if let device = try Self.claimed(resource) { found.append(device) }
        }
      default: try reader.skip(tag)
      }
    }
    for (resource, id, device) in found where allocations.count < Self.countMax {
      allocations.append(Allocation(resource: resource, id: id, device: device, holder: holder))
    }
  }

  /// `v1.ContainerDevices`.
  private static func devices(_ reader: ProtobufReader) throws(ProtobufError) -> (resource: String, ids: [String]) {
    var reader = reader
    var resource = ""
    var ids: [String] = []
    while case let tag = try reader.nextTag(), tag != 0 {
      switch tag {
      case ProtobufTag.bytes(1): resource = try text(&reader)
      case ProtobufTag.bytes(2):
        let id = try text(&reader)
        if ids.count < countMax { ids.append(id) }
      default: try reader.skip(tag)
      }
    }
    return (resource, ids)
  }

  /// `v1.ClaimResource`: the driver 2, the pool 3 and the device 4 came with Kubernetes 1.34 or so; older kubelets name
  /// the device for container engines (CDI) only, which does not say which it is.
  private static func claimed(
    _ reader: ProtobufReader
  ) throws(ProtobufError) -> (resource: String, id: String, device: DeviceID)? {
    var reader = reader
    var (driver, device) = ("", "")
    while case let tag = try reader.nextTag(), tag != 0 {
      switch tag {
      case ProtobufTag.bytes(2): driver = try text(&reader)
      case ProtobufTag.bytes(4): device = try text(&reader)
      default: try reader.skip(tag)
      }
    }
    return DeviceID(driver: driver, device: device).map { (driver, device, $0) }
  }

  /// Reads the messages of one field, and skips the others.
  private static func each(
    _ reader: inout ProtobufReader, field: UInt32, _ body: (ProtobufReader) throws(ProtobufError) -> Void
  ) throws(ProtobufError) {
    while case let tag = try reader.nextTag(), tag != 0 {
      if tag == ProtobufTag.bytes(field) { try body(reader.readMessage()) } else { try reader.skip(tag) }
    }
  }

  private static func text(_ reader: inout ProtobufReader) throws(ProtobufError) -> String {
    // SAFETY: the bytes belong to the message, which lives during the call; they are copied.
    let bytes = try unsafe reader.readBytes()
    return unsafe String(decoding: bytes.prefix(nameBytesMax), as: UTF8.self)
  }
}
