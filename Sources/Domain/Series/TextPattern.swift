/// A compiled regular expression in RE2's syntax, which Prometheus uses.
package protocol TextPattern: Sendable {
  /// Whether the whole text matches; `.` also stands for a line break.
  func matches(_ text: String) -> Bool

  /// The template with `$1`, `${1}`, `$name` and `${name}` replaced by what the groups matched, as Go's `Regexp.Expand`
  /// does; nil when the whole text does not match.
  func expand(_ template: String, matching text: String) -> String?
}

/// Compiles regular expressions.
///
/// Matching MUST take linear time, so that no expression can hold a thread.
package protocol TextPatternCompiler: Sendable {
  func compile(_ expression: String) throws(TextPatternError) -> any TextPattern
}

/// Why a text is not a regular expression, or is too long or too large for one.
package struct TextPatternError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A phrase, for example `missing closing )`.
  package let reason: String

  package init(_ reason: String) { self.reason = reason }

  package var description: String { reason }
}
