import Base
import Testing

@testable import Configuration

struct ValueTextTests {
  @Test(arguments: [
    ("0", 0), ("4096", 4096), ("1kB", 1000), ("512MiB", 512 << 20), ("1.5GiB", 3 << 29), ("2GB", 2_000_000_000),
    ("", nil), ("MiB", nil), ("-1", nil), ("1 MiB", nil), ("1mib", nil), ("1MiB2", nil), ("1.MiB", nil),
    ("99999999999999TiB", nil), ("1e3", nil), ("٣", nil),
  ])
  func `sizes are read exactly or refused`(text: String, count: Int?) {
    #expect(ByteCountText.parse(text) == count)
  }

  @Test(
    arguments: [
      ("0", .zero), ("100ms", .milliseconds(100)), ("30s", .seconds(30)), ("1h30m", .seconds(5400)),
      ("7d", .seconds(604_800)), ("2w", .seconds(1_209_600)), ("1.5s", .milliseconds(1500)), ("5µs", .microseconds(5)),
      ("", nil), ("30", nil), ("s", nil), ("-1s", nil), ("1 s", nil), ("1x", nil), ("1s2", nil), ("999999999w", nil),
    ] as [(String, Duration?)])
  func `durations are read exactly or refused`(text: String, duration: Duration?) {
    #expect(DurationText.duration(text) == duration)
  }

  @Test func `what is kept for ever is said by a word, and a time has its bounds`() {
    let parse = Parsers.keeping(.seconds(3_600)...(.seconds(7_200)))
    #expect(parse("forever") == .forever)
    #expect(parse("90m") == .seconds(5_400))
    for text in ["", "Forever", "59m", "3h", "ever"] { #expect(parse(text) == nil, "\(text)") }
  }

  @Test(arguments: [
    "", ":80", "host", "host:", "host:65536", "host:-1", "::1:80", "[::1]", "a b:80", "http://x:80", "x/y:80", "[]:1",
  ])
  func `what is not an address is refused`(text: String) { #expect(ListenAddress(text) == nil) }

  @Test(arguments: [
    ("sevre", "serve"), ("trcaes", "traces"), ("comp", "completion"), ("x", nil), ("quux", nil),
    ("service", "services"),
  ])
  func `a misspelt word is met with what was meant`(word: String, meant: String?) {
    #expect(Suggestion.nearest(to: word, among: ["serve", "traces", "completion", "services"]) == meant)
  }
}
