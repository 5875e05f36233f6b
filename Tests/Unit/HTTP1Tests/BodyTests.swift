import HTTP1
import Testing

/// Reads a body from pieces; nil as long as it has not ended.
///
/// `rest` is what was not taken.
private func read(
  _ pieces: [[UInt8]], _ framing: BodyFraming, bodyBytesMax: Int = 1 << 20
) throws(HTTP1Error) -> (body: [UInt8], ended: Bool, rest: [UInt8]) {
  var reader = try MessageBodyReader(framing, bodyBytesMax: bodyBytesMax)
  var body: [UInt8] = []
  for (index, piece) in pieces.enumerated() {
    var offset = 0
    steps: while true {
      switch try reader.next(piece.span, from: &offset) {
      case .needsMore: break steps
      case .data(let range): body += piece[range]
      case .end:
        return (body, true, [UInt8](piece[offset...]) + pieces[(index + 1)...].flatMap(\.self))
      }
    }
    #expect(offset == piece.count)
  }
  return (body, false, [])
}

@Suite struct BodyTests {
  static let chunked = "5\r\nhello\r\n00a;x=\"y\";z\r\n 0123456\r\n\r\n0\r\nX-Sum: abc\r\nY:\r\n\r\nGET"
  static let chunkedBody = Array("hello 0123456\r\n".utf8)

  @Test func `a chunked body is the same wherever it is split`() throws {
    let bytes = Array(Self.chunked.utf8)
    for first in 0...bytes.count {
      for second in stride(from: first, through: bytes.count, by: 5) {
        let pieces = [[UInt8](bytes[..<first]), [UInt8](bytes[first..<second]), [UInt8](bytes[second...])]
        let (body, ended, rest) = try read(pieces, .chunked)
        #expect(body == Self.chunkedBody, "split at \(first), \(second)")
        #expect(ended, "split at \(first), \(second)")
        #expect(rest == Array("GET".utf8), "split at \(first), \(second)")
      }
    }
    let (body, ended, rest) = try read(bytes.map { [$0] }, .chunked)
    #expect(body == Self.chunkedBody)
    #expect(ended)
    #expect(rest == Array("GET".utf8))
  }

  @Test func `a chunked body has not ended before its last byte`() throws {
    let bytes = Array(Self.chunked.utf8).dropLast(3)
    for count in 0..<bytes.count {
      #expect(try !read([[UInt8](bytes[..<count])], .chunked).ended, "\(count) bytes")
    }
  }

  @Test(arguments: [
    ("\r\n", HTTP1Error.invalidChunkSize), ("g\r\n", .invalidChunkSize), ("-1\r\n", .invalidChunkSize),
    ("+1\r\n", .invalidChunkSize), ("0x1\r\n", .invalidChunkSize), (" 1\r\n", .invalidChunkSize),
    ("1 \r\n", .invalidChunkSize), ("1\t;x\r\n", .invalidChunkSize), (";x\r\n", .invalidChunkSize),
    ("1000000000000000\r\n", .invalidChunkSize), ("1\n", .bareLineFeed), ("1;x\n", .bareLineFeed),
    ("1\rx", .bareCarriageReturn), ("1;\u{0}\r\n", .malformedChunk), ("1;x\ry", .bareCarriageReturn),
    ("1\r\nab", .malformedChunk), ("1\r\na\n", .malformedChunk), ("1\r\na\rb", .malformedChunk),
    ("0\r\n\n", .bareLineFeed), ("0\r\n\ra", .bareCarriageReturn), ("0\r\n a", .obsoleteFold),
    ("0\r\na : b", .spaceBeforeColon), ("0\r\na\r\n", .missingColon), ("0\r\na: b\n", .bareLineFeed),
    ("0\r\na\n", .bareLineFeed), ("0\r\n:", .invalidFieldName), ("0\r\n\u{1}", .invalidFieldName),
    ("0\r\na: \u{1}", .invalidFieldValue), ("0\r\na: b\rc", .bareCarriageReturn),
  ])
  func `a chunk that two parsers could read differently is refused`(text: String, error: HTTP1Error) {
    #expect(throws: error) { _ = try read([Array(text.utf8)], .chunked) }
    #expect(throws: error) { _ = try read(Array(text.utf8).map { [$0] }, .chunked) }
  }

  @Test func `extensions and trailers are bounded over the whole body`() throws {
    let extended = "1;\(String(repeating: "x", count: 5000))\r\na\r\n"
    #expect(try read([Array(String(repeating: extended, count: 3).utf8)], .chunked).body.count == 3)
    #expect(throws: HTTP1Error.chunkExtensionsTooLarge) {
      _ = try read([Array(String(repeating: extended, count: 4).utf8)], .chunked)
    }
    #expect(throws: HTTP1Error.trailersTooLarge) {
      _ = try read([Array(("0\r\n" + String(repeating: "a: b\r\n", count: 1400)).utf8)], .chunked)
    }
  }

  @Test func `a body with a length ends there`() throws {
    let bytes = Array("helloGET".utf8)
    for split in 0...bytes.count {
      let (body, ended, rest) = try read([[UInt8](bytes[..<split]), [UInt8](bytes[split...])], .length(5))
      #expect(body == Array("hello".utf8))
      #expect(ended)
      #expect(rest == Array("GET".utf8))
    }
    #expect(try !read([Array("hell".utf8)], .length(5)).ended)
    let (body, ended, rest) = try read([bytes], .none)
    #expect(body.isEmpty)
    #expect(ended)
    #expect(rest == bytes)
  }

  @Test func `a body without a length goes on until the connection closes`() throws {
    let (body, ended, _) = try read([[1, 2], [3]], .untilClose)
    #expect(body == [1, 2, 3])
    #expect(!ended)
    try MessageBodyReader(.untilClose, bodyBytesMax: 1).finishAtClose()
    for framing in [BodyFraming.length(1), .chunked] {
      #expect(throws: HTTP1Error.incompleteBody) {
        try MessageBodyReader(framing, bodyBytesMax: 1).finishAtClose()
      }
    }
  }

  @Test func `a body over the limit is refused, by its length before a byte of it`() throws {
    #expect(throws: HTTP1Error.bodyTooLarge) { _ = try read([], .length(6), bodyBytesMax: 5) }
    #expect(try read([Array("hello".utf8)], .length(5), bodyBytesMax: 5).ended)
    #expect(throws: HTTP1Error.bodyTooLarge) {
      _ = try read([Array("3\r\nabc\r\n3\r\nabc\r\n".utf8)], .chunked, bodyBytesMax: 5)
    }
    #expect(throws: HTTP1Error.bodyTooLarge) { _ = try read([[1, 2], [3]], .untilClose, bodyBytesMax: 2) }
  }
}
