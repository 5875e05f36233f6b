package import Base

/// How the texts of settings are read.
package enum Parsers {
  package static let boolForm = "true or false"
  package static let sizeForm = "a size such as 512MiB or 2GiB"
  package static let durationForm = "a duration such as 500ms, 30s, 12h or 7d"
  package static let keepingForm = "a duration such as 12h or 30d, or forever"
  package static let addressForm = "host:port, [ipv6]:port, or off"

  @Sendable package static func text(_ text: String) -> String? { text.isEmpty ? nil : text }

  @Sendable package static func optionalText(_ text: String) -> String? { text }

  @Sendable package static func bool(_ text: String) -> Bool? {
    switch text {
    case "true", "yes", "on", "1": true
    case "false", "no", "off", "0": false
    default: nil
    }
  }

  /// Names of letters, digits, dashes, underscores and dots, or `*`.
  @Sendable package static func hostNames(_ text: String) -> [String]? {
    let names = text.split(separator: ",").map { part in String(part.drop { $0 == " " }.prefix { $0 != " " }) }
    let isFit = names.allSatisfy { name in
      name == "*"
        || !name.isEmpty
          && name.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte | 0x20) || "-_.".utf8.contains(byte)
          }
    }
    return isFit ? names : nil
  }

  @Sendable package static func address(_ text: String) -> ListenAddress? { ListenAddress(text) }

  package static func integer(_ range: ClosedRange<Int>) -> @Sendable (String) -> Int? {
    { text in Int(text).flatMap { range.contains($0) ? $0 : nil } }
  }

  package static func size(_ range: ClosedRange<Int>) -> @Sendable (String) -> Int? {
    { text in ByteCountText.parse(text).flatMap { range.contains($0) ? $0 : nil } }
  }

  package static func duration(_ range: ClosedRange<Duration>) -> @Sendable (String) -> Duration? {
    { text in DurationText.duration(text).flatMap { range.contains($0) ? $0 : nil } }
  }

  /// How long something is kept: a duration, or `Duration.forever`.
  package static func keeping(_ range: ClosedRange<Duration>) -> @Sendable (String) -> Duration? {
    { text in text == "forever" ? .forever : duration(range)(text) }
  }
}

extension ByteCountText {
  private static let units: [String: Int] = [
    "": 1, "B": 1, "kB": 1000, "KB": 1000, "MB": 1_000_000, "GB": 1_000_000_000, "TB": 1_000_000_000_000,
    "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40,
  ]

  /// The bytes of a text such as `512MiB`, `1.5GB` or `4096`; nil for anything else.
  package static func parse(_ text: String) -> Int? {
    guard let (number, unit) = NumberAndUnit.split(text[...]), unit.count == text.utf8.count - number.utf8.count,
      let factor = units[String(unit)]
    else { return nil }
    return NumberAndUnit.multiply(number, factor)
  }
}

enum NumberAndUnit {
  /// A decimal number and the letters after it.
  static func split(_ text: Substring) -> (number: Substring, unit: Substring)? {
    let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    let unit = text[number.endIndex...].prefix { $0.isLetter }
    let parts = number.split(separator: ".", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), parts.allSatisfy({ !$0.isEmpty }) else { return nil }
    return (number, unit)
  }

  /// A number times an integer; nil when the product is not a whole number or needs more than 63 bits.
  static func multiply(_ number: Substring, _ factor: Int) -> Int? {
    if let whole = Int(number) {
      let (product, overflow) = whole.multipliedReportingOverflow(by: factor)
      return overflow ? nil : product
    }
    guard let value = Double(String(number)) else { return nil }
    return Int(exactly: (value * Double(factor)).rounded())
  }
}
