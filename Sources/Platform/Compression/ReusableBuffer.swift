import Glibc

/// Bytes in memory that is kept from one use to the next.
///
/// It never allocates more than the limit that each call names. Not safe to use from two threads at once.
@safe
package final class ReusableBuffer {
  private(set) var base: UnsafeMutableRawPointer?
  private(set) var capacity = 0
  package private(set) var count = 0

  package init() { unsafe base = nil }

  deinit { unsafe free(base) }

  /// The bytes; valid until the next call that changes this buffer.
  package var bytes: UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(start: base, count: count) }

  /// The memory behind the bytes that count; valid until the next call that changes this buffer.
  var spare: UnsafeMutableRawBufferPointer {
    guard let base = unsafe base else { return unsafe UnsafeMutableRawBufferPointer(start: nil, count: 0) }
    return unsafe UnsafeMutableRawBufferPointer(start: base + count, count: capacity - count)
  }

  /// Counts bytes that were written into ``spare``.
  func commit(_ added: Int) {
    precondition(added >= 0 && added <= capacity - count, "\(added) bytes committed of \(capacity - count)")
    count += added
  }

  func removeAll() { count = 0 }

  /// Makes the memory hold this many bytes in all; what was there stays.
  func reserve(_ bytes: Int) throws(CompressionError) {
    guard bytes > capacity else { return }
    // SAFETY: base is nil or came from realloc; realloc keeps the old memory when it fails.
    guard let grown = unsafe realloc(base, bytes) else { throw .outOfMemory }
    unsafe base = grown
    capacity = bytes
  }

  /// Doubles the memory up to a limit.
  ///
  /// - Throws: `tooLarge` when the limit is reached already.
  func grow(bytesMax: Int) throws(CompressionError) {
    guard capacity < bytesMax else { throw .tooLarge(limitBytes: bytesMax) }
    try reserve(min(max(capacity * 2, 4096), bytesMax))
  }

  /// Drops the bytes, and the memory too when it is more than a limit.
  package func release(retainedBytesMax: Int) {
    count = 0
    guard capacity > retainedBytesMax else { return }
    // SAFETY: base came from realloc, and nothing may point into it any more by the contract of `bytes`.
    unsafe free(base)
    unsafe base = nil
    capacity = 0
  }
}
