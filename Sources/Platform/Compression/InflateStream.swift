import CZlib

/// Inflates gzip or zlib data piece by piece with zlib.
///
/// Owns one zlib stream. Not safe to use from two threads at once.
@safe
final class InflateStream {
  /// zlib keeps a pointer back to this structure, so its address must not change.
  private let stream: UnsafeMutablePointer<z_stream>

  /// - Parameter coding: `gzip` or `deflate` (zlib format).
  init(_ coding: ContentCoding) throws(CompressionError) {
    precondition(coding == .gzip || coding == .deflate, "zlib does not decode \(coding)")
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    // zlib.h, inflateInit2: 15 is the largest window, 16 added means gzip only.
    let windowBits: Int32 = coding == .gzip ? 15 + 16 : 15
    let code = unsafe inflateInit2_(stream, windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard code == Z_OK else {
      unsafe stream.deallocate()
      throw .outOfMemory
    }
  }

  deinit {
    // SAFETY: initialised in init; nobody else holds the pointer.
    unsafe inflateEnd(stream)
    unsafe stream.deallocate()
  }

  /// Makes ready for the next member of a gzip file.
  func reset() { unsafe _ = inflateReset(stream) }

  /// Inflates what fits from one piece of memory into another; `isComplete` after the trailer was checked.
  func step(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, coding: ContentCoding
  ) throws(CompressionError) -> (consumed: Int, produced: Int, isComplete: Bool) {
    // zlib counts in 32 bits.
    let inputBytes = min(input.count, 1 << 30)
    let outputBytes = min(output.count, 1 << 30)
    // SAFETY: zlib reads next_in only; the missing const is its old interface. Both counts are what lies behind.
    unsafe stream.pointee.next_in = UnsafeMutablePointer(
      mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
    unsafe stream.pointee.avail_in = UInt32(inputBytes)
    unsafe stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
    unsafe stream.pointee.avail_out = UInt32(outputBytes)
    let code = unsafe inflate(stream, Z_NO_FLUSH)
    let consumed = unsafe inputBytes - Int(stream.pointee.avail_in)
    let produced = unsafe outputBytes - Int(stream.pointee.avail_out)
    switch code {
    case Z_OK, Z_BUF_ERROR: return (consumed, produced, false)
    case Z_STREAM_END: return (consumed, produced, true)
    case Z_MEM_ERROR: throw .outOfMemory
    default: throw .corrupt(coding)
    }
  }
}
