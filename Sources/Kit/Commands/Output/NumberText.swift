package import Base

/// Numbers and times as people read them.
package enum NumberText {
  /// A duration with three significant digits, for example `1.52 s` or `85 ms`.
  package static func duration(_ nanoseconds: Int64) -> String {
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

  /// A whole number with thousands set apart, for example `1,234,567`.
  package static func count(_ value: Int64) -> String {
    let digits = Array(String(value.magnitude))
    var text = value < 0 ? "-" : ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text += "," }
      text.append(digit)
    }
    return text
  }

  /// Tokens of input and output, for example `512→128`.
  ///
  /// What is not known, which is 0 in lists, is left out: `512` where nothing is said of the output, `→128` where
  /// nothing is said of the input.
  package static func tokens(input: Int64?, output: Int64?) -> String {
    func text(_ count: Int64?) -> String { count.map { $0 == 0 ? "" : Self.count($0) } ?? "" }
    let (input, output) = (text(input), text(output))
    return output.isEmpty ? input : "\(input)→\(output)"
  }

  /// A number with at most six significant digits, for example `0.125`, `1,500` or `2.5e+18`.
  package static func number(_ value: Double) -> String {
    if let whole = Int64(exactly: value), whole.magnitude < 1_000_000_000_000 { return count(whole) }
    guard value.isFinite, value != 0, (0.0001..<1e12).contains(abs(value)) else { return "\(value)" }
    var scale = 1.0
    while abs(value) * scale < 100_000, scale < 1e9 { scale *= 10 }
    let rounded = (value * scale).rounded() / scale
    return Int64(exactly: rounded).map(count) ?? "\(rounded)"
  }

  /// Three significant digits, whole numbers above, for example `0.0125` or `1,234`.
  package static func rounded(_ value: Double) -> String {
    guard value != 0, value.isFinite else { return number(0) }
    var scale = 1.0
    while abs(value) * scale < 100, scale < 1e9 { scale *= 10 }
    return number((value * scale).rounded() / scale)
  }

  /// Joules in the unit that suits, for example `412 J` or `2.78 Wh`.
  package static func energy(_ joules: Double) -> String {
    switch joules {
    case ..<10_000: rounded(joules) + " J"
    case ..<3_600_000: rounded(joules / 3_600) + " Wh"
    default: rounded(joules / 3_600_000) + " kWh"
    }
  }

  /// `2026-11-21 08:00:00.123`, in UTC.
  package static func time(_ time: UnixNanoseconds) -> String {
    let text = RFC3339.format(UnixNanoseconds(time.rawValue - floorMod(time.rawValue, 1_000_000)))
    let seconds = text.prefix(19)
    let fraction = text.count > 20 ? String(text.dropFirst(19).dropLast()) : ".000"
    return seconds.map { $0 == "T" ? " " : String($0) }.joined() + fraction
  }

  /// The time of day alone, in UTC.
  package static func clock(_ time: UnixNanoseconds) -> String { String(Self.time(time).dropFirst(11)) }

  private static func floorMod(_ value: Int64, _ divisor: Int64) -> Int64 {
    let rest = value % divisor
    return rest < 0 ? rest + divisor : rest
  }
}
