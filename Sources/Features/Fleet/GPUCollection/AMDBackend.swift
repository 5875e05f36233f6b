import Base
import Glibc
import Synchronization
import System

/// AMD's GPUs, through the files of the kernel's driver `amdgpu`.
package final class AMDBackend: GPUBackend {
  /// More than any machine has, partitions among them.
  private static let cardCountMax = 512

  private let sysPath: String
  private let monitor = FileReadMonitor()

  package let vendor = GPUVendor.amd

  /// - Parameter sysPath: where sysfs is; `/host/sys` in a container that has the host's there.
  package init(sysPath: String = "/sys") { self.sysPath = sysPath }

  package func discover() throws(GPUBackendFailure) -> [GPUAttachment] {
    let folder = "\(sysPath)/class/drm"
    let cards = Self.names(in: folder).compactMap { name -> Int? in
      name.hasPrefix("card") ? Int(name.dropFirst(4)) : nil
    }
    var boards: [(card: Int, folder: String)] = []
    var partitions: [Int] = []
    for card in cards.sorted().prefix(Self.cardCountMax) {
      let device = "\(folder)/card\(card)/device"
      let files = DeviceFiles(device, monitor)
      if files.text("vendor") == "0x1002" {
        boards.append((card, device))
      } else if Self.isPartition(device) {
        partitions.append(card)
      }
    }
    guard !boards.isEmpty else {
      throw GPUBackendFailure("no GPU of AMD is among the \(cards.count) cards of \(folder).")
    }
    return boards.enumerated().map { index, board in
      // The kernel numbers the partitions of a board after it, before the next one.
      let next = index + 1 < boards.count ? boards[index + 1].card : .max
      return attachment(
        index: index, card: board.card, folder: board.folder,
        partitionCount: partitions.count { $0 > board.card && $0 < next })
    }
  }

  private func attachment(index: Int, card: Int, folder: String, partitionCount: Int) -> GPUAttachment {
    let monitor = FileReadMonitor()
    return GPUAttachment(
      key: "amd \(card)", index: index, runningCall: { monitor.call },
      open: {
        AMDReader(DeviceFiles(folder, monitor), index: index, card: card, partitionCount: partitionCount)
      },
      openEvents: nil)
  }

  /// Partitions of an Instinct are cards without a vendor, of the driver `amdgpu_xcp`.
  private static func isPartition(_ device: String) -> Bool {
    var target = [CChar](repeating: 0, count: 4096)
    // SAFETY: readlink writes at most as many bytes as it is told, and returns how many.
    let count = unsafe readlink(device, &target, target.count)
    let bytes = target.prefix(max(0, count)).map { UInt8(bitPattern: $0) }
    return String(decoding: bytes, as: UTF8.self).contains("amdgpu_xcp")
  }

  package func release() {}

  package var callCosts: [GPUCallCost] { [] }

  package var runningCall: GPURunningCall? { monitor.call }

  /// The names in a folder; empty where there is none.
  static func names(in folder: String) -> [String] {
    // SAFETY: the stream is closed on return, and each name is copied before the next is read.
    guard let stream = unsafe opendir(folder) else { return [] }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    while let entry = unsafe readdir(stream) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { field in
        unsafe field.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names
  }
}

/// Which file a thread reads, for those who watch it: some files wait for the hardware.
final class FileReadMonitor: Sendable {
  private let running = Mutex<GPURunningCall?>(nil)

  var call: GPURunningCall? { running.withLock { $0 } }

  func watch<Value>(_ path: String, _ read: () -> Value) -> Value {
    running.withLock { $0 = GPURunningCall(name: path, since: .now) }
    defer { running.withLock { $0 = nil } }
    return read()
  }
}

/// The files of a device.
struct DeviceFiles {
  let folder: String
  private let monitor: FileReadMonitor

  init(_ folder: String, _ monitor: FileReadMonitor) {
    self.folder = folder
    self.monitor = monitor
  }

  /// Files of a folder below.
  func below(_ name: String) -> DeviceFiles { DeviceFiles("\(folder)/\(name)", monitor) }

  /// The text of a file without the end of its line; nil where it cannot be read.
  func text(_ name: String) -> String? { try? content(name).get() }

  func content(_ name: String) -> Result<String, SystemError> {
    bytes(name).map { bytes in
      var text = String(decoding: bytes, as: UTF8.self)
      while text.last?.isWhitespace == true { text.removeLast() }
      return text
    }
  }

  func bytes(_ name: String) -> Result<[UInt8], SystemError> {
    monitor.watch("\(folder)/\(name)") {
      do throws(SystemError) {
        return .success(try File.read("\(folder)/\(name)", sizeMax: 64 << 10, isWaiting: false))
      } catch {
        return .failure(error)
      }
    }
  }

  /// The number in a file, times a factor.
  func number(_ name: String, times factor: Double = 1) -> Measured<Double> {
    switch content(name) {
    case .success(let text):
      // What the hardware does not measure is all ones in the driver's tables.
      guard let number = Double(text), text != "65535", text != "4294967295" else { return .unavailable(.noValue) }
      return .value(number * factor, from: .sysfs, at: WallClock.now)
    case .failure(let error): return .unavailable(Self.reason(error))
    }
  }

  static func reason(_ error: SystemError) -> GPUUnavailable {
    switch error.code {
    case ENOENT, EOPNOTSUPP, ENODATA, EINVAL: .notSupported
    case EACCES, EPERM: .noPermission
    case ENODEV, EIO: .lost
    default: .failed(error.description)
    }
  }
}
