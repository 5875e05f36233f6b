import CDeflate

/// Compresses whole gzip bodies at level 1 with libdeflate.
@safe final class Compressor {
  private let handle: OpaquePointer

  init() throws(LoadError) {
    // SAFETY: the handle is freed in deinit and nowhere else.
    guard let made = unsafe libdeflate_alloc_compressor(1) else {
      throw LoadError(message: "no memory for a compressor")
    }
    unsafe handle = made
  }

  deinit { unsafe libdeflate_free_compressor(handle) }

  func compress(_ bytes: [UInt8]) throws(LoadError) -> [UInt8] {
    let sizeMax = unsafe libdeflate_gzip_compress_bound(handle, bytes.count)
    // SAFETY: both buffers live for the call and their sizes are passed.
    let compressed = unsafe [UInt8](unsafeUninitializedCapacity: sizeMax) { buffer, count in
      unsafe count = libdeflate_gzip_compress(handle, bytes, bytes.count, buffer.baseAddress, buffer.count)
    }
    guard !compressed.isEmpty else { throw LoadError(message: "a body could not be compressed") }
    return compressed
  }
}
