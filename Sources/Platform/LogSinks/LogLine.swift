/// Bytes of a log line, cut at a bound but never within a character.
struct LogLine {
  private(set) var bytes: [UInt8] = []
  private(set) var isCut = false
  private let countMax: Int

  init(countMax: Int) { self.countMax = countMax }

  /// How many bytes may follow.
  var room: Int { countMax - bytes.count }

  /// Appends a text that is known to be short and clean, as long as it fits whole.
  mutating func append(_ text: some StringProtocol) { append(contentsOf: text.utf8, leaving: 0) }

  mutating func append(_ other: LogLine) { append(contentsOf: other.bytes, leaving: 0) }

  /// Appends the inside of a JSON string (RFC 8259, section 7), keeping this many bytes free.
  mutating func appendJSON(_ text: String, leaving reserve: Int = 0) {
    for scalar in text.unicodeScalars {
      let escaped: String
      switch scalar {
      case "\"": escaped = "\\\""
      case "\\": escaped = "\\\\"
      case "\n": escaped = "\\n"
      case "\r": escaped = "\\r"
      case "\t": escaped = "\\t"
      default: escaped = scalar.isControl ? "\\u" + hexadecimal(scalar) : String(scalar)
      }
      append(contentsOf: escaped.utf8, leaving: reserve)
      if isCut { return }
    }
  }

  /// Appends text with control characters made visible, so that input cannot forge lines or drive a terminal.
  mutating func appendVisible(_ text: String, quoted: Bool = false) {
    for scalar in text.unicodeScalars {
      let escaped: String
      switch scalar {
      case "\n": escaped = "\\n"
      case "\r": escaped = "\\r"
      case "\t": escaped = "\\t"
      case "\"" where quoted: escaped = "\\\""
      default: escaped = scalar.isControl ? "\\u{" + hexadecimal(scalar) + "}" : String(scalar)
      }
      append(contentsOf: escaped.utf8, leaving: quoted ? 1 : 0)
      if isCut { return }
    }
  }

  private mutating func append(contentsOf text: some Collection<UInt8>, leaving reserve: Int) {
    guard text.count + reserve <= room else {
      isCut = true
      return
    }
    bytes.append(contentsOf: text)
  }

  private func hexadecimal(_ scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }
}

extension Unicode.Scalar {
  /// C0, DEL and C1 controls, and the line and paragraph separators.
  fileprivate var isControl: Bool {
    value < 0x20 || (0x7f...0x9f).contains(value) || value == 0x2028 || value == 0x2029
  }
}
