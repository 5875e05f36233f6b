import SeriesBytes
import Testing

@testable import Exposition

@Suite struct DecimalNumberTests {
  private func parse(_ text: String) -> Double? { DecimalNumber.parse(Array(text.utf8).span) }

  @Test(arguments: [
    "0", "1", "-1", "+1", "1.", ".5", "-.5", "1.5", "1e3", "1E+3", "1e-3", "123456789.123", "0.1", "0.3", "1e22",
    "1e23",
    "9007199254740993", "18446744073709551616", "1.7976931348623157e308", "5e-324", "2.2250738585072011e-308", "1e400",
    "-1e400", "1e-400", "0000000000000000000000000000001.2e-1", "123456789012345678901234567890", "-0", "0e5",
    "1e999999999999",
    "8.999999999999979e-05", "1.726839813016397e+09", "3.14159265358979323846264338327950288",
  ])
  func `a number is the double nearest to it`(text: String) throws {
    // `1.` and a plus sign are not in the grammar of Swift's own.
    let canonical = text.hasPrefix("+") ? String(text.dropFirst()) : text.hasSuffix(".") ? text + "0" : text
    let expected = try #require(Double(canonical))
    #expect(parse(text)?.bitPattern == expected.bitPattern)
  }

  @Test func `random doubles survive`() {
    var state: UInt64 = 1
    for _ in 0..<20_000 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let value = Double(bitPattern: state)
      guard value.isFinite else { continue }
      if parse(value.description)?.bitPattern != value.bitPattern { Issue.record("\(value)") }
    }
  }

  @Test(arguments: [("Inf", Double.infinity), ("+Inf", .infinity), ("-inf", -.infinity), ("INFINITY", .infinity)])
  func `infinities are read in any case`(text: String, value: Double) {
    #expect(parse(text) == value)
    #expect(DecimalNumber.parse(Array(text.utf8).span, allowsSpecial: false) == nil)
  }

  @Test func `a NaN is read`() { #expect(["NaN", "nan", "+NaN", "-nan"].allSatisfy { parse($0)?.isNaN == true }) }

  @Test(arguments: [
    "", "-", "+", ".", "e5", "1e", "1e+", "0x1", "0x1p3", "1_0", "1 ", " 1", "--1", "1.1.1", "Infx", "nanx", "0b1",
    "0o1", "1,5",
    "in", "1e1.5",
  ])
  func `anything else is not a number`(text: String) { #expect(parse(text) == nil) }

  @Test(
    arguments: [
      ("0", 0), ("-0", 0), ("+5", 5), ("000", 0), ("9223372036854775807", .max), ("-9223372036854775808", .min),
      ("9223372036854775808", nil), ("-9223372036854775809", nil), ("", nil), ("-", nil), ("1.0", nil), ("1e3", nil),
      ("x", nil),
    ] as [(String, Int64?)])
  func `a whole number fits 64 bits`(text: String, value: Int64?) {
    #expect(DecimalNumber.parseInteger(Array(text.utf8).span) == value)
  }
}
