import Compression

/// Properties of the decoder of snappy blocks: it never traps and never exceeds its limit, and what it decodes is the
/// same after it was encoded again.
package enum SnappyFuzzCase {
  private static let decodedBytesMax = 1 << 20

  package static func run(_ input: [UInt8]) {
    let decoder = BodyDecoder()
    check(SnappyBlock.encode(input), is: input, decoder)
    guard let decoded = decode(input, decoder) else { return }
    precondition(decoded.count <= decodedBytesMax, "\(decoded.count) bytes were decoded")
    check(SnappyBlock.encode(decoded), is: decoded, decoder)
  }

  private static func decode(_ block: [UInt8], _ decoder: BodyDecoder) -> [UInt8]? {
    try? decoder.decode(block, coding: .snappy, decodedBytesMax: decodedBytesMax)
  }

  private static func check(_ block: [UInt8], is body: [UInt8], _ decoder: BodyDecoder) {
    precondition(decode(block, decoder) == body, "what was encoded decodes differently")
  }
}
