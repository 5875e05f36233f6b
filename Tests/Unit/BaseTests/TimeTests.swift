import Base
import Testing

@Suite struct TimeTests {
  @Test(arguments: [
    ("1970-01-01T00:00:00Z", 0), ("2026-11-21T08:00:00Z", 1_795_248_000_000_000_000),
    ("2024-02-29T23:59:59.999999999Z", 1_709_251_199_999_999_999), ("1969-12-31T23:59:59.5Z", -500_000_000),
    ("2000-03-01T00:00:00.000001Z", 951_868_800_000_001_000), ("1677-09-22T00:00:00Z", -9_223_286_400_000_000_000),
  ])
  func `a time is read and written`(text: String, nanoseconds: Int64) {
    #expect(RFC3339.parse(text)?.rawValue == nanoseconds)
    let written = RFC3339.format(UnixNanoseconds(nanoseconds))
    #expect(RFC3339.parse(written)?.rawValue == nanoseconds)
  }

  @Test func `fractions are written in groups of three digits`() {
    #expect(RFC3339.format(UnixNanoseconds(0)) == "1970-01-01T00:00:00Z")
    #expect(RFC3339.format(UnixNanoseconds(-500_000_000)) == "1969-12-31T23:59:59.500Z")
    #expect(RFC3339.format(UnixNanoseconds(1_000)) == "1970-01-01T00:00:00.000001Z")
    #expect(RFC3339.format(UnixNanoseconds(1)) == "1970-01-01T00:00:00.000000001Z")
  }

  @Test(arguments: [
    "2026-11-21T17:00:00+09:00", "2026-11-21t08:00:00z", "2026-11-21 08:00:00.0000000000Z", "2026-11-20T24:00:00Z",
  ])
  func `offsets and lower case are read`(text: String) {
    let expected: Int64? = text.contains("T24") ? nil : 1_795_248_000_000_000_000
    #expect(RFC3339.parse(text)?.rawValue == expected)
  }

  @Test(arguments: [
    "", "2026-11-21", "2026-11-21T08:00:00", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-11-21T08:60:00Z",
    "2026-11-21T08:00:61Z", "2026-11-21T08:00:00.Z", "2026-11-21T08:00:00.0000000001Z", "2026-11-21T08:00:00Zx",
    "2300-01-01T00:00:00Z", "1600-01-01T00:00:00Z", "2026-11-21T08:00:00+9:00", "+026-11-21T08:00:00Z",
  ])
  func `other text is no time`(text: String) {
    #expect(RFC3339.parse(text) == nil)
  }

  @Test(arguments: [
    ("0s", 0), ("200ms", 200_000_000), ("1.5s", 1_500_000_000), ("1h30m", 5_400_000_000_000),
    ("7d", 604_800_000_000_000),
    ("1w", 604_800_000_000_000), (".5m", 30_000_000_000), ("1.9ns", 1), ("3µs", 3_000), ("0.25h", 900_000_000_000),
  ])
  func `a duration is read`(text: String, nanoseconds: Int64) {
    #expect(DurationText.parse(text) == nanoseconds)
  }

  @Test(arguments: ["", "5", "s", "5x", "1..5s", "-5s", "1 s", "99999999999999h", "5.s"])
  func `other text is no duration`(text: String) {
    #expect(DurationText.parse(text) == nil)
  }
}
