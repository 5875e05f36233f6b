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
  package init(of offset: Int, in bytes: [UInt8]) {
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
