import JSON

/// Lists and objects as they are stored: OTLP/JSON, where responses show plain JSON.
enum OTLPText {
  /// The stored forms of a list or an object that a response shows as this text; empty for other text.
  ///
  /// Plain JSON distinguishes neither integers from whole doubles nor long numbers from text, so there can be several.
  static func spellings(ofJSON text: String) -> [String] {
    guard let first = text.utf8.first, first == UInt8(ascii: "[") || first == UInt8(ascii: "{"),
      let value = try? JSONValue(parsing: text)
    else { return [] }
    var spellings: [String] = []
    for reading in Reading.allCases {
      var writer = JSONWriter()
      write(value, reading, to: &writer)
      let spelling = String(decoding: writer.bytes, as: UTF8.self)
      if !spellings.contains(spelling) { spellings.append(spelling) }
    }
    return spellings
  }

  /// How what plain JSON leaves open is read.
  private enum Reading: CaseIterable {
    case asWritten, wholeNumbersAsDoubles, longNumbersInQuotes
  }

  private static func write(_ value: JSONValue, _ reading: Reading, to writer: inout JSONWriter) {
    writer.beginObject()
    switch value {
    case .null: break
    case .bool(let flag): writer.member("boolValue", flag)
    case .string(let text):
      let isLong = Int64(text).map { !JSONWriter.exactIntegers.contains($0) } ?? false
      writer.member(isLong && reading == .longNumbersInQuotes ? "intValue" : "stringValue", text)
    case .number(let number):
      if case .int(let int) = number, reading != .wholeNumbersAsDoubles {
        writer.member("intValue", String(int))
      } else {
        writer.member("doubleValue", number.double)
      }
    case .array(let elements):
      writer.key("arrayValue")
      writer.object { writer in
        writer.key("values")
        writer.array { writer in
          for element in elements { write(element, reading, to: &writer) }
        }
      }
    case .object(let members):
      writer.key("kvlistValue")
      writer.object { writer in
        writer.key("values")
        writer.array { writer in
          for member in members {
            writer.object { writer in
              writer.member("key", member.key)
              writer.key("value")
              write(member.value, reading, to: &writer)
            }
          }
        }
      }
    }
    writer.endObject()
  }
}
