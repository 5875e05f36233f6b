import CZstd

/// Decodes zstd, whole or piece by piece.
///
/// Owns one zstd decompression context. The window is limited to 8 MiB, as RFC 9659, section 3 asks of a content
/// coding. Not safe to use from two threads at once.
@safe
final class ZstdDecoder {
  private let handle: OpaquePointer

  private static let windowLogMax: Int32 = 23

  init() throws(CompressionError) {
    guard let handle = unsafe ZSTD_createDCtx() else { throw .outOfMemory }
    unsafe self.handle = handle
    let code = unsafe ZSTD_DCtx_setParameter(handle, ZSTD_d_windowLogMax, Self.windowLogMax)
    precondition(ZSTD_isError(code) == 0, "zstd refuses a window of 2^\(Self.windowLogMax) bytes")
  }

  deinit { unsafe _ = ZSTD_freeDCtx(handle) }

  /// Forgets a stream that was started.
  func reset() { unsafe _ = ZSTD_DCtx_reset(handle, ZSTD_reset_session_only) }

  /// Decodes one or more frames (RFC 8878, section 3.1) and appends them to a buffer.
  func decode(
    _ input: UnsafeRawBufferPointer, into output: ReusableBuffer, decodedBytesMax: Int
  ) throws(CompressionError) {
    guard input.count > 0 else { throw .corrupt(.zstd) }
    let stated = unsafe ZSTD_getFrameContentSize(input.baseAddress, input.count)
    // The two highest values say «unknown» and «error»; the error shows again below.
    let isKnown = stated < UInt64.max - 1
    guard !isKnown || stated <= UInt64(decodedBytesMax) else { throw .tooLarge(limitBytes: decodedBytesMax) }
    try output.reserve(max(1, isKnown ? Int(stated) : min(max(input.count, 4096), decodedBytesMax)))
    reset()
    var offset = 0
    var isFrameComplete = false
    while true {
      let step = try unsafe step(UnsafeRawBufferPointer(rebasing: input[offset...]), into: output.spare)
      offset += step.consumed
      output.commit(step.produced)
      isFrameComplete = step.isFrameComplete
      if offset == input.count, isFrameComplete { return }
      if step.consumed == 0, step.produced == 0 {
        // No progress: there is no room, or no input is left in the middle of a frame.
        guard unsafe output.spare.isEmpty else { throw .corrupt(.zstd) }
        try output.grow(bytesMax: decodedBytesMax)
      }
    }
  }

  /// Decodes what fits from one piece of memory into another.
  func step(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) throws(CompressionError) -> (consumed: Int, produced: Int, isFrameComplete: Bool) {
    // SAFETY: both descriptors state the bytes behind their pointers; zstd stays within.
    var source = unsafe ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
    var target = unsafe ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
    let code = unsafe ZSTD_decompressStream(handle, &target, &source)
    guard ZSTD_isError(code) == 0 else { throw .corrupt(.zstd) }
    return unsafe (source.pos, target.pos, code == 0)
  }
}
