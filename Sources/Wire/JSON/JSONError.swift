/// Why a text is not the JSON that was expected, and where.
package struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Bytes before the mistake.
  package let offset: Int
  /// What is wrong there, for example `expected a colon`.
  package let reason: String

  package init(offset: Int, reason: String) {
    self.offset = offset
    self.reason = reason
  }

  package var description: String { "invalid JSON at byte \(offset): \(reason)" }
}

/// Bounds of what the parser takes.
package struct JSONLimits: Sendable {
  /// Objects and arrays inside one another.
  ///
  /// Default 128: far beyond real documents, and safe for the stack of a worker thread.
  package var depthMax: Int
  /// Bytes of the whole text.
  ///
  /// Default 16 MiB.
  package var bytesMax: Int

  package init(depthMax: Int = 128, bytesMax: Int = 16 << 20) {
    self.depthMax = depthMax
    self.bytesMax = bytesMax
  }
}
