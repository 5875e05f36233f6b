package import Base

/// Why a query cannot be understood, and where.
package struct TraceQLError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong and what was expected, as a sentence without position.
  package let message: String
  package let position: SourcePosition

  package init(_ message: String, at position: SourcePosition) {
    self.message = message
    self.position = position
  }

  package var description: String { "\(message) (\(position))" }
}

/// The limits of a query.
///
/// They bound the work that a stranger's text can cause.
package enum TraceQLLimits {
  /// The most bytes of a query: 8 KiB, far above what people and query builders write.
  package static let queryBytesMax = 8_192
  /// The deepest nesting of parentheses and negations; the parser recurses once a level.
  package static let depthMax = 32
  /// The most comparisons of a query; each becomes a condition in the store.
  package static let comparisonCountMax = 64
  /// The most bytes of a regular expression.
  package static let regexBytesMax = 1_024
}
