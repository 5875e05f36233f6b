import CZlib

/// Deflates gzip or zlib data piece by piece with zlib.
///
/// Owns one zlib stream, which takes 256 KiB. Not safe to use from two threads at once.
@safe
final class DeflateStream {
  /// zlib keeps a pointer back to this structure, so its address must not change.
  private let stream: UnsafeMutablePointer<z_stream>

  /// Level 1: on JSON of numbers level 4 takes twice the time for 5 % fewer bytes.
  private static let level: Int32 = 1

  /// - Parameter coding: `gzip` or `deflate` (zlib format).
  init(_ coding: ContentCoding) throws(CompressionError) {
    precondition(coding == .gzip || coding == .deflate, "zlib does not encode \(coding)")
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    // zlib.h, deflateInit2: 15 is the largest window, 16 added means gzip; 8 is the default of memLevel.
    let windowBits: Int32 = coding == .gzip ? 15 + 16 : 15
    let code = unsafe deflateInit2_(
      stream, Self.level, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    guard code == Z_OK else {
      unsafe stream.deallocate()
      throw .outOfMemory
    }
  }

  deinit {
    // SAFETY: initialised in init; nobody else holds the pointer.
    unsafe deflateEnd(stream)
    unsafe stream.deallocate()
  }

  /// Deflates from one piece of memory into another; `isDone` when all input is taken and, as the ending asks, written.
  func step(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, _ ending: StreamEncoder.Ending
  ) -> StreamEncoder.Step {
    // zlib counts in 32 bits; what is more comes with the next call.
    let inputBytes = min(input.count, 1 << 30)
    let outputBytes = min(output.count, 1 << 30)
    // SAFETY: zlib reads next_in only; the missing const is its old interface. Both counts are what lies behind.
    unsafe stream.pointee.next_in = UnsafeMutablePointer(
      mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
    unsafe stream.pointee.avail_in = UInt32(inputBytes)
    unsafe stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
    unsafe stream.pointee.avail_out = UInt32(outputBytes)
    let flush =
      switch ending {
      case .none: Z_NO_FLUSH
      case .piece: Z_SYNC_FLUSH
      case .body: Z_FINISH
      }
    let code = unsafe deflate(stream, inputBytes < input.count ? Z_NO_FLUSH : flush)
    precondition(code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR, "zlib refuses to deflate: \(code)")
    let consumed = unsafe inputBytes - Int(stream.pointee.avail_in)
    let produced = unsafe outputBytes - Int(stream.pointee.avail_out)
    // zlib.h, deflate: room that is left means that nothing more is pending.
    let isWritten = ending == .body ? code == Z_STREAM_END : produced < outputBytes
    return StreamEncoder.Step(consumed: consumed, produced: produced, isDone: consumed == input.count && isWritten)
  }
}
