import JSON
import Telemetry

/// The JSON texts of attributes, for the normaliser.
struct AttributeJSONTexts: JSONTexts {
  /// 64 levels and 1 MiB, as long as a value may be.
  private static let limits = JSONLimits(depthMax: 64, bytesMax: 1 << 20)

  func string(of text: UnsafeRawBufferPointer) -> String? {
    guard text.count > 1, unsafe text[0] == UInt8(ascii: "\"") else { return nil }
    return try? unsafe Self.string(text)
  }

  private static func string(_ text: UnsafeRawBufferPointer) throws(JSONError) -> String {
    var reader = try unsafe JSONReader(text, limits: limits)
    let string = try reader.readString().string
    try reader.finish()
    return string
  }

  func visitMembers(
    of text: UnsafeRawBufferPointer, _ visit: (_ container: String?, _ key: String, _ value: JSONScalar) -> Void
  ) {
    if text.count > 1, unsafe text[0] == UInt8(ascii: "{"), unsafe text[1] == UInt8(ascii: "'") {
      let json = unsafe Self.json(ofPython: text)
      return unsafe json.withUnsafeBytes { try? unsafe Self.visit($0, visit) } ?? ()
    }
    try? unsafe Self.visit(text, visit)
  }

  private static func visit(
    _ text: UnsafeRawBufferPointer, _ visit: (String?, String, JSONScalar) -> Void
  ) throws(JSONError) {
    var reader = try unsafe JSONReader(text, limits: limits)
    try reader.enterObject()
    while let key = try reader.nextKey()?.string {
      if try reader.peekKind() == .object {
        try reader.enterObject()
        while let inner = try reader.nextKey()?.string { try Self.visit(key, inner, &reader, visit) }
      } else {
        try Self.visit(nil, key, &reader, visit)
      }
    }
  }

  private static func visit(
    _ container: String?, _ key: String, _ reader: inout JSONReader, _ visit: (String?, String, JSONScalar) -> Void
  ) throws(JSONError) {
    switch try reader.peekKind() {
    case .number: if let count = try reader.readNumber().unsigned { visit(container, key, .count(count)) }
    case .string: visit(container, key, .string(try reader.readString().string))
    default: try reader.skipValue()
    }
  }

  /// A Python dictionary as its `repr` writes it, as JSON: LiteLLM sends usage so.
  ///
  /// A text in it that has a quotation mark of its own ends the reading.
  private static func json(ofPython text: UnsafeRawBufferPointer) -> [UInt8] {
    var json: [UInt8] = []
    json.reserveCapacity(text.count)
    var word: [UInt8] = []
    func endWord() {
      switch String(decoding: word, as: UTF8.self) {
      case "None": json += "null".utf8
      case "True": json += "true".utf8
      case "False": json += "false".utf8
      default: json += word
      }
      word.removeAll(keepingCapacity: true)
    }
    for index in 0..<text.count {
      // SAFETY: the index lies within the text.
      let byte = unsafe text[index]
      if (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
        || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
      {
        word.append(byte)
        continue
      }
      endWord()
      json.append(byte == UInt8(ascii: "'") ? UInt8(ascii: "\"") : byte)
    }
    endWord()
    return json
  }
}
