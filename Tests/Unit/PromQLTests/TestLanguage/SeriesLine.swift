import Series

/// A line of Prometheus' test language that describes a series: `name{label="value"} 1 2+3x4 _ stale`.
struct SeriesLine {
  let labels: LabelSet
  /// Nil where the series has no sample.
  let values: [Double?]
  /// Whether a value is a native histogram, `{{…}}`.
  let isNative: Bool
  /// Whether the values are start times of the samples of the next line.
  let isStartTimes: Bool

  /// Nil for a line that is none.
  init?(_ line: String) {
    var reader = Reader(line)
    guard var labels = reader.labels() else { return nil }
    if labels.isEmpty, line.first != "{" { return nil }
    isStartTimes = reader.take("@st")
    let rest = reader.rest
    isNative = rest.contains("{{")
    labels = LabelSet(labels.labels)
    self.labels = labels
    guard !isNative, !isStartTimes else {
      values = []
      return
    }
    var values: [Double?] = []
    for item in rest.split(whereSeparator: { $0 == " " || $0 == "\t" }) {
      guard let expanded = Self.expanded(item) else { return nil }
      values += expanded
    }
    self.values = values
  }

  /// The values of `1`, `_x3`, `1x2`, `1+2x3`, `stale`.
  private static func expanded(_ item: Substring) -> [Double?]? {
    var item = item
    var repeats: Int?
    if let cross = item.lastIndex(of: "x"), let count = Int(item[item.index(after: cross)...]) {
      repeats = count
      item = item[..<cross]
    }
    if item == "_" { return Array(repeating: nil, count: repeats ?? 1) }
    if item == "stale" { return Array(repeating: StaleMarker.value, count: (repeats ?? 0) + 1) }
    if let value = TestNumber.parse(item) { return Array(repeating: value, count: (repeats ?? 0) + 1) }
    // The sign between the first value and the increment: not one of an exponent.
    for index in item.indices.dropFirst() where item[index] == "+" || item[index] == "-" {
      guard let first = TestNumber.parse(item[..<index]), let increment = TestNumber.parse(item[index...]) else {
        continue
      }
      var value = first
      return (0...(repeats ?? 0)).map { _ in
        defer { value += increment }
        return value
      }
    }
    return nil
  }

  /// Reads the labels at the beginning of a line.
  private struct Reader {
    private let text: [Character]
    private var index = 0

    init(_ line: String) { text = Array(line) }

    var rest: String { String(text[index...]) }

    mutating func take(_ word: String) -> Bool {
      guard text[index...].starts(with: Array(word)) else { return false }
      index += word.count
      return true
    }

    private mutating func skipSpaces() { while index < text.count, text[index].isWhitespace { index += 1 } }

    private mutating func word() -> String {
      let start = index
      while index < text.count, text[index].isLetter || text[index].isNumber || "_:".contains(text[index]) {
        index += 1
      }
      return String(text[start..<index])
    }

    mutating func labels() -> LabelSet? {
      var labels: [Label] = []
      let name = word()
      if !name.isEmpty { labels.append(Label(Label.metricName, name)) }
      guard index < text.count, text[index] == "{", !text[index...].starts(with: "{{") else { return LabelSet(labels) }
      index += 1
      while true {
        skipSpaces()
        guard index < text.count else { return nil }
        if text[index] == "}" { break }
        let isQuoted = "\"'`".contains(text[index])
        guard let name = isQuoted ? quoted() : word(), !name.isEmpty else { return nil }
        skipSpaces()
        if take("=") {
          skipSpaces()
          guard let value = quoted() else { return nil }
          labels.append(Label(name, value))
        } else if isQuoted {
          labels.append(Label(Label.metricName, name))
        } else {
          return nil
        }
        skipSpaces()
        if index < text.count, text[index] == "," { index += 1 }
      }
      index += 1
      return LabelSet(labels)
    }

    private mutating func quoted() -> String? {
      guard index < text.count, "\"'`".contains(text[index]) else { return nil }
      let start = index
      index += 1
      while index < text.count, text[index] != text[start] {
        if text[index] == "\\", text[start] != "`" { index += 1 }
        index += 1
      }
      guard index < text.count else { return nil }
      index += 1
      return TestText.unquoted(String(text[start..<index]))
    }
  }
}

/// Texts in quotes, with the escapes of Go.
enum TestText {
  static func unquoted(_ text: String) -> String? {
    guard let quote = text.first, text.count > 1, text.last == quote, "\"'`".contains(quote) else { return nil }
    let inner = Array(text.unicodeScalars.dropFirst().dropLast())
    guard quote != "`" else { return String(text.dropFirst().dropLast()) }
    var bytes: [UInt8] = []
    var index = 0
    while index < inner.count {
      guard inner[index] == "\\", index + 1 < inner.count else {
        bytes += Array(String(inner[index]).utf8)
        index += 1
        continue
      }
      let simple: [Unicode.Scalar: UInt8] = ["n": 10, "t": 9, "r": 13, "\\": 92, "\"": 34, "'": 39, "a": 7]
      if let byte = simple[inner[index + 1]] {
        bytes.append(byte)
        index += 2
      } else if inner[index + 1] == "x", index + 3 < inner.count,
        let byte = UInt8(String(inner[index + 2]) + String(inner[index + 3]), radix: 16)
      {
        bytes.append(byte)
        index += 4
      } else {
        return nil
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// Numbers and durations of the test language.
enum TestNumber {
  static func parse(_ text: some StringProtocol) -> Double? {
    let unsigned = text.drop { $0 == "+" || $0 == "-" }
    guard let first = unsigned.first, first.isNumber || first == "." || ["inf", "nan"].contains(unsigned.lowercased())
    else { return nil }
    return Double(String(text))
  }

  /// In milliseconds, for example of `1h30m`, `100ms`, `-1m` or `0`.
  static func milliseconds(_ text: some StringProtocol) -> Int64? {
    if text == "0" { return 0 }
    let isNegative = text.hasPrefix("-")
    var rest = Substring(text.drop { $0 == "-" })
    var total: Int64 = 0
    while !rest.isEmpty {
      let digits = rest.prefix(while: \.isNumber)
      rest = rest.dropFirst(digits.count)
      let unit = rest.prefix(while: \.isLetter)
      rest = rest.dropFirst(unit.count)
      let units: [Substring: Int64] = [
        "ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000, "y": 31_536_000_000,
      ]
      guard let count = Int64(digits), let factor = units[unit] else { return nil }
      total += count * factor
    }
    return isNegative ? -total : total
  }
}
