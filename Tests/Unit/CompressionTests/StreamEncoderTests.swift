import Compression
import Testing

@Suite struct StreamEncoderTests {
  /// Text that compresses, longer than what an encoder keeps to itself.
  private static let text = [UInt8]((0..<60_000).map { "{\"value\":\($0 &* 2_654_435_761 % 1_000)}" }.joined().utf8)

  @Test(arguments: StreamEncoder.codings, [1, 1_000, 65_536, 1 << 20])
  func `a body in pieces of any size decodes to itself`(coding: ContentCoding, pieceBytes: Int) throws {
    let text = pieceBytes == 1 ? Self.text.prefix(3_000) : Self.text[...]
    let encoder = try StreamEncoder(coding)
    var encoded: [UInt8] = []
    var start = text.startIndex
    while start < text.endIndex {
      let end = min(start + pieceBytes, text.endIndex)
      try encoder.encode(text[start..<end], end == text.endIndex ? .body : .none, into: &encoded)
      start = end
    }
    #expect(encoded.count < text.count / 2)
    let decoder = try StreamDecoder(coding, decodedBytesMax: text.count)
    #expect(try decoder.decode(encoded) == Array(text))
    #expect(decoder.isComplete)
  }

  @Test(arguments: StreamEncoder.codings)
  func `each piece can be decoded before the next one comes`(coding: ContentCoding) throws {
    let encoder = try StreamEncoder(coding)
    let decoder = try StreamDecoder(coding, decodedBytesMax: 1 << 20)
    for piece in ["time,value\r\n", "1,2\r\n", "", "3,4\r\n"] {
      var encoded: [UInt8] = []
      try encoder.encode(ArraySlice(piece.utf8), .piece, into: &encoded)
      #expect(try decoder.decode(encoded) == Array(piece.utf8))
      #expect(!decoder.isComplete)
    }
    var end: [UInt8] = []
    try encoder.encode([], .body, into: &end)
    #expect(try decoder.decode(end).isEmpty)
    #expect(decoder.isComplete)
  }

  @Test(arguments: StreamEncoder.codings)
  func `an empty body is a whole one`(coding: ContentCoding) throws {
    var encoded: [UInt8] = []
    try StreamEncoder(coding).encode([], .body, into: &encoded)
    let decoder = try StreamDecoder(coding, decodedBytesMax: 1)
    #expect(try decoder.decode(encoded).isEmpty)
    #expect(decoder.isComplete)
  }
}
