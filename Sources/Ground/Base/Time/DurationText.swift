/// Reading durations as people write them: `200ms`, `1.5s`, `1h30m`, `7d`.
package enum DurationText {
  /// The nanoseconds of a unit; nil for any other name.
  ///
  /// Both spellings of micro are accepted.
  package static func nanoseconds(ofUnit unit: some StringProtocol) -> Int64? {
    switch unit {
    case "ns": 1
    case "us", "\u{b5}s", "\u{3bc}s": 1_000
    case "ms": 1_000_000
    case "s": 1_000_000_000
    case "m": 60_000_000_000
    case "h": 3_600_000_000_000
    case "d": 86_400_000_000_000
    case "w": 604_800_000_000_000
    default: nil
    }
  }

  /// Reads one or more number-and-unit pairs without sign; nil for anything else or more than 64 bits hold.
  package static func parse(_ text: some StringProtocol) -> Int64? {
    let scalars = Array(text.unicodeScalars)
    var index = 0
    var total: Int64 = 0
    guard !scalars.isEmpty else { return nil }
    while index < scalars.count {
      guard let pair = pair(scalars, &index) else { return nil }
      let (sum, overflow) = total.addingReportingOverflow(pair)
      guard !overflow else { return nil }
      total = sum
    }
    return total
  }

  /// Reads what ``parse(_:)`` reads, and a bare `0`, as people write settings and options; nil for anything else.
  package static func duration(_ text: String) -> Duration? {
    text == "0" ? .zero : parse(text).map { .nanoseconds($0) }
  }

  private static func pair(_ scalars: [Unicode.Scalar], _ index: inout Int) -> Int64? {
    func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }
    func text(_ range: Range<Int>) -> String { String(String.UnicodeScalarView(scalars[range])) }
    let start = index
    while index < scalars.count, isDigit(scalars[index]) { index += 1 }
    let whole = start..<index
    var fraction = index..<index
    if index < scalars.count, scalars[index] == "." {
      index += 1
      let begin = index
      while index < scalars.count, isDigit(scalars[index]) { index += 1 }
      fraction = begin..<index
      guard !fraction.isEmpty else { return nil }
    }
    guard !whole.isEmpty || !fraction.isEmpty else { return nil }
    let unitStart = index
    while index < scalars.count, !isDigit(scalars[index]), scalars[index] != "." { index += 1 }
    guard let unit = nanoseconds(ofUnit: text(unitStart..<index)),
      let wholeValue = whole.isEmpty ? 0 : Int64(text(whole))
    else { return nil }
    let (scaled, overflow) = wholeValue.multipliedReportingOverflow(by: unit)
    guard !overflow else { return nil }
    var rest = unit
    var nanoseconds: Int64 = 0
    // Digits below a nanosecond are dropped, as Go's time.ParseDuration does.
    for scalar in scalars[fraction] {
      if rest == 0 { break }
      let digit = Int64(scalar.value) - 0x30
      nanoseconds += rest * digit / 10
      rest /= 10
    }
    let (sum, overflowSum) = scaled.addingReportingOverflow(nanoseconds)
    return overflowSum ? nil : sum
  }
}

extension Duration {
  /// The time for which something is kept that is never removed; longer than any other.
  package static let forever = Duration.seconds(Int64.max)
}
