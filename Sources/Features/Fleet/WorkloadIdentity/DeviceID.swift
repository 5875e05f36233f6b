/// Which GPU the id of a device means that the kubelet has given to a container.
package enum DeviceID: Sendable, Hashable {
  /// The UUID of a board or of a MIG device, in small letters and without `GPU-` or `MIG-`.
  case uuid(String)
  /// A MIG device by its board's UUID and its instances, as drivers before 470 named it.
  case part(uuid: String, gpuInstance: UInt32, computeInstance: UInt32)
  /// The number of the device file, and a GPU instance of it: `nvidia0`, `nvidia0/gi2`.
  case minor(Int, gpuInstance: UInt32?)
  /// The place on the bus, as AMD's plugin names its GPUs.
  case pciBus(String)

  /// Nil for the id of something else.
  ///
  /// `GPU-<uuid>::3` is a share of a GPU that several containers use, `nvidia0/vgpu1` the same on Google's nodes.
  package init?(_ id: String) {
    let id = id.ranges(of: "::").first.map { id[..<$0.lowerBound] } ?? id[...]
    let parts = id.split(separator: "/", omittingEmptySubsequences: false)
    guard let first = parts.first else { return nil }
    if first.hasPrefix("MIG-GPU-") {
      guard parts.count == 3, let uuid = Self.uuid(first.dropFirst(8)), let gpuInstance = UInt32(parts[1]),
        let computeInstance = UInt32(parts[2])
      else { return nil }
      self = .part(uuid: uuid, gpuInstance: gpuInstance, computeInstance: computeInstance)
    } else if first.hasPrefix("nvidia"), let minor = Int(first.dropFirst(6)), minor >= 0, parts.count <= 3 {
      let instances = parts.dropFirst().filter { $0.hasPrefix("gi") }
      guard let instance = instances.first else {
        guard parts.dropFirst().allSatisfy({ $0.hasPrefix("vgpu") }) else { return nil }
        self = .minor(minor, gpuInstance: nil)
        return
      }
      guard let number = UInt32(instance.dropFirst(2)) else { return nil }
      self = .minor(minor, gpuInstance: number)
    } else if parts.count == 1, let uuid = Self.uuid(Self.withoutKind(first)) {
      self = .uuid(uuid)
    } else if parts.count == 1, Self.isBus(first) {
      self = .pciBus(first.lowercased())
    } else {
      return nil
    }
  }

  /// A device of a claim (dynamic resource allocation); nil where its name does not say which GPU it is.
  ///
  /// NVIDIA's driver calls boards `gpu-<number of the device file>`; what it calls parts is resolved by no name.
  package init?(driver: String, device: String) {
    guard driver == "gpu.nvidia.com", device.hasPrefix("gpu-"), let minor = Int(device.dropFirst(4)), minor >= 0 else {
      return nil
    }
    self = .minor(minor, gpuInstance: nil)
  }

  /// A UUID of the driver in the form in which ids are compared.
  package static func uuid(ofDriver text: String) -> String? { uuid(withoutKind(text[...])) }

  private static func withoutKind(_ text: Substring) -> Substring {
    text.hasPrefix("GPU-") || text.hasPrefix("MIG-") ? text.dropFirst(4) : text
  }

  private static func uuid(_ text: Substring) -> String? {
    let bytes = Array(text.utf8)
    guard bytes.count == 36 else { return nil }
    for (place, byte) in bytes.enumerated() {
      let isDash = [8, 13, 18, 23].contains(place)
      guard isDash ? byte == UInt8(ascii: "-") : isHexadecimal(byte) else { return nil }
    }
    return text.lowercased()
  }

  /// `0000:c1:00.0`.
  private static func isBus(_ text: Substring) -> Bool {
    let bytes = Array(text.utf8)
    guard bytes.count == 12 else { return false }
    for (place, byte) in bytes.enumerated() {
      switch place {
      case 4, 7: guard byte == UInt8(ascii: ":") else { return false }
      case 10: guard byte == UInt8(ascii: ".") else { return false }
      default: guard isHexadecimal(byte) else { return false }
      }
    }
    return true
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    byte >= 0x30 && byte <= 0x39 || (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66
  }
}
