import Compression

/// The header of a frame; see ``JournalFormat``.
struct Frame: Hashable, Sendable {
  var payloadBytes: Int
  var checksum: UInt32
  var number: UInt64

  /// The header of a record's frame, without its number.
  static func header(marker: UInt64, payloadBytes: Int, checksum: UInt32) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(JournalFormat.frameHeaderBytes)
    bytes.append(marker)
    bytes.append(UInt32(payloadBytes))
    bytes.append(checksum)
    bytes.append(0 as UInt64)
    bytes.append(0 as UInt32)
    bytes.append(0 as UInt32)
    return bytes
  }

  /// Completes a header with its record's number and its own checksum.
  static func number(_ bytes: inout [UInt8], at offset: Int, _ number: UInt64) {
    bytes.store(number, at: offset + 16)
    bytes.store(Self.headerChecksum(bytes, at: offset), at: offset + 28)
  }

  /// Reads a header; nil when the bytes are not a whole one with this marker.
  init?(_ bytes: [UInt8], at offset: Int, marker: UInt64) {
    guard offset + JournalFormat.frameHeaderBytes <= bytes.count, bytes.load(UInt64.self, at: offset) == marker,
      bytes.load(UInt32.self, at: offset + 28) == Self.headerChecksum(bytes, at: offset)
    else { return nil }
    payloadBytes = Int(bytes.load(UInt32.self, at: offset + 8))
    checksum = bytes.load(UInt32.self, at: offset + 12)
    number = bytes.load(UInt64.self, at: offset + 16)
    guard payloadBytes <= JournalFormat.payloadBytesMax else { return nil }
  }

  private static func headerChecksum(_ bytes: [UInt8], at offset: Int) -> UInt32 {
    unsafe bytes.withUnsafeBytes { unsafe CRC32.checksum(UnsafeRawBufferPointer(rebasing: $0[offset..<offset + 28])) }
  }
}
