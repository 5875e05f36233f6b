package import JSON

/// A member of the JSON object in a request's body.
package typealias JSONMember<Value: Sendable> = Input<JSONValue, Value>
package typealias JSONMemberDefinition = InputDefinition<JSONValue>

extension Input where Source == JSONValue, Value == String? {
  /// A text that people read, of a number of characters: without control characters, and without spaces at its ends.
  package static func text(_ name: String, _ description: String, length: ClosedRange<Int>) -> Input {
    let form = JSONForm.line(length: length)
    return Input(name, description, schema: form.shape.schema, read: form.read)
  }
}

extension Input where Source == JSONValue {
  /// One of several names.
  package static func choice<Choice: RawRepresentable & CaseIterable & Sendable>(
    _ name: String, _ description: String
  ) -> Input where Value == Choice?, Choice.RawValue == String {
    let words = Choice.allCases.map(\.rawValue)
    return Input(name, description, schema: Schema.choice(words)) { value throws(InputMistake) in
      guard let choice = value.string.flatMap(Choice.init) else {
        throw InputMistake("expected one of \(words.joined(separator: ", "))")
      }
      return choice
    }
  }
}

extension Input where Source == JSONValue, Value == [String: String]? {
  /// An object whose values are texts.
  package static func texts(
    _ name: String, _ description: String, countMax: Int, lengthMax: Int
  ) -> Input {
    let schema = Schema.json([
      ("type", .string("object")), ("maxProperties", .number(.int(Int64(countMax)))),
      (
        "additionalProperties",
        Schema.json([("type", .string("string")), ("maxLength", .number(.int(Int64(lengthMax))))])
      ),
    ])
    return Input(name, description, schema: schema) { value throws(InputMistake) in
      guard let members = value.members else { throw InputMistake("expected an object whose values are strings") }
      guard members.count <= countMax else { throw InputMistake("has more than \(countMax) members") }
      var texts: [String: String] = [:]
      for member in members {
        guard let text = member.value.string else {
          throw InputMistake("expected a string", at: JSONPointer.step(member.key))
        }
        guard text.unicodeScalars.count <= lengthMax, member.key.unicodeScalars.count <= lengthMax else {
          throw InputMistake("is longer than \(lengthMax) characters", at: JSONPointer.step(member.key))
        }
        guard texts.updateValue(text, forKey: member.key) == nil else {
          throw InputMistake("occurs twice", at: JSONPointer.step(member.key))
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
