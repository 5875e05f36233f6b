import System

/// What the kernel's files say of a device of the bus.
enum PCIFiles {
  /// The NUMA node that a device is attached to; nil where the machine has none or does not say.
  ///
  /// - Parameter bus: as the kernel writes it, `0000:83:00.0`.
  static func numaNode(of bus: String, sysPath: String) -> Int? {
    // The name comes from the driver.
    guard bus.utf8.allSatisfy({ ":.0123456789abcdef".utf8.contains($0) }), !bus.contains("..") else { return nil }
    guard let bytes = try? File.read("\(sysPath)/bus/pci/devices/\(bus)/numa_node", sizeMax: 32) else { return nil }
    let text = String(decoding: bytes.prefix { $0 != 0x0a }, as: UTF8.self)
    // -1: the machine has one node, or its firmware does not say.
    return Int(text).flatMap { $0 >= 0 ? $0 : nil }
  }
}
