package import Base
package import JSON

/// A value that a request brings: read, checked and described from this one declaration.
///
/// `Source` is what it is read from: the text of a parameter, or a member of a body. `Value` is optional where the value may
/// be left out and has no default.
package struct Input<Source: Sendable, Value: Sendable>: Sendable {
  package let definition: InputDefinition<Source>
  let value: @Sendable ((any Sendable)?) -> Value

  /// - Parameter read: Reads a value; throws what is wrong with it.
  package init<Read: Sendable>(
    _ name: String, _ description: String, schema: JSONValue,
    read: @escaping @Sendable (Source) throws(InputMistake) -> Read
  ) where Value == Read? {
    definition = InputDefinition(
      name: name, description: description, isRequired: false, schema: schema, read: read)
    value = { $0.map { Self.cast($0) } }
  }

  private init(_ definition: InputDefinition<Source>, _ value: @escaping @Sendable ((any Sendable)?) -> Value) {
    self.definition = definition
    self.value = value
  }

  private static func cast<Read>(_ value: any Sendable) -> Read {
    guard let value = value as? Read else { preconditionFailure("an input is read by its own definition") }
    return value
  }

  /// The same input, which a request must have.
  package func required<Read: Sendable>() -> Input<Source, Read> where Value == Read? {
    var definition = definition
    definition.isRequired = true
    return Input<Source, Read>(definition) { value in
      guard let value else { preconditionFailure("a request without its required inputs is refused before") }
      return Self.cast(value)
    }
  }

  /// The same input with a value for requests that leave it out.
  package func defaulting<Read: Sendable>(to value: Read) -> Input<Source, Read> where Value == Read? {
    Input<Source, Read>(definition) { $0.map { Self.cast($0) } ?? value }
  }
}

/// An input without the type of its value, for what treats all alike.
package struct InputDefinition<Source: Sendable>: Sendable {
  package let name: String
  package let description: String
  package internal(set) var isRequired: Bool
  /// The JSON Schema of its value.
  package let schema: JSONValue
  let read: @Sendable (Source) throws(InputMistake) -> any Sendable
  /// Whether it stands for the parameters `<name>.<key>=<value>`, which may repeat: see ``ParameterFamily``.
  var isFamily = false
}

/// What is wrong with a value.
package struct InputMistake: Error, Sendable {
  /// Behind the name of the input, for example "expected a whole number from 1 to 10".
  package let detail: String
  /// Where in the text of a parameter, for queries.
  package let position: SourcePosition?
  /// A JSON Pointer from a member's value to the place that is wrong; empty for the value itself.
  package let pointer: String

  package init(_ detail: String, at position: SourcePosition? = nil) {
    self.detail = detail
    self.position = position
    pointer = ""
  }

  package init(_ detail: String, at pointer: String) {
    self.detail = detail
    position = nil
    self.pointer = pointer
  }
}
