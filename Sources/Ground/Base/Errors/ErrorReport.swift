/// An operational error as a user meets it: what went wrong, where, and what to do.
///
/// Clients switch on ``code``, never on the text. Texts are safe to log: no secrets, no payloads.
package struct ErrorReport: Error, Sendable, CustomStringConvertible {
  /// A stable identifier in snake_case, for example `store_unavailable`.
  package let code: String
  /// What went wrong and where, and what to do about it, in sentences.
  package let message: String
  /// The error below this one, if any.
  package let cause: (any Error)?

  package init(code: String, message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }

  package var description: String {
    guard let cause else { return "\(message) [\(code)]" }
    return "\(message) [\(code)]: \(cause)"
  }
}
