import CRE2

/// A compiled regular expression in RE2's syntax that whole texts are held against; `.` also stands for a line break.
///
/// Matching takes time linear in the text, and memory within a budget. Plain values and beginnings such as `a|b|c` and
/// `foo.*`, which are most of what PromQL asks for, are compared without RE2.
@safe
package final class RegularExpression: Sendable {
  /// What an expression may cost.
  package struct Limits: Sendable, Hashable {
    /// The longest expression; 64 KiB, about 1,500 alternatives of 40 bytes.
    package var expressionBytesMax = 64 << 10
    /// Memory for the program and the caches of one expression; 8 MiB, RE2's own default.
    package var memoryBytesMax = 8 << 20

    package init() {}
  }

  private enum Form {
    case plain(PlainPattern)
    case compiled(CompiledPattern)
  }

  private let form: Form

  /// - Throws: Where the text is not an expression, or exceeds a limit.
  package init(_ expression: String, limits: Limits = Limits()) throws(RegularExpressionError) {
    guard expression.utf8.count <= limits.expressionBytesMax else {
      throw RegularExpressionError(
        "the expression has \(expression.utf8.count) bytes, more than the limit of \(limits.expressionBytesMax)")
    }
    if let plain = PlainPattern(expression) {
      form = .plain(plain)
    } else {
      form = .compiled(try CompiledPattern(expression, memoryBytesMax: limits.memoryBytesMax))
    }
  }

  /// Whether the whole text matches.
  package func matches(_ text: String) -> Bool {
    switch form {
    case .plain(let pattern): pattern.matches(text)
    case .compiled(let pattern): pattern.matches(text)
    }
  }

  /// The template with `$1`, `${1}`, `$name` and `${name}` replaced by what the groups matched, as Go's `Regexp.Expand`
  /// does: an unknown group is empty, `$$` is a dollar sign.
  ///
  /// Nil when the whole text does not match.
  package func expand(_ template: String, matching text: String) -> String? {
    switch form {
    case .plain(let pattern):
      // There are no groups in it, and the whole match is the text.
      guard pattern.matches(text) else { return nil }
      return GroupTemplate.expand(template) { group in group == .number(0) ? text[...] : nil }
    case .compiled(let pattern):
      guard let groups = pattern.groups(in: text) else { return nil }
      return GroupTemplate.expand(template) { group in
        switch group {
        case .number(let number): groups.indices.contains(number) ? groups[number] : nil
        case .name(let name): pattern.number(of: name).flatMap { groups[$0] }
        }
      }
    }
  }
}

/// Why a text is not a regular expression, or exceeds a limit.
package struct RegularExpressionError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A phrase, for example `missing ): a(b`.
  package let reason: String

  init(_ reason: String) { self.reason = reason }

  package var description: String { reason }
}
