/// Decodes whole bodies into memory that it keeps; every event loop has one.
///
/// Not safe to use from two threads at once.
package final class BodyDecoder {
  private let retainedBytesMax: Int
  private let output = ReusableBuffer()
  private var deflate: DeflateDecoder?
  private var zstd: ZstdDecoder?

  /// - Parameter retainedBytesMax: memory kept from one body to the next; 4 MiB, so one huge body does not stay.
  package init(retainedBytesMax: Int = 4 << 20) { self.retainedBytesMax = retainedBytesMax }

  /// Decodes a whole body.
  ///
  /// Never allocates more than `decodedBytesMax` for the result, whatever size the input claims. The result is valid
  /// until the next call of this decoder; for `identity` it is the input itself.
  /// - Throws: `tooLarge`, `corrupt`, `outOfMemory`.
  package func decode(
    _ input: UnsafeRawBufferPointer, coding: ContentCoding, decodedBytesMax: Int
  ) throws(CompressionError) -> UnsafeRawBufferPointer {
    output.release(retainedBytesMax: retainedBytesMax)
    switch coding {
    case .identity:
      guard input.count <= decodedBytesMax else { throw .tooLarge(limitBytes: decodedBytesMax) }
      return unsafe input
    case .gzip:
      try unsafe deflateDecoder().decodeGzip(input, into: output, decodedBytesMax: decodedBytesMax)
    case .deflate:
      try unsafe deflateDecoder().decodeZlib(input, into: output, decodedBytesMax: decodedBytesMax)
    case .snappy:
      try unsafe SnappyBlock.decode(input, into: output, decodedBytesMax: decodedBytesMax)
    case .zstd:
      try unsafe zstdDecoder().decode(input, into: output, decodedBytesMax: decodedBytesMax)
    }
    // Memory kept from an earlier body may have had room for more than this limit.
    guard output.count <= decodedBytesMax else { throw .tooLarge(limitBytes: decodedBytesMax) }
    return unsafe output.bytes
  }

  /// Decodes a whole body into an array, for callers off the hot path.
  package func decode(
    _ input: [UInt8], coding: ContentCoding, decodedBytesMax: Int
  ) throws(CompressionError) -> [UInt8] {
    let result: Result<[UInt8], CompressionError> = unsafe input.withUnsafeBytes { bytes in
      Result { () throws(CompressionError) in
        try unsafe [UInt8](decode(bytes, coding: coding, decodedBytesMax: decodedBytesMax))
      }
    }
    return try result.get()
  }

  private func deflateDecoder() throws(CompressionError) -> DeflateDecoder {
    if let deflate { return deflate }
    let made = try DeflateDecoder()
    deflate = made
    return made
  }

  private func zstdDecoder() throws(CompressionError) -> ZstdDecoder {
    if let zstd { return zstd }
    let made = try ZstdDecoder()
    zstd = made
    return made
  }
}
