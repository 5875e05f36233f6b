/// Decodes a body piece by piece, for bodies that are not held whole.
///
/// Not safe to use from two threads at once.
package final class StreamDecoder {
  /// What one call did.
  package struct Step: Sendable, Hashable {
    /// Bytes taken from the input; the rest has to be given again.
    package let consumed: Int
    /// Bytes written to the output.
    package let produced: Int
  }

  package let coding: ContentCoding
  private let decodedBytesMax: Int
  private var decodedBytes = 0
  private let inflate: InflateStream?
  private let zstd: ZstdDecoder?
  /// Whether everything taken so far ends where a body may end.
  package private(set) var isComplete: Bool
  /// The stream was complete, so more input begins another gzip member.
  private var isBetweenMembers = false

  /// - Parameter decodedBytesMax: the most bytes that the whole body may decode to.
  /// - Throws: `wholeOnly` for snappy, `outOfMemory`.
  package init(_ coding: ContentCoding, decodedBytesMax: Int) throws(CompressionError) {
    guard coding != .snappy else { throw .wholeOnly(coding) }
    self.coding = coding
    self.decodedBytesMax = decodedBytesMax
    inflate = coding == .gzip || coding == .deflate ? try InflateStream(coding) : nil
    zstd = coding == .zstd ? try ZstdDecoder() : nil
    isComplete = coding == .identity
  }

  /// Decodes what fits; call again with the rest of the input, and with room, until nothing is consumed or produced.
  ///
  /// - Throws: `tooLarge` as soon as one byte too many was decoded, `corrupt`, `outOfMemory`.
  package func decode(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) throws(CompressionError) -> Step {
    guard output.count > 0 else { return Step(consumed: 0, produced: 0) }
    // One byte of room beyond the limit distinguishes a body that is too large from one that just fits.
    let (room, overflow) = (decodedBytesMax - decodedBytes).addingReportingOverflow(1)
    let limit = min(output.count, overflow ? .max : room)
    let target = unsafe UnsafeMutableRawBufferPointer(rebasing: output[..<limit])
    let step = try unsafe decodeUnlimited(input, into: target)
    decodedBytes += step.produced
    guard decodedBytes <= decodedBytesMax else { throw .tooLarge(limitBytes: decodedBytesMax) }
    return step
  }

  private func decodeUnlimited(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) throws(CompressionError) -> Step {
    if let inflate {
      if isBetweenMembers {
        guard unsafe !input.isEmpty else { return Step(consumed: 0, produced: 0) }
        guard coding == .gzip else { throw .corrupt(coding) }
        inflate.reset()
        isBetweenMembers = false
      }
      let step = try unsafe inflate.step(input, into: output, coding: coding)
      isBetweenMembers = step.isComplete
      isComplete = step.isComplete
      return Step(consumed: step.consumed, produced: step.produced)
    }
    if let zstd {
      if unsafe isComplete && input.isEmpty { return Step(consumed: 0, produced: 0) }
      let step = try unsafe zstd.step(input, into: output)
      isComplete = step.isFrameComplete
      return Step(consumed: step.consumed, produced: step.produced)
    }
    let count = min(input.count, output.count)
    // SAFETY: count is the smaller of both; input and output belong to different owners.
    if count > 0 { unsafe output.copyMemory(from: UnsafeRawBufferPointer(rebasing: input[..<count])) }
    return Step(consumed: count, produced: count)
  }

  /// Decodes one piece of input into arrays, for callers off the hot path.
  package func decode(_ input: [UInt8]) throws(CompressionError) -> [UInt8] {
    var decoded: [UInt8] = []
    var offset = 0
    var scratch = [UInt8](repeating: 0, count: 16384)
    while true {
      let step = try decodePart(of: input, from: offset, into: &scratch)
      offset += step.consumed
      decoded.append(contentsOf: scratch[..<step.produced])
      if step.consumed == 0, step.produced == 0 { return decoded }
    }
  }

  private func decodePart(
    of input: [UInt8], from offset: Int, into scratch: inout [UInt8]
  ) throws(CompressionError) -> Step {
    let result: Result<Step, CompressionError> = unsafe input.withUnsafeBytes { source in
      unsafe scratch.withUnsafeMutableBytes { target in
        Result { () throws(CompressionError) in
          try unsafe decode(UnsafeRawBufferPointer(rebasing: source[offset...]), into: target)
        }
      }
    }
    return try result.get()
  }
}
