package import Base
package import JSON

/// How values of a type are written as JSON and read from it: one declaration of both.
package struct JSONForm<Value: Sendable>: Sendable {
  package let shape: JSONShape<Value>
  /// Reads a value, or throws what is wrong with it.
  package let read: @Sendable (JSONValue) throws(InputMistake) -> Value

  package init(_ shape: JSONShape<Value>, read: @escaping @Sendable (JSONValue) throws(InputMistake) -> Value) {
    self.shape = shape
    self.read = read
  }

  /// An object; members that it does not know are left out, so that later versions may send more.
  ///
  /// - Parameter blank: the value before any member is read.
  package static func object(_ blank: Value, _ declare: (inout JSONFormMembers<Value>) -> Void) -> JSONForm {
    .object(blank, JSONFormMembers(declare))
  }

  /// An object of members that are declared apart.
  package static func object(_ blank: Value, _ members: JSONFormMembers<Value>) -> JSONForm {
    JSONForm(.object { $0 = members.object }) { [readers = members.readers] json throws(InputMistake) in
      guard json.members != nil else { throw InputMistake("expected an object") }
      var value = blank
      for reader in readers { value = try reader(json, value) }
      return value
    }
  }

  package static func list<Element: Sendable>(_ element: JSONForm<Element>, countMax: Int) -> JSONForm
  where Value == [Element] {
    let shape = JSONShape<Value>.list(element.shape)
    return JSONForm(shape.limited([("maxItems", .number(.int(Int64(countMax))))])) {
      [read = element.read] json
        throws(InputMistake) in
      guard let array = json.array else { throw InputMistake("expected a list") }
      guard array.count <= countMax else { throw InputMistake("has \(array.count) elements; at most \(countMax)") }
      var values: [Element] = []
      values.reserveCapacity(array.count)
      for (place, json) in array.enumerated() {
        do throws(InputMistake) {
          values.append(try read(json))
        } catch {
          throw InputMistake(error.detail, at: "/\(place)\(error.pointer)")
        }
      }
      return values
    }
  }
}

/// The members of an object, while it is declared.
package struct JSONFormMembers<Value: Sendable>: Sendable {
  package private(set) var object = JSONObjectShape<Value>()
  fileprivate private(set) var readers: [@Sendable (JSONValue, Value) throws(InputMistake) -> Value] = []

  package init(_ declare: (inout JSONFormMembers) -> Void = { _ in }) { declare(&self) }

  /// A member that every object has.
  package mutating func member<Part: Sendable>(
    _ name: String, _ path: any WritableKeyPath<Value, Part> & Sendable, _ form: JSONForm<Part>
  ) {
    object.member(name, form.shape) { $0[keyPath: path] }
    readers.append(MemberReader(name: name, isRequired: true, form: form) { $0[keyPath: path] = $1 }.read)
  }

  /// A member that is left out where there is no value.
  package mutating func optional<Part: Sendable>(
    _ name: String, _ path: any WritableKeyPath<Value, Part?> & Sendable, _ form: JSONForm<Part>
  ) {
    object.optionalMember(name, form.shape) { $0[keyPath: path] }
    readers.append(MemberReader(name: name, isRequired: false, form: form) { $0[keyPath: path] = $1 }.read)
  }
}

/// Reads a member of an object into a value.
private struct MemberReader<Value: Sendable, Part: Sendable>: Sendable {
  let name: String
  let isRequired: Bool
  let form: JSONForm<Part>
  let set: @Sendable (inout Value, Part) -> Void

  func read(_ json: JSONValue, _ value: Value) throws(InputMistake) -> Value {
    guard let member = json[name] else {
      if isRequired { throw InputMistake("is required", at: "/\(name)") }
      return value
    }
    var value = value
    do throws(InputMistake) {
      set(&value, try form.read(member))
    } catch {
      throw InputMistake(error.detail, at: "/\(name)\(error.pointer)")
    }
    return value
  }
}

// MARK: - Values

extension JSONShape {
  /// The same shape with further members of its schema.
  fileprivate func limited(_ members: [(String, JSONValue)]) -> JSONShape {
    let more = members.map { JSONValue.Member($0.0, $0.1) }
    return JSONShape(.object((schema.members ?? []) + more), referringTo: schemas, write: write)
  }
}

/// What a schema says of a text of a length.
private func textSchema(lengthMax: Int) -> [(String, JSONValue)] {
  [("maxLength", .number(.int(Int64(lengthMax)))), ("pattern", .string("^[^\\u0000-\\u001f\\u007f-\\u009f]*$"))]
}

extension JSONForm where Value == String {
  /// Text without control characters.
  package static func text(lengthMax: Int) -> JSONForm {
    JSONForm(JSONShape.string.limited(textSchema(lengthMax: lengthMax))) { json throws(InputMistake) in
      guard let text = json.string else { throw InputMistake("expected a string") }
      guard text.unicodeScalars.count <= lengthMax else {
        throw InputMistake("is longer than \(lengthMax) characters")
      }
      guard text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
        throw InputMistake("holds a control character")
      }
      return text
    }
  }
}

