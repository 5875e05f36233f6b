/// A step of the schema: the statements of one file, whose name is the name of the step.
///
/// A released step is never changed; a new one is added.
package struct SchemaStep: Sendable {
  /// The number of the step among those of its feature, from 1.
  package let number: UInt32
  /// That of its file, without `.sql`: the feature, the number with four digits, what it is about.
  package let name: String
  /// A folder that has this step, by its name before the first release, has everything of the step.
  let formerName: String?
  /// DDL without parameters.
  ///
  /// A statement MUST be able to run again after a stop half-way, see ``SchemaRunner``.
  package let statements: [String]

  /// - Parameter file: what the file holds, in UTF-8.
  package init(number: UInt32, name: String, formerName: String? = nil, file: [UInt8]) {
    self.number = number
    self.name = name
    self.formerName = formerName
    statements = Self.statements(of: String(decoding: file, as: UTF8.self))
  }

  /// Whether a name has the form of a step's name.
  ///
  /// Before the first release none had.
  static func isName(_ text: String) -> Bool {
    text.split(separator: "-").contains { $0.count == 4 && $0.allSatisfy(\.isNumber) }
  }

  /// The statements of a text.
  ///
  /// Each ends with a semicolon at the end of a line; a line of its own that begins with `--` is a comment.
  static func statements(of text: String) -> [String] {
    var statements: [String] = []
    var lines: [Substring] = []
    for line in text.split(separator: "\n") where !line.hasPrefix("--") {
      guard line.hasSuffix(";") else {
        lines.append(line)
        continue
      }
      statements.append((lines + [line.dropLast()]).joined(separator: "\n"))
      lines = []
    }
    precondition(lines.isEmpty, "the last statement of a step has no semicolon: \(lines.joined(separator: "\n"))")
    return statements
  }
}
