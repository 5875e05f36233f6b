package import Base

/// How a log record is written.
package enum LogFormat: String, CaseIterable, Sendable {
  /// One JSON object a line.
  case json
  /// `time LEVEL component: message name=value`, for people.
  case human
}

/// One log record on its way to text.
package struct LogRecord: Sendable {
  package let time: UnixNanoseconds
  package let level: LogLevel
  package let component: String
  package let message: String
  package let fields: [LogField]

  package init(time: UnixNanoseconds, level: LogLevel, component: String, message: String, fields: [LogField]) {
    self.time = time
    self.level = level
    self.component = component
    self.message = message
    self.fields = fields
  }

  /// The longest text of one record in bytes, newline included.
  ///
  /// It is PIPE_BUF of Linux: a write of at most that many bytes to a pipe is atomic (pipe(7)), and a pipe that polls
  /// as writable takes it without blocking.
  package static let bytesMax = 4096

  /// The record as one line that ends in a newline and has at most ``bytesMax`` bytes; what is too long is cut.
  package func line(_ format: LogFormat, colors: Bool = false) -> [UInt8] {
    var line =
      switch format {
      case .json: jsonLine()
      case .human: humanLine(colors: colors)
      }
    line.append(0x0a)
    return line
  }

  /// RFC 3339 in UTC, always with milliseconds.
  private var timeText: String {
    let nanosecondsPerMillisecond: Int64 = 1_000_000
    var rounded = time.rawValue - time.rawValue % nanosecondsPerMillisecond
    let isWhole = rounded % 1_000_000_000 == 0
    if isWhole { rounded += nanosecondsPerMillisecond }
    let text = RFC3339.format(UnixNanoseconds(rounded))
    return isWhole ? text.dropLast(5) + ".000Z" : text
  }

  private func jsonLine() -> [UInt8] {
    var line = LogLine(countMax: Self.bytesMax - 2)
    line.append(#"{"time":""# + timeText + #"","level":""# + level.rawValue + #"","component":""#)
    line.appendJSON(component)
    line.append(#"","message":""#)
    line.appendJSON(message, leaving: 1)
    line.append("\"")
    for field in fields {
      // A name must not hide one of the record's own.
      let prefix = ["time", "level", "component", "message"].contains(field.name) ? "field_" : ""
      var entry = LogLine(countMax: line.room)
      entry.append(#",""# + prefix)
      entry.appendJSON(field.name)
      entry.append(#"":""#)
      entry.appendJSON(field.value, leaving: 1)
      entry.append("\"")
      if entry.isCut && entry.bytes.last != 0x22 { break }
      line.append(entry)
    }
    return line.bytes + [0x7d]
  }

  private func humanLine(colors: Bool) -> [UInt8] {
    var line = LogLine(countMax: Self.bytesMax - 1)
    let word = level.rawValue.uppercased()
    let padded = word + String(repeating: " ", count: max(0, 7 - word.count))
    line.append(timeText + " " + (colors ? "\u{1b}[\(level.colorCode)m\(padded)\u{1b}[0m" : padded) + " ")
    line.appendVisible(component)
    line.append(": ")
    line.appendVisible(message)
    for field in fields {
      line.append(" ")
      line.appendVisible(field.name)
      line.append("=")
      let isPlain = !field.value.isEmpty && field.value.utf8.allSatisfy { $0 > 0x20 && $0 != 0x22 && $0 != 0x3d }
      if isPlain {
        line.appendVisible(field.value)
      } else {
        line.append("\"")
        line.appendVisible(field.value, quoted: true)
        line.append("\"")
      }
    }
    return line.bytes
  }
}

extension LogLevel {
  /// The SGR parameter of its colour (ECMA-48, section 8.3.117).
  fileprivate var colorCode: String {
    switch self {
    case .debug: "2"
    case .info: "32"
    case .warning: "33"
    case .error: "31"
    }
  }
}
