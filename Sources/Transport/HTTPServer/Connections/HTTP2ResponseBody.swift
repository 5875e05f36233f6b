import HTTP2

/// The bytes of a response that nghttp2 has not taken: one whole body, or pieces of a streamed one.
struct HTTP2ResponseBody {
  /// What one call of ``take(into:)`` took.
  struct Taken: Equatable {
    /// Bytes put into the buffer.
    var byteCount = 0
    /// Whether memory is given back as it is taken, piece by piece, or all at once with the last byte.
    var frees = Freed.nothing
  }

  /// Which part of the memory that the peer is charged for is free again.
  enum Freed: Equatable {
    case nothing
    case bytes(Int)
    case everything
  }

  private var whole: [UInt8] = []
  private var wholeOffset = 0
  private var pieces: [[UInt8]] = []
  private var pieceOffset = 0
  /// Bytes of the pieces.
  private(set) var queuedByteCount = 0
  /// What follows the body.
  var trailers: HTTP2FieldList?

  var isEmpty: Bool { wholeOffset == whole.count && queuedByteCount == 0 }

  /// Sets a body that is there as a whole.
  mutating func set(_ bytes: [UInt8]) {
    precondition(isEmpty, "a whole body beside \(queuedByteCount) bytes of another")
    whole = bytes
    wholeOffset = 0
  }

  mutating func append(_ bytes: [UInt8]) {
    guard !bytes.isEmpty else { return }
    pieces.append(bytes)
    queuedByteCount += bytes.count
  }

  /// Moves bytes into a buffer.
  mutating func take(into buffer: UnsafeMutableRawBufferPointer) -> Taken {
    guard wholeOffset < whole.count else {
      let count = unsafe takePieces(into: buffer)
      return Taken(byteCount: count, frees: count == 0 ? .nothing : .bytes(count))
    }
    let count = min(buffer.count, whole.count - wholeOffset)
    unsafe whole.withUnsafeBytes {
      unsafe buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[wholeOffset..<wholeOffset + count]))
    }
    wholeOffset += count
    guard wholeOffset == whole.count else { return Taken(byteCount: count) }
    whole = []
    wholeOffset = 0
    return Taken(byteCount: count, frees: .everything)
  }

  private mutating func takePieces(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    var filled = 0
    while queuedByteCount > 0, filled < buffer.count {
      let piece = pieces[0]
      let count = min(buffer.count - filled, piece.count - pieceOffset)
      unsafe piece.withUnsafeBytes {
        let target = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
        unsafe target.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[pieceOffset..<pieceOffset + count]))
      }
      filled += count
      pieceOffset += count
      queuedByteCount -= count
      if pieceOffset == piece.count {
        pieces.removeFirst()
        pieceOffset = 0
      }
    }
    return filled
  }
}
