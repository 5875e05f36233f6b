/// Numbers in annotations and labels, as Prometheus writes them.
enum FloatText {
  /// The shortest decimal that reads back as the same number, as Go's `%g`: with an exponent where that is below -4 or
  /// above 20.
  static func short(_ value: Double) -> String {
    let magnitude = value.magnitude
    let hasExponent = magnitude != 0 && value.isFinite && (magnitude < 1e-4 || magnitude >= 1e21)
    return hasExponent ? "\(value)" : NumberNotation.text(value)
  }

  /// As the values of `quantile` and `le` in an exposition, for example `1.0`.
  static func label(_ value: Double) -> String {
    let text = short(value)
    return value.isFinite && !text.utf8.contains(where: { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "e") })
      ? text + ".0" : text
  }

  /// Reads a number as Go's `ParseFloat`; nil for what is none.
  static func parse(_ text: String) -> Double? {
    guard let first = text.utf8.first, first > 0x20, let last = text.utf8.last, last > 0x20 else { return nil }
    return Double(text)
  }
}
