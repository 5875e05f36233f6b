/// Searches that look at eight bytes at a time.
enum ByteSearch {
  private static let ones: UInt64 = 0x0101_0101_0101_0101
  private static let highBits: UInt64 = 0x8080_8080_8080_8080

  /// The first LF at or after an offset; nil when there is none.
  static func lineFeed(in bytes: Span<UInt8>, from offset: Int) -> Int? {
    var index = offset
    while index + 8 <= bytes.count {
      let word = load(bytes, index) ^ (ones &* 0x0a)
      // A byte that is zero now was LF; the lowest one is found exactly.
      let found = (word &- ones) & ~word & highBits
      if found != 0 { return index + found.trailingZeroBitCount / 8 }
      index += 8
    }
    while index < bytes.count {
      if bytes[index] == 0x0a { return index }
      index += 1
    }
    return nil
  }

  /// The first byte of a range that may not be part of a field value; nil when all may.
  static func invalidValueByte(in bytes: Span<UInt8>, from start: Int, to end: Int) -> Int? {
    var index = start
    while index < end {
      if index + 8 <= end {
        let word = load(bytes, index)
        let isDelete = word ^ (ones &* 0x7f)
        let suspects = ((word &- ones &* 0x20) & ~word | (isDelete &- ones) & ~isDelete) & highBits
        if suspects == 0 {
          index += 8
          continue
        }
      }
      if !Characters.isValue(bytes[index]) { return index }
      index += 1
    }
    return nil
  }

  @inline(__always)
  private static func load(_ bytes: Span<UInt8>, _ index: Int) -> UInt64 {
    // SAFETY: callers have checked that eight bytes follow; this load checks it once more.
    unsafe UInt64(littleEndian: bytes.bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
  }
}
