import Compression

/// The first 64 bytes of a segment; see ``JournalFormat``.
struct SegmentHeader: Hashable, Sendable {
  var id: [UInt8]
  var marker: UInt64
  var firstNumber: UInt64
  var madeAt: Int64

  var bytes: [UInt8] {
    var bytes = JournalFormat.magic
    bytes.append(JournalFormat.version)
    bytes.append(UInt32(JournalFormat.segmentHeaderBytes))
    bytes += id
    bytes.append(marker)
    bytes.append(firstNumber)
    bytes.append(madeAt)
    bytes.append(0 as UInt32)
    bytes.append(unsafe bytes.withUnsafeBytes { unsafe CRC32.checksum($0) })
    return bytes
  }

  /// What the beginning of a file is.
  enum Finding: Equatable {
    case header(SegmentHeader)
    /// A whole header of another version.
    case version(UInt32)
    /// The file ends within its header.
    case torn
    /// No header, or one that was changed.
    case damaged
  }

  static func read(_ file: [UInt8]) -> Finding {
    let byteCount = JournalFormat.segmentHeaderBytes
    guard file.count >= byteCount else { return .torn }
    let bytes = Array(file.prefix(byteCount))
    let checksum = unsafe bytes.withUnsafeBytes { unsafe CRC32.checksum(UnsafeRawBufferPointer(rebasing: $0[..<60])) }
    guard bytes.starts(with: JournalFormat.magic), bytes.load(UInt32.self, at: 60) == checksum else { return .damaged }
    let version = bytes.load(UInt32.self, at: 8)
    guard version == JournalFormat.version, bytes.load(UInt32.self, at: 12) == UInt32(byteCount) else {
      return .version(version)
    }
    return .header(
      SegmentHeader(
        id: Array(bytes[16..<32]), marker: bytes.load(UInt64.self, at: 32),
        firstNumber: bytes.load(UInt64.self, at: 40),
        madeAt: bytes.load(Int64.self, at: 48)))
  }
}
