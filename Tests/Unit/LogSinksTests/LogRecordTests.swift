import Base
import LogSinks
import Testing

struct LogRecordTests {
  private func line(
    _ format: LogFormat, _ message: String = "listening", _ fields: [LogField] = [],
    time: Int64 = 1_795_248_000_123_456_789
  ) -> String {
    let record = LogRecord(
      time: UnixNanoseconds(time), level: .info, component: "server", message: message, fields: fields)
    return String(decoding: record.line(format), as: UTF8.self)
  }

  @Test func `a JSON record is one object with its fields`() {
    #expect(
      line(.json, fields: [LogField("port", 4317), LogField("level", "x")])
        == #"{"time":"2026-11-21T08:00:00.123Z","level":"info","component":"server","message":"listening","#
        + #""port":"4317","field_level":"x"}"# + "\n")
  }

  private func line(_ format: LogFormat, fields: [LogField]) -> String { line(format, "listening", fields) }

  @Test func `a human record quotes what a reader could not split`() {
    #expect(
      line(.human, fields: [LogField("port", 4317), LogField("why", "no \"room\""), LogField("x", "")])
        == "2026-11-21T08:00:00.123Z INFO    server: listening port=4317 why=\"no \\\"room\\\"\" x=\"\"\n")
  }

  @Test(arguments: LogFormat.allCases)
  func `a message cannot forge a line or drive a terminal`(format: LogFormat) {
    let text = line(format, "a\nb\u{1b}[31m\u{9b}\u{2028}c\rd\te\u{7f}")
    #expect(text.unicodeScalars.dropLast().allSatisfy { $0.value >= 0x20 && !(0x7f...0x9f).contains($0.value) })
    #expect(text.contains("a\\nb"))
    #expect(!text.contains("\u{2028}"))
  }

  @Test(arguments: [0, 1_000_000_000, 1_795_248_000_000_999_999] as [Int64])
  func `a whole second has milliseconds too`(time: Int64) {
    #expect(line(.human, time: time).split(separator: " ")[0].hasSuffix(":00.000Z") || time == 1_000_000_000)
    #expect(line(.human, time: time).split(separator: " ")[0].utf8.count == 24)
  }

  @Test(arguments: LogFormat.allCases, [4000, 4050, 5000, 100_000])
  func `a record is cut to what one write holds, within no character`(format: LogFormat, count: Int) {
    let text = line(
      format, String(repeating: "é\n", count: count / 4),
      [LogField("a", String(repeating: "\"", count: count)), LogField("b", "c")])
    #expect(text.utf8.count <= LogRecord.bytesMax)
    #expect(text.hasSuffix("\n"))
    #expect(!text.unicodeScalars.contains("\u{fffd}"))
    if format == .json { #expect(text.hasSuffix("\"}\n")) }
  }
}
