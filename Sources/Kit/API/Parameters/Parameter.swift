package import Base
package import JSON

/// A parameter of an endpoint: `name=value` in a query, or a segment of a path.
package typealias Parameter<Value: Sendable> = Input<ParameterSource, Value>
package typealias ParameterDefinition = InputDefinition<ParameterSource>

/// What a parameter is read from.
package struct ParameterSource: Sendable {
  package let text: String
  /// When the request came, for times that are relative to it.
  package let now: UnixNanoseconds
}

extension Input where Source == ParameterSource {
  /// A parameter with a form of its own.
  ///
  /// - Parameter read: Reads the text of a value, at a time; throws what is wrong with it.
  package init<Read: Sendable>(
    _ name: String, _ description: String, schema: JSONValue,
    reading read: @escaping @Sendable (String, UnixNanoseconds) throws(InputMistake) -> Read
  ) where Value == Read? {
    self.init(name, description, schema: schema) { source throws(InputMistake) in try read(source.text, source.now) }
  }
}

/// Bounds of parameters.
package enum ParameterLimits {
  /// The most characters of a text.
  ///
  /// 4,096: longer than any name, and a target of several still fits into a request.
  package static let textLengthMax = 4_096
  /// The most members of families in one request.
  ///
  /// Each is a condition on every row.
  package static let memberCountMax = 32
}

/// Parameters `<name>.<key>=<value>` that may repeat, for example filters by attributes.
package struct ParameterFamily: Sendable {
  package let definition: ParameterDefinition

  package init(_ name: String, _ description: String) {
    var definition = Parameter.text(name, description).definition
    definition.isFamily = true
    self.definition = definition
  }
}
