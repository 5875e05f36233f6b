import Ground

/// Numbers and times as people read them.
enum Figures {
  /// A duration with three significant digits, e.g. `1.52 s` or `85 ms`.
  static func duration(_ nanoseconds: Int64) -> String {
    let value = Double(nanoseconds)
    switch abs(value) {
    case ..<1_000: return "\(nanoseconds) ns"
    case ..<1_000_000: return significant(value / 1_000) + " µs"
    case ..<1_000_000_000: return significant(value / 1_000_000) + " ms"
    case ..<120_000_000_000: return significant(value / 1_000_000_000) + " s"
    default:
      let seconds = nanoseconds / 1_000_000_000
      let minutes = "\(seconds / 60 % 60) min"
      return seconds < 3600 ? "\(minutes) \(seconds % 60) s" : "\(seconds / 3600) h \(minutes)"
    }
  }

  /// Three significant digits, no trailing zeros.
  private static func significant(_ value: Double) -> String {
    let digits = abs(value) >= 100 ? 0 : abs(value) >= 10 ? 1 : 2
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let rounded = (value * scale).rounded() / scale
    return rounded == rounded.rounded() ? String(Int(rounded)) : String(rounded)
  }

  /// A whole number with thousands set apart, e.g. `1,234,567`.
  static func count(_ value: Int64) -> String {
    let digits = Array(String(value.magnitude))
    var text = value < 0 ? "-" : ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text += "," }
      text.append(digit)
    }
    return text
  }

  /// `2026-11-21 08:00:00.123`, in UTC.
  static func time(_ time: UnixNanoseconds) -> String {
    let text = RFC3339.format(UnixNanoseconds(time.rawValue - floorMod(time.rawValue, 1_000_000)))
    let seconds = text.prefix(19)
    let fraction = text.count > 20 ? String(text.dropFirst(19).dropLast()) : ".000"
    return seconds.map { $0 == "T" ? " " : String($0) }.joined() + fraction
  }

  /// The time of day alone, in UTC.
  static func clock(_ time: UnixNanoseconds) -> String { String(Self.time(time).dropFirst(11)) }

  private static func floorMod(_ value: Int64, _ divisor: Int64) -> Int64 {
    let rest = value % divisor
    return rest < 0 ? rest + divisor : rest
  }
}
