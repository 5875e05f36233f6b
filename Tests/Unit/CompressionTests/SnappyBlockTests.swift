import Testing

@testable import Compression

/// Goal: a block that breaks google/snappy's format_description.txt in any way is refused, and so is a stated size that
/// its bytes cannot fill.
@Suite struct SnappyBlockTests {
  private func decode(_ block: [UInt8], _ decodedBytesMax: Int = 1 << 16) throws -> [UInt8] {
    try BodyDecoder().decode(block, coding: .snappy, decodedBytesMax: decodedBytesMax)
  }

  private static let abcd = Array("abcd".utf8)

  @Test(
    arguments: [
      ([0], ""), ([1, 0, 97], "a"), ([4, 12] + abcd, "abcd"), ([10, 0, 97, 21, 1], "aaaaaaaaaa"),
      ([8, 12] + abcd + [1, 4], "abcdabcd"), ([8, 12] + abcd + [14, 4, 0], "abcdabcd"),
      ([8, 12] + abcd + [15, 4, 0, 0, 0], "abcdabcd"), ([6, 12] + abcd + [6, 2, 0], "abcdcd"),
      // A length of 61 and more stands behind the tag, in one to four bytes.
      ([4, 240, 3] + abcd, "abcd"), ([4, 244, 3, 0] + abcd, "abcd"), ([4, 248, 3, 0, 0] + abcd, "abcd"),
      ([4, 252, 3, 0, 0, 0] + abcd, "abcd"), ([132, 0, 12] + abcd, "abcd"),
    ] as [([UInt8], String)])
  func `every kind of element decodes`(block: [UInt8], text: String) throws {
    #expect(try decode(block) == Array(text.utf8))
  }

  @Test(
    arguments: [
      ("no bytes", []), ("a size that does not end", [128]), ("a size of six bytes", [255, 255, 255, 255, 255, 1]),
      ("a size beyond 32 bits", [255, 255, 255, 255, 127]), ("nothing after the size", [1]),
      ("more than stated", [0, 0, 97]), ("a literal less than stated", [2, 0, 97]),
      ("a literal more than stated", [1, 4, 97, 98]), ("a literal cut short", [5, 16, 97, 98]),
      ("a literal without its length", [5, 240]), ("a length of two bytes cut short", [5, 244, 4]),
      ("a length of 4 GiB", [5, 252, 255, 255, 255, 255, 97]), ("a copy of nothing", [4, 1, 1]),
      ("a copy of itself", [8, 12] + abcd + [1, 0]), ("a copy from before the start", [8, 12] + abcd + [1, 5]),
      ("a copy without its offset", [8, 12] + abcd + [1]),
      ("a long copy without its offset", [8, 12] + abcd + [14, 4]),
      ("a longer copy without its offset", [8, 12] + abcd + [15, 4, 0, 0]),
      ("a copy from 4 GiB before", [8, 12] + abcd + [15, 255, 255, 255, 255]),
      ("a long copy of itself", [8, 12] + abcd + [14, 0, 0]), ("a copy more than stated", [6, 12] + abcd + [1, 4]),
      ("a block after the end", [4, 12] + abcd + [4, 12] + abcd),
      ("the framed format", [255, 6, 0, 0, 115, 78, 97, 80, 112, 89]),
    ] as [(String, [UInt8])])
  func `a block that breaks the format is corrupt`(name: String, block: [UInt8]) {
    #expect(throws: CompressionError.corrupt(.snappy), "\(name)") { try decode(block) }
  }

  @Test func `a stated size is held against the limit and against what its bytes can reach`() {
    let block: [UInt8] = [255, 255, 255, 255, 15, 0, 97]
    #expect(throws: CompressionError.tooLarge(limitBytes: 1 << 20)) { try decode(block, 1 << 20) }
    let output = ReusableBuffer()
    #expect(throws: CompressionError.corrupt(.snappy)) {
      try unsafe block.withUnsafeBytes { try unsafe SnappyBlock.decode($0, into: output, decodedBytesMax: .max) }
    }
    #expect(output.capacity == 0)
  }

  @Test func `the densest block decodes`() throws {
    let block: [UInt8] = [0xc1, 0xb8, 2, 0, 97]
    let copies = (0..<625).flatMap { _ in [254, 1, 0] as [UInt8] }
    #expect(try decode(block + copies) == [UInt8](repeating: 97, count: 40_001))
  }

  @Test func `a block round trips bodies of every kind`() throws {
    let decoder = BodyDecoder(retainedBytesMax: 1 << 12)
    for body in [[], [0], Vector.text, noise(100_000), [UInt8](repeating: 9, count: 3_000_000)] {
      let block = SnappyBlock.encode(body)
      #expect(try decoder.decode(block, coding: .snappy, decodedBytesMax: body.count) == body)
      guard !body.isEmpty else { continue }
      #expect(throws: CompressionError.tooLarge(limitBytes: body.count - 1)) {
        try decoder.decode(block, coding: .snappy, decodedBytesMax: body.count - 1)
      }
    }
    #expect(SnappyBlock.encode(Vector.text).count < 40)
  }
}
