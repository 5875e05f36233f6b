/// Writes values into SQL text.
package enum SQLText {
  /// A string literal: single quotes around the bytes, with quotes and backslashes escaped.
  ///
  /// https://clickhouse.com/docs/sql-reference/syntax, "String". Within single quotes ClickHouse treats only these two
  /// characters specially; a NUL byte is written as `\0`, because statements are passed as C strings.
  package static func literal(_ text: String) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count + 2)
    bytes.append(UInt8(ascii: "'"))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "'"), UInt8(ascii: "\\"):
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(byte)
      case 0:
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(UInt8(ascii: "0"))
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "'"))
    return String(decoding: bytes, as: UTF8.self)
  }

  /// A string literal of any bytes, each written as `\xHH`.
  package static func literal(bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count * 4 + 2)
    append(bytes, to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// String literals of any bytes with commas between them.
  package static func list(_ elements: [[UInt8]]) -> String {
    var text: [UInt8] = []
    text.reserveCapacity(elements.reduce(0) { $0 + $1.count * 4 + 3 })
    for (index, element) in elements.enumerated() {
      if index > 0 { text.append(UInt8(ascii: ",")) }
      append(element, to: &text)
    }
    return String(decoding: text, as: UTF8.self)
  }

  private static func append(_ bytes: [UInt8], to text: inout [UInt8]) {
    func digit(_ value: UInt8) -> UInt8 { value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10 }
    text.append(UInt8(ascii: "'"))
    for byte in bytes {
      text.append(UInt8(ascii: "\\"))
      text.append(UInt8(ascii: "x"))
      text.append(digit(byte >> 4))
      text.append(digit(byte & 15))
    }
    text.append(UInt8(ascii: "'"))
  }

  private static func isNamePart(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }

  /// The names and types of the parameters of a text, and the text with each `{name:Type}` replaced.
  ///
  /// Braces inside string literals and quoted identifiers are left alone, and so are maps such as `{'k': 1}`.
  ///
  /// - Parameter value: Gives the SQL for a parameter of a name and type.
  package static func replacingParameters<Failure: Error>(
    of text: String, _ value: (_ name: Substring, _ type: Substring) throws(Failure) -> String
  ) throws(Failure) -> String {
    guard text.utf8.contains(UInt8(ascii: "{")) else { return text }
    var result = ""
    result.reserveCapacity(text.utf8.count * 2)
    var index = text.startIndex
    var copied = index
    var quote: UInt8?
    let utf8 = text.utf8
    while index < utf8.endIndex {
      let byte = utf8[index]
      if let open = quote {
        if byte == UInt8(ascii: "\\") { index = utf8.index(after: index) } else if byte == open { quote = nil }
        if index == utf8.endIndex { break }
      } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "`") || byte == UInt8(ascii: "\"") {
        quote = byte
      } else if byte == UInt8(ascii: "{"), let end = utf8[index...].firstIndex(of: UInt8(ascii: "}")),
        let colon = utf8[index..<end].firstIndex(of: UInt8(ascii: ":")),
        utf8[index..<colon].dropFirst().allSatisfy(Self.isNamePart)
      {
        result += text[copied..<index]
        result += try value(text[utf8.index(after: index)..<colon], text[utf8.index(after: colon)..<end])
        index = end
        copied = utf8.index(after: end)
      }
      index = utf8.index(after: index)
    }
    result += text[copied...]
    return result
  }
}
