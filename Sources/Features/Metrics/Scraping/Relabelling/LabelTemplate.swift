/// Texts with `$1`, `${1}`, `$name` and `${name}`, as Go's `Regexp.Expand` reads them.
enum LabelTemplate {
  /// Whether a template can give a label's name: `^(?:(?:[a-zA-Z_]|\$(?:\{\w+\}|\w+))+\w*)+$` of Prometheus'
  /// relabelling.
  static func isValid(_ template: String) -> Bool {
    let bytes = Array(template.utf8)
    guard !bytes.isEmpty else { return false }
    var index = 0
    // Digits may not stand first; after a reference or a letter they may.
    var isDigitAllowed = false
    while index < bytes.count {
      if bytes[index] == UInt8(ascii: "$") {
        guard let end = reference(bytes, index)?.end else { return false }
        index = end
      } else {
        guard isWord(bytes[index]), isDigitAllowed || !isDigit(bytes[index]) else { return false }
        index += 1
      }
      isDigitAllowed = true
    }
    return true
  }

  static func hasReference(_ template: String) -> Bool { template.utf8.contains(UInt8(ascii: "$")) }

  /// Replaces references by what `value` gives for their names; `$$` is a dollar sign, and so is one before nothing
  /// else.
  static func expand(_ template: String, _ value: (String) -> String) -> String {
    let bytes = Array(template.utf8)
    var result: [UInt8] = []
    var index = 0
    while index < bytes.count {
      guard bytes[index] == UInt8(ascii: "$") else {
        result.append(bytes[index])
        index += 1
        continue
      }
      if index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: "$") {
        result.append(bytes[index])
        index += 2
      } else if let (name, end) = reference(bytes, index) {
        result += value(name).utf8
        index = end
      } else {
        result.append(bytes[index])
        index += 1
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// The name of the reference at a dollar sign, and where it ends.
  private static func reference(_ bytes: [UInt8], _ dollar: Int) -> (name: String, end: Int)? {
    var start = dollar + 1
    let isBraced = start < bytes.count && bytes[start] == UInt8(ascii: "{")
    if isBraced { start += 1 }
    var end = start
    while end < bytes.count, isWord(bytes[end]) { end += 1 }
    guard end > start else { return nil }
    if isBraced {
      guard end < bytes.count, bytes[end] == UInt8(ascii: "}") else { return nil }
    }
    return (String(decoding: bytes[start..<end], as: UTF8.self), isBraced ? end + 1 : end)
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  private static func isWord(_ byte: UInt8) -> Bool {
    isDigit(byte) || (0x61...0x7a).contains(byte | 0x20) || byte == UInt8(ascii: "_")
  }
}
