/// A place in a query: its byte offset, and the line and column a person counts from 1.
package struct SourcePosition: Hashable, Sendable, CustomStringConvertible {
  /// The offset in UTF-8 bytes from the start.
  package let offset: Int
  package let line: Int
  /// The column in characters (Unicode scalars), from 1.
  package let column: Int

  package init(offset: Int, line: Int, column: Int) {
    self.offset = offset
    self.line = line
    self.column = column
  }

  /// The position of a byte offset in a query.
  init(of offset: Int, in bytes: [UInt8]) {
    var line = 1
    var column = 1
    for byte in bytes[..<min(offset, bytes.count)] {
      if byte == 0x0a {
        line += 1
        column = 1
      } else if byte & 0xc0 != 0x80 {
        column += 1
      }
    }
    self.init(offset: offset, line: line, column: column)
  }

  package var description: String { "line \(line), column \(column)" }
}

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

/// The limits of a query. They bound the work that a stranger's text can cause.
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
