import Testing

@testable import PromQL

@Suite struct NotationTests {
  @Test(arguments: [
    ("1", 1.0), ("5.", 5), (".5", 0.5), ("1e3", 1_000), ("1.5E-3", 0.0015), ("0x1f", 31), ("0X_1F", 31), ("017", 15),
    ("089", 89), ("1_000.5", 1_000.5), ("Inf", .infinity), ("1e308", 1e308), ("00", 0), ("0.1", 0.1),
  ])
  func `numbers are read as in Go`(text: String, value: Double) {
    #expect(NumberNotation.value(text) == value)
  }

  @Test(arguments: ["1_", "_1", "1__0", "1e", "0x", "0xffffffffffffffff", "1e999", "", "0x1_", "1_.5"])
  func `what is no number has no value`(text: String) { #expect(NumberNotation.value(text) == nil) }

  @Test(arguments: [
    (0.0, "0"), (-0.0, "-0"), (1, "1"), (0.1, "0.1"), (1e21, "1000000000000000000000"), (1.5e-7, "0.00000015"),
    (123_456_789.25, "123456789.25"), (-1e16, "-10000000000000000"), (.infinity, "+Inf"), (-.infinity, "-Inf"),
    (.nan, "NaN"), (1.25e20, "125000000000000000000"),
    (.leastNonzeroMagnitude, "0." + String(repeating: "0", count: 323) + "5"),
    (1e15, "1000000000000000"), (0.001, "0.001"),
  ])
  func `numbers are written without exponent`(value: Double, text: String) {
    #expect(NumberNotation.text(value) == text)
  }

  @Test func `each written number reads as itself`() {
    for exponent in -300...300 {
      for mantissa in [1, 1.1, 9.999_999_999_999_999, 4.2, 1.234_567_890_123_456_7] {
        let value = mantissa * (Double("1e\(exponent)") ?? 0)
        #expect(NumberNotation.value(NumberNotation.text(value)) == value)
      }
    }
  }

  @Test(arguments: [
    ("1ms", 1), ("1s", 1_000), ("5m", 300_000), ("1h30m", 5_400_000), ("1d", 86_400_000), ("1w", 604_800_000),
    ("1y", 31_536_000_000), ("1y2w3d4h5m6s7ms", 33_019_506_007), ("0s", 0), ("90d", 7_776_000_000),
  ])
  func `durations are read`(text: String, milliseconds: Int64) throws {
    #expect(try DurationNotation.milliseconds(text) == milliseconds)
  }

  @Test(
    arguments: [
      (0, "0s"), (1, "1ms"), (1_500, "1s500ms"), (300_000, "5m"), (5_400_000, "1h30m"), (604_800_000, "1w"),
      (7_776_000_000, "90d"), (31_536_000_000, "1y"), (31_536_000_001, "365d1ms"), (-300_000, "-5m"),
      (1_209_600_000, "2w"),
    ] as [(Int64, String)])
  func `durations are written in the largest units`(milliseconds: Int64, text: String) {
    #expect(DurationNotation.text(milliseconds) == text)
  }

  @Test(arguments: ["", "5", "m", "5m1h", "5m5m", "1.5h", "5x", "9223372036854775808s", "300y"])
  func `what is no duration is refused`(text: String) {
    #expect(throws: DurationNotation.Failure.self) { try DurationNotation.milliseconds(text) }
  }

  @Test(
    arguments: [
      ("5m * 2", 600_000, 0, 0), ("1h / 2", 1_800_000, 0, 0), ("-5m + 35m", 1_800_000, 0, 0),
      ("2m * (10 + 5)", 1_800_000, 0, 0),
      ("1h30m % 1h", 1_800_000, 0, 0), ("2 ^ 3", 8_000, 0, 0), ("step() + 1ms", 15_001, 15_000, 0),
      ("range()", 60_000, 0, 60_000),
      ("min_of(step(), 1s)", 1_000, 15_000, 0), ("max_of(step(), 1s)", 15_000, 15_000, 0),
      ("((8 - 2) / 3) * 7s % 4 + 1", 3_000, 0, 0),
    ] as [(String, Int64, Int64, Int64)])
  func `arithmetic of durations has the value of Prometheus`(
    text: String, milliseconds: Int64, step: Int64, range: Int64
  ) throws {
    let duration = try Self.window(text)
    #expect(try duration.milliseconds(step: step, queryRange: range, mayBeNegative: false) == milliseconds)
  }

  @Test(arguments: [
    ("5m - 5m", "2:9: duration must be greater than 0"), ("step()", "2:8: duration must be greater than 0"),
    ("1 / (5 - 5)", "2:13: division by zero"), ("1 % (5 - 5)", "2:13: modulo by zero"),
    ("1e9 * 1e9", "2:11: duration is out of range"), ("(-1) ^ 0.5", "2:12: duration is NaN or infinite"),
    ("0.0001 * 1", "2:12: duration must be greater than 0"),
  ])
  func `a duration without a value says why`(text: String, message: String) throws {
    let duration = try Self.window(text)
    let error = #expect(throws: PromQLDurationError.self) {
      _ = try duration.milliseconds(step: 0, queryRange: 0, mayBeNegative: false)
    }
    #expect(error?.description == message)
  }

  @Test func `an offset may be negative`() throws {
    #expect(try Self.window("5m - 10m").milliseconds(step: 0, queryRange: 0, mayBeNegative: true) == -300_000)
  }

  private static func window(_ text: String) throws -> PromQLDuration {
    guard case .matrixSelector(let selector) = try PromQLParser(patterns: TestPatterns()).parse("a[\(text)]") else {
      Issue.record("no window: \(text)")
      return .constant(0)
    }
    return selector.window
  }
}
