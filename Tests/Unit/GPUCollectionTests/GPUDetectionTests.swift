import Foundation
import Testing

@testable import GPUCollection

/// Goal: only drivers of GPUs that a machine has are asked, unless somebody says otherwise.
///
/// Method: trees of sysfs and proc with one device each.
@Suite struct GPUDetectionTests {
  private func vendors(
    _ mode: GPUMode, _ files: [String: String] = [:], library: String = NVIDIABackend.libraryPathDefault
  ) throws -> [GPUVendor] {
    let folder = NSTemporaryDirectory() + "/gpu-detection-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for (path, text) in files {
      let file = URL(fileURLWithPath: "\(folder)/\(path)")
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try text.write(to: file, atomically: true, encoding: .utf8)
    }
    return GPUDetection.backends(
      mode, libraryPath: library, procPath: "\(folder)/proc", sysPath: "\(folder)/sys"
    ).map(\.vendor)
  }

  private static func device(_ vendor: String, _ kind: String) -> [String: String] {
    let device = "sys/bus/pci/devices/0000:83:00.0"
    return ["\(device)/vendor": "\(vendor)\n", "\(device)/class": "\(kind)\n"]
  }

  @Test(
    arguments: [
      ([:], []), (device("0x10de", "0x030200"), [.nvidia]), (device("0x10de", "0x030000"), [.nvidia]),
      // The sound device of a graphics card, and the graphics of another maker.
      (device("0x10de", "0x040300"), []), (device("0x8086", "0x030000"), []),
      (["proc/driver/nvidia/version": "1"], [.nvidia]), (["sys/class/misc/dxg/dev": "10:1"], [.nvidia]),
      (["sys/class/drm/card0/device/vendor": "0x1002\n"], [.amd]),
      (["sys/class/drm/card0/device/vendor": "0x8086\n"], []),
    ] as [([String: String], [GPUVendor])])
  func `a machine's own GPUs are found`(files: [String: String], expected: [GPUVendor]) throws {
    #expect(try vendors(.auto, files) == expected)
  }

  @Test func `people may say otherwise`() throws {
    #expect(try vendors(.off, Self.device("0x10de", "0x030200")) == [])
    #expect(try vendors(.on) == [.nvidia, .amd])
    #expect(try vendors(.auto, library: "/opt/lib/libnvidia-ml.so.1") == [.nvidia])
  }
}
