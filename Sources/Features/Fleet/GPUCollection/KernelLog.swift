import Base
import Glibc
import System

/// A fault that NVIDIA's driver wrote to the kernel's log.
struct KernelLogXID: Equatable {
  /// As the kernel writes it elsewhere: `0000:83:00.0`.
  let pciBusID: String
  let code: UInt64
  let message: String

  /// Reads a line of the log.
  ///
  /// For example `4,1234,5678,-;NVRM: Xid (PCI:0000:83:00): 79, pid=…, GPU has fallen off the bus.`
  init?(_ line: some StringProtocol) {
    guard let start = line.firstRange(of: "NVRM: Xid (PCI:") else { return nil }
    let rest = line[start.upperBound...]
    guard let close = rest.firstIndex(of: ")") else { return nil }
    let digits = rest[rest.index(after: close)...].drop { $0 == ":" || $0 == " " }.prefix { $0.isASCII && $0.isNumber }
    guard let code = UInt64(digits) else { return nil }
    let address = rest[..<close].lowercased()
    pciBusID = address.contains(".") ? address : "\(address).0"
    self.code = code
    message = String(line[start.lowerBound...].prefix(512))
  }
}

/// New lines of the kernel's log.
struct KernelLog: ~Copyable {
  /// A record is at most 1 KiB and a bit; the rest of a longer line is read as a line of its own.
  private static let recordBytesMax = 8192

  private let file: FileDescriptor
  private var rest = ""

  /// Opens the log at its end: what was written before was reported before.
  init(path: String) throws(SystemError) {
    let file = try File.open(path)
    let number = file.rawValue
    // /dev/kmsg knows 0 as the only offset.
    _ = try checkedCall("lseek") { lseek(number, 0, SEEK_END) < 0 ? -1 : 0 }
    self.file = file
  }

  /// The faults that were written since the last call, at most `countMax` records.
  mutating func faults(countMax: Int = 256) throws(SystemError) -> [KernelLogXID] {
    var faults: [KernelLogXID] = []
    for _ in 0..<countMax {
      guard try isReadable() else { break }
      guard let bytes = try nextRecord() else { continue }
      if bytes.isEmpty { break }
      let text = rest + String(decoding: bytes, as: UTF8.self)
      var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      rest = String(lines.removeLast().suffix(Self.recordBytesMax))
      faults += lines.compactMap { KernelLogXID($0) }
    }
    return faults
  }

  /// Nil for records that were overwritten before they could be read (EPIPE).
  private func nextRecord() throws(SystemError) -> [UInt8]? {
    do throws(SystemError) {
      return try file.read(countMax: Self.recordBytesMax)
    } catch {
      guard error.code == EPIPE else { throw error }
      return nil
    }
  }

  private func isReadable() throws(SystemError) -> Bool {
    var request = pollfd(fd: file.rawValue, events: Int16(POLLIN), revents: 0)
    // SAFETY: the request is a local, and there is one of it.
    let count = try checkedCall("poll") { unsafe poll(&request, 1, 0) }
    return count > 0 && request.revents & Int16(POLLIN) != 0
  }
}
