/// A fast 64-bit hash of bytes, folding 128-bit products as the wyhash family does.
///
/// It is well mixed but not cryptographic: whoever chooses both texts can make them collide. Ids made by it are
/// therefore only ever compared within one tenant, and dictionaries key it by a secret seed. The result for a given
/// seed never changes: stored ids depend on it.
public enum ByteHash {
  @usableFromInline static let first: UInt64 = 0xa076_1d64_78bd_642f
  @usableFromInline static let second: UInt64 = 0xe703_7ed1_a0b4_28db
  @usableFromInline static let third: UInt64 = 0x8ebc_6af0_9c88_c6e3

  @inlinable
  @inline(__always)
  static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let product = left.multipliedFullWidth(by: right)
    return product.high ^ product.low
  }

  /// The hash of some bytes; another seed gives another hash.
  @inlinable
  public static func hash(_ bytes: UnsafeRawBufferPointer, seed: UInt64 = 0) -> UInt64 {
    let count = bytes.count
    var state = seed ^ first
    guard count > 0, let base = bytes.baseAddress else { return fold(state, second) }
    var head: UInt64
    var tail: UInt64
    // SAFETY: every load below lies within `count`: the branches test it first.
    if count <= 16 {
      if count >= 8 {
        head = unsafe base.loadUnaligned(as: UInt64.self)
        tail = unsafe base.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
      } else if count >= 4 {
        head = unsafe UInt64(base.loadUnaligned(as: UInt32.self))
        tail = unsafe UInt64(base.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self))
      } else {
        head = unsafe UInt64(base.load(as: UInt8.self)) << 16
        head |= unsafe UInt64(base.load(fromByteOffset: count >> 1, as: UInt8.self)) << 8
        head |= unsafe UInt64(base.load(fromByteOffset: count &- 1, as: UInt8.self))
        tail = 0
      }
    } else {
      var offset = 0
      while count &- offset > 16 {
        let left = unsafe base.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        let right = unsafe base.loadUnaligned(fromByteOffset: offset &+ 8, as: UInt64.self)
        state = fold(UInt64(littleEndian: left) ^ second, UInt64(littleEndian: right) ^ state)
        offset &+= 16
      }
      head = unsafe base.loadUnaligned(fromByteOffset: count &- 16, as: UInt64.self)
      tail = unsafe base.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
    }
    head = UInt64(littleEndian: head)
    tail = UInt64(littleEndian: tail)
    let mixed = (head ^ second).multipliedFullWidth(by: tail ^ state)
    return fold(mixed.low ^ first ^ UInt64(truncatingIfNeeded: count), mixed.high ^ third)
  }
}

/// Comparison of short texts without a call into libc.
public enum ByteCompare {
  /// Whether two stretches of `count` bytes are equal.
  @inlinable
  @inline(__always)
  public static func isEqual(_ left: UnsafeRawPointer, _ right: UnsafeRawPointer, count: Int) -> Bool {
    // SAFETY: every load lies within `count`; the last word may overlap the one before it.
    if count >= 16 {
      // Most texts that are compared are equal, so both ends are compared at once and the rest then.
      let last = count &- 16
      var difference = unsafe (words(left, 0) ^ words(right, 0)) | (words(left, last) ^ words(right, last))
      var offset = 16
      while offset < last {
        difference |= unsafe words(left, offset) ^ words(right, offset)
        offset &+= 16
      }
      return (difference.x | difference.y) == 0
    }
    if count >= 8 {
      return unsafe left.loadUnaligned(as: UInt64.self) == right.loadUnaligned(as: UInt64.self)
        && left.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
          == right.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
    }
    if count >= 4 {
      return unsafe left.loadUnaligned(as: UInt32.self) == right.loadUnaligned(as: UInt32.self)
        && left.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self)
          == right.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self)
    }
    for offset in 0..<count
    where unsafe left.load(fromByteOffset: offset, as: UInt8.self)
      != right.load(fromByteOffset: offset, as: UInt8.self)
    {
      return false
    }
    return true
  }

  @inlinable
  @inline(__always)
  static func words(_ base: UnsafeRawPointer, _ offset: Int) -> SIMD2<UInt64> {
    unsafe base.loadUnaligned(fromByteOffset: offset, as: SIMD2<UInt64>.self)
  }
}
