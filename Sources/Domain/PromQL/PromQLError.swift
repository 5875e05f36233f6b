package import Base

/// Why a query cannot be understood, and where.
package struct PromQLError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong, in Prometheus' words where it has some, without position.
  package let message: String
  package let position: SourcePosition

  package init(_ message: String, at position: SourcePosition) {
    self.message = message
    self.position = position
  }

  /// As Prometheus says it, which clients depend on, for example `1:5: parse error: unexpected end of input`.
  package var description: String { "\(position.line):\(position.column): parse error: \(message)" }
}

/// The limits of a query.
///
/// They bound the work that a stranger's text can cause.
package struct PromQLLimits: Hashable, Sendable {
  /// The most bytes of a query: 64 KiB, far above what dashboards and rules write.
  package var queryBytesMax = 65_536
  /// The deepest nesting.
  ///
  /// A chain such as `a + b + c` is as deep as it has operators. Parsing, checks and evaluation recurse once a level.
  package var depthMax = 256
  /// The most expressions, matchers and label names of a query.
  ///
  /// Each costs memory many times its text.
  package var nodeCountMax = 16_384

  package init() {}
}
