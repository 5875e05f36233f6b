package import Base
package import JSON

/// A parameter of an endpoint with the type of its value: read, checked and described from this one declaration.
///
/// `Value` is optional where the parameter may be left out and has no default.
package struct Parameter<Value: Sendable>: Sendable {
  package let definition: ParameterDefinition
  let value: @Sendable ((any Sendable)?) -> Value

  /// A parameter with a form of its own.
  ///
  /// - Parameter read: Reads the text of a value; throws what is wrong with it.
  package init<Read: Sendable>(
    _ name: String, _ description: String, schema: JSONValue,
    read: @escaping @Sendable (String, UnixNanoseconds) throws(ParameterMistake) -> Read
  ) where Value == Read? {
    definition = ParameterDefinition(
      name: name, description: description, isRequired: false, schema: schema, form: .single(read))
    value = { $0.map { Self.cast($0) } }
  }

  private init(_ definition: ParameterDefinition, _ value: @escaping @Sendable ((any Sendable)?) -> Value) {
    self.definition = definition
    self.value = value
  }

  private static func cast<Read>(_ value: any Sendable) -> Read {
    guard let value = value as? Read else { preconditionFailure("a parameter is read by its own definition") }
    return value
  }

  /// The same parameter, which a request must have.
  package func required<Read: Sendable>() -> Parameter<Read> where Value == Read? {
    var definition = definition
    definition.isRequired = true
    return Parameter<Read>(definition) { value in
      guard let value else { preconditionFailure("a request without its required parameters is refused before") }
      return Self.cast(value)
    }
  }

  /// The same parameter with a value for requests that leave it out.
  package func defaulting<Read: Sendable>(to value: Read) -> Parameter<Read> where Value == Read? {
    Parameter<Read>(definition) { $0.map { Self.cast($0) } ?? value }
  }
}

/// A parameter without the type of its value, for what treats all alike.
package struct ParameterDefinition: Sendable {
  package enum Form: Sendable {
    /// `name=value`, once.
    case single(@Sendable (String, UnixNanoseconds) throws(ParameterMistake) -> any Sendable)
    /// `<name>.<key>=<value>`, which may repeat.
    case family
  }

  package let name: String
  package let description: String
  package internal(set) var isRequired: Bool
  /// The JSON Schema of its value.
  package let schema: JSONValue
  package let form: Form

  /// The most characters of a text. 4,096: longer than any name, and a target of several still fits into a request.
  package static let textLengthMax = 4_096
  /// The most members of families in one request. Each is a condition on every row.
  package static let memberCountMax = 32

  package var isFamily: Bool { if case .family = form { true } else { false } }
}

/// Parameters `<name>.<key>=<value>` that may repeat, e.g. filters by attributes.
package struct ParameterFamily: Sendable {
  package let definition: ParameterDefinition

  package init(_ name: String, _ description: String) {
    definition = ParameterDefinition(
      name: name, description: description, isRequired: false, schema: ParameterText.schema, form: .family)
  }

  var prefix: String { definition.name + "." }
}

/// What is wrong with the value of a parameter.
package struct ParameterMistake: Error, Sendable {
  /// Behind the parameter's name, e.g. "expected a whole number from 1 to 10".
  package let detail: String
  /// Where in its text, for queries.
  package let position: SourcePosition?

  package init(_ detail: String, at position: SourcePosition? = nil) {
    self.detail = detail
    self.position = position
  }
}
