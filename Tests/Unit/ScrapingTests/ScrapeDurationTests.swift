import Testing

@testable import Scraping

@Suite struct ScrapeDurationTests {
  @Test(arguments: [
    ("0", 0), ("15s", 15_000), ("1m", 60_000), ("1h30m", 5_400_000), ("1d2h3m4s5ms", 93_784_005), ("2w", 1_209_600_000),
    ("1y", 31_536_000_000), ("100ms", 100), ("0s", 0),
  ])
  func `durations are read as Prometheus does`(text: String, milliseconds: Int64) {
    #expect(ScrapeDuration.milliseconds(text) == milliseconds)
  }

  @Test(arguments: ["", "1", "1.5s", "-1s", "1s1m", "1s2s", "1 s", "s", "1x", "1us", "99999999999999y", "1S"])
  func `anything else is refused`(text: String) {
    #expect(ScrapeDuration.milliseconds(text) == nil)
  }

  @Test(arguments: [
    (0, "0s"), (1, "1ms"), (15_000, "15s"), (60_000, "1m"), (90_000, "1m30s"), (5_400_000, "1h30m"),
    (86_400_000, "1d"), (604_800_000, "1w"), (31_536_000_000, "1y"), (1_209_600_000, "2w"), (691_200_000, "8d"),
  ])
  func `durations are written as Prometheus does`(milliseconds: Int64, text: String) {
    #expect(ScrapeDuration.text(.milliseconds(milliseconds)) == text)
  }

  @Test(arguments: [("0", 0), ("10MB", 10 << 20), ("1KiB", 1024), ("512", 512), ("2GB", 2 << 30)])
  func `sizes are powers of 1024`(text: String, bytes: Int) {
    #expect(ScrapeSize.bytes(text) == bytes)
  }

  @Test(arguments: ["", "1.5MB", "MB", "1 MB", "-1", "1mb", "99999999999GB"])
  func `other sizes are refused`(text: String) {
    #expect(ScrapeSize.bytes(text) == nil)
  }
}
