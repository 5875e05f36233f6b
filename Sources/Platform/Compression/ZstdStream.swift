import CZstd

/// Encodes zstd piece by piece, as one frame.
///
/// Owns one zstd compression context. Not safe to use from two threads at once.
@safe
final class ZstdStream {
  private let handle: OpaquePointer

  /// As fast as a local network takes what comes out.
  ///
  /// The window of level 1 is far below the 8 MiB of RFC 9659, section 3.
  private static let level: Int32 = 1

  init() throws(CompressionError) {
    guard let handle = unsafe ZSTD_createCCtx() else { throw .outOfMemory }
    unsafe self.handle = handle
    let code = unsafe ZSTD_CCtx_setParameter(handle, ZSTD_c_compressionLevel, Self.level)
    precondition(ZSTD_isError(code) == 0, "zstd refuses level \(Self.level)")
  }

  deinit { unsafe _ = ZSTD_freeCCtx(handle) }

  /// Encodes from one piece of memory into another; `isDone` when all input is taken and, as the ending asks, written.
  func step(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, _ ending: StreamEncoder.Ending
  ) throws(CompressionError) -> StreamEncoder.Step {
    // SAFETY: both descriptors state the bytes behind their pointers; zstd stays within.
    var source = unsafe ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
    var target = unsafe ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
    let directive =
      switch ending {
      case .none: ZSTD_e_continue
      case .piece: ZSTD_e_flush
      case .body: ZSTD_e_end
      }
    let left = unsafe ZSTD_compressStream2(handle, &target, &source, directive)
    guard ZSTD_isError(left) == 0 else { throw .outOfMemory }
    return unsafe StreamEncoder.Step(
      consumed: source.pos, produced: target.pos,
      isDone: source.pos == input.count && (ending == .none || left == 0))
  }
}
