import Compression
import Testing

/// `span ` 40 times, as coded by other programs.
enum Vector {
  static let text = [UInt8](String(repeating: "span ", count: 40).utf8)
  /// zlib's `compress2` at level 9.
  static let zlib: [UInt8] = [120, 218, 43, 46, 72, 204, 83, 40, 30, 250, 4, 0, 178, 84, 72, 209]
  /// The zstd program reading from a pipe, so the frame states no content size and ends in a checksum.
  static let zstd: [UInt8] = [
    40, 181, 47, 253, 4, 88, 101, 0, 0, 40, 115, 112, 97, 110, 32, 1, 0, 64, 80, 69, 11, 161, 147, 202, 147,
  ]

  /// Two literals and a copy of 195 bytes in four pieces, written by hand.
  static let snappy: [UInt8] =
    [200, 1, 16] + Array("span ".utf8) + [254, 5, 0, 254, 5, 0, 254, 5, 0, 10, 5, 0]

  static func gzip(_ bytes: [UInt8]) throws -> [UInt8] {
    var encoded: [UInt8] = []
    try StreamEncoder(.gzip).encode(bytes[...], .body, into: &encoded)
    return encoded
  }

  static func encoded(_ coding: ContentCoding) throws -> [UInt8] {
    switch coding {
    case .identity: text
    case .gzip: try gzip(text)
    case .deflate: zlib
    case .zstd: zstd
    case .snappy: snappy
    }
  }
}

/// Bytes that do not compress, the same in every run.
func noise(_ count: Int) -> [UInt8] {
  var state: UInt64 = 0x9e37_79b9_7f4a_7c15
  return (0..<count).map { _ in
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return UInt8(truncatingIfNeeded: state >> 33)
  }
}

@Suite struct BodyDecoderTests {
  @Test(arguments: ContentCoding.allCases)
  func `a body decodes when the limit is exactly its size`(coding: ContentCoding) throws {
    let decoded = try BodyDecoder().decode(
      Vector.encoded(coding), coding: coding, decodedBytesMax: Vector.text.count)
    #expect(decoded == Vector.text)
  }

