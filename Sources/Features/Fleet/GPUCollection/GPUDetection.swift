import System

/// Whether GPUs are read.
package enum GPUMode: String, Sendable, CaseIterable {
  /// Where the machine has some.
  case auto
  case on = "true"
  case off = "false"
}

/// Which kinds of drivers to ask on this machine.
package enum GPUDetection {
  /// The maker's number on the bus.
  private static let nvidia = "0x10de"
  /// The class of display controllers, to which GPUs without a display belong too.
  private static let displayClass = "0x03"

  /// The drivers to ask; none is asked anything yet.
  ///
  /// - Parameters:
  ///   - libraryPath: NVIDIA's library; where it is not the default, it is asked whatever the bus has.
  ///   - procPath: where the files of proc(5) are.
  ///   - sysPath: where those of sysfs(5) are.
  ///   - root: where the machine's own files are.
  package static func backends(
    _ mode: GPUMode, libraryPath: String, procPath: String, sysPath: String, root: String = "/"
  ) -> [any GPUBackend] {
    let amd = AMDBackend(sysPath: sysPath, procPath: procPath, root: root)
    let hasNVIDIA =
      switch mode {
      case .on: true
      case .off: false
      case .auto: libraryPath != NVIDIABackend.libraryPathDefault || hasNVIDIA(procPath: procPath, sysPath: sysPath)
      }
    let hasAMD =
      switch mode {
      case .on: true
      case .off: false
      case .auto: (try? amd.discover())?.isEmpty == false
      }
    let nvidia = NVIDIABackend(libraryPath: libraryPath, procPath: procPath, sysPath: sysPath, root: root)
    return (hasNVIDIA ? [nvidia] : []) + (hasAMD ? [amd] : [])
  }

  private static func hasNVIDIA(procPath: String, sysPath: String) -> Bool {
    // The driver's own files, and those of Windows' subsystem for Linux, which shows no GPU on the bus.
    let folders = ["\(procPath)/driver/nvidia", "\(sysPath)/module/nvidia", "\(sysPath)/class/misc/dxg"]
    if folders.contains(where: { (try? File.entries(ofDirectory: $0)) != nil }) { return true }
    let devices = "\(sysPath)/bus/pci/devices"
    let names = (try? File.entries(ofDirectory: devices)) ?? []
    return names.contains { name in
      text("\(devices)/\(name)/vendor").hasPrefix(nvidia) && text("\(devices)/\(name)/class").hasPrefix(displayClass)
    }
  }

  /// The text of a file; empty where it cannot be read.
  private static func text(_ path: String) -> String {
    (try? File.read(path, sizeMax: 64, isWaiting: false)).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }
}
