/// A condition on the value of one label.
///
/// A label that is not there has the empty value.
package struct LabelMatcher: Sendable {
  package enum Operation: String, Sendable, Hashable, CaseIterable {
    case equal = "="
    case notEqual = "!="
    case matches = "=~"
    case doesNotMatch = "!~"
  }

  package let name: String
  package let operation: Operation
  /// The value, or the regular expression.
  package let value: String
  private let pattern: (any TextPattern)?

  /// - Throws: Where the operation takes a regular expression and the value is none.
  package init(
    _ name: String, _ operation: Operation, _ value: String, compiler: some TextPatternCompiler
  ) throws(TextPatternError) {
    self.name = name
    self.operation = operation
    self.value = value
    pattern =
      switch operation {
      case .equal, .notEqual: nil
      case .matches, .doesNotMatch: try compiler.compile(value)
      }
  }

  /// A matcher of one value.
  package init(_ name: String, equals value: String) {
    self.name = name
    operation = .equal
    self.value = value
    pattern = nil
  }

  /// A matcher of a pattern that is compiled already.
  init(_ name: String, values: any TextPattern, written: String) {
    self.name = name
    operation = .matches
    value = written
    pattern = values
  }

  package func matches(_ text: String) -> Bool {
    switch operation {
    case .equal: text.hasSameBytes(as: value)
    case .notEqual: !text.hasSameBytes(as: value)
    case .matches: pattern?.matches(text) ?? false
    case .doesNotMatch: !(pattern?.matches(text) ?? true)
    }
  }

  package func matches(_ labels: LabelSet) -> Bool { matches(labels[name]) }
}

extension LabelMatcher: Hashable {
  package static func == (left: LabelMatcher, right: LabelMatcher) -> Bool {
    left.operation == right.operation && left.name.hasSameBytes(as: right.name)
      && left.value.hasSameBytes(as: right.value)
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(operation)
    hasher.combine(value)
  }
}

extension LabelMatcher: CustomStringConvertible {
  /// As in PromQL, for example `job="node"`.
  package var description: String {
    "\(SeriesNotation.written(name))\(operation.rawValue)\(SeriesNotation.quoted(value))"
  }
}