  @Test(arguments: ContentCoding.allCases)
  func `a body one byte over the limit is refused, also by a decoder with room from before`(
    coding: ContentCoding
  ) throws {
    let decoder = BodyDecoder()
    let encoded = try Vector.encoded(coding)
    let limit = Vector.text.count - 1
    #expect(throws: CompressionError.tooLarge(limitBytes: limit)) {
      try decoder.decode(encoded, coding: coding, decodedBytesMax: limit)
    }
    #expect(try decoder.decode(encoded, coding: coding, decodedBytesMax: 1 << 20) == Vector.text)
    #expect(throws: CompressionError.tooLarge(limitBytes: limit)) {
      try decoder.decode(encoded, coding: coding, decodedBytesMax: limit)
    }
  }

  @Test(arguments: [ContentCoding.gzip, .deflate, .zstd, .snappy])
  func `a body cut short anywhere is refused`(coding: ContentCoding) throws {
    let decoder = BodyDecoder()
    let encoded = try Vector.encoded(coding)
    for count in 0..<encoded.count {
      #expect(throws: CompressionError.self, "the first \(count) bytes") {
        try decoder.decode([UInt8](encoded[..<count]), coding: coding, decodedBytesMax: 1 << 16)
      }
    }
    #expect(try decoder.decode(encoded, coding: coding, decodedBytesMax: 1 << 16) == Vector.text)
  }

  @Test(arguments: [ContentCoding.gzip, .deflate, .zstd, .snappy])
  func `bytes behind the end are refused`(coding: ContentCoding) throws {
    let encoded = try Vector.encoded(coding)
    #expect(throws: CompressionError.corrupt(coding)) {
      try BodyDecoder().decode(encoded + [7, 7, 7, 7, 0, 0, 0, 0], coding: coding, decodedBytesMax: 1 << 16)
    }
  }

  @Test func `what is no gzip is corrupt, whatever size its last bytes claim`() {
    let text = [UInt8](repeating: 0xFF, count: 64)
    #expect(throws: CompressionError.corrupt(.gzip)) {
      try BodyDecoder().decode(text, coding: .gzip, decodedBytesMax: 1 << 16)
    }
  }

  @Test func `a damaged gzip body is refused at every byte that counts`() throws {
    let encoded = try Vector.gzip(Vector.text)
    let decoder = BodyDecoder()
    // Bytes 4 to 9 are the time, the extra flags and the system (RFC 1952, section 2.3.1); they may say anything.
    for index in encoded.indices where !(4..<10).contains(index) {
      var damaged = encoded
      damaged[index] ^= 0xff
      #expect(throws: CompressionError.self, "byte \(index)") {
        try decoder.decode(damaged, coding: .gzip, decodedBytesMax: 1 << 16)
      }
    }
  }

  @Test func `a gzip body of many members decodes to all of them`() throws {
    let parts = [Vector.text, [], noise(70_000), [1]]
    let encoded = try parts.flatMap { try Vector.gzip($0) }
    let whole = parts.flatMap(\.self)
    #expect(try BodyDecoder().decode(encoded, coding: .gzip, decodedBytesMax: whole.count) == whole)
    #expect(throws: CompressionError.tooLarge(limitBytes: whole.count - 1)) {
      try BodyDecoder().decode(encoded, coding: .gzip, decodedBytesMax: whole.count - 1)
    }
  }

  @Test func `a zstd body of many frames decodes to all of them`() throws {
    let encoder = try ZstdEncoder()
    let parts = [Vector.text, noise(300_000), [1]]
    let encoded = try parts.flatMap { try encoder.encode($0) } + Vector.zstd
    let whole = parts.flatMap(\.self) + Vector.text
    #expect(try BodyDecoder().decode(encoded, coding: .zstd, decodedBytesMax: whole.count) == whole)
  }

  @Test func `a stated size beyond the limit is refused before anything is decoded`() throws {
    // A member that states 4 GiB - 1 in its trailer, and a frame header that states 2^40 bytes.
    var gzip = try Vector.gzip(Vector.text)
    gzip.replaceSubrange((gzip.count - 4)..., with: [255, 255, 255, 255])
    #expect(throws: CompressionError.tooLarge(limitBytes: 1 << 20)) {
      try BodyDecoder().decode(gzip, coding: .gzip, decodedBytesMax: 1 << 20)
    }
    let zstd: [UInt8] = [40, 181, 47, 253, 0xe0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0]
    #expect(throws: CompressionError.tooLarge(limitBytes: 1 << 20)) {
      try BodyDecoder().decode(zstd, coding: .zstd, decodedBytesMax: 1 << 20)
    }
  }

  @Test func `a bomb of many members stops at the limit`() throws {
    let zeros = [UInt8](repeating: 0, count: 1 << 20)
    let member = try Vector.gzip(zeros)
    let bomb = [UInt8]((0..<64).map { _ in member }.joined())
    #expect(throws: CompressionError.tooLarge(limitBytes: 8 << 20)) {
      try BodyDecoder().decode(bomb, coding: .gzip, decodedBytesMax: 8 << 20)
    }
  }

  @Test func `an encoder round trips bodies of every kind`() throws {
    let zstd = try ZstdEncoder(level: 1)
    let decoder = BodyDecoder(retainedBytesMax: 1 << 12)
    for body in [[], [0], Vector.text, noise(100_000), [UInt8](repeating: 9, count: 3_000_000)] {
      #expect(try decoder.decode(Vector.gzip(body), coding: .gzip, decodedBytesMax: body.count) == body)
      #expect(try decoder.decode(zstd.encode(body), coding: .zstd, decodedBytesMax: body.count) == body)
    }
  }
}
