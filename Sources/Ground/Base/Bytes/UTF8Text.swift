/// Checks and repairs UTF-8 text (Unicode 16, section 3.9, table 3-7).
public enum UTF8Text {
  /// The offset of the first byte that is not part of well-formed UTF-8; nil if all of it is.
  @inlinable
  public static func firstInvalidOffset(_ bytes: UnsafeRawBufferPointer) -> Int? {
    guard let base = bytes.baseAddress else { return nil }
    let asciiCount = unsafe asciiPrefixCount(base, count: bytes.count)
    if asciiCount == bytes.count { return nil }
    return unsafe firstInvalidOffset(bytes, from: asciiCount)
  }

  /// How many bytes from the start are ASCII, at least up to a word before the first that is not.
  @inlinable
  @inline(__always)
  public static func asciiPrefixCount(_ base: UnsafeRawPointer, count: Int) -> Int {
    var offset = 0
    // SAFETY: every load lies within `count`.
    while offset &+ 32 <= count {
      let words = unsafe base.loadUnaligned(fromByteOffset: offset, as: SIMD4<UInt64>.self)
      let folded = words.lowHalf | words.highHalf
      if (folded.x | folded.y) & 0x8080_8080_8080_8080 != 0 { return offset }
      offset &+= 32
    }
    while offset &+ 8 <= count {
      if unsafe base.loadUnaligned(fromByteOffset: offset, as: UInt64.self) & 0x8080_8080_8080_8080 != 0 {
        return offset
      }
      offset &+= 8
    }
    while offset < count, unsafe base.load(fromByteOffset: offset, as: UInt8.self) < 0x80 { offset &+= 1 }
    return offset
  }

  @inline(never)
  @usableFromInline
  static func firstInvalidOffset(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
    var offset = start
    while offset < bytes.count {
      let lead = unsafe bytes[offset]
      if lead < 0x80 {
        offset += 1
        continue
      }
      let (length, second): (Int, ClosedRange<UInt8>)
      switch lead {
      case 0xc2...0xdf: (length, second) = (2, 0x80...0xbf)
      case 0xe0: (length, second) = (3, 0xa0...0xbf)
      case 0xed: (length, second) = (3, 0x80...0x9f)
      case 0xe1...0xef: (length, second) = (3, 0x80...0xbf)
      case 0xf0: (length, second) = (4, 0x90...0xbf)
      case 0xf1...0xf3: (length, second) = (4, 0x80...0xbf)
      case 0xf4: (length, second) = (4, 0x80...0x8f)
      default: return offset
      }
      guard offset + length <= bytes.count, unsafe second.contains(bytes[offset + 1]) else { return offset }
      for index in 2..<max(length, 2) where unsafe bytes[offset + index] & 0xc0 != 0x80 { return offset }
      offset += length
    }
    return nil
  }

  /// The longest beginning of a text that has at most `bytesMax` bytes and ends between two characters.
  ///
  /// Of text that is not UTF-8 it may end anywhere.
  public static func prefix(_ bytes: UnsafeRawBufferPointer, bytesMax: Int) -> UnsafeRawBufferPointer {
    guard bytes.count > bytesMax else { return unsafe bytes }
    var end = bytesMax
    // SAFETY: the index is below the count. A character has three bytes at most behind its first.
    while end > 0, end > bytesMax - 3, unsafe bytes[end] & 0xc0 == 0x80 { end -= 1 }
    if unsafe bytes[end] & 0xc0 == 0x80 { end = bytesMax }
    return unsafe UnsafeRawBufferPointer(rebasing: bytes[..<end])
  }

  /// The text with every maximal ill-formed part replaced by U+FFFD (Unicode 16, section 3.9, "U+FFFD Substitution").
  public static func repaired(_ bytes: UnsafeRawBufferPointer) -> String {
    unsafe String(decoding: bytes, as: UTF8.self)
  }
}
