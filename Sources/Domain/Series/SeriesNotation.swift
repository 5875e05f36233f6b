/// How names of metrics and labels are written.
package enum SeriesNotation {
  /// Whether a metric's name needs no quotes: `[a-zA-Z_:][a-zA-Z0-9_:]*`.
  package static func isPlain(_ name: String) -> Bool { matches(name, allowsColon: true) }

  /// Whether a label's name needs no quotes: `[a-zA-Z_][a-zA-Z0-9_]*`.
  package static func isPlainLabel(_ name: String) -> Bool { matches(name, allowsColon: false) }

  /// A label's name, in quotes where it needs them.
  package static func written(_ label: String) -> String { isPlainLabel(label) ? label : quoted(label) }

  /// A text in double quotes, with `\`, `"` and control characters escaped as in Go.
  package static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\r": result += "\\r"
      default:
        if scalar.value < 0x20 || scalar.value == 0x7f {
          let digits = String(scalar.value, radix: 16)
          result += "\\x" + (digits.utf8.count == 1 ? "0" : "") + digits
        } else {
          result.unicodeScalars.append(scalar)
        }
      }
    }
    return result + "\""
  }

  private static func matches(_ name: String, allowsColon: Bool) -> Bool {
    guard let first = name.utf8.first, !isDigit(first) else { return false }
    return name.utf8.allSatisfy { byte in
      isDigit(byte) || (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z"))
        || byte == UInt8(ascii: "_") || (allowsColon && byte == UInt8(ascii: ":"))
    }
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
}
