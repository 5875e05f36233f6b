/// Copies of short texts without a call into libc.
public enum ByteCopy {
  /// Bytes up to which a copy here is cheaper than one by `memcpy` after a check of its own.
  @inlinable public static var shortMax: Int { 256 }

  /// Copies `count` bytes and returns whether all of them are ASCII.
  ///
  /// The ranges MUST NOT overlap. All bytes are copied even if the result is false.
  @inlinable
  @inline(__always)
  public static func copyASCII(from source: UnsafeRawPointer, to target: UnsafeMutableRawPointer, count: Int) -> Bool {
    let highBits: UInt64 = 0x8080_8080_8080_8080
    // SAFETY: every load and store lies within `count`; the last of each branch may overlap the one before it.
    if count >= 16 {
      var seen = SIMD2<UInt64>.zero
      var offset = 0
      while offset &+ 16 <= count {
        let words = unsafe source.loadUnaligned(fromByteOffset: offset, as: SIMD2<UInt64>.self)
        seen |= words
        unsafe target.storeBytes(of: words, toByteOffset: offset, as: SIMD2<UInt64>.self)
        offset &+= 16
      }
      let words = unsafe source.loadUnaligned(fromByteOffset: count &- 16, as: SIMD2<UInt64>.self)
      seen |= words
      unsafe target.storeBytes(of: words, toByteOffset: count &- 16, as: SIMD2<UInt64>.self)
      return (seen.x | seen.y) & highBits == 0
    }
    if count >= 8 {
      let head = unsafe source.loadUnaligned(as: UInt64.self)
      let tail = unsafe source.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
      unsafe target.storeBytes(of: head, as: UInt64.self)
      unsafe target.storeBytes(of: tail, toByteOffset: count &- 8, as: UInt64.self)
      return (head | tail) & highBits == 0
    }
    if count >= 4 {
      let head = unsafe source.loadUnaligned(as: UInt32.self)
      let tail = unsafe source.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self)
      unsafe target.storeBytes(of: head, as: UInt32.self)
      unsafe target.storeBytes(of: tail, toByteOffset: count &- 4, as: UInt32.self)
      return (head | tail) & UInt32(truncatingIfNeeded: highBits) == 0
    }
    var seen: UInt8 = 0
    for offset in 0..<count {
      let byte = unsafe source.load(fromByteOffset: offset, as: UInt8.self)
      seen |= byte
      unsafe target.storeBytes(of: byte, toByteOffset: offset, as: UInt8.self)
    }
    return seen & 0x80 == 0
  }
}
