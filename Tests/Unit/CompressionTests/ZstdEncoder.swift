import CZstd
import Compression

/// Encodes whole bodies as one zstd frame.
///
/// Owns one zstd compression context. Not safe to use from two threads at once.
@safe
final class ZstdEncoder {
  private let handle: OpaquePointer

  /// - Parameter level: 1 (fast) to 19 (small); 3 is zstd's own default.
  init(level: Int = 3) throws(CompressionError) {
    precondition((1...19).contains(level), "no zstd level \(level)")
    guard let handle = unsafe ZSTD_createCCtx() else { throw .outOfMemory }
    unsafe self.handle = handle
    let code = unsafe ZSTD_CCtx_setParameter(handle, ZSTD_c_compressionLevel, Int32(level))
    precondition(ZSTD_isError(code) == 0, "zstd refuses level \(level)")
  }

  deinit { unsafe _ = ZSTD_freeCCtx(handle) }

  /// One frame with these bytes; states its content size.
  func encode(_ input: [UInt8]) throws(CompressionError) -> [UInt8] {
    let bound = ZSTD_compressBound(input.count)
    var code = 0
    let frame = unsafe input.withUnsafeBytes { source in
      unsafe [UInt8](unsafeUninitializedCapacity: bound) { target, count in
        // SAFETY: target has room for the bound; zstd stays within.
        unsafe code = ZSTD_compress2(handle, target.baseAddress, bound, source.baseAddress, source.count)
        count = ZSTD_isError(code) == 0 ? code : 0
      }
    }
    guard ZSTD_isError(code) == 0 else { throw .outOfMemory }
    return frame
  }
}
