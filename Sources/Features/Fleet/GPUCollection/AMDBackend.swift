import Base
import Glibc
import Synchronization
import System
import WorkloadIdentity

/// AMD's GPUs, through the files of the kernel's driver `amdgpu`.
package final class AMDBackend: GPUBackend {
  /// The maker's number on the bus.
  static let vendorID = "0x1002"
  /// More than any machine has, partitions among them.
  private static let cardCountMax = 512
  /// Of a folder of sysfs: cards with their connectors, a device's sensors or blocks.
  private static let entryCountMax = 16_384

  private let sysPath: String
  private let monitor = FileReadMonitor()
  private let lookup: ProcessLookup
  private let processes: AMDProcessScan

  /// - Parameters:
  ///   - sysPath: where sysfs is; `/host/sys` in a container that has the host's there.
  ///   - procPath: where the files of proc(5) are.
  ///   - root: where the machine's own files are.
  package init(sysPath: String = "/sys", procPath: String = "/proc", root: String = "/") {
    self.sysPath = sysPath
    lookup = ProcessLookup(procPath: procPath, root: root)
    processes = AMDProcessScan(procPath: procPath)
  }

  package let vendor = GPUVendor.amd

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
      if files.text("vendor") == Self.vendorID {
        boards.append((card, device))
      } else if Self.isPartition(device) {
        partitions.append(card)
      }
    }
    guard !boards.isEmpty else {
      // A driver without a GPU, such as one whose only GPU has fallen off the bus.
      if (try? File.status("\(sysPath)/module/amdgpu"))?.isDirectory == true { return [] }
      throw GPUBackendFailure(
        "no GPU of AMD is among the \(cards.count) cards of \(folder).", isDriverGone: true)
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
      open: { [processes, lookup] in
        AMDReader(
          DeviceFiles(folder, monitor), index: index, card: card, partitionCount: partitionCount,
          processes: processes, lookup: lookup)
      },
      openEvents: nil)
  }

  /// Partitions of an Instinct are cards without a vendor, of the driver `amdgpu_xcp`.
  private static func isPartition(_ device: String) -> Bool {
    (try? File.target(ofLink: device))?.contains("amdgpu_xcp") == true
  }

  package func release() {}

  package var callCosts: [GPUCallCost] { [] }

  package var runningCall: GPURunningCall? { monitor.call }

  /// The names in a folder; empty where there is none.
  static func names(in folder: String) -> [String] { (try? entries(in: folder, countMax: entryCountMax)) ?? [] }

  /// The first names in a folder, without those that begin with a dot.
  static func entries(in folder: String, countMax: Int) throws(SystemError) -> [String] {
    // SAFETY: the stream is closed on return, and each name is copied before the next is read.
    guard let stream = unsafe opendir(folder) else { throw SystemError(call: "opendir", code: errno) }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    while names.count < countMax, let entry = unsafe readdir(stream) {
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
  let monitor: FileReadMonitor

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
