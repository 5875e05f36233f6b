import Series

/// How durations are written, for example `1h30m`.
enum DurationNotation {
  private static let units: [(name: String, milliseconds: Int64, isExact: Bool)] = [
    ("y", 31_536_000_000, true), ("w", 604_800_000, true), ("d", 86_400_000, false), ("h", 3_600_000, false),
    ("m", 60_000, false), ("s", 1_000, false), ("ms", 1, false),
  ]

  /// The most milliseconds that Prometheus can hold: 2^63 nanoseconds.
  private static let millisecondsMax = Int64.max / 1_000_000

  enum Failure: Error {
    case syntax
    case unit(String)
    case range

    /// - Parameter text: The duration in quotes.
    func message(_ text: String) -> String {
      switch self {
      case .syntax: "not a valid duration string: \(text)"
      case .unit(let unit): "unknown unit \(SeriesNotation.quoted(unit)) in duration \(text)"
      case .range: "duration out of range"
      }
    }
  }

  /// The milliseconds of a duration: whole numbers with units, each unit once, the largest first.
  static func milliseconds(_ text: String) throws(Failure) -> Int64 {
    var rest = Substring(text)
    var total: Int64 = 0
    var units = Self.units[...]
    repeat {
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      rest = rest.dropFirst(digits.count)
      let name = rest.prefix { $0.isASCII && $0.isLetter }
      rest = rest.dropFirst(name.count)
      guard Self.units.contains(where: { $0.name == name }) else {
        throw digits.isEmpty || name.isEmpty ? .syntax : .unit(String(name))
      }
      guard !digits.isEmpty, let index = units.firstIndex(where: { $0.name == name }) else { throw .syntax }
      guard let count = Int64(digits) else { throw .range }
      let (product, overflows) = count.multipliedReportingOverflow(by: units[index].milliseconds)
      guard !overflows, product <= millisecondsMax - total else { throw .range }
      total += product
      units = units[(index + 1)...]
    } while !rest.isEmpty
    return total
  }

  /// The duration in the largest units; years and weeks only where nothing smaller remains, for example `90d`, not
  /// `12w6d`.
  static func text(_ milliseconds: Int64) -> String {
    if milliseconds == 0 { return "0s" }
    var rest = milliseconds.magnitude
    var text = milliseconds < 0 ? "-" : ""
    for unit in units {
      let size = UInt64(unit.milliseconds)
      if unit.isExact, !rest.isMultiple(of: size) { continue }
      let count = rest / size
      if count > 0 { text += "\(count)\(unit.name)" }
      rest %= size
    }
    return text
  }

  /// Seconds, from milliseconds, as Go's `Duration.Seconds` rounds them.
  static func seconds(_ milliseconds: Int64) -> Double {
    Double(milliseconds / 1_000) + Double(milliseconds % 1_000 * 1_000_000) / 1e9
  }

  /// Milliseconds, from seconds: rounded to nanoseconds, then cut.
  static func milliseconds(seconds: Double) -> Int64 {
    let nanoseconds = Int64(exactly: (seconds * 1e9).rounded()) ?? (seconds < 0 ? .min : .max)
    return nanoseconds / 1_000_000
  }
}

extension PromQLDuration {
  /// The milliseconds of a duration such as `1h30m`; nil for a text that is none.
  package static func milliseconds(_ text: String) -> Int64? {
    do throws(DurationNotation.Failure) { return try DurationNotation.milliseconds(text) } catch { return nil }
  }
}
