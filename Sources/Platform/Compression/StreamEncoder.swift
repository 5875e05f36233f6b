/// Encodes a body piece by piece, for bodies that are large or not there as a whole.
///
/// Not safe to use from two threads at once.
package final class StreamEncoder {
  /// What follows a piece.
  package enum Ending: Sendable, Hashable {
    /// More of the body, soon: bytes may wait for it in the encoder.
    case none
    /// The end of a piece that a peer should be able to decode before the next one comes.
    case piece
    /// The end of the body.
    case body
  }

  /// What one call of an encoder did.
  struct Step: Sendable, Hashable {
    let consumed: Int
    let produced: Int
    let isDone: Bool
  }

  package let coding: ContentCoding
  private let deflate: DeflateStream?
  private let zstd: ZstdStream?

  /// Bytes of output for which room is made at a time.
  private static let outputBytes = 64 << 10

  /// The codings that it writes, the one that compresses best for its time first.
  package static let codings: [ContentCoding] = [.zstd, .gzip, .deflate]

  /// - Parameter coding: one of ``codings``.
  package init(_ coding: ContentCoding) throws(CompressionError) {
    precondition(Self.codings.contains(coding), "no stream encoder for \(coding)")
    self.coding = coding
    deflate = coding == .zstd ? nil : try DeflateStream(coding)
    zstd = coding == .zstd ? try ZstdStream() : nil
  }

  /// Appends the encoded bytes of a piece; the output grows by what they take and no more than 64 KiB beyond.
  package func encode(
    _ input: ArraySlice<UInt8>, _ ending: Ending, into output: inout [UInt8]
  ) throws(CompressionError) {
    var rest = input
    var room = [UInt8](repeating: 0, count: Self.outputBytes)
    while true {
      let step = try step(rest, into: &room, ending)
      output += room[..<step.produced]
      rest = rest.dropFirst(step.consumed)
      if step.isDone { return }
    }
  }

  private func step(
    _ input: ArraySlice<UInt8>, into room: inout [UInt8], _ ending: Ending
  ) throws(CompressionError) -> Step {
    let result: Result<Step, CompressionError> = unsafe input.withUnsafeBytes { source in
      unsafe room.withUnsafeMutableBytes { target in
        Result { () throws(CompressionError) in
          if let deflate { return unsafe deflate.step(source, into: target, ending) }
          guard let zstd else { preconditionFailure("no encoder of \(coding)") }
          return try unsafe zstd.step(source, into: target, ending)
        }
      }
    }
    return try result.get()
  }
}
