/// A ClickHouse statement whose values travel apart from its text.
///
/// The text names a value as `{name:Type}` (ClickHouse's query parameters), so user input never becomes SQL.
package struct SQLStatement: Sendable, Hashable {
  package var text: String
  package var parameters: [String: SQLValue]

  package init(_ text: String, _ parameters: [String: SQLValue] = [:]) {
    self.text = text
    self.parameters = parameters
  }
}

/// A value of a query parameter.
package enum SQLValue: Sendable, Hashable {
  case string(String)
  /// The bytes of a String or FixedString that need not be text, e.g. of an id.
  case bytes([UInt8])
  case int(Int64)
  case unsigned(UInt64)
  case double(Double)
  case strings([String])
  case unsigneds([UInt64])
  /// The elements of a list after IN, as bytes of Strings or FixedStrings; its type is `Elements`.
  case elements([[UInt8]])
}
