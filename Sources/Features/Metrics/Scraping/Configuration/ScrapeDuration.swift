/// Durations as Prometheus writes them (`model/time.go` of prometheus/common): whole numbers with the units y, w, d, h,
/// m, s and ms, in this order, each at most once.
enum ScrapeDuration {
  /// Milliseconds of each unit, and whether a duration is written in it only where it is a multiple of it.
  private static let units: [(name: String, milliseconds: Int64, onlyExact: Bool)] = [
    ("y", 365 * 86_400_000, true), ("w", 7 * 86_400_000, true), ("d", 86_400_000, false), ("h", 3_600_000, false),
    ("m", 60_000, false), ("s", 1000, false), ("ms", 1, false),
  ]

  /// The milliseconds of a text such as `15s` or `1h30m`, or of `0`; nil for anything else or more than 292 years.
  static func milliseconds(_ text: String) -> Int64? {
    if text == "0" { return 0 }
    var rest = text[...]
    var total: Int64 = 0
    var remaining = units[...]
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      let name = rest[digits.endIndex...].prefix { $0.isLetter }
      guard let number = Int64(digits), let index = remaining.firstIndex(where: { $0.name == name }) else { return nil }
      let (product, overflow) = number.multipliedReportingOverflow(by: units[index].milliseconds)
      let (sum, sumOverflow) = total.addingReportingOverflow(product)
      // As nanoseconds it has to fit 64 bits, too.
      guard !overflow, !sumOverflow, sum <= Int64.max / 1_000_000 else { return nil }
      total = sum
      remaining = remaining[(index + 1)...]
      rest = rest[name.endIndex...]
    }
    return text.isEmpty ? nil : total
  }

  static func duration(_ text: String) -> Duration? { milliseconds(text).map { .milliseconds($0) } }

  /// The text of a duration, for example `1m30s`; parts of a millisecond are left out.
  static func text(_ duration: Duration) -> String {
    let (seconds, attoseconds) = duration.components
    var rest = seconds * 1000 + attoseconds / 1_000_000_000_000_000
    guard rest != 0 else { return "0s" }
    var text = ""
    for unit in units {
      if unit.onlyExact, rest % unit.milliseconds != 0 { continue }
      let count = rest / unit.milliseconds
      if count > 0 { text += "\(count)\(unit.name)" }
      rest -= count * unit.milliseconds
    }
    return text
  }
}
