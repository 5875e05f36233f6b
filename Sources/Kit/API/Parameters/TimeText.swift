package import Base

/// Reading the times of parameters.
package enum TimeText {
  /// The times that are taken: 1970 up to 2200, so that no sum of a time and a duration leaves 64 bits.
  private static let years: ClosedRange<Int64> = 0...7_258_118_400_000_000_000

  /// Reads RFC 3339, `now`, `now-15m`, `now+5m` or `-15m`; nil for other text and for years beyond 1970 to 2200.
  package static func parse(_ text: String, now: UnixNanoseconds) -> UnixNanoseconds? {
    read(text, now: now).flatMap { isTaken($0) ? $0 : nil }
  }

  /// Whether a time is of the years that are taken.
  package static func isTaken(_ time: UnixNanoseconds) -> Bool { years.contains(time.rawValue) }

  private static func read(_ text: String, now: UnixNanoseconds) -> UnixNanoseconds? {
    if text == "now" { return now }
    let relative = text.hasPrefix("now") ? text.dropFirst(3) : text[...]
    if let sign = relative.first, sign == "-" || (sign == "+" && text.hasPrefix("now")) {
      guard let distance = DurationText.parse(relative.dropFirst()) else { return nil }
      let (sum, overflow) =
        sign == "-"
        ? now.rawValue.subtractingReportingOverflow(distance) : now.rawValue.addingReportingOverflow(distance)
      return overflow ? nil : UnixNanoseconds(sum)
    }
    return RFC3339.parse(text)
  }
}
