/// The layout of a segment file.
///
/// Every number is little-endian.
///
/// A segment is a header of 64 bytes followed by frames, each a header of 32 bytes and a payload:
///
/// | segment header | | frame | |
/// |---|---|---|---|
/// | 0 | magic, 8 bytes | 0 | marker, 8 bytes: that of the segment |
/// | 8 | version, 4 | 8 | payload bytes, 4 |
/// | 12 | header bytes, 4 | 12 | CRC-32 of the payload, 4 |
/// | 16 | id of the data directory, 16 | 16 | number of the record, 8 |
/// | 32 | marker, 8: random | 24 | 0, 4 |
/// | 40 | number of the first record, 8 | 28 | CRC-32 of bytes 0 to 27 |
/// | 48 | made at, nanoseconds since 1970, 8 | 32 | payload |
/// | 56 | 0, 4 | | |
/// | 60 | CRC-32 of bytes 0 to 59 | | |
///
/// The marker is random, so that no client can write a frame into its request's body that a reader takes for one of
/// ours after it has lost its way.
package enum JournalFormat {
  package static let magic = [UInt8]("AXNJRNL\n".utf8)
  package static let version: UInt32 = 1
  static let segmentHeaderBytes = 64
  static let frameHeaderBytes = 32
  static let idBytes = 16
  static let fileSuffix = ".journal"
  /// The largest payload: the largest body that a setting allows, and its fields.
  static let payloadBytesMax = (128 << 20) + JournalRecord.fieldBytes
  /// The largest file that is read: a segment that its last record has made too large.
  static let fileBytesMax = 512 << 20
}

/// Numbers in little-endian bytes.
extension [UInt8] {
  mutating func append(_ number: some FixedWidthInteger) {
    var rest = UInt64(truncatingIfNeeded: number)
    for _ in 0..<number.bitWidth / 8 {
      append(UInt8(truncatingIfNeeded: rest))
      rest >>= 8
    }
  }

  mutating func store(_ number: some FixedWidthInteger, at offset: Int) {
    var rest = UInt64(truncatingIfNeeded: number)
    for index in 0..<number.bitWidth / 8 {
      self[offset + index] = UInt8(truncatingIfNeeded: rest)
      rest >>= 8
    }
  }

  /// The number at an offset; its bytes MUST be there.
  func load<Number: FixedWidthInteger>(_: Number.Type, at offset: Int) -> Number {
    var number: UInt64 = 0
    for index in (0..<Number.bitWidth / 8).reversed() { number = number << 8 | UInt64(self[offset + index]) }
    return Number(truncatingIfNeeded: number)
  }
}