extension JSONForm where Value == String {
  /// A text that people read, of a number of characters: without control characters, and without spaces at its ends.
  package static func line(length: ClosedRange<Int>) -> JSONForm {
    let clean = "[^ \\u0000-\\u001f\\u007f-\\u009f]"
    let limits: [(String, JSONValue)] = [
      ("minLength", .number(.int(Int64(length.lowerBound)))), ("maxLength", .number(.int(Int64(length.upperBound)))),
      ("pattern", .string("^\(clean)([^\\u0000-\\u001f\\u007f-\\u009f]*\(clean))?$")),
    ]
    return JSONForm(JSONShape.string.limited(limits)) { json throws(InputMistake) in
      guard let text = json.string else { throw InputMistake("expected a string") }
      guard length.contains(text.unicodeScalars.count) else {
        throw InputMistake("expected \(length.lowerBound) to \(length.upperBound) characters")
      }
      guard text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
        throw InputMistake("holds a control character")
      }
      guard text.first != " ", text.last != " " else { throw InputMistake("begins or ends with a space") }
      return text
    }
  }

  /// A text of several lines, without NUL.
  package static func lines(lengthMax: Int) -> JSONForm {
    let limits: [(String, JSONValue)] = [
      ("maxLength", .number(.int(Int64(lengthMax)))), ("pattern", .string("^[^\\u0000]*$")),
    ]
    return JSONForm(JSONShape.string.limited(limits)) { json throws(InputMistake) in
      guard let text = json.string else { throw InputMistake("expected a string") }
      guard text.unicodeScalars.count <= lengthMax else {
        throw InputMistake("is longer than \(lengthMax) characters")
      }
      guard !text.utf8.contains(0) else { throw InputMistake("holds a NUL character") }
      return text
    }
  }
}

extension JSONForm where Value == Bool {
  package static var boolean: JSONForm {
    JSONForm(.boolean) { json throws(InputMistake) in
      guard let value = json.bool else { throw InputMistake("expected true or false") }
      return value
    }
  }
}

extension JSONForm where Value == Double {
  package static var number: JSONForm {
    JSONForm(.number) { json throws(InputMistake) in
      guard let value = json.double, value.isFinite else { throw InputMistake("expected a number") }
      return value
    }
  }
}

extension JSONForm where Value == Int64 {
  /// A whole number from 0 that every reader of JSON keeps exactly.
  package static var count: JSONForm {
    let countMax: Int64 = 1 << 53
    let limits: [(String, JSONValue)] = [("minimum", .number(.int(0))), ("maximum", .number(.int(countMax)))]
    return JSONForm(JSONShape.integer.limited(limits)) { json throws(InputMistake) in
      guard let value = json.int, (0...countMax).contains(value) else {
        throw InputMistake("expected a whole number from 0")
      }
      return value
    }
  }
}

extension JSONForm where Value == UnixNanoseconds {
  /// RFC 3339.
  package static var time: JSONForm<UnixNanoseconds> {
    let years = JSONValue.string("^(19[7-9][0-9]|2[01][0-9][0-9])-")
    return JSONForm(JSONShape.dateTime.limited([("pattern", years)])) { json throws(InputMistake) in
      guard let time = json.string.flatMap({ RFC3339.parse($0) }) else {
        throw InputMistake("expected a time as 2026-11-21T08:00:00Z")
      }
      return time
    }
  }
}

extension JSONForm where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
  /// The name of a case.
  package static var choice: JSONForm {
    JSONForm(.choice) { json throws(InputMistake) in
      guard let value = json.string.flatMap(Value.init) else {
        throw InputMistake("expected one of \(Value.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      return value
    }
  }
}

extension JSONForm where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
  /// The name of a case; what a later version may send besides counts as another one.
  package static func choice(else other: Value) -> JSONForm {
    JSONForm(.choice) { json throws(InputMistake) in
      guard let name = json.string else { throw InputMistake("expected a string") }
      return Value(rawValue: name) ?? other
    }
  }
}

extension JSONForm where Value == [String: String] {
  /// An object whose values are texts.
  package static func texts(countMax: Int, lengthMax: Int) -> JSONForm {
    let text = JSONForm<String>.text(lengthMax: lengthMax)
    let names = Schema.json([("type", .string("string"))] + textSchema(lengthMax: lengthMax))
    let schema = Schema.json([
      ("type", .string("object")), ("maxProperties", .number(.int(Int64(countMax)))), ("propertyNames", names),
      ("additionalProperties", text.shape.schema),
    ])
    let shape = JSONShape<Value>(schema, write: JSONShape<Value>.stringsByName.write)
    return JSONForm(shape) { json throws(InputMistake) in
      guard let members = json.members else { throw InputMistake("expected an object whose values are strings") }
      guard members.count <= countMax else { throw InputMistake("has more than \(countMax) members") }
      var texts: [String: String] = [:]
      for member in members {
        _ = try text.read(.string(member.key))
        texts[member.key] = try text.read(member.value)
      }
      return texts
    }
  }
}
