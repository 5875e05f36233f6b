import Base

/// A JSON value as a tree.
package indirect enum JSONValue: Sendable, Hashable {
  case null
  case bool(Bool)
  case number(JSONNumber)
  case string(String)
  case array([JSONValue])
  /// Members in order; a key may repeat.
  case object([Member])

  package struct Member: Sendable, Hashable {
    package let key: String
    package let value: JSONValue

    package init(_ key: String, _ value: JSONValue) {
      self.key = key
      self.value = value
    }
  }

  /// Parses a whole text strictly: well-formed UTF-8, one value, nothing after it.
  package init(parsing bytes: [UInt8], limits: JSONLimits = JSONLimits()) throws(JSONError) {
    let result: Result<JSONValue, JSONError> = unsafe bytes.withUnsafeBytes { text in
      do throws(JSONError) {
        if let offset = unsafe UTF8Text.firstInvalidOffset(text) {
          throw JSONError(offset: offset, reason: "the text is not UTF-8")
        }
        var reader = try unsafe JSONReader(text, limits: limits)
        let value = try JSONValue(reading: &reader)
        try reader.finish()
        return .success(value)
      } catch {
        return .failure(error)
      }
    }
    self = try result.get()
  }

  package init(parsing text: String, limits: JSONLimits = JSONLimits()) throws(JSONError) {
    try self.init(parsing: Array(text.utf8), limits: limits)
  }

  /// Reads the next value of a reader.
  package init(reading reader: inout JSONReader) throws(JSONError) {
    switch try reader.peekKind() {
    case .null:
      try reader.readNull()
      self = .null
    case .bool: self = .bool(try reader.readBool())
    case .number: self = .number(try reader.readNumber())
    case .string: self = .string(try reader.readString().string)
    case .array:
      var elements: [JSONValue] = []
      try reader.enterArray()
      while try reader.nextElement() { elements.append(try JSONValue(reading: &reader)) }
      self = .array(elements)
    case .object:
      var members: [Member] = []
      try reader.enterObject()
      while let key = try reader.nextKey()?.string { members.append(Member(key, try JSONValue(reading: &reader))) }
      self = .object(members)
    }
  }

  /// The value of a key of an object, the last if it repeats; nil for other values and unknown keys.
  package subscript(key: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.last { $0.key == key }?.value
  }

  /// The element of an array; nil for other values and beyond the end.
  package subscript(index: Int) -> JSONValue? {
    guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
    return elements[index]
  }

  package var isNull: Bool { self == .null }
  package var string: String? { if case .string(let text) = self { text } else { nil } }
  package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  package var int: Int64? { if case .number(let number) = self { number.int } else { nil } }
  package var double: Double? { if case .number(let number) = self { number.double } else { nil } }
  package var array: [JSONValue]? { if case .array(let elements) = self { elements } else { nil } }
  package var members: [Member]? { if case .object(let members) = self { members } else { nil } }

  /// Writes the value.
  package func write(to writer: inout JSONWriter) {
    switch self {
    case .null: writer.null()
    case .bool(let value): writer.bool(value)
    case .number(.int(let value)): writer.int(value)
    case .number(.unsigned(let value)): writer.int(value)
    case .number(.double(let value)): writer.double(value)
    case .string(let text): writer.string(text)
    case .array(let elements):
      writer.beginArray()
      for element in elements { element.write(to: &writer) }
      writer.endArray()
    case .object(let members):
      writer.beginObject()
      for member in members {
        writer.key(member.key)
        member.value.write(to: &writer)
      }
      writer.endObject()
    }
  }

  /// The value as compact text.
  package var encoded: [UInt8] {
    var writer = JSONWriter()
    write(to: &writer)
    return writer.bytes
  }
}
