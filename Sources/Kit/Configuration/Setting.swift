/// One thing that can be set: its name, its meaning and how its text is read.
///
/// The names in the file, the environment and on the command line follow from the key: `engine.memory` is
/// `AXONIZE_ENGINE_MEMORY` and `--engine-memory`.
package struct Setting<Value: Sendable>: Sendable {
  package let declaration: SettingDeclaration
  let parse: @Sendable (String) -> Value?

  /// - Parameters:
  ///   - expected: what a value looks like, e.g. "a duration such as 30s or 7d".
  ///   - defaultText: the default as text; it MUST parse.
  ///   - meaning: one sentence.
  ///   - notes: what else is worth knowing; may be empty.
  ///   - danger: why a file that is only found in the working directory may not set it: a clause such as "names code to run";
  ///     nil where it may.
  package init(
    _ key: String, expected: String, default defaultText: String, meaning: String, notes: String = "",
    danger: String? = nil, parse: @escaping @Sendable (String) -> Value?
  ) {
    precondition(parse(defaultText) != nil, "the default of \(key), '\(defaultText)', is not a valid value of it")
    self.parse = parse
    declaration = SettingDeclaration(
      key: key, expected: expected, defaultText: defaultText, meaning: meaning, notes: notes,
      danger: danger, isSwitch: Value.self == Bool.self, isValid: { parse($0) != nil })
  }
}

/// A setting without the type of its value, for everything that treats all alike.
package struct SettingDeclaration: Sendable {
  /// The path in the file, parts joined by dots.
  package let key: String
  package let expected: String
  package let defaultText: String
  package let meaning: String
  package let notes: String
  /// Why a file that is only found in the working directory may not set it; nil where it may.
  let danger: String?
  /// Whether the flag alone means `true`.
  package let isSwitch: Bool
  let isValid: @Sendable (String) -> Bool

  /// The name of its environment variable.
  package var environmentName: String { Self.environmentName(of: key) }

  static func environmentName(of key: String) -> String {
    "AXONIZE_" + key.uppercased().map { $0 == "." ? "_" : String($0) }.joined()
  }

  /// The name of its flag, dashes included.
  package var flag: String { "--" + key.map { $0 == "." || $0 == "_" ? "-" : String($0) }.joined() }
}
