package import JSON

/// A member of a JSON object in a request's body, with the type of its value: read, checked and described from this one
/// declaration. `Value` is optional where the member may be left out or null.
package struct JSONMember<Value: Sendable>: Sendable {
  package let definition: JSONMemberDefinition
  let value: @Sendable ((any Sendable)?) -> Value

  /// - Parameter read: Reads a value; throws what is wrong with it, e.g. "expected a text".
  package init<Read: Sendable>(
    _ name: String, _ description: String, schema: JSONValue,
    read: @escaping @Sendable (JSONValue) throws(JSONMistake) -> Read
  ) where Value == Read? {
    definition = JSONMemberDefinition(
      name: name, description: description, isRequired: false, schema: schema, read: read)
    value = { $0.map { Self.cast($0) } }
  }

  private init(_ definition: JSONMemberDefinition, _ value: @escaping @Sendable ((any Sendable)?) -> Value) {
    self.definition = definition
    self.value = value
  }

  private static func cast<Read>(_ value: any Sendable) -> Read {
    guard let value = value as? Read else { preconditionFailure("a member is read by its own definition") }
    return value
  }

  /// The same member, which a body must have.
  package func required<Read: Sendable>() -> JSONMember<Read> where Value == Read? {
    var definition = definition
    definition.isRequired = true
    return JSONMember<Read>(definition) { value in
      guard let value else { preconditionFailure("a body without its required members is refused before") }
      return Self.cast(value)
    }
  }
}

/// A member without the type of its value.
package struct JSONMemberDefinition: Sendable {
  package let name: String
  package let description: String
  package internal(set) var isRequired: Bool
  /// The JSON Schema of its value.
  package let schema: JSONValue
  let read: @Sendable (JSONValue) throws(JSONMistake) -> any Sendable
}

/// What is wrong with a value.
package struct JSONMistake: Error, Sendable {
  package let detail: String
  /// A JSON Pointer from the value to the place that is wrong; empty for the value itself.
  package let pointer: String

  package init(_ detail: String, at pointer: String = "") {
    self.detail = detail
    self.pointer = pointer
  }
}

extension JSONMember where Value == String? {
  /// A text that people read, of a number of characters: without control characters, and without spaces at its ends.
  package static func text(_ name: String, _ description: String, length: ClosedRange<Int>) -> JSONMember {
    let clean = "[^ \\u0000-\\u001f\\u007f-\\u009f]"
    let schema = Schema.json([
      ("type", .string("string")), ("minLength", .number(.int(Int64(length.lowerBound)))),
      ("maxLength", .number(.int(Int64(length.upperBound)))),
      ("pattern", .string("^\(clean)([^\\u0000-\\u001f\\u007f-\\u009f]*\(clean))?$")),
    ])
    return JSONMember(name, description, schema: schema) { value throws(JSONMistake) in
      guard let text = value.string else { throw JSONMistake("expected a text") }
      guard length.contains(text.unicodeScalars.count) else {
        throw JSONMistake("expected \(length.lowerBound) to \(length.upperBound) characters")
      }
      guard text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
        throw JSONMistake("holds a control character")
      }
      guard text.first != " ", text.last != " " else { throw JSONMistake("begins or ends with a space") }
      return text
    }
  }
}

extension JSONMember {
  /// One of some words.
  package static func choice<Choice: RawRepresentable & CaseIterable & Sendable>(
    _ name: String, _ description: String
  ) -> JSONMember where Value == Choice?, Choice.RawValue == String {
    let words = Choice.allCases.map(\.rawValue)
    return JSONMember(name, description, schema: Schema.choice(words)) { value throws(JSONMistake) in
      guard let choice = value.string.flatMap(Choice.init) else {
        throw JSONMistake("expected one of \(words.joined(separator: ", "))")
      }
      return choice
    }
  }
}

extension JSONMember where Value == [String: String]? {
  /// An object whose values are texts.
  package static func texts(
    _ name: String, _ description: String, countMax: Int, lengthMax: Int
  ) -> JSONMember {
    let schema = Schema.json([
      ("type", .string("object")), ("maxProperties", .number(.int(Int64(countMax)))),
      (
        "additionalProperties",
        Schema.json([("type", .string("string")), ("maxLength", .number(.int(Int64(lengthMax))))])
      ),
    ])
    return JSONMember(name, description, schema: schema) { value throws(JSONMistake) in
      guard let members = value.members else { throw JSONMistake("expected an object whose values are texts") }
      guard members.count <= countMax else { throw JSONMistake("has more than \(countMax) members") }
      var texts: [String: String] = [:]
      for member in members {
        guard let text = member.value.string else {
          throw JSONMistake("expected a text", at: JSONPointer.step(member.key))
        }
        guard text.unicodeScalars.count <= lengthMax, member.key.unicodeScalars.count <= lengthMax else {
          throw JSONMistake("is longer than \(lengthMax) characters", at: JSONPointer.step(member.key))
        }
        guard texts.updateValue(text, forKey: member.key) == nil else {
          throw JSONMistake("is given twice", at: JSONPointer.step(member.key))
        }
      }
      return texts
    }
  }
}

/// JSON Pointers (RFC 6901).
enum JSONPointer {
  static func step(_ key: String) -> String {
    var text = "/"
    for character in key {
      switch character {
      case "~": text += "~0"
      case "/": text += "~1"
      default: text.append(character)
      }
    }
    return text
  }
}
