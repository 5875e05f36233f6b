import Compression
import Testing

@Suite struct StreamDecoderTests {
  @Test(arguments: ContentCoding.allCases.filter { $0 != .snappy })
  func `a body decodes in two pieces wherever it is split`(coding: ContentCoding) throws {
    let encoded = try Vector.encoded(coding)
    for split in 0...encoded.count {
      let decoder = try StreamDecoder(coding, decodedBytesMax: Vector.text.count)
      let first = try decoder.decode([UInt8](encoded[..<split]))
      if split < encoded.count, coding != .identity { #expect(!decoder.isComplete, "after \(split) bytes") }
      let second = try decoder.decode([UInt8](encoded[split...]))
      #expect(first + second == Vector.text, "split after \(split) bytes")
      #expect(decoder.isComplete)
    }
  }

  @Test(arguments: ContentCoding.allCases.filter { $0 != .snappy })
  func `a body one byte over the limit is refused`(coding: ContentCoding) throws {
    let limit = Vector.text.count - 1
    let decoder = try StreamDecoder(coding, decodedBytesMax: limit)
    #expect(throws: CompressionError.tooLarge(limitBytes: limit)) {
      try decoder.decode(Vector.encoded(coding))
    }
  }

  @Test(arguments: [ContentCoding.gzip, .zstd])
  func `many members decode one byte at a time`(coding: ContentCoding) throws {
    let encoded = try Vector.encoded(coding) + Vector.encoded(coding)
    let decoder = try StreamDecoder(coding, decodedBytesMax: 1 << 16)
    let decoded = try encoded.flatMap { try decoder.decode([$0]) }
    #expect(decoded == Vector.text + Vector.text)
    #expect(decoder.isComplete)
  }

  @Test(arguments: [ContentCoding.gzip, .deflate, .zstd])
  func `bytes behind the end are refused`(coding: ContentCoding) throws {
    let decoder = try StreamDecoder(coding, decodedBytesMax: 1 << 16)
    #expect(throws: CompressionError.corrupt(coding)) {
      try decoder.decode(Vector.encoded(coding) + [7, 7, 7, 7, 7, 7])
    }
  }

  @Test func `a snappy block is not decoded in pieces`() {
    #expect(throws: CompressionError.wholeOnly(.snappy)) { try StreamDecoder(.snappy, decodedBytesMax: 1 << 16) }
  }

  @Test func `a body larger than every internal buffer decodes`() throws {
    let body = noise(1_000_000)
    let decoder = try StreamDecoder(.gzip, decodedBytesMax: body.count)
    #expect(try decoder.decode(Vector.gzip(body)) == body)
    #expect(decoder.isComplete)
  }
}

@Suite struct ContentCodingTests {
  @Test(arguments: [
    ("gzip", ContentCoding.gzip), ("GZip", .gzip), ("x-gzip", .gzip), ("", .identity), ("identity", .identity),
    ("deflate", .deflate), ("zstd", .zstd), ("snappy", .snappy),
    ("x-snappy-framed", nil), ("br", nil), ("gzip, gzip", nil),
  ])
  func `a content-encoding names a coding`(token: String, coding: ContentCoding?) {
    #expect(ContentCoding(token: token) == coding)
  }

  @Test(
    arguments: [
      (nil, .identity), ("", .identity), ("gzip", .gzip), ("x-gzip", .gzip), ("deflate, gzip;q=0.5", .deflate),
      ("gzip;q=0", .identity), ("gzip; Q=0.000, *", .zstd), ("*", .zstd), ("*;q=0", .identity),
      ("br, *;q=0.1", .zstd), ("identity", .identity), ("gzip;q=0.001", .gzip), ("gzip, deflate, br, zstd", .zstd),
      ("gzip, deflate, br, zstd;q=0.", .gzip), ("zstd;q=0.2, gzip;q=0.8", .gzip), ("gzip;q=x", .gzip),
      ("*, zstd;q=0", .gzip), ("snappy, br", .identity), (" gzip ;q=0.1,\tdeflate; q=0.2", .deflate),
    ] as [(String?, ContentCoding)])
  func `a response gets the coding that its client likes best`(field: String?, coding: ContentCoding) {
    #expect(ContentCoding.preferred(of: StreamEncoder.codings, by: field) == coding)
  }
}
