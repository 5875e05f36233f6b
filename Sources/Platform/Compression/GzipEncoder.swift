import CDeflate

/// Encodes whole bodies as gzip with libdeflate.
///
/// Owns one libdeflate compressor. Not safe to use from two threads at once.
@safe
package final class GzipEncoder {
  private let handle: OpaquePointer

  /// - Parameter level: 1 (fast) to 12 (small); 6 is libdeflate's own default.
  package init(level: Int = 6) throws(CompressionError) {
    precondition((1...12).contains(level), "no gzip level \(level)")
    guard let handle = unsafe libdeflate_alloc_compressor(Int32(level)) else { throw .outOfMemory }
    unsafe self.handle = handle
  }

  deinit { unsafe libdeflate_free_compressor(handle) }

  /// One gzip member with these bytes.
  package func encode(_ input: UnsafeRawBufferPointer) -> [UInt8] {
    let bound = unsafe libdeflate_gzip_compress_bound(handle, input.count)
    return unsafe [UInt8](unsafeUninitializedCapacity: bound) { target, count in
      // SAFETY: target has room for the bound, with which libdeflate.h promises success.
      unsafe count = libdeflate_gzip_compress(handle, input.baseAddress, input.count, target.baseAddress, bound)
      precondition(count > 0, "gzip data larger than its bound of \(bound) bytes")
    }
  }

  /// One gzip member with these bytes.
  package func encode(_ input: [UInt8]) -> [UInt8] {
    unsafe input.withUnsafeBytes { unsafe encode($0) }
  }
}
