import CDeflate

/// Decodes whole gzip and zlib bodies with libdeflate.
///
/// Owns one libdeflate decompressor. Not safe to use from two threads at once.
@safe
final class DeflateDecoder {
  private let handle: OpaquePointer

  init() throws(CompressionError) {
    guard let handle = unsafe libdeflate_alloc_decompressor() else { throw .outOfMemory }
    unsafe self.handle = handle
  }

  deinit { unsafe libdeflate_free_decompressor(handle) }

  /// Decodes a gzip file of one or more members (RFC 1952, section 2.2) and appends it to a buffer.
  func decodeGzip(
    _ input: UnsafeRawBufferPointer, into output: ReusableBuffer, decodedBytesMax: Int
  ) throws(CompressionError) {
    // The magic comes first (RFC 1952, 2.3.1): the size at the end of anything but gzip says nothing.
    // SAFETY: a member has at least `gzipMemberBytesMin` bytes, more than two.
    guard input.count >= Self.gzipMemberBytesMin, let start = input.baseAddress,
      unsafe input[0] == 0x1F, unsafe input[1] == 0x8B
    else { throw .corrupt(.gzip) }
    try unsafe reserveForGzip(input, into: output, decodedBytesMax: decodedBytesMax)
    var offset = 0
    while offset < input.count {
      var consumed = 0
      var produced = 0
      let spare = unsafe output.spare
      // SAFETY: both pointers come with the number of bytes behind them; libdeflate stays within.
      let result = unsafe libdeflate_gzip_decompress_ex(
        handle, start + offset, input.count - offset, spare.baseAddress, spare.count, &consumed, &produced)
      switch result {
      case LIBDEFLATE_SUCCESS:
        output.commit(produced)
        offset += consumed
      case LIBDEFLATE_INSUFFICIENT_SPACE:
        try output.grow(bytesMax: decodedBytesMax)
      default:
        throw .corrupt(.gzip)
      }
    }
  }

  /// Decodes a zlib stream (RFC 1950) and appends it to a buffer.
  func decodeZlib(
    _ input: UnsafeRawBufferPointer, into output: ReusableBuffer, decodedBytesMax: Int
  ) throws(CompressionError) {
    guard let start = input.baseAddress, input.count > 0 else { throw .corrupt(.deflate) }
    let (guess, overflow) = input.count.multipliedReportingOverflow(by: 8)
    try output.reserve(max(1, min(overflow ? .max : guess, decodedBytesMax)))
    while true {
      var consumed = 0
      var produced = 0
      let spare = unsafe output.spare
      // SAFETY: both pointers come with the number of bytes behind them; libdeflate stays within.
      let result = unsafe libdeflate_zlib_decompress_ex(
        handle, start, input.count, spare.baseAddress, spare.count, &consumed, &produced)
      switch result {
      case LIBDEFLATE_SUCCESS:
        guard consumed == input.count else { throw .corrupt(.deflate) }
        guard produced <= decodedBytesMax else { throw .tooLarge(limitBytes: decodedBytesMax) }
        output.commit(produced)
        return
      case LIBDEFLATE_INSUFFICIENT_SPACE:
        try output.grow(bytesMax: decodedBytesMax)
      default:
        throw .corrupt(.deflate)
      }
    }
  }

  /// A header of 10 bytes, an empty deflate block of 2, a trailer of 8 (RFC 1952, section 2.3).
  private static let gzipMemberBytesMin = 20

  /// Deflate codes at most 258 bytes in 2 bits (RFC 1951, section 3.2.5), about 1,032 times.
  private static let expansionMax = 1032

  /// Takes the size that the trailer of the last member states (ISIZE, RFC 1952, section 2.3.1) as the first guess.
  private func reserveForGzip(
    _ input: UnsafeRawBufferPointer, into output: ReusableBuffer, decodedBytesMax: Int
  ) throws(CompressionError) {
    let stated = unsafe Int(
      UInt32(littleEndian: input.loadUnaligned(fromByteOffset: input.count - 4, as: UInt32.self)))
    // The size is stated modulo 2^32, so a member is never smaller than this unless it is damaged.
    guard stated <= decodedBytesMax else { throw .tooLarge(limitBytes: decodedBytesMax) }
    let (possible, overflow) = input.count.multipliedReportingOverflow(by: Self.expansionMax)
    try output.reserve(max(1, min(stated, overflow ? .max : possible)))
  }
}
