import Base
import Testing

@Suite struct TextTests {
  @Test(arguments: [0, 1, -1, 9, 10, 99, 100, -12_345, 1_000_000_007, Int64.max, Int64.min])
  func `integers are written in decimal`(value: Int64) {
    unsafe #expect(written { unsafe DecimalText.write(value, to: $0) } == String(value))
    unsafe #expect(written { unsafe DecimalText.write(value.magnitude, to: $0) } == String(value.magnitude))
  }

  @Test func `the largest unsigned number is written`() {
    unsafe #expect(written { unsafe DecimalText.write(UInt64.max, to: $0) } == "18446744073709551615")
    unsafe #expect(
      written { unsafe DecimalText.write(10_000_000_000_000_000_000 as UInt64, to: $0) } == "10000000000000000000")
  }

  @Test(
    arguments: [
      (0.0, "0.0"), (-0.0, "-0.0"), (1, "1.0"), (0.7, "0.7"), (-0.1, "-0.1"), (0.05, "0.05"), (12.25, "12.25"),
      (1e-5, "1e-05"), (123_456_789.123, "123456789.123"), (0.1 + 0.2, "0.30000000000000004"), (1e300, "1e+300"),
      (.leastNonzeroMagnitude, "5e-324"), (1e15, "1000000000000000.0"), (.nan, "NaN"), (.infinity, "Infinity"),
      (-.infinity, "-Infinity"), (.greatestFiniteMagnitude, "1.7976931348623157e+308"),
    ] as [(Double, String)])
  func `doubles are written shortest`(value: Double, expected: String) {
    unsafe #expect(written { unsafe DecimalText.write(value, to: $0) } == expected)
  }

  @Test func `any double reads back as itself, in no more digits than the library needs`() {
    var generator = SeededGenerator(state: 42)
    for _ in 0..<20_000 {
      let bits = Double(bitPattern: generator.next())
      let decimal = Double(Int64.random(in: -1_000_000_000...1_000_000_000, using: &generator)) / 10_000
      for value in [bits, decimal] where value.isFinite {
        let text = unsafe written { unsafe DecimalText.write(value, to: $0) }
        #expect(Double(text)?.bitPattern == value.bitPattern)
        #expect(digitCount(text) <= digitCount(value.description), "\(text) for \(value.description)")
      }
    }
  }

  private func digitCount(_ text: String) -> Int {
    text.prefix { $0 != "e" }.filter(\.isNumber).count
  }

  @Test(arguments: [
    ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
    ("foobar", "Zm9vYmFy"), ("\u{7ff}~?", "37///w=="),
  ])
  func `base64 follows RFC 4648, section 10`(plain: String, encoded: String) throws {
    var bytes = Array(plain.utf8)
    if plain.hasPrefix("\u{7ff}") { bytes = [0xdf, 0xbf, 0xff, 0xff] }
    let target = unsafe [UInt8](unsafeUninitializedCapacity: 64) { buffer, count in
      unsafe bytes.withUnsafeBytes { source in
        guard let base = buffer.baseAddress else { return }
        unsafe Base64.encode(source, to: base)
        count = Base64.encodedCount(source.count)
      }
    }
    #expect(String(decoding: target, as: UTF8.self) == encoded)
    #expect(String(decoding: Base64.encodeUnpadded(bytes), as: UTF8.self) == encoded.filter { $0 != "=" })
    #expect(decoded(encoded) == bytes)
    #expect(decoded(encoded.filter { $0 != "=" }) == bytes)
  }

  @Test(arguments: ["A", "A===", "AA=", "AAA==", "A A=", "é===", "=AAA", "AA=A"])
  func `other text is no base64`(text: String) {
    #expect(decoded(text) == nil)
  }

  @Test func `both alphabets of base64 are read`() {
    #expect(decoded("-_-_") == decoded("+/+/"))
    #expect(decoded("-_-_")?.count == 3)
  }

  @Test(
    arguments: [
      ([0x61, 0x80], 1), ([0xc1, 0x81], 0), ([0xe0, 0x80, 0x80], 0), ([0xed, 0xa0, 0x80], 0),
      ([0xf4, 0x90, 0x80, 0x80], 0),
      ([0xf0, 0x9f, 0x98], 0), ([0xc3, 0xa9, 0xff], 2), ([0xf5, 0x80, 0x80, 0x80], 0), ([0xe2, 0x82, 0x28], 0),
    ] as [([UInt8], Int)])
  func `the first ill-formed byte is found`(bytes: [UInt8], offset: Int) {
    #expect(firstInvalid(bytes) == offset)
    // Behind a long ASCII text, past the words that are checked at once.
    #expect(firstInvalid([UInt8](repeating: 0x61, count: 67) + bytes) == 67 + offset)
  }

  @Test func `every scalar is well formed`() {
    for value in stride(from: UInt32(0), through: 0x10ffff, by: 7) {
      guard let scalar = Unicode.Scalar(value) else { continue }
      #expect(firstInvalid(Array(String(Character(scalar)).utf8)) == nil)
    }
  }

  private func firstInvalid(_ bytes: [UInt8]) -> Int? {
    unsafe bytes.withUnsafeBytes { unsafe UTF8Text.firstInvalidOffset($0) }
  }

  private func decoded(_ text: String) -> [UInt8]? {
    unsafe Array(text.utf8).withUnsafeBytes { unsafe Base64.decode($0) }
  }

  private func written(_ write: (UnsafeMutablePointer<UInt8>) -> Int) -> String {
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: DecimalText.bytesMax) { buffer, count in
      guard let base = buffer.baseAddress else { return }
      count = unsafe write(base)
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// SplitMix64, for tests that repeat.
private struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
  }
}
