import CDeflate

/// The checksum of gzip and PNG (RFC 1952, section 8), some 10 GB a second.
package enum CRC32 {
  /// The checksum of bytes that follow others with the checksum `previous`.
  package static func checksum(_ bytes: UnsafeRawBufferPointer, after previous: UInt32 = 0) -> UInt32 {
    // A missing buffer would start over.
    guard let start = bytes.baseAddress, bytes.count > 0 else { return previous }
    // SAFETY: the pointer comes with the number of bytes behind it.
    return unsafe libdeflate_crc32(previous, start, bytes.count)
  }
}
