package import Base

/// The parameter of a request that an option of a command stands for.
package struct RequestParameter: Sendable {
  /// Whether a parameter, by its name, comes from the option.
  let isNamed: @Sendable (_ name: String) -> Bool
  /// The parameter for a value of the option.
  let make: @Sendable (_ text: String, _ now: UnixNanoseconds) -> (name: String, value: String)

  package init(
    isNamed: @escaping @Sendable (_ name: String) -> Bool,
    make: @escaping @Sendable (_ text: String, _ now: UnixNanoseconds) -> (name: String, value: String)
  ) {
    self.isNamed = isNamed
    self.make = make
  }

  /// A parameter with a name of its own.
  ///
  /// - Parameter value: what the request gets for what was given.
  package static func named(
    _ name: String, _ value: @escaping @Sendable (_ text: String) -> String = { $0 }
  ) -> RequestParameter {
    RequestParameter(isNamed: { $0 == name }, make: { text, _ in (name, value(text)) })
  }
}
