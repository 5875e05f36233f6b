package import Series
import TLS

/// What a relabelling rule does.
package enum RelabelAction: String, Sendable, CaseIterable {
  case replace, keep, drop, keepequal, dropequal, hashmod, labelmap, labeldrop, labelkeep, lowercase, uppercase
}

/// A rule that changes the labels of a target or of a series, or drops it.
package struct RelabelRule: Sendable {
  package var action: RelabelAction
  /// Their values, joined, are what the rule looks at.
  package var sourceLabels: [String] = []
  package var separator = defaultSeparator
  package var targetLabel = ""
  package var replacement = defaultReplacement
  package var modulus: UInt64 = 0
  package var pattern: any TextPattern
  /// The text of the pattern.
  package var expression = defaultExpression
  /// Whether the pattern is `(.*)`.
  var hasDefaultPattern: Bool { expression == Self.defaultExpression }

  static let defaultSeparator = ";"
  static let defaultReplacement = "$1"
  static let defaultExpression = "(.*)"

  /// Applies a rule; false where it drops the labels.
  fileprivate func apply(to labels: inout LabelSet) -> Bool {
    switch action {
    case .drop: return !pattern.matches(source(labels))
    case .keep: return pattern.matches(source(labels))
    case .dropequal: return !labels[targetLabel].hasSameBytes(as: source(labels))
    case .keepequal: return labels[targetLabel].hasSameBytes(as: source(labels))
    case .replace: replace(&labels)
    case .lowercase: labels = labels.setting(targetLabel, to: source(labels).lowercased())
    case .uppercase: labels = labels.setting(targetLabel, to: source(labels).uppercased())
    case .hashmod: labels = labels.setting(targetLabel, to: "\(bucket(source(labels)))")
    case .labelmap: map(&labels)
    case .labeldrop: labels = labels.filter { !pattern.matches($0.name) }
    case .labelkeep: labels = labels.filter { pattern.matches($0.name) }
    }
    return true
  }

  private func source(_ labels: LabelSet) -> String {
    sourceLabels.count == 1
      ? labels[sourceLabels[0]] : sourceLabels.map { labels[$0] }.joined(separator: separator)
  }

  private func replace(_ labels: inout LabelSet) {
    let source = source(labels)
    let target =
      LabelTemplate.hasReference(targetLabel) ? pattern.expand(targetLabel, matching: source) : targetLabel
    guard let target, SeriesNotation.isPlainLabel(target),
      let value = pattern.expand(replacement, matching: source)
    else { return }
    labels = labels.setting(target, to: value)
  }

  private func map(_ labels: inout LabelSet) {
    for label in labels.labels {
      guard let name = pattern.expand(replacement, matching: label.name) else { continue }
      labels = labels.setting(name, to: label.value)
    }
  }

  /// The last 8 bytes of the MD5 as a number, modulo (`model/relabel` of Prometheus).
  private func bucket(_ text: String) -> UInt64 {
    MD5.digest(Array(text.utf8)).suffix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) } % modulus
  }
}

extension RelabelRule: Equatable {
  /// Patterns are equal where their texts are.
  package static func == (left: RelabelRule, right: RelabelRule) -> Bool {
    left.action == right.action && left.sourceLabels == right.sourceLabels && left.separator == right.separator
      && left.targetLabel == right.targetLabel && left.replacement == right.replacement
      && left.modulus == right.modulus && left.expression == right.expression
  }
}

extension [RelabelRule] {
  /// The labels after all rules in order; nil where one of them drops them.
  package func apply(to labels: LabelSet) -> LabelSet? {
    var labels = labels
    for rule in self where !rule.apply(to: &labels) { return nil }
    return labels
  }
}
