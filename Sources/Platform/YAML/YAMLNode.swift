/// A value of a YAML document with the place where it stands.
package struct YAMLNode: Sendable, Equatable {
  package let content: YAMLContent
  /// Counted from 1.
  package let line: Int
  package let column: Int

  package init(content: YAMLContent, line: Int, column: Int) {
    self.content = content
    self.line = line
    self.column = column
  }
}

/// What a YAML value is.
///
/// Scalars stay text: their reader knows which type it wants.
package indirect enum YAMLContent: Sendable, Equatable {
  /// `isPlain` distinguishes `null` or `~` without quotes from the same text in quotes.
  case scalar(String, isPlain: Bool)
  case sequence([YAMLNode])
  case mapping([YAMLEntry])
}

/// A key and its value, with the place of the key.
package struct YAMLEntry: Sendable, Equatable {
  package let key: String
  package let value: YAMLNode
  /// Counted from 1.
  package let line: Int
  package let column: Int

  package init(key: String, value: YAMLNode, line: Int, column: Int) {
    self.key = key
    self.value = value
    self.line = line
    self.column = column
  }
}

extension YAMLNode {
  /// Whether the value is absent: an empty plain scalar, `~` or `null` (YAML 1.2, section 10.3.2).
  package var isNull: Bool {
    guard case .scalar(let text, isPlain: true) = content else { return false }
    return ["", "~", "null", "Null", "NULL"].contains(text)
  }
}

/// Why a text is not the YAML that we read.
package struct YAMLError: Error, Sendable, Equatable, CustomStringConvertible {
  package let line: Int
  package let column: Int
  package let reason: String

  package var description: String { "\(line):\(column): \(reason)" }
}
