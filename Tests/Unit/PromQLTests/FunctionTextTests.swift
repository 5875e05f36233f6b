import Base
import Testing

@testable import PromQL

@Suite("Numbers and orders of functions")
struct FunctionTextTests {
  @Test(
    "numbers are written as Prometheus does",
    arguments: [
      (0, "0", "0", "0.0"), (1, "1", "1", "1.0"), (-2.5, "-2.5", "-2.5", "-2.5"),
      (1e21, "1000000000000000000000", "1e+21", "1e+21"),
      (123_456_789, "123456789", "123456789", "123456789.0"), (0.000_001, "0.000001", "1e-06", "1e-06"),
      (1.5e-7, "0.00000015", "1.5e-07", "1.5e-07"), (.infinity, "+Inf", "+Inf", "+Inf"),
      (-.infinity, "-Inf", "-Inf", "-Inf"), (.nan, "NaN", "NaN", "NaN"), (0.1, "0.1", "0.1", "0.1"),
      (1e16, "10000000000000000", "10000000000000000", "10000000000000000.0"),
    ] as [(Double, String, String, String)])
  func numbers(value: Double, plain: String, short: String, label: String) {
    #expect(NumberNotation.text(value) == plain)
    #expect(FloatText.short(value) == short)
    #expect(FloatText.label(value) == label)
  }

  @Test(
    "bounds of buckets are read",
    arguments: [
      ("0.5", 0.5), ("+Inf", .infinity), ("1e3", 1_000), ("", nil), (" 1", nil), ("1 ", nil), ("Hello", nil),
    ] as [(String, Double?)])
  func bounds(text: String, value: Double?) { #expect(FloatText.parse(text) == value) }

  @Test(
    "numbers within texts count as numbers",
    arguments: [
      ("b2", "b10", true), ("b10", "b2", false), ("a", "b", true), ("a", "a", false), ("a1", "a1b", true),
      ("007", "8", true), ("1.10", "1.9", false), ("", "a", true),
    ])
  func naturalOrder(left: String, right: String, precedes: Bool) {
    #expect(NaturalOrder.precedes(left, right) == precedes)
  }

  @Test(
    "dates of any second",
    arguments: [
      (0, [1970, 1, 1, 4, 1, 31]), (951_782_400, [2000, 2, 29, 2, 60, 29]), (-1, [1969, 12, 31, 3, 365, 31]),
      (253_402_300_799, [9999, 12, 31, 5, 365, 31]), (-62_135_596_800, [1, 1, 1, 1, 1, 31]),
      (1e14, [3_170_843, 11, 7, 6, 311, 30]),
    ] as [(Double, [Int])])
  func dates(seconds: Double, expected: [Int]) {
    let date = CivilSecond(seconds: seconds)
    #expect(
      [date.year, date.time.month, date.time.day, date.dayOfWeek, date.dayOfYear, date.daysInMonth] == expected)
  }

  @Test("a time that is not a number has a date all the same", arguments: [Double.nan, .infinity, -.infinity, 1e300])
  func strangeTimes(seconds: Double) { #expect((0...6).contains(CivilSecond(seconds: seconds).dayOfWeek)) }

  @Test(
    "lesser and greater as in Go",
    arguments: [
      (1, 2, 1, 2), (.nan, 1, .nan, .nan), (.infinity, .nan, .nan, .infinity), (-.infinity, .nan, -.infinity, .nan),
    ] as [(Double, Double, Double, Double)])
  func extremes(left: Double, right: Double, lesser: Double, greater: Double) {
    #expect(GoMath.min(left, right) == lesser || (lesser.isNaN == true) == GoMath.min(left, right).isNaN)
    #expect(GoMath.max(left, right) == greater || (greater.isNaN == true) == GoMath.max(left, right).isNaN)
  }
}
