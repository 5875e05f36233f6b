import CSnappy

/// Snappy's block format (google/snappy, format_description.txt), in which Prometheus' remote write sends; not the
/// framed one of files and streams.
package enum SnappyBlock {
  /// Decodes a block and appends it to a buffer.
  static func decode(
    _ input: UnsafeRawBufferPointer, into output: ReusableBuffer, decodedBytesMax: Int
  ) throws(CompressionError) {
    let bytes = unsafe input.assumingMemoryBound(to: CChar.self)
    var stated = 0
    // SAFETY: the pointer comes with its number of bytes; of an empty block nothing is read.
    guard unsafe snappy_uncompressed_length(bytes.baseAddress, bytes.count, &stated) == SNAPPY_OK else {
      throw .corrupt(.snappy)
    }
    guard stated <= decodedBytesMax else { throw .tooLarge(limitBytes: decodedBytesMax) }
    // A size that its bytes cannot reach takes no memory.
    guard stated / expansionMax <= input.count else { throw .corrupt(.snappy) }
    try output.reserve(max(1, stated))
    let spare = unsafe output.spare
    var produced = spare.count
    let target = unsafe spare.assumingMemoryBound(to: CChar.self)
    // SAFETY: both pointers come with the number of bytes behind them; snappy writes as many as it stated before.
    guard unsafe snappy_uncompress(bytes.baseAddress, bytes.count, target.baseAddress, &produced) == SNAPPY_OK else {
      throw .corrupt(.snappy)
    }
    output.commit(produced)
  }

  /// The largest body that a block can state, 4 GiB less one byte.
  package static let bodyBytesMax = Int(UInt32.max)

  /// One block with these bytes, at most ``bodyBytesMax``.
  package static func encode(_ input: UnsafeRawBufferPointer) -> [UInt8] {
    precondition(input.count <= bodyBytesMax, "a snappy block cannot hold \(input.count) bytes")
    let source = unsafe input.assumingMemoryBound(to: CChar.self)
    let bound = snappy_max_compressed_length(input.count)
    return unsafe [UInt8](unsafeUninitializedCapacity: bound) { target, count in
      count = bound
      unsafe target.withMemoryRebound(to: CChar.self) { target in
        // SAFETY: target has room for the bound, with which snappy-c.h promises success.
        let status = unsafe snappy_compress(source.baseAddress, source.count, target.baseAddress, &count)
        precondition(status == SNAPPY_OK, "a snappy block larger than its bound of \(bound) bytes")
      }
    }
  }

  /// One block with these bytes.
  package static func encode(_ input: [UInt8]) -> [UInt8] {
    unsafe input.withUnsafeBytes { unsafe encode($0) }
  }

  /// A copy of three bytes stands for at most 64.
  private static let expansionMax = 22
}
