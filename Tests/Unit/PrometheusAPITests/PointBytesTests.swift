import PromQL
import Testing

@testable import PrometheusAPI

@Suite("Points as bytes")
struct PointBytesTests {
  @Test(
    "numbers are written as everywhere else",
    arguments: [
      0, -0.0, 1, -1, 10, 0.5, -0.25, 0.1, 1.0 / 3, 123_456_789.125, 9_007_199_254_740_991, 9_007_199_254_740_992,
      -9_007_199_254_740_994, 1e15, 1e21, 1.5e300, 1e-4, 9.9e-5, 1e-7, .leastNonzeroMagnitude, 1.7976931348623157e308,
      .infinity, -.infinity, .nan, 4_503_599_627_370_495.5, 0.30000000000000004,
    ] as [Double])
  func numbers(value: Double) {
    var points = PointBytes(reservingCount: 1)
    points.append(0, value)
    #expect(text(points) == "[0,\"\(NumberNotation.text(value))\"]")
  }

  @Test(
    "times are seconds, with three decimals where they are not whole",
    arguments: [
      (0, "0"), (1, "0.001"), (20, "0.020"), (1_700_000_000_000, "1700000000"), (1_700_000_000_500, "1700000000.500"),
      (-1_500, "-1.500"), (.max, "9223372036854775.807"), (.min, "-9223372036854775.808"),
    ] as [(Int64, String)])
  func times(milliseconds: Int64, expected: String) {
    var points = PointBytes(reservingCount: 1)
    points.append(milliseconds, 7)
    #expect(text(points) == "[\(expected),\"7\"]")
  }

  @Test("points are separated by commas")
  func several() {
    var points = PointBytes(reservingCount: 2)
    points.append(1_000, 1)
    points.append(2_000, 2.5)
    #expect(text(points) == #"[1,"1"],[2,"2.5"]"#)
  }

  private func text(_ points: PointBytes) -> String { String(decoding: points.bytes, as: UTF8.self) }
}
