/// Reading and writing times as RFC 3339 text, for example `2026-11-21T08:00:00.5Z`.
package enum RFC3339 {
  /// Reads a time; nil for text that is not an RFC 3339 time, or a time that 64 bits of nanoseconds cannot hold.
  ///
  /// Any offset and up to nine fractional digits are accepted; further digits must be zero, so that nothing is lost.
  /// A leap second (`:60`) counts as the first second of the next minute.
  package static func parse(_ text: some StringProtocol) -> UnixNanoseconds? {
    var reader = DigitReader(bytes: Array(text.utf8))
    guard let year = reader.number(digitCount: 4), reader.take("-"),
      let month = reader.number(digitCount: 2), reader.take("-"), (1...12).contains(month),
      let day = reader.number(digitCount: 2), (1...CivilTime.dayCount(year: year, month: month)).contains(day),
      reader.take("T") || reader.take("t") || reader.take(" "),
      let hour = reader.number(digitCount: 2), hour < 24, reader.take(":"),
      let minute = reader.number(digitCount: 2), minute < 60, reader.take(":"),
      let second = reader.number(digitCount: 2), second <= 60,
      let nanosecond = reader.fraction(),
      let offsetSeconds = reader.offset(), reader.isAtEnd
    else { return nil }
    let civil = CivilTime(
      year: year, month: month, day: day, hour: hour, minute: minute, second: second - offsetSeconds,
      nanosecond: nanosecond)
    return civil.unixNanoseconds
  }

  /// Writes a time in UTC with as many fractional digits (0, 3, 6 or 9) as it needs.
  package static func format(_ time: UnixNanoseconds) -> String {
    let civil = CivilTime(time)
    var text = pad(civil.year, 4) + "-" + pad(civil.month, 2) + "-" + pad(civil.day, 2)
    text += "T" + pad(civil.hour, 2) + ":" + pad(civil.minute, 2) + ":" + pad(civil.second, 2)
    if civil.nanosecond != 0 {
      if civil.nanosecond % 1_000_000 == 0 {
        text += "." + pad(civil.nanosecond / 1_000_000, 3)
      } else if civil.nanosecond % 1_000 == 0 {
        text += "." + pad(civil.nanosecond / 1_000, 6)
      } else {
        text += "." + pad(civil.nanosecond, 9)
      }
    }
    return text + "Z"
  }

  private static func pad(_ value: Int, _ digitCount: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, digitCount - digits.count)) + digits
  }
}

private struct DigitReader {
  let bytes: [UInt8]
  var index = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool { index == bytes.count }

  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard index < bytes.count, UInt32(bytes[index]) == character.value else { return false }
    index += 1
    return true
  }

  mutating func digit() -> Int? {
    guard index < bytes.count, (0x30...0x39).contains(bytes[index]) else { return nil }
    index += 1
    return Int(bytes[index - 1]) - 0x30
  }

  mutating func number(digitCount: Int) -> Int? {
    var value = 0
    for _ in 0..<digitCount {
      guard let digit = digit() else { return nil }
      value = value * 10 + digit
    }
    return value
  }

  /// The nanoseconds of an optional fraction; nil when it has no digit or more than nanosecond precision.
  mutating func fraction() -> Int? {
    guard take(".") else { return 0 }
    var value = 0
    var count = 0
    while let digit = digit() {
      if count < 9 {
        value = value * 10 + digit
      } else if digit != 0 {
        return nil
      }
      count += 1
    }
    guard count > 0 else { return nil }
    for _ in min(count, 9)..<9 { value *= 10 }
    return value
  }

  /// The seconds east of UTC.
  mutating func offset() -> Int? {
    if take("Z") || take("z") { return 0 }
    let sign: Int
    if take("+") { sign = 1 } else if take("-") { sign = -1 } else { return nil }
    guard let hour = number(digitCount: 2), hour < 24, take(":"), let minute = number(digitCount: 2), minute < 60
    else { return nil }
    return sign * (hour * 3_600 + minute * 60)
  }
}
