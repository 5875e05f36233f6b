/// The words of a unit that OpenTelemetry writes in UCUM, for example `bytes` and `per_second` for `By/s`.
struct UnitWords: Equatable {
  /// Empty for none, and for an annotation such as `{request}`.
  let main: String
  /// Empty for none, or `per_` and a word.
  let per: String

  init(_ unit: String) {
    let parts = unit.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(Self.trimmed)
    main = parts.first.flatMap(Self.word).map { Self.words[$0] ?? $0 } ?? ""
    per = parts.dropFirst().first.flatMap(Self.word).map { "per_" + (Self.singularWords[$0] ?? $0) } ?? ""
  }

  /// Nil for an empty part and one with an annotation.
  private static func word(_ part: String) -> String? {
    part.isEmpty || part.utf8.contains { $0 == UInt8(ascii: "{") || $0 == UInt8(ascii: "}") } ? nil : part
  }

  private static func trimmed(_ part: Substring) -> String {
    let start = part.drop(while: \.isWhitespace)
    return String(start.reversed().drop(while: \.isWhitespace).reversed())
  }

  /// A unit that is not here is its own word.
  private static let words = [
    "d": "days", "h": "hours", "min": "minutes", "s": "seconds", "ms": "milliseconds", "us": "microseconds",
    "ns": "nanoseconds",
    "By": "bytes", "KiBy": "kibibytes", "MiBy": "mebibytes", "GiBy": "gibibytes", "TiBy": "tebibytes",
    "kBy": "kilobytes", "KBy": "kilobytes", "MBy": "megabytes", "GBy": "gigabytes", "TBy": "terabytes",
    "m": "meters", "V": "volts", "A": "amperes", "J": "joules", "W": "watts", "g": "grams",
    "Cel": "celsius", "Hz": "hertz", "1": "", "%": "percent",
  ]

  private static let singularWords = [
    "s": "second", "m": "minute", "h": "hour", "d": "day", "w": "week", "mo": "month", "y": "year",
  ]
}
